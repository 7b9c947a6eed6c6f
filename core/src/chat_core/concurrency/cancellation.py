"""Unblocking threads whose reader has left.

A thread that waits for a vendor's next byte cannot be interrupted from Python, but what it waits
for can be shut under it. Threads started by this library run with an ``Exits`` in their context;
whoever waits there (a response's ``Deadline``, a handover between threads) leaves a callable in it
while it waits, and ``Exits.shut`` calls them all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from time import sleep

__all__ = ["Exits", "ReaderLeft", "current_exits", "leave_if_abandoned", "pause"]


class ReaderLeft(BaseException):
    """Raised in a thread to end it, because nobody will read what it makes."""


class Exits:
    """What to shut when a reader leaves. Shut once, it shuts at once whatever is added later."""

    def __init__(self, outer: Exits | None = None) -> None:
        self._lock = threading.Lock()
        self._ways: set[Callable[[], object]] = set()
        self._outer = outer
        self.is_shut = False
        if outer is not None:
            outer.add(self.shut)

    def add(self, way: Callable[[], object]) -> None:
        """Call ``way`` at ``shut``."""
        with self._lock:
            if not self.is_shut:
                self._ways.add(way)
                return
        way()

    def discard(self, way: Callable[[], object]) -> None:
        """Nobody waits there any more."""
        with self._lock:
            self._ways.discard(way)

    def shut(self) -> None:
        """Call everything added and not discarded. From any thread, any number of times."""
        with self._lock:
            self.is_shut = True
            ways, self._ways = self._ways, set()
        for way in ways:
            way()

    def forget(self) -> None:
        """The thread has ended: the thread around it need not shut this any more."""
        if self._outer is not None:
            self._outer.discard(self.shut)


_exits: ContextVar[Exits | None] = ContextVar("chat_core_exits", default=None)

current_exits = _exits.get
"""The exits of the thread that runs this, or ``None`` in threads that this library did not start.
"""

enter = _exits.set


def leave_if_abandoned() -> None:
    """Raise ``ReaderLeft`` in a thread whose reader has left."""
    exits = _exits.get()
    if exits is not None and exits.is_shut:
        raise ReaderLeft


def pause(seconds: float) -> None:
    """Block for ``seconds``. Raises ``ReaderLeft`` as soon as this thread's reader leaves."""
    exits = _exits.get()
    if exits is None:
        sleep(seconds)
        return
    left = threading.Event()
    exits.add(left.set)
    left.wait(seconds)
    exits.discard(left.set)
    leave_if_abandoned()
