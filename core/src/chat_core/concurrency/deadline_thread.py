"""The thread that watches the deadlines of blocking code: one per process, while there are any."""

from __future__ import annotations

import os
import threading
from time import monotonic
from typing import Protocol

__all__ = ["LONGEST_WAIT", "watcher"]

LONGEST_WAIT = 3600.0
"""Seconds that anything waits at once for a deadline: timers of the system refuse ``inf``."""

_IDLE_SECONDS = 5.0
"""Seconds that the thread outlives the last deadline."""


class _Watched(Protocol):
    at: float

    def is_due(self, now: float) -> bool: ...
    def shut_down(self) -> None: ...


class _Watcher:
    """The thread and the deadlines that it waits for."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._changed = threading.Condition()
        self._deadlines: set[_Watched] = set()
        self._thread: threading.Thread | None = None
        self._wakes_at = 0.0
        """When the thread looks at the deadlines next, whatever happens."""

    def add(self, deadline: _Watched) -> None:
        """Shut ``deadline`` down when it is due."""
        with self._changed:
            self._deadlines.add(deadline)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="chat-core-deadlines", daemon=True
                )
                self._thread.start()
            elif deadline.at < self._wakes_at:
                self._changed.notify()

    def remove(self, deadline: _Watched) -> None:
        """Forget ``deadline``."""
        with self._changed:
            self._deadlines.discard(deadline)

    def wake(self, at: float) -> None:
        """A deadline is due at ``at``, which is earlier than before."""
        with self._changed:
            if at < self._wakes_at:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for deadline in [d for d in self._deadlines if d.is_due(now)]:
                    self._deadlines.discard(deadline)
                    deadline.shut_down()
                seconds = self._seconds(now) if self._deadlines else _IDLE_SECONDS
                self._wakes_at = now + seconds
                if not self._changed.wait(seconds) and not self._deadlines:
                    self._thread = None
                    return

    def _seconds(self, now: float) -> float:
        """Until the next deadline; never what ``wait`` refuses, such as ``inf`` and ``nan``."""
        seconds = min(deadline.at for deadline in self._deadlines) - now
        return seconds if seconds < LONGEST_WAIT else LONGEST_WAIT


_current = _Watcher()


def watcher() -> _Watcher:
    """This process's watcher: threads do not survive a fork."""
    global _current
    if _current.pid != os.getpid():
        _current = _Watcher()
    return _current
