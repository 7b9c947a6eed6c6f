"""What a failed attempt is in our tree of errors: pure functions over exceptions and headers.

An HTTP library's exception becomes ``APIConnectionError`` or ``StreamInterruptedError``; the error
names the host and port that were tried and, if there is one, the proxy. Secrets that a server
echoes are replaced before an error is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from ..errors import APIConnectionError, APIError, ChatError
from .address import bypasses_proxies
from .header_values import is_credential

__all__ = [
    "contexts",
    "dated",
    "describe",
    "is_proxy_refusal",
    "place_of",
    "proxy_refusal",
    "redact",
    "secrets_of",
]

_SHORTEST_SECRET = 8
"""Shorter values are not replaced: they would occur in ordinary text."""

_REDACTED = "[redacted]"

_THROUGH = " through the proxy "


def dated(headers: Mapping[str, str]) -> Mapping[str, str]:
    """``headers`` with the time of their arrival as their ``Date``, should they have none.

    So a recipient has to keep them (RFC 9110, 6.6.1), and codecs read a ``Retry-After`` that is a
    date without a clock of their own.
    """
    if isinstance(headers, MutableMapping) and "date" not in headers:
        from email.utils import formatdate

        headers["date"] = formatdate(usegmt=True)
    return headers


def describe(error: BaseException) -> str:
    """The innermost cause that has a text: outer exceptions say "Connection error." of all."""
    text = type(error).__name__
    for cause in _chain(error):
        if str(cause):
            text = f"{type(cause).__name__}: {cause}"
    return text


def contexts(error: BaseException) -> Iterable[BaseException]:
    """``error``, what caused it, and what was being handled when it was raised."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def place_of(
    error: BaseException, proxy: str | None = None, source: str = "the vendor's own address"
) -> str:
    """`` at host:port``, and through which proxy, for an exception of httpx; else empty.

    ``proxy`` is the model's own; without one, that of the environment is named. ``source`` is where
    the address comes from.
    """
    for cause in _chain(error):
        try:
            request = cause.request  # type: ignore[attr-defined]  # of httpx.RequestError
        except (AttributeError, RuntimeError):
            continue
        if place := _place_of_request(request, proxy, source):
            return place
    return ""


def _place_of_request(request: Any, proxy: str | None, source: str) -> str:
    """``place_of`` for a request of an HTTP library; empty for one without an address."""
    try:
        url = request.url
        host, port = url.host, url.port or {"http": 80, "https": 443}[url.scheme]
    except (AttributeError, KeyError):
        return ""
    return f" at {host}:{port}{_proxy_note(url.scheme, host, port, proxy)} ({source})"


def proxy_refusal(
    provider: str, request: object, proxy: str | None, source: str
) -> APIConnectionError:
    """What status 407 means, which a proxy alone gives (RFC 9110, 15.5.8)."""
    place = _place_of_request(request, proxy, source)
    return APIConnectionError(
        f"Could not reach {provider}{place} (ProxyError: 407 Proxy Authentication Required).",
        is_retryable=False,
    )


def is_proxy_refusal(error: BaseException, place: str) -> bool:
    """Whether the proxy named in ``place`` answered that it will not, or accepts no connection.

    Trying again does not change that.
    """
    causes = list(contexts(error))
    if any(type(cause).__name__ == "ProxyError" for cause in causes):
        return True
    refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
    return refused and _THROUGH in place


def _proxy_note(scheme: str, host: str, port: int, proxy: str | None) -> str:
    from urllib.request import getproxies

    if proxy is not None:
        return f"{_THROUGH}{_address(proxy)} (proxy=)"
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    if not found or bypasses_proxies(host, port):
        return ""
    variable = f"{scheme}_proxy" if proxies.get(scheme) else "all_proxy"
    return f"{_THROUGH}{_address(found)} ({variable} of the environment)"


def _address(proxy: str) -> str:
    """Host and port of a proxy's URL, without a user's name and password.

    Not parsed: a password may hold what a URL cannot, such as ``#``, and would be taken for more.
    """
    address = proxy.rpartition("@")[2]
    return (address.partition("://")[2] or address).partition("/")[0]


def _chain(error: BaseException) -> Iterable[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def secrets_of(headers: Mapping[str, str]) -> list[str]:
    """The values of a request's headers that authenticate it, without ``Bearer`` and the like."""
    values = [value for name, value in headers.items() if is_credential(name)]
    return [value.rpartition(" ")[2] for value in values]


def redact(error: ChatError, secrets: Iterable[str]) -> None:
    """Replace ``secrets`` in the message and the facts of ``error``, and of what caused it.

    Those of a few characters are left: they are parts of other words.
    """
    # The longest first: one may be the beginning of another.
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True):
        for cause in _shown_with(error):
            cause.args = tuple(_without(value, secret) for value in cause.args)
            for name, value in vars(cause).items():  # ``doc`` of a JSONDecodeError, for example
                vars(cause)[name] = _without(value, secret)
            if isinstance(cause, UnicodeDecodeError):
                cause.object = _without(cause.object, secret)
    if isinstance(error, APIError):
        error.args = (error.message,)


def _shown_with(error: BaseException) -> Iterable[BaseException]:
    """``error`` and every error that its traceback shows."""
    shown: BaseException | None = error
    while shown is not None:
        yield shown
        shown = shown.__cause__ or shown.__context__


def _without(value: object, secret: str) -> Any:
    if isinstance(value, str):
        return value.replace(secret, _REDACTED)
    if isinstance(value, bytes):
        return value.replace(secret.encode(), _REDACTED.encode())
    if isinstance(value, dict):
        return {_without(k, secret): _without(v, secret) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(item, secret) for item in value)
    return value
