"""Worker threads for one stream: they run in a copy of its context and end when it is closed.

They are not taken from a pool: a step waits for the step before it, which waits in a thread of its
own, so a chain that is longer than the pool would never make progress.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import copy_context
from queue import SimpleQueue
from time import monotonic
from typing import Any, Generic, TypeVar

from .cancellation import (
    Cancelled,
    CancelScope,
    current_cancel_scope,
    enter_cancel_scope,
    raise_if_cancelled,
)

__all__ = ["Handover", "Job", "Worker", "join_all", "wait_until"]

T = TypeVar("T")

_JOIN_SECONDS = 1.0
"""Seconds that closing a stream waits for a cancelled worker thread to end."""


class Job(Generic[T]):
    """One call that a worker makes: ``result`` returns or raises once ``done`` is true."""

    __slots__ = ("_error", "_value", "call", "done", "when_done")

    def __init__(self, call: Callable[[], T], when_done: Callable[[], object]) -> None:
        self.call = call
        self.when_done = when_done
        self.done = False
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call, then call ``when_done``."""
        try:
            self._value = self.call()
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self._error = error
        self.done = True
        self.when_done()

    def result(self) -> T:
        """What the call returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value


class Worker:
    """One daemon thread that makes calls one after the other, in a copy of the maker's context."""

    def __init__(self) -> None:
        self.scope = CancelScope(current_cancel_scope())
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._context = copy_context()
        self._thread: threading.Thread | None = None

    def submit(self, call: Callable[[], T], when_done: Callable[[], object]) -> Job[T]:
        """Queue ``call``; ``when_done`` is called in the worker's thread afterwards."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._context.run, args=(self._work,), name="chat-core-step", daemon=True
            )
            self._thread.start()
        job = Job(call, when_done)
        self._jobs.put(job)
        return job

    def _work(self) -> None:
        enter_cancel_scope(self.scope)
        while (job := self._jobs.get()) is not None:
            job.run()

    def stop(self) -> None:
        """End the thread after the calls that are queued."""
        self._jobs.put(None)
        self.scope.detach()

    def join(self, seconds: float = _JOIN_SECONDS) -> None:
        """Wait at most ``seconds`` for the thread to end."""
        if self._thread is not None:
            self._thread.join(seconds)


def join_all(workers: Iterable[Worker]) -> None:
    """Wait for the threads of ``workers`` to end; for all of them together at most a second."""
    until = monotonic() + _JOIN_SECONDS
    for worker in workers:
        worker.join(max(0.0, until - monotonic()))


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
    def is_full(self) -> bool:
        """Whether ``put`` would wait."""
        return len(self.items) >= self._limit

    def put(self, item: object, *, wait: bool = True) -> None:
        """Append ``item``; with ``wait`` block while the queue is full.

        Raises ``Cancelled`` if it is closed.
        """
        if wait and self.is_full:
            wait_until(self.changed, lambda: self._closed or not self.is_full)
        with self.changed:
            if self._closed:
                raise Cancelled
            self.items.append(item)
            self.changed.notify_all()

    def take(self) -> Any:
        """The oldest item; raises ``IndexError`` when there is none."""
        item = self.items.popleft()
        if not self.is_full:
            self.notify()
        return item

    def notify(self) -> None:
        """Wake every thread that waits on ``changed``."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Discard the items; ``put`` raises ``Cancelled`` from now on."""
        self._closed = True
        self.items.clear()
        self.notify()


def wait_until(changed: threading.Condition, ready: Callable[[], object]) -> None:
    """Block until ``ready``. Raises ``Cancelled`` if the scope of this thread is cancelled."""
    scope = current_cancel_scope()
    if scope is None:
        with changed:
            changed.wait_for(ready)
        return

    def wake() -> None:
        with changed:
            changed.notify_all()

    scope.add(wake)
    try:
        with changed:
            changed.wait_for(lambda: ready() or scope.is_cancelled)
    finally:
        scope.discard(wake)
    raise_if_cancelled()
