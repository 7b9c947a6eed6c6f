"""``ClientPool``: HTTP clients made when first needed, one for each process and each event loop."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from ..concurrency.fork_lock import ForkLock

__all__ = ["ClientPool"]

S = TypeVar("S")
A = TypeVar("A")


class ClientPool(ABC, Generic[S, A]):
    """HTTP clients made when first needed: one for sync use in each process, one for each loop.

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
