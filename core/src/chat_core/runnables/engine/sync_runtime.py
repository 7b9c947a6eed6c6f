"""``SyncRuntime``: runs the steps of a chain in blocking code, without an event loop.

One implementation for blocking code and event loops
    A step is a coroutine or an async generator, so that the same text runs on an event loop. A
    coroutine needs a loop only where it awaits something that suspends it. A step awaits nothing
    but its runtime and other steps; what ``SyncRuntime`` gives it to await blocks the thread
    instead of suspending, and returns. So the first ``send(None)`` to the step's coroutine runs it
    to its end: ``run_sync`` does no more than that, and ``iterate_sync`` does it for each item of
    an async generator (``runtime.py``). No loop is made or needed, and
    one that runs in the same thread is not touched.

Threads
    Everything runs in the calling thread, but for
    - parallel branches: ``run_parallel`` runs each in a worker thread of its own with a
      ``SyncRuntime`` of its own, and takes their items from one bounded queue (``Handover``);
    - functions and iterators of the user while events are read in this thread: they run in a worker
      thread, so that the events of what they call are delivered while they run.

Events
    The thread that reads events also runs the chain: no other thread does. Before it may
    block it delivers what is queued: the step awaits ``flush``, the only awaitable that suspends.
    Control then returns to ``chain_events`` (``runnables/events.py``), which yields the queued
    events and resumes the coroutine.

Ends
    An exception of a branch cancels the other branches' scopes, waits for their threads at most a
    second, and is raised. Closing a stream does the same.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, closing
from functools import partial
from typing import Any, Protocol, TypeVar

from ...concurrency.cancellation import Cancelled, sleep
from ...concurrency.threads import Handover, Worker, join_all, wait_until
from ...runs.run import EventSink, RunContext
from .runtime import (
    END,
    Branch,
    LoopIterator,
    Runtime,
    call_as,
    flush,
    iterate_sync,
    next_as,
    refuse_coroutine,
)

__all__ = ["FrontListener", "SyncRuntime"]

T = TypeVar("T")

_AHEAD = 16
"""So many items may wait between branches and the step that joins them."""


class FrontListener(EventSink, Protocol):
    """A sink whose reader's thread also drives the chain."""

    reader: int
    changed: threading.Condition

    @property
    def pending(self) -> bool: ...


class SyncRuntime(Runtime):
    """Runs steps in the calling thread.

    In the thread that reads events, user code runs in a worker, so that events from inside it are
    delivered while it runs; and events are delivered before anything that may block.
    """

    is_async = False

    def __init__(self, sink: FrontListener | None = None) -> None:
        self._front = sink

    def _reads_here(self) -> bool:
        return self._front is not None and self._front.reader == threading.get_ident()

    async def _until(self, changed: threading.Condition, ready: Callable[[], object]) -> None:
        front = self._front
        if front is None or not self._reads_here():
            wait_until(changed, ready)
            return
        while not ready():
            wait_until(changed, lambda: ready() or front.pending)
            if front.pending:
                await flush()

    async def _in_worker(self, worker: Worker, call: Callable[[], T]) -> T:
        assert self._front is not None
        changed = self._front.changed

        def wake() -> None:
            with changed:
                changed.notify_all()

        job = worker.submit(call, wake)
        try:
            await self._until(changed, lambda: job.done)
        except BaseException:
            worker.scope.cancel()
            worker.stop()
            worker.join()
            raise
        return job.result()

    async def call(
        self, function: Callable[..., object], *args: object, run_context: RunContext | None
    ) -> Any:
        """See ``Runtime.call``; raises ``InvalidParameterError`` for an async function."""
        call = partial(call_as, run_context, function, *args)
        if self._reads_here():
            worker = Worker()
            try:
                value = await self._in_worker(worker, call)
            finally:
                worker.stop()
        else:
            value = call()
        refuse_coroutine(function, value)
        return value

    async def iterate(
        self, iterable: Any, *, run_context: RunContext | None = None, users: bool = False
    ) -> AsyncGenerator[Any, None]:
        """See ``Runtime.iterate``."""
        refuse_coroutine(iterable, iterable)
        worker = Worker() if users and self._reads_here() else None
        iterator = iter(iterable)
        try:
            while True:
                if worker is not None:
                    item = await self._in_worker(worker, partial(next_as, run_context, iterator))
                else:
                    if self._front is not None and self._front.pending and self._reads_here():
                        await flush()
                    item = next_as(run_context, iterator)
                if item is END:
                    return
                yield item
        finally:
            if worker is not None:
                worker.stop()
            _close(iterator)

    def as_iterator(self, items: AsyncGenerator[object, None], *, to_async: bool) -> LoopIterator:
        """``items`` as a generator."""
        return _LentGenerator(iterate_sync(items))

    async def sleep(self, seconds: float) -> None:
        """Block. Raises ``Cancelled`` as soon as the current scope is cancelled."""
        if self._front is not None and self._front.pending and self._reads_here():
            await flush()
        sleep(seconds)

    def lock(self) -> AbstractAsyncContextManager[object]:
        """A lock between threads."""
        return _Lock()

    async def run_parallel(
        self, branches: Sequence[Branch[T]], *, limit: int | None
    ) -> AsyncGenerator[tuple[int, T], None]:
        """See ``Runtime.run_parallel``; every branch runs in a thread of its own."""
        changed = self._front.changed if self._front and self._reads_here() else None
        handover = Handover(_AHEAD, changed)
        waiting = list(enumerate(branches))
        workers: list[Worker] = []
        running = 0
        try:
            while waiting or running:
                while waiting and (limit is None or running < limit):
                    position, branch = waiting.pop(0)
                    workers.append(Worker())
                    pump = partial(_pump, branch, position, handover, SyncRuntime(self._front))
                    workers[-1].submit(pump, handover.notify)
                    running += 1
                await self._until(handover.changed, lambda: handover.items)
                position, item, error = handover.take()
                if error is not None:
                    raise error
                if item is END:
                    running -= 1
                else:
                    yield position, item
        finally:
            handover.close()
            if running:
                for worker in workers:
                    worker.scope.cancel()
            for worker in workers:
                worker.stop()
            join_all(workers)


def _pump(branch: Branch[object], position: int, handover: Handover, runtime: SyncRuntime) -> None:
    """Hand over everything a branch yields, then its end or its error."""
    error: BaseException | None = None
    try:
        with closing(iterate_sync(branch(runtime))) as items:
            for item in items:
                handover.put((position, item, None))
    except BaseException as caught:  # noqa: BLE001 - raised again where the branches join
        error = caught
    try:
        handover.put((position, END, error), wait=False)
    except Cancelled:
        pass  # the branches are closed: the end of this one is not needed


def _close(iterator: object) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        try:
            close()
        except ValueError:
            pass  # the generator still runs in a cancelled worker, which closes it


class _LentGenerator(LoopIterator):
    async def take_back(self) -> None:
        _close(self.iterator)


class _Lock(AbstractAsyncContextManager[None]):
    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
