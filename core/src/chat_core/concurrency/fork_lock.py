"""A lock that is free in a forked child, even if a thread of the parent held it at the fork, and
an object that several share, which such a lock guards.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar
from weakref import WeakSet

__all__ = ["ForkLock", "Shared"]

T = TypeVar("T")


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


class Shared(Generic[T]):
    """What several objects share, made by the first of them that needs it."""

    __slots__ = ("_lock", "made")

    def __init__(self) -> None:
        self._lock = ForkLock()
        self.made: T | None = None

    def get(self, make: Callable[[], T]) -> T:
        """The shared object; made by ``make`` if this is the first use."""
        with self._lock:
            if self.made is None:
                self.made = make()
            return self.made

    def forget(self) -> T | None:
        """The shared object, if there is one; the next use makes another."""
        with self._lock:
            made, self.made = self.made, None
            return made

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        """Pickled or copied deeply it is a new one: what it holds does not travel."""
        return (type(self), ())
