"""The address of an Ollama server, in every form that ``OLLAMA_HOST`` may have. Pure.

Rules, as Ollama's own server and client read it:

- Scheme, port and path may be left out: ``box``, ``box:8080``, ``:8080``, ``https://box/ollama``.
- Without a scheme it is ``http`` and port 11434; with one, the scheme's own port.
- No host, ``0.0.0.0`` and ``::`` mean this machine: a server listens there, and a client connects
  to loopback.
- ``ollama.com`` alone is ``https``.
- Quotes and spaces around it do not count.
"""

from __future__ import annotations

import re

__all__ = ["DEFAULT_ADDRESS", "read_host"]

DEFAULT_ADDRESS = "http://127.0.0.1:11434"

_PORT = 11434
_CLOUD = "ollama.com"
_HOST_AND_PORT = re.compile(r"(?P<host>\[.*?\]|[^:]*)(:(?P<port>.*))?", re.DOTALL)
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104


def read_host(given: str) -> str:
    """``given`` as an address with its scheme, which may still be one that cannot be connected to.

    A path and a query are kept.
    """
    text = given.strip().strip("\"'").strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "http", text
    authority, path = _split_path(rest)
    if "@" in authority or (mark and not authority):
        return f"{scheme}://{rest}"  # names a user or no host, which every request refuses
    host, port = _split_port(authority)
    if not mark and host == _CLOUD and not port:
        return f"https://{_CLOUD}{path}"
    if not port and not mark:
        port = str(_PORT)
    return f"{scheme}://{_LOOPBACK.get(host, host)}{f':{port}' if port else ''}{path}"


def _split_path(rest: str) -> tuple[str, str]:
    end = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    return rest[:end], rest[end:].rstrip("/")


def _split_port(authority: str) -> tuple[str, str]:
    if authority.count(":") > 1 and not authority.startswith("["):
        return f"[{authority}]", ""  # an IPv6 address without its brackets
    found = _HOST_AND_PORT.fullmatch(authority)
    if found is None:
        return authority, ""
    return found["host"], found["port"] or ""
