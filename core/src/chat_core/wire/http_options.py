"""``HTTPOptions``: the HTTP settings of one model, for the clients that its transport makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..errors import InvalidParameterError
from .address import check_proxy
from .address_hints import GivenAddress

if TYPE_CHECKING:
    import ssl

__all__ = ["Client", "HTTPOptions"]

Client: TypeAlias = Any
"""A client of an SDK or of an HTTP library, none of which core imports: httpx, httpx2, aiohttp."""


@dataclass(frozen=True, slots=True)
class HTTPOptions:
    """How connections are made; by default as the environment says.

    Args:
        client: the user's ``httpx.Client`` or ``httpx2.Client``; it is used as it is, not closed.
        async_client: the same for event loops.
        proxy: the URL of a proxy, instead of the environment's.
        verify: ``False`` for no check of certificates, the path of a file or folder of trusted
            ones, or an ``ssl.SSLContext``.
        cert: the client's certificate: a path, or ``(certificate, key)`` or
            ``(certificate, key, password)``.
        http2: whether HTTP/2 is offered.
        address: where the model's address comes from (``address_hints.py``).
        engine: what sends on event loops: ``httpx``, or ``aiohttp``, which has no blocking calls.
    """

    client: Client = None
    async_client: Client = None
    proxy: str | None = field(default=None, repr=False)
    verify: bool | str | ssl.SSLContext = True
    cert: str | tuple[str, ...] | None = None
    http2: bool = False
    engine: Literal["httpx", "aiohttp"] = "httpx"
    address: GivenAddress = field(default_factory=GivenAddress)

    def check(self) -> None:
        """Raise ``InvalidParameterError`` for settings that contradict each other."""
        _check_kind("http_client", self.client, is_async=False)
        _check_kind("async_http_client", self.async_client, is_async=True)
        if not (isinstance(self.verify, bool | str) or hasattr(self.verify, "verify_mode")):
            raise InvalidParameterError(
                "verify is True, False, the path of trusted certificates or an ssl.SSLContext; got"
                f" {type(self.verify).__name__}."
            )
        if self.proxy:
            check_proxy(self.proxy)
        if self.http2 and self.engine == "aiohttp":
            raise InvalidParameterError(
                'http2=True needs http_engine="httpx"; aiohttp speaks HTTP/1.1.'
            )
        if self.client is None and self.async_client is None:
            return
        others = {"proxy": self.proxy, "cert": self.cert, "http2": self.http2 or None}
        given = [name for name, value in others.items() if value is not None]
        given += ["verify"] * (self.verify is not True)
        given += ["http_engine"] * (self.engine != "httpx")
        if given:
            raise InvalidParameterError(
                f"{' and '.join(given)}= would have no effect beside a client of your own: set it"
                " on the client that you pass as http_client= or async_http_client=."
            )

    def check_blocking(self) -> None:
        """Raise ``InvalidParameterError`` where the engine has no blocking calls."""
        if self.engine == "aiohttp":
            raise InvalidParameterError(
                'http_engine="aiohttp" has no blocking calls: use the async methods (ainvoke,'
                ' astream, abatch), or http_engine="httpx".'
            )

    def client_for(self, *, is_async: bool) -> Client:
        """The user's client, or ``None``.

        Raises ``InvalidParameterError`` for the other kind, and for one that is closed.
        """
        own, other = (
            (self.async_client, self.client) if is_async else (self.client, self.async_client)
        )
        if own is None and other is not None:
            kinds = ("http_client", "async_http_client")
            set_, missing = kinds if is_async else reversed(kinds)
            calls = "Calls on an event loop" if is_async else "Blocking calls"
            raise InvalidParameterError(f"{calls} need {missing}=, because {set_}= is set.")
        if getattr(own, "is_closed", False):
            name = "async_http_client" if is_async else "http_client"
            raise InvalidParameterError(f"{name}= was closed; give one that is open.")
        return own


def _check_kind(setting: str, client: Client, *, is_async: bool) -> None:
    if client is None:
        return
    wanted = "aclose" if is_async else "close"
    is_class = isinstance(client, type)
    if is_class or not (hasattr(client, "build_request") and hasattr(client, wanted)):
        kind = "AsyncClient" if is_async else "Client"
        got = f"the class {client.__name__}" if is_class else type(client).__name__
        raise InvalidParameterError(f"{setting} is an httpx.{kind} or httpx2.{kind}; got {got}.")
