"""The aiohttp engine: a client for event loops that reads a stream with less CPU than httpx.

``AiohttpClient`` has the part of ``httpx.AsyncClient`` that ``HTTPTransport`` uses:
``build_request``, ``send`` and ``aclose``. URLs, exceptions and the certificates that are trusted
are those of the transport's HTTP library, so that requests and errors are the same with both
engines.
"""

from __future__ import annotations

from asyncio import get_running_loop, sleep
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.request import getproxies

from ..errors import ChatError, InvalidParameterError
from .address import bypasses_proxies
from .header_values import clean_header

if TYPE_CHECKING:
    import ssl

__all__ = ["AiohttpClient", "load_aiohttp"]

Content: TypeAlias = bytes | AsyncIterator[bytes]
"""The body of a request: whole, or in pieces, whose length is in its headers."""

_transports: ContextVar[list[Any]] = ContextVar("_transports")
"""The transports that the request being sent has been written to."""

_KEEP_SECONDS = 5.0
"""How long an idle connection is kept; as long as httpx keeps one."""

_LONGEST_HEADER = 65536
"""Bytes of a header of an answer that are read."""

_PIECE = 65536
"""Bytes of a request that are written at once."""


def load_aiohttp() -> ModuleType:
    """The module ``aiohttp``. Raises ``InvalidParameterError`` if it is not installed."""
    try:
        return import_module("aiohttp")
    except ImportError as error:
        raise InvalidParameterError(
            'http_engine="aiohttp" needs the package aiohttp; install chat-core[aiohttp].'
        ) from error


class _Request:
    """What is sent. ``url`` is one of the HTTP library's."""

    def __init__(self, method: str, url: Any, headers: dict[str, str], content: Content) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.content = content
        self.extensions: dict[str, object] = {}
        self.connect_timeout: float | None = None


def _request_class(aiohttp: ModuleType) -> Any:
    """aiohttp's class of requests; each notes the transport that it is written to."""
    base: Any = aiohttp.ClientRequest

    class Request(base):  # type: ignore[misc]
        async def send(self, conn: Any) -> Any:
            _transports.get().append(conn.transport)
            return await super().send(conn)

    return Request


class AiohttpClient:
    """Sends requests on the event loop that it was made on: no redirects, no cookies.

    Args:
        library: ``httpx`` or ``httpx2``, for its URLs and exceptions.
        tls: the context for TLS connections.
        proxy: the URL of a proxy; by default those of the environment, read now.
    """

    def __init__(self, library: ModuleType, tls: ssl.SSLContext | bool, proxy: str | None) -> None:
        self.base_url = library.URL("")
        """As in httpx: whose class an address is made an object of."""
        self._library = library
        self._aiohttp = load_aiohttp()
        self._url = import_module("yarl").URL
        self._proxy = _checked(proxy) if proxy else None
        self._proxies = {} if proxy else getproxies()
        self._by_host: dict[tuple[str, str, int | None], str | None] = {}
        self._session = self._aiohttp.ClientSession(
            connector=self._aiohttp.TCPConnector(ssl=tls, limit=0, keepalive_timeout=_KEEP_SECONDS),
            cookie_jar=self._aiohttp.DummyCookieJar(),
            request_class=_request_class(self._aiohttp),
            auto_decompress=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )

    def build_request(
        self,
        method: str,
        url: Any,
        *,
        headers: Mapping[str, str],
        content: Content,
        timeout: tuple[float | None, ...],
    ) -> _Request:
        """The request to ``url``, one of the HTTP library's. ``timeout`` begins with the seconds
        for connecting. The length of content in pieces is among the headers.
        """
        own = dict(headers)
        length = str(len(content)) if isinstance(content, bytes) else own.pop("content-length")
        clean = {name: clean_header(name, value, "headers") for name, value in own.items()}
        request = _Request(method, url, {**clean, "content-length": length}, content)
        request.connect_timeout = timeout[0]
        return request

    async def send(self, request: _Request, **_options: object) -> AiohttpResponse:
        """The response, its body unread. Raises the HTTP library's exceptions.

        The options are httpx's: a response is always a stream, and no redirect is followed.
        """
        transports: list[Any] = []
        token = _transports.set(transports)
        try:
            return await self._send(request)
        except BaseException:
            # aiohttp closes a connection once all is written: never, if the server reads no more.
            for transport in filter(None, transports):
                transport.abort()
            raise
        finally:
            _transports.reset(token)

    async def _send(self, request: _Request) -> AiohttpResponse:
        url = request.url
        try:
            answer = await self._session.request(
                request.method,
                self._url(str(url), encoded=True),
                headers=request.headers,
                data=_body(request.content),
                allow_redirects=False,
                proxy=self._proxy_for(url.scheme, url.host, url.port),
                timeout=self._aiohttp.ClientTimeout(
                    total=None, connect=request.connect_timeout, sock_connect=None
                ),
            )
        except TimeoutError as error:
            raise self._library.ConnectTimeout(str(error), request=request) from error
        except self._aiohttp.ClientHttpProxyError as error:
            refusal = f"{error.status} {error.message}"
        except (self._aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, ChatError):  # of the file that was being sent
                raise error.__cause__ from None
            kind = self._library.ConnectError
            if isinstance(error, self._aiohttp.ServerDisconnectedError):
                kind = self._library.RemoteProtocolError
            raise kind(str(error), request=request) from error
        else:
            return AiohttpResponse(request, answer, self._library, self._aiohttp.ClientError)
        # No cause: aiohttp's error holds the proxy's URL, with the password in it.
        raise self._library.ProxyError(refusal, request=request)

    def _proxy_for(self, scheme: str, host: str, port: int | None) -> str | None:
        if self._proxy is not None:
            return self._proxy
        place = (scheme, host, port)
        if place not in self._by_host:
            proxy = self._proxies.get(scheme) or self._proxies.get("all")
            is_used = proxy and not bypasses_proxies(host, port)
            self._by_host[place] = _checked(proxy) if proxy and is_used else None
        return self._by_host[place]

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()
        await sleep(0)  # the loop closes the sockets in its next round

    def __del__(self) -> None:
        # The loop was closed before the session could be. Nothing can be awaited any more, and
        # both would warn.
        session = getattr(self, "_session", None)
        if session is None or session.closed:
            return
        connector = session.connector
        session.detach()
        if hasattr(connector, "_close"):
            connector._close()  # noqa: SLF001 - close() returns what has to be awaited


