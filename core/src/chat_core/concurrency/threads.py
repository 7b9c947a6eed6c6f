"""Threads that work for one reader: they run in its context and end when it leaves.

They are made for the occasion instead of taken from a pool: a step that waits for the step before
it, which waits in a thread of its own, would use up any pool's bound and stand still.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

from . import cancellation as leaving
from .cancellation import Exits, ReaderLeft, current_exits, leave_if_abandoned

__all__ = ["Handover", "Job", "Worker", "wait_until"]

_JOIN_SECONDS = 1.0
"""How long leaving waits for a thread whose responses have been shut, before it goes on without."""


class Job:
    """One call that a worker makes: ``result`` returns or raises once ``done`` is true."""

    __slots__ = ("_error", "_value", "call", "done", "when_done")

    def __init__(self, call: Callable[[], Any], when_done: Callable[[], object]) -> None:
        self.call = call
        self.when_done = when_done
        self.done = False
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call and tell ``when_done``."""
        try:
            self._value = self.call()
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self._error = error
        self.done = True
        self.when_done()

    def result(self) -> Any:
        """What the call returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value


class Worker:
    """One daemon thread that makes calls one after the other, in a copy of the maker's context."""

    def __init__(self) -> None:
        self.exits = Exits(current_exits())
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._context = copy_context()
        self._thread: threading.Thread | None = None

    def submit(self, call: Callable[[], Any], when_done: Callable[[], object]) -> Job:
        """Have ``call`` made; ``when_done`` is called in the worker's thread afterwards."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._context.run, args=(self._work,), name="chat-core-step", daemon=True
            )
            self._thread.start()
        job = Job(call, when_done)
        self._jobs.put(job)
        return job

    def _work(self) -> None:
        leaving.enter(self.exits)
        while (job := self._jobs.get()) is not None:
            job.run()

    def stop(self) -> None:
        """No more calls."""
        self._jobs.put(None)
        self.exits.forget()

    def join(self) -> None:
        """Wait a moment for the thread to end."""
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)


class Handover:
    """A bounded queue from worker threads to one reader.

    ``changed`` is notified of everything put and taken; give one to wait for several things at
    once.
    """

    def __init__(self, limit: int, changed: threading.Condition | None = None) -> None:
        self.changed = changed or threading.Condition()
        self.items: deque[Any] = deque()
        self._limit = limit
        self._closed = False

    @property
    def crowded(self) -> bool:
        """Whether ``put`` would wait."""
        return len(self.items) >= self._limit

    def put(self, item: Any) -> None:
        """Hand over ``item``, waiting for room. Raises ``ReaderLeft`` when the reader has left."""
        if self.crowded:
            wait_until(self.changed, lambda: self._closed or not self.crowded)
        with self.changed:
            if self._closed:
                raise ReaderLeft
            self.items.append(item)
            self.changed.notify_all()

    def take(self) -> Any:
        """The oldest item; raises ``IndexError`` when there is none."""
        item = self.items.popleft()
        if len(self.items) == self._limit - 1:
            self.notify()
        return item

    def notify(self) -> None:
        """Have everybody who waits on ``changed`` look again."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """The reader leaves: whoever puts gets ``ReaderLeft``."""
        self._closed = True
        self.items.clear()
        self.notify()


def wait_until(changed: threading.Condition, ready: Callable[[], object]) -> None:
    """Block until ``ready``; raise ``ReaderLeft`` if this thread's own reader leaves meanwhile."""
    exits = current_exits()
    if exits is None:
        with changed:
            changed.wait_for(ready)
        return

    def wake() -> None:
        with changed:
            changed.notify_all()

    exits.add(wake)
    try:
        with changed:
            changed.wait_for(lambda: ready() or exits.is_shut)
    finally:
        exits.discard(wake)
    leave_if_abandoned()
