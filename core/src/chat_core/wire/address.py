"""Checks of an address that a user sets: ``base_url``, or a variable of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import InvalidParameterError
from .header_values import is_credential

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

__all__ = ["bypasses_proxies", "check_address", "check_proxy", "shown_address", "without_user"]

_MASK = "**********"

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")

_SECRETS_OF_AZURE = frozenset({"code", "sig"})
"""Query parameters with a key of Azure Functions, and with a shared access signature."""


def check_address(url: str, setting: str = "base_url") -> str:
    """``url``, if requests can be sent there.

    Raises ``InvalidParameterError`` for one without ``http``, ``https`` or a host, with a port that
    does not exist, with white space around it, a fragment, or a user's name or password, which are
    not shown.
    """
    try:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise InvalidParameterError(
                f"{setting} holds a user's name or password, which logs and errors would show."
                ' Leave them out, and pass default_headers={"Authorization": ...}.'
            )
        has_host = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_port = parts.port is None or parts.port > 0
    except ValueError as error:
        reason = "" if "@" in url else f": {error}"
        raise InvalidParameterError(f"{setting}: {_shown(url)} is no address{reason}.") from None
    if not has_host:
        raise InvalidParameterError(
            f"{setting} is an address with its scheme, such as https://example.org; got"
            f" {_shown(url)}."
        )
    if url != url.strip() or parts.fragment:
        what = "a fragment (#), which is never sent" if parts.fragment else "white space around it"
        raise InvalidParameterError(f"{setting}: {_shown(url)} has {what}; leave it out.")
    if not is_port:
        raise InvalidParameterError(f"{setting}: {_shown(url)} has no port to connect to.")
    return url


def check_proxy(url: str) -> None:
    """Raise ``InvalidParameterError`` for what is no address of a proxy. No part of it is shown."""
    try:
        parts = urlsplit(url)
        is_proxy = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname)
        is_proxy = is_proxy and url == url.strip() and (parts.port is None or parts.port > 0)
    except ValueError:
        is_proxy = False
    if not is_proxy:
        raise InvalidParameterError(
            "proxy is an address such as http://user:password@proxy.example:3128, with one of the"
            f" schemes {', '.join(_PROXY_SCHEMES)}; characters such as # / ? @ in a name or"
            " password are percent-encoded."
        )


def bypasses_proxies(host: str, port: int | None) -> bool:
    """Whether ``no_proxy`` of the environment names the host: by name, ``host:port``, or as an
    address in a network such as ``10.0.0.0/8``.
    """
    from ipaddress import ip_address
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(host if port is None or ":" in host else f"{host}:{port}"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    named = (name.strip() for name in getproxies().get("no", "").split(","))
    return any(address in network for name in named for network in _networks(name))


def _networks(name: str) -> list[IPv4Network | IPv6Network]:
    from ipaddress import ip_network

    try:
        return [ip_network(name.strip("[]"), strict=False)]
    except ValueError:
        return []


def without_user(url: str) -> str:
    """``url`` without a user's name and password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def _shown(url: str) -> str:
    """``url`` for a message, without what may be a user's name and password."""
    return repr(shown_address(url.rpartition("@")[2]))


def shown_address(url: str) -> str:
    """``url`` with a mask for the values of query parameters that may be secrets by their names."""
    address, mark, query = url.partition("?")
    return address + mark + "&".join(map(_shown_parameter, query.split("&")))


def _shown_parameter(parameter: str) -> str:
    name, mark, _ = parameter.partition("=")
    is_secret = is_credential(name) or name.lower() in _SECRETS_OF_AZURE
    return f"{name}{mark}{_MASK}" if mark and is_secret else parameter
