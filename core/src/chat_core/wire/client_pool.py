"""``ClientPool``: HTTP clients made when first needed, and closed with the event loop they serve.

An async client belongs to one event loop. It is closed by an async generator that is suspended on
that loop for this alone: ``asyncio.run`` closes suspended generators before it closes the loop
(``loop.shutdown_asyncgens``). If the pool is garbage before that, a finalizer has the loop close
the generator. So neither a loop that ends nor a model that is dropped leaves an open connection.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary, WeakMethod, finalize, ref

from ..concurrency.fork_lock import ForkLock
from ..runs.event_loop import running_loop
from .http_options import Client

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

__all__ = ["ClientPool"]

S = TypeVar("S")
A = TypeVar("A")


class _Held(NamedTuple):
    """An async client, the generator that closes it, and what runs if the pool is garbage."""

    client: Client
    closer: AsyncGenerator[None, None]
    finalizer: finalize[Any, Any]


class ClientPool(ABC, Generic[S, A]):
    """HTTP clients made when first needed: one for sync use in each process, one for each loop.

    Sync clients have ``close()``, async ones ``aclose()``. After a fork the parent's connections
    are left alone, neither used nor closed: both processes would write to the same sockets.
    """

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._sync: S | None = None
        self._by_loop: WeakKeyDictionary[AbstractEventLoop, _Held] = WeakKeyDictionary()

    @abstractmethod
    def make_sync(self) -> S:
        """A new sync client."""

    @abstractmethod
    def make_async(self) -> A:
        """A new client for the running event loop."""

    def sync(self) -> S:
        """This process's sync client."""
        with self._lock:
            if self._pid != os.getpid():
                self._reset()
            if self._sync is None:
                self._sync = self.make_sync()
                finalize(self, _close, self._sync, self._pid)
            return self._sync

    def current(self) -> A:
        """The running event loop's client. Raises ``UnsupportedEventLoopError`` outside a loop."""
        loop = running_loop()
        with self._lock:
            if self._pid != os.getpid():
                self._reset()
            held = self._by_loop.get(loop)
            if held is None:
                self._drop_closed_loops()
                client = self.make_async()
                closer = _closer(client, WeakMethod(self._forget))
                _suspend(closer)
                finalizer = finalize(self, _close_soon, ref(loop), closer)
                finalizer.atexit = False
                held = self._by_loop[loop] = _Held(client, closer, finalizer)
            found: A = held.client
            return found

    def _drop_closed_loops(self) -> None:
        # A loop that was closed by hand has not closed its client, and nothing can: what it
        # holds is left to garbage collection, which closes sockets.
        for loop, held in list(self._by_loop.items()):
            if loop.is_closed():
                self._forget(held.client)

    def _forget(self, client: Client) -> None:
        """``client`` is closed, or cannot be closed any more."""
        for loop, held in list(self._by_loop.items()):
            if held.client is client:
                held.finalizer.detach()
                del self._by_loop[loop]

    def close(self) -> None:
        """Close the sync client; the next request makes a new one."""
        with self._lock:
            client, self._sync = self._sync, None
            pid = self._pid
        if client is not None:
            _close(client, pid)

    async def aclose(self) -> None:
        """Close the sync client and the running loop's; the next request makes new ones."""
        self.close()
        with self._lock:
            held = self._by_loop.get(running_loop())
        if held is not None:
            await _run_out(held.closer)


def _close(client: Client, pid: int) -> None:
    if os.getpid() == pid:
        client.close()


_closing: set[Task[None]] = set()
"""A loop keeps none of its tasks alive; this does."""


def _close_soon(loop: ref[AbstractEventLoop], closer: AsyncGenerator[None, None]) -> None:
    running = loop()
    if running is not None and not running.is_closed():
        running.call_soon_threadsafe(_start_closing, running, closer)


def _start_closing(loop: AbstractEventLoop, closer: AsyncGenerator[None, None]) -> None:
    from .closing_task import ClosingTask  # it imports asyncio, which blocking code need not load

    task = ClosingTask(_close_later(closer), loop=loop)
    _closing.add(task)
    task.add_done_callback(_closing.discard)


async def _close_later(closer: AsyncGenerator[None, None]) -> None:
    from asyncio import sleep

    await sleep(0)  # where the loop is ending, its own closing begins now, and is the only one
    await _run_out(closer)


async def _run_out(closer: AsyncGenerator[None, None]) -> None:
    """Close the client, unless that is under way: the loop closes it too, when it ends."""
    if not getattr(closer, "ag_running", False):
        await closer.aclose()


async def _closer(
    client: Client, forget: WeakMethod[Callable[[Client], None]]
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        if (known := forget()) is not None:
            known(client)
        await client.aclose()


def _suspend(generator: AsyncGenerator[None, None]) -> None:
    """Run ``generator`` to its ``yield``, which waits for nothing; its loop knows it from now."""
    try:
        generator.asend(None).send(None)
    except StopIteration:
        return
