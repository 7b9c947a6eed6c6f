"""What core needs of a vendor's client: send a request, hand over the raw response.

A provider's ``client.py`` subclasses ``Transport`` and is the only file that touches the vendor's
SDK. The response is duck-typed on httpx and httpx2, which name these things alike; core imports
neither.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from ..concurrency.fork_lock import ForkLock

__all__ = ["ClientPool", "Response", "Transport", "lift_read_timeout", "tls_context"]


class Response(Protocol):
    """An HTTP response whose head has arrived and whose body may still be on its way."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def extensions(self) -> Mapping[str, Any]: ...
    def iter_bytes(self) -> Iterator[bytes]: ...
    def aiter_bytes(self) -> AsyncIterator[bytes]: ...
    def close(self) -> None: ...
    async def aclose(self) -> None: ...


def lift_read_timeout(response: Response) -> None:
    """Take the HTTP library's read timeout off the body, now that a ``Deadline`` guards it.

    The library's timeout is one number for the head and the body, and every keep-alive comment
    starts it anew. httpx passes it to the connection in the request's ``timeout`` extension, which
    is read when the body's first byte is asked for.
    """
    request = getattr(response, "request", None)
    timeouts = getattr(request, "extensions", {}).get("timeout")
    if isinstance(timeouts, dict):
        timeouts["read"] = None


@cache
def tls_context(library: ModuleType) -> Any:
    """One TLS context for all clients of a library: making one takes longer than a request."""
    return library.create_ssl_context()


class Transport(ABC):
    """Sends one request as the vendor's SDK would; never retries and never follows a redirect.

    Core owns the one retry loop, and no other may stand beneath it. A redirect could carry the key
    to another host, so it comes back as the response it is.
    """

    @abstractmethod
    def prepare(self) -> None:
        """Import the SDK and make the sync client; time runs only after this."""

    @abstractmethod
    def aprepare(self) -> None:
        """``prepare`` for the running event loop."""

    @abstractmethod
    def send(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """The response to ``body``, unread when it streams, whatever its status.

        ``within`` bounds, in seconds, connecting and each wait for the head. It comes with the
        request, so that a call with a timeout of its own shares the connections of all others.
        """

    @abstractmethod
    async def asend(self, body: dict[str, Any], *, stream: bool, within: float) -> Response:
        """``send`` on the running event loop."""

    @property
    @abstractmethod
    def timeouts(self) -> tuple[type[BaseException], ...]:
        """The exceptions of the SDK and its HTTP library that mean time ran out."""

    @property
    @abstractmethod
    def failures(self) -> tuple[type[BaseException], ...]:
        """The exceptions of the SDK and its HTTP library that mean the connection failed."""

    @abstractmethod
    def close(self) -> None:
        """Close the clients made for sync use."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the client made for the running event loop, and those for sync use."""


S = TypeVar("S")
A = TypeVar("A")


class ClientPool(ABC, Generic[S, A]):
    """Vendor clients made when first needed: one for sync use in each process, one for each loop.

    After a fork the parent's connections are left alone, neither used nor closed: both processes
    would write to the same sockets.
    """

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._sync: S | None = None
        self._by_loop: WeakKeyDictionary[Any, A] = WeakKeyDictionary()

    @abstractmethod
    def make_sync(self) -> S:
        """A new sync client."""

    @abstractmethod
    def make_async(self) -> A:
        """A new client for the running event loop."""

    @abstractmethod
    def close_sync(self, client: S) -> None:
        """Close a client that ``make_sync`` made."""

    @abstractmethod
    async def close_async(self, client: A) -> None:
        """Close a client that ``make_async`` made."""

    def sync(self) -> S:
        """This process's sync client."""
        with self._lock:
            if self._pid != os.getpid():
                self._reset()
            if self._sync is None:
                self._sync = self.make_sync()
            return self._sync

    def current(self) -> A:
        """The running event loop's client. Raises ``RuntimeError`` outside a loop."""
        import asyncio

        loop = asyncio.get_running_loop()
        with self._lock:
            if self._pid != os.getpid():
                self._reset()
            client = self._by_loop.get(loop)
            if client is None:
                client = self._by_loop[loop] = self.make_async()
            return client

    def close(self) -> None:
        """Close the sync client; the next request makes a new one."""
        with self._lock:
            client, self._sync = self._sync, None
            inherited = self._pid != os.getpid()
        if client is not None and not inherited:
            self.close_sync(client)

    async def aclose(self) -> None:
        """Close the sync client and the running loop's; the next request makes new ones."""
        import asyncio

        self.close()
        with self._lock:
            client = self._by_loop.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await self.close_async(client)
