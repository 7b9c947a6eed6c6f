"""A transport over any SDK with a raw-response door, such as most vendors' SDKs have.

Those SDKs come out of one generator and share names: ``DefaultHttpxClient`` to make their HTTP
client with, ``with_streaming_response`` on each resource, and ``APITimeoutError``. The SDK owns
the connection: authentication, address, proxies, headers. The request body is the caller's, whole,
passed as ``extra_body`` so that the SDK leaves it alone; the answer leaves as the HTTP response,
unread, whatever its status.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from functools import cache
from types import ModuleType
from typing import Any, ClassVar

from .transport import ClientPool, Response, Transport, tls_context

__all__ = ["SDKTransport"]


class SDKTransport(ClientPool[Any, Any], Transport):
    """Sends requests through one SDK. Its retries and its redirects are off: see ``Transport``.

    Subclasses name the SDK and say through which method a body leaves.

    Args:
        arguments: keyword arguments for the SDK's client, sync and async alike.
    """

    client_classes: ClassVar[tuple[str, str]]
    """The names of the SDK's sync and async client."""

    resource: str
    """The attribute of the client that requests go through; the SDK imports it when first asked."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self._given = arguments

    def arguments(self) -> dict[str, Any]:
        """What a client is made with. Its own retries are off."""
        return {**self._given, "max_retries": 0}

    @abstractmethod
    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""

    @abstractmethod
    def open(self, client: Any, body: dict[str, Any], timeout: float) -> Any:
        """The context manager of ``with_streaming_response`` for ``body``, not yet entered."""

    def make_sync(self) -> Any:
        """A new sync client."""
        sdk = self.sdk()
        http_client = _raising(sdk.DefaultHttpxClient)(**self._http_options())
        return getattr(sdk, self.client_classes[0])(http_client=http_client, **self.arguments())

    def make_async(self) -> Any:
        """A new async client."""
        sdk = self.sdk()
        http_client = _araising(sdk.DefaultAsyncHttpxClient)(**self._http_options())
        return getattr(sdk, self.client_classes[1])(http_client=http_client, **self.arguments())

    def close_sync(self, client: Any) -> None:
        """Close a sync client."""
        client.close()

    async def close_async(self, client: Any) -> None:
        """Close an async client."""
        await client.close()

    def prepare(self) -> None:
        """Import the SDK and make the sync client."""
        getattr(self.sync(), self.resource)

    def aprepare(self) -> None:
        """Import the SDK and make the running loop's client."""
        getattr(self.current(), self.resource)

    def send(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """The response to ``body``, unread, whatever its status."""
        opening = self.open(self.sync(), body, within)
        try:
            # Not left here: whoever reads the response closes it, which is all that leaving does.
            response: Response = opening.__enter__().http_response
        except _Refused as refused:
            return refused.response
        return response

    async def asend(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """``send`` on the running event loop."""
        opening = self.open(self.current(), body, within)
        try:
            response: Response = (await opening.__aenter__()).http_response
        except _Refused as refused:
            return refused.response
        return response

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean time ran out."""
        return (self.sdk().APITimeoutError, *self._of_http("TimeoutException"))

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions that mean the connection failed."""
        root = self.sdk().APIError.__bases__[0]
        return (root, *self._of_http("HTTPError", "StreamError", "InvalidURL"))

    def _of_http(self, *names: str) -> tuple[type[BaseException], ...]:
        library = self._http_library()
        return tuple([getattr(library, name) for name in names])

    def _http_options(self) -> dict[str, Any]:
        library = self._http_library()
        return {
            "follow_redirects": False,
            "verify": tls_context(library),
            # As many connections as there are calls: some SDKs let the 101st wait.
            "limits": library.Limits(max_connections=None, max_keepalive_connections=100),
        }

    def _http_library(self) -> ModuleType:
        """The HTTP library that the installed SDK stands on."""
        below: str = self.sdk().DefaultHttpxClient.__mro__[1].__module__
        return sys.modules[below.partition(".")[0]]


class _Refused(BaseException):
    """Takes a refusal past the SDK, unread.

    The SDK would read its body to the end, out of reach of every deadline, and lose the status
    where that fails. It catches ``Exception``, hence ``BaseException``; we catch it above the SDK.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@cache
def _raising(client_class: Any) -> Any:
    """``client_class`` (an HTTP client) with refusals raised as ``_Refused``."""

    def send(client: Any, request: Any, **given: Any) -> Any:
        response = client_class.send(client, request, **given)
        if response.status_code >= 300:
            raise _Refused(response)
        return response

    return type(client_class.__name__, (client_class,), {"send": send})


@cache
def _araising(client_class: Any) -> Any:
    """``_raising`` for async clients."""

    async def send(client: Any, request: Any, **given: Any) -> Any:
        response = await client_class.send(client, request, **given)
        if response.status_code >= 300:
            raise _Refused(response)
        return response

    return type(client_class.__name__, (client_class,), {"send": send})
