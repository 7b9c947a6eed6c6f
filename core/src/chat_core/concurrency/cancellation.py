"""Cancellation of worker threads that block.

Python cannot interrupt a thread that waits for the next byte of a response. A worker thread of this
library therefore runs with a ``CancelScope`` in its context. Code that is about to block adds a
callback that ends the wait (shut the socket, notify the condition) and discards it afterwards;
``CancelScope.cancel`` calls every callback, and the thread then raises ``Cancelled``.

A task is cancelled by its event loop. While it waits for others to end, a further cancellation must
not break that off: ``wait_until_done``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

__all__ = [
    "CancelScope",
    "Cancelled",
    "current_cancel_scope",
    "enter_cancel_scope",
    "raise_if_cancelled",
    "sleep",
    "wait_until_done",
]


class Cancelled(BaseException):
    """Ends a worker thread whose output nothing reads any more."""


class CancelScope:
    """The callbacks that end the waits of one worker thread.

    Args:
        outer: the scope of the thread that starts this one; cancelling it cancels this scope too.
    """

    def __init__(self, outer: CancelScope | None = None) -> None:
        self._lock = threading.Lock()
        self._callbacks: set[Callable[[], object]] = set()
        self._outer = outer
        self.is_cancelled = False
        if outer is not None:
            outer.add(self.cancel)

    def add(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` when the scope is cancelled; at once if it is cancelled already."""
        with self._lock:
            if not self.is_cancelled:
                self._callbacks.add(callback)
                return
        callback()

    def discard(self, callback: Callable[[], object]) -> None:
        """Remove ``callback``: its wait has ended."""
        with self._lock:
            self._callbacks.discard(callback)

    def cancel(self) -> None:
        """Call every callback once. May be called from any thread, and more than once."""
        with self._lock:
            self.is_cancelled = True
            callbacks, self._callbacks = self._callbacks, set()
        for callback in callbacks:
            callback()

    def detach(self) -> None:
        """Remove this scope from its outer scope: the thread has ended."""
        if self._outer is not None:
            self._outer.discard(self.cancel)


_cancel_scope: ContextVar[CancelScope | None] = ContextVar("chat_core_cancel_scope", default=None)

current_cancel_scope = _cancel_scope.get
"""The scope of the current thread; ``None`` in a thread that this library did not start."""

enter_cancel_scope = _cancel_scope.set
"""Make a scope that of the current thread, for the rest of the thread's life."""


def raise_if_cancelled() -> None:
    """Raise ``Cancelled`` if the scope of the current thread is cancelled."""
    scope = _cancel_scope.get()
    if scope is not None and scope.is_cancelled:
        raise Cancelled


def sleep(seconds: float) -> None:
    """Block for ``seconds``. Raises ``Cancelled`` as soon as the current scope is cancelled."""
    scope = _cancel_scope.get()
    if scope is None:
        time.sleep(seconds)
        return
    cancelled = threading.Event()
    scope.add(cancelled.set)
    cancelled.wait(seconds)
    scope.discard(cancelled.set)
    raise_if_cancelled()


async def wait_until_done(futures: Collection[asyncio.Future[Any]]) -> None:
    """Wait until all ``futures`` are done; their results and exceptions are left in them.

    Where the calling task is cancelled meanwhile, once or more, they are not, and
    ``CancelledError`` is raised when they are done.
    """
    from asyncio import CancelledError, wait

    cancelled: CancelledError | None = None
    while not all(future.done() for future in futures):
        try:
            await wait(futures)
        except CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
