"""A transport whose heads come from a vendor's SDK: for providers that do not build their own.

The SDK says where a request goes and how it authenticates. It is asked once for each kind of
request, through its public method, with an HTTP client that sends nothing and keeps the request.
The body is sent whole, as the encoder made it, and the response is handed over unread.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Hashable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from .connection_guard import guard_client
from .http_transport import HTTPTransport, settings_blamed
from .request_head import RequestHead
from .transport import Request

__all__ = ["SDKTransport"]


class SDKTransport(HTTPTransport):
    """Sends requests as one SDK would. Its retries are never reached: it sends nothing itself.

    Subclasses name the SDK and say through which method a body would leave.

    Args:
        arguments: keyword arguments for the SDK's client.
    """

    client_class: str
    """The name of the SDK's sync client."""

    usual_kind: Hashable = None
    """The kind of request that is made ready before time runs."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self._given = arguments
        self._heads: dict[Hashable, Any] = {}

    def arguments(self) -> dict[str, Any]:
        """What the SDK's client is made with."""
        return self._given

    @abstractmethod
    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""

    @abstractmethod
    def call(self, client: Any, kind: Hashable) -> Any:
        """Call the method of ``client`` that sends a request of this kind, with any content."""

    def kind(self, body: dict[str, Any], *, stream: bool) -> Hashable:
        """What tells requests with different heads apart; by default all are of one kind."""
        return None

    def parts(self, body: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The content, and headers for this request alone; by default ``body`` and none."""
        return body, {}

    def content(self, body: dict[str, Any]) -> Mapping[str, Any]:
        """See ``HTTPTransport``."""
        return self.parts(body)[0]

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        head = self._head(self.kind(request.body, stream=request.stream))
        headers = {**head.headers, **self.parts(request.body)[1]}
        return RequestHead(str(head.url), headers, method=head.method)

    def caller_headers(self, request: Request) -> Mapping[str, str]:
        """Without those that a parameter sets: its value holds the caller's words too."""
        own = {name.lower() for name in self.parts(request.body)[1]}
        return {name: v for name, v in request.headers.items() if name.lower() not in own}

    def prepare(self) -> None:
        """Make the sync client and have a head ready: SDKs take long to import."""
        super().prepare()
        with settings_blamed():
            self._head(self.usual_kind)

    def aprepare(self) -> None:
        """``prepare`` for the running event loop."""
        super().aprepare()
        with settings_blamed():
            self._head(self.usual_kind)

    def _head(self, kind: Hashable) -> Any:
        """The SDK's request of this kind, without what depends on a body or a timeout."""
        head = self._heads.get(kind)
        if head is None:
            head = self._captured(kind)
            for name in ("content-length", "x-stainless-timeout", "x-stainless-read-timeout"):
                head.headers.pop(name, None)
            self._heads[kind] = head
        return head

    def _captured(self, kind: Hashable) -> Any:
        sdk = self.sdk()
        with _asking(sdk.DefaultHttpxClient)(**self.client_options()) as http_client:
            client = getattr(sdk, self.client_class)(http_client=http_client, **self.arguments())
            try:
                self.call(client, kind)
            except _Asked as asked:
                return asked.request
        raise RuntimeError(f"{self.client_class} of {sdk.__name__} sent no request.")

    def library(self) -> ModuleType:
        """The HTTP library that the installed SDK stands on."""
        below: str = self.sdk().DefaultHttpxClient.__mro__[1].__module__
        return sys.modules[below.partition(".")[0]]

    def make_sync(self) -> Any:
        """A new HTTP client such as the SDK makes."""
        client = self.sdk().DefaultHttpxClient(**self.client_options())
        guard_client(client)
        return client

    def make_async(self) -> Any:
        """A new async HTTP client such as the SDK makes."""
        client = self.sdk().DefaultAsyncHttpxClient(**self.client_options())
        guard_client(client)
        return client

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        return (self.sdk().APIError.__bases__[0], *super().failures)


class _Asked(BaseException):
    """Takes a request past the SDK, which catches ``Exception``, hence ``BaseException``."""

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


@cache
def _asking(client_class: Any) -> Any:
    """``client_class`` (an HTTP client), sending nothing: it raises ``_Asked`` instead."""

    def send(client: Any, request: Any, **given: Any) -> Any:
        raise _Asked(request)

    return type(client_class.__name__, (client_class,), {"send": send})
