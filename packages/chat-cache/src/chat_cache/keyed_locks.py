"""Equal calls at the same time, one after the other: the second finds the answer of the first.

A call in blocking code does not wait for one of its own thread, nor a call on an event loop for one
of its own task: that one might not go on before this one has returned.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from chat_core.provider import ForkLock

__all__ = ["KeyedLocks"]


@dataclass(slots=True)
class _Holder:
    """The thread and the task of a call under way."""

    thread: int
    task: Any
    released: Future[None] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.released.set_running_or_notify_cancel()  # a cancelled waiter cannot cancel it


class KeyedLocks:
    """A lock for each key, held while a call with that key is under way."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._holders: dict[bytes, _Holder] = {}

    def __reduce__(self) -> tuple[type[KeyedLocks], tuple[()]]:
        return (KeyedLocks, ())

    def acquire(self, key: bytes) -> Held:
        """Wait for the lock of ``key``; the ``with`` block releases it."""
        while True:
            holder = self._enter(key, None)
            if holder is None or holder.thread == threading.get_ident():
                return Held(self, key, is_ours=holder is None)
            holder.released.result()

    async def aacquire(self, key: bytes) -> Held:
        """``acquire`` on an event loop."""
        task = asyncio.current_task()
        while True:
            holder = self._enter(key, task)
            if holder is None or holder.task is task:
                return Held(self, key, is_ours=holder is None)
            await asyncio.wrap_future(holder.released)

    def _enter(self, key: bytes, task: Any) -> _Holder | None:
        """Who holds the lock of ``key``; ``None`` if this call holds it from now on."""
        with self._lock:
            holder = self._holders.get(key)
            if holder is None:
                self._holders[key] = _Holder(threading.get_ident(), task)
            return holder

    def release(self, key: bytes) -> None:
        """Release the lock of ``key``; those that wait go on."""
        with self._lock:
            holder = self._holders.pop(key, None)
        if holder is not None:
            holder.released.set_result(None)


class Held:
    """The ``with`` block of a lock, which only the call that has acquired it releases."""

    def __init__(self, locks: KeyedLocks, key: bytes, *, is_ours: bool) -> None:
        self._locks = locks
        self._key = key
        self._is_ours = is_ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_ours:
            self._locks.release(self._key)
