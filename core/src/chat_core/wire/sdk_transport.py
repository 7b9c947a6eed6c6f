"""A transport over any SDK that takes an HTTP client, such as most vendors' SDKs do.

Those SDKs come out of one generator and share names: ``DefaultHttpxClient`` to make their HTTP
client with, and an error at the root of their own. The SDK says where a request goes, how it
authenticates and through which client (its proxies, its socket options); it is asked through its
public method with an HTTP client that sends nothing and keeps the request. The request body is the
run_context's, whole, and the answer leaves as the HTTP response, unread, whatever its status.

An SDK's raw-response door would do as well and costs more: a millisecond of CPU for each call,
which is as much as the HTTP library takes, and it reads a refusal's body to the end, out of reach
of every deadline.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Hashable
from functools import cache
from types import ModuleType
from typing import Any

from .http_transport import HeadTransport

__all__ = ["SDKTransport"]


class SDKTransport(HeadTransport):
    """Sends requests as one SDK would. Its retries are never reached: it sends nothing itself.

    Subclasses name the SDK and say through which method a body would leave.

    Args:
        arguments: keyword arguments for the SDK's client.
    """

    client_class: str
    """The name of the SDK's sync client."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self._given = arguments

    def arguments(self) -> dict[str, Any]:
        """What the SDK's client is made with."""
        return self._given

    @abstractmethod
    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""

    @abstractmethod
    def call(self, client: Any, kind: Hashable) -> Any:
        """Call the method of ``client`` that sends a request of this kind, with any content."""

    def ask(self, kind: Hashable) -> Any:
        """See ``HeadTransport``."""
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
        return self.sdk().DefaultHttpxClient(**self.client_options())

    def make_async(self) -> Any:
        """A new async HTTP client such as the SDK makes."""
        return self.sdk().DefaultAsyncHttpxClient(**self.client_options())

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
