"""Checks of an address that a user sets: ``base_url``, or a variable of the environment."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import InvalidParameterError
from .header_values import is_credential

__all__ = ["check_address", "shown_address"]

_MASK = "**********"

_SECRETS_OF_AZURE = frozenset({"code", "sig"})
"""Query parameters with a key of Azure Functions, and with a shared access signature."""


def check_address(url: str, setting: str = "base_url") -> str:
    """``url``, if requests can be sent there.

    Raises ``InvalidParameterError`` for one without ``http``, ``https`` or a host, with a port that
    does not exist, or with a user's name or password in it; these are not shown.
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
    if not is_port:
        raise InvalidParameterError(f"{setting}: {_shown(url)} has no port to connect to.")
    return url


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
