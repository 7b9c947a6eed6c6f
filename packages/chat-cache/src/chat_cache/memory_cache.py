"""``MemoryCache``: answers in the memory of the process."""

from __future__ import annotations

import time
from collections import OrderedDict

from chat_core.provider import ForkLock

from .answer_cache import AnswerCache, checked

__all__ = ["MemoryCache"]


class MemoryCache(AnswerCache):
    """Keeps answers as long as the process lives. A pickled copy is empty.

    Args:
        max_entries: at most so many answers; the oldest is dropped first.
        max_age: seconds after which an answer is asked for anew; ``None`` for never.
        max_bytes: at most so many bytes of answers.

    Raises ``InvalidParameterError`` for a limit that is not above 0.
    """

    def __init__(
        self,
        max_entries: int | None = 1000,
        *,
        max_age: float | None = None,
        max_bytes: int | None = None,
    ) -> None:
        self.max_entries = checked("max_entries", max_entries)
        self.max_age = checked("max_age", max_age)
        self.max_bytes = checked("max_bytes", max_bytes)
        self._lock = ForkLock()
        self._answers: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0

    def __repr__(self) -> str:
        return f"MemoryCache(max_entries={self.max_entries})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_empty, (self.max_entries, self.max_age, self.max_bytes))

    def get(self, key: bytes) -> bytes | None:
        """See ``AnswerCache``."""
        with self._lock:
            made, answer = self._answers.get(key, (0.0, b""))
            if not answer:
                return None
            if self.max_age is not None and time.monotonic() - made > self.max_age:
                self._drop(key)
                return None
            return answer

    def put(self, key: bytes, answer: bytes) -> None:
        """See ``AnswerCache``."""
        if self.max_bytes is not None and len(answer) > self.max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._answers[key] = (time.monotonic(), answer)
            self._bytes += len(answer)
            while self._is_over():
                self._drop(next(iter(self._answers)))

    def clear(self) -> None:
        """See ``AnswerCache``."""
        with self._lock:
            self._answers.clear()
            self._bytes = 0

    def _is_over(self) -> bool:
        too_many = self.max_entries is not None and len(self._answers) > self.max_entries
        return too_many or (self.max_bytes is not None and self._bytes > self.max_bytes)

    def _drop(self, key: bytes) -> None:
        _, answer = self._answers.pop(key, (0.0, b""))
        self._bytes -= len(answer)


def _empty(max_entries: int | None, max_age: float | None, max_bytes: int | None) -> MemoryCache:
    return MemoryCache(max_entries, max_age=max_age, max_bytes=max_bytes)
