"""A lock that is free in a forked child, even if a thread of the parent held it at the fork."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from weakref import WeakSet

__all__ = ["ForkLock"]


class ForkLock:
    """``threading.Lock`` for ``with``. What it guards must be sound, or made anew, in a child."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()

    def free(self) -> None:
        """Make the lock free, whichever thread holds it."""
        self._lock = threading.Lock()


_all: WeakSet[ForkLock] = WeakSet()


def _free_all() -> None:
    # Only the thread that forked exists in the child. A lock that another thread held would never
    # be released there.
    for lock in _all:
        lock.free()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_free_all)