def _checked(proxy: str) -> str:
    """The URL of ``proxy``, which may lack its scheme."""
    url = proxy if "://" in proxy else f"http://{proxy}"
    if not url.startswith(("http://", "https://")):
        scheme = url.partition("://")[0]
        raise InvalidParameterError(
            f'http_engine="aiohttp" speaks to proxies with http and https, not with {scheme}.'
        )
    return url


def _body(content: Content) -> Content:
    """``content``; in pieces if it is long, between which the loop serves others."""
    if isinstance(content, bytes) and len(content) > _PIECE:
        return _pieces(content)
    return content


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


class AiohttpResponse:
    """A response whose head has arrived; see ``Response`` in ``transport.py``."""

    __slots__ = (
        "_answer",
        "_client_error",
        "_library",
        "_readany",
        "extensions",
        "headers",
        "request",
        "status_code",
    )

    def __init__(
        self, request: _Request, answer: Any, library: ModuleType, client_error: type[Exception]
    ) -> None:
        self.request = request
        self.status_code: int = answer.status
        self.headers = _headers(answer.raw_headers)
        connection = answer.connection
        self.extensions: dict[str, object] = (
            {"network_stream": connection.transport} if connection is not None else {}
        )
        if connection is not None:
            answer.content.on_eof(partial(_look_behind, connection.protocol))
        self._answer = answer
        self._readany = answer.content.readany
        self._library = library
        self._client_error = client_error

    def aiter_raw(self) -> AiohttpResponse:
        """What arrives of the body, undecoded."""
        return self

    def __aiter__(self) -> AiohttpResponse:
        return self

    async def __anext__(self) -> bytes:
        try:
            data: bytes = await self._readany()
        except self._client_error:
            data = self._unread()
            if not data:
                # aiohttp's text has a status 400 in it, which the server never sent.
                text = "the body ended early, or is not valid HTTP"
                raise self._library.ReadError(text, request=self.request) from None
        if data:
            return data
        raise StopAsyncIteration

    def _unread(self) -> bytes:
        # aiohttp raises a connection's failure before it gives out what arrived until then.
        buffer = getattr(self._answer.content, "_buffer", None)
        if not buffer:
            return b""
        data = b"".join(buffer)
        buffer.clear()
        return data

    async def aclose(self) -> None:
        """Close the connection, unless the body was read to its end."""
        self._answer.close()
        await sleep(0)  # the loop closes the socket in its next round


def _look_behind(protocol: Any) -> None:
    """Once what has arrived is parsed, close a connection that has bytes behind its answer.

    aiohttp takes the connection back at the answer's end, before it has parsed those bytes; they
    would be the answer to the next request.
    """
    get_running_loop().call_soon(_close_if_bytes_are_left, protocol)


def _close_if_bytes_are_left(protocol: Any) -> None:
    if protocol.should_close:
        protocol.close()


def _headers(raw: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    """Headers under names in lower case; those that come more than once are joined (RFC 9110)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = _text(raw_name).lower(), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
