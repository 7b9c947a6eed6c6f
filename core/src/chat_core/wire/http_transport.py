"""A transport over httpx, or httpx2, its successor: a provider adds what a request looks like.

Core imports neither: a provider names the library, which its SDK brings. ``HeadTransport`` is for
SDKs that say where a request goes and how it authenticates, and leave the carrying to us.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ..errors import InvalidParameterError
from .transport import ClientPool, Response, Transport, tls_context

__all__ = ["HTTPTransport", "HeadTransport", "json_content"]


def json_content(body: Mapping[str, Any]) -> bytes:
    """``body`` as JSON. Raises ``InvalidParameterError`` for what JSON cannot say."""
    try:
        try:
            return _json(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half an emoji, which UTF-8 cannot say and an escape can
            return _json(body, ensure_ascii=True).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterError(f"The request cannot be said in JSON: {error}.") from error


def _json(body: Mapping[str, Any], *, ensure_ascii: bool) -> str:
    return json.dumps(body, ensure_ascii=ensure_ascii, separators=(",", ":"), allow_nan=False)


@contextmanager
def _blaming_settings() -> Iterator[None]:
    """Nothing has been sent: what a library refuses here is a setting that cannot be right.

    Raises ``InvalidParameterError`` for a host, a header or a proxy (of the environment) that it
    cannot use.
    """
    try:
        yield
        return
    except (ValueError, ImportError) as error:
        said = str(error)
    # No cause: a UnicodeError would carry the header that it could not encode, secret or not.
    raise InvalidParameterError(
        f"No request can be made with this base_url, these headers and proxies: {said}."
    )


def _check_address(url: Any) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidParameterError(
            "base_url is an address with its scheme, such as https://example.org;"
            f" with this one a request would go to {url!r}."
        )


class HTTPTransport(ClientPool[Any, Any], Transport):
    """Sends requests with clients of one library: no redirects, as many connections as calls."""

    @abstractmethod
    def library(self) -> ModuleType:
        """``httpx`` or ``httpx2``, imported here and not before."""

    @abstractmethod
    def request(self, client: Any, body: dict[str, Any], *, stream: bool, within: float) -> Any:
        """The request of ``client`` (its ``build_request``) that carries ``body``."""

    async def arequest(
        self, client: Any, body: dict[str, Any], *, stream: bool, within: float
    ) -> Any:
        """``request`` on an event loop; overridden where access has to be waited for."""
        return self.request(client, body, stream=stream, within=within)

    def client_options(self) -> dict[str, Any]:
        """What clients are made with."""
        library = self.library()
        return {
            "follow_redirects": False,
            "verify": tls_context(library),
            # As many connections as there are calls: some SDKs let the 101st wait.
            "limits": library.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def make_sync(self) -> Any:
        """A new sync client."""
        return self.library().Client(**self.client_options())

    def make_async(self) -> Any:
        """A new async client."""
        return self.library().AsyncClient(**self.client_options())

    def close_sync(self, client: Any) -> None:
        """Close a sync client."""
        client.close()

    async def close_async(self, client: Any) -> None:
        """Close an async client."""
        await client.aclose()

    def prepare(self) -> None:
        """Make the sync client."""
        with _blaming_settings():
            self.sync()

    def aprepare(self) -> None:
        """Make the running loop's client."""
        with _blaming_settings():
            self.current()

    def send(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """The response to ``body``, unread, whatever its status."""
        client = self.sync()
        with _blaming_settings():
            request = self.request(client, body, stream=stream, within=within)
        _check_address(request.url)
        response: Response = client.send(request, stream=True)
        return response

    async def asend(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """``send`` on the running event loop."""
        client = self.current()
        with _blaming_settings():
            request = await self.arequest(client, body, stream=stream, within=within)
        _check_address(request.url)
        response: Response = await client.send(request, stream=True)
        return response

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        return (self.library().TimeoutException,)

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        library = self.library()
        return (library.HTTPError, library.StreamError, library.InvalidURL)


class HeadTransport(HTTPTransport):
    """Sends requests whose head an SDK has made: method, URL and headers.

    The SDK is asked once for each kind of request, because the head never changes while building a
    request takes an SDK longer than sending one takes the library below it.
    """

    usual_kind: Hashable = None
    """The kind of request that is made ready before time runs."""

    def __init__(self) -> None:
        super().__init__()
        self._heads: dict[Hashable, Any] = {}

    @abstractmethod
    def ask(self, kind: Hashable) -> Any:
        """A request of this kind as the SDK makes it; nothing is sent."""

    def kind(self, body: dict[str, Any], *, stream: bool) -> Hashable:
        """What tells requests with different heads apart; by default all are of one kind."""
        return None

    def parts(self, body: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The content, and headers for this request alone; by default ``body`` and none."""
        return body, {}

    def head(self, kind: Hashable) -> Any:
        """The head of this kind of request, without what depends on a body or a timeout."""
        head = self._heads.get(kind)
        if head is None:
            head = self.ask(kind)
            for name in ("content-length", "x-stainless-timeout", "x-stainless-read-timeout"):
                head.headers.pop(name, None)
            self._heads[kind] = head
        return head

    def prepare(self) -> None:
        """Make the sync client and have a head ready: SDKs take long to import."""
        super().prepare()
        with _blaming_settings():
            self.head(self.usual_kind)

    def aprepare(self) -> None:
        """``prepare`` for the running event loop."""
        super().aprepare()
        with _blaming_settings():
            self.head(self.usual_kind)

    def request(self, client: Any, body: dict[str, Any], *, stream: bool, within: float) -> Any:
        """See ``HTTPTransport``."""
        head = self.head(self.kind(body, stream=stream))
        content, headers = self.parts(body)
        request_headers = head.headers
        if headers:
            request_headers = head.headers.copy()
            request_headers.update(headers)
        return client.build_request(
            head.method,
            head.url,
            headers=request_headers,
            content=json_content(content),
            timeout=within,
        )
