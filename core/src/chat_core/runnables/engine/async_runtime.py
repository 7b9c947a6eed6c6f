"""``AsyncRuntime``: runs the steps of a chain on an event loop.

Steps run in the caller's task, parallel branches in a task each. Functions and iterators of the
user that block run in a worker thread each, never in a pool: a step may wait for the step before
it, which may wait in a thread too. Cancelling a task cancels the scope of the thread that it waits
for (``concurrency/cancellation.py``).
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ...concurrency.cancellation import current_cancel_scope, raise_if_cancelled, wait_until_done
from ...concurrency.threads import Worker
from ...runs.event_loop import running_loop
from ...runs.run import EventSink, RunContext, use_run_context
from .runtime import END, Branch, LoopIterator, Runtime, call_as, next_as

if TYPE_CHECKING:
    import asyncio

__all__ = ["AsyncRuntime"]

T = TypeVar("T")

_AHEAD = 16
"""So many items may wait between branches and the step that joins them."""


class AsyncRuntime(Runtime):
    """Runs steps in the running task."""

    is_async = True

    def __init__(self, sink: EventSink | None = None) -> None:
        self.sink = sink

    async def call(
        self, function: Callable[..., Any], *args: object, run_context: RunContext | None
    ) -> Any:
        """See ``Runtime.call``. A blocking function runs in a thread of its own."""
        if not _is_async(function):
            value = await in_thread(partial(call_as, run_context, function, *args))
            if not inspect.isawaitable(value):
                return value
            with use_run_context(run_context):
                return await value
        with use_run_context(run_context):
            return await function(*args)

    def iterate(
        self, iterable: Any, *, run_context: RunContext | None = None, users: bool = False
    ) -> AsyncGenerator[Any, None]:
        """See ``Runtime.iterate``. The user's blocking iterators are advanced in a thread."""
        if not users:
            iterator: AsyncGenerator[Any, None] = iterable.__aiter__()
            return iterator
        return self._iterate_users(iterable, run_context)

    async def _iterate_users(
        self, iterable: Any, run_context: RunContext | None
    ) -> AsyncGenerator[object, None]:
        if hasattr(iterable, "__aiter__"):
            iterator = iterable.__aiter__()
            items = _iterate_as(run_context, iterator)
        else:
            iterator = iter(iterable)
            items = _in_thread_items(run_context, iterator)
        sink = self.sink
        try:
            async for item in items:
                yield item
                if sink is not None and sink.is_full:
                    await sink.wait_for_space()
        finally:
            await items.aclose()
            if hasattr(iterator, "aclose"):
                await iterator.aclose()
            elif hasattr(iterator, "close"):
                _close(iterator)

    def as_iterator(self, items: AsyncGenerator[object, None], *, to_async: bool) -> LoopIterator:
        """``items`` itself, or for a blocking generator function an iterator that asks the loop."""
        return LoopIterator(items) if to_async else _LentToThread(items)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        from asyncio import sleep

        await sleep(seconds)

    def lock(self) -> AbstractAsyncContextManager[object]:
        """A lock between tasks."""
        from asyncio import Lock

        return Lock()

    async def run_parallel(
        self, branches: Sequence[Branch[T]], *, limit: int | None
    ) -> AsyncGenerator[tuple[int, T], None]:
        """See ``Runtime.run_parallel``; every branch runs in a task of its own."""
        import asyncio

        running_loop()
        handover: asyncio.Queue[tuple[int, T, BaseException | None]] = asyncio.Queue()
        room = asyncio.Semaphore(_AHEAD)
        waiting = list(enumerate(branches))
        tasks: list[asyncio.Task[None]] = []
        running = 0
        try:
            while waiting or running:
                while waiting and (limit is None or running < limit):
                    position, branch = waiting.pop(0)
                    pump = _pump(branch, position, handover, room, AsyncRuntime(self.sink))
                    tasks.append(asyncio.create_task(pump))
                    running += 1
                position, item, error = await handover.get()
                if error is not None:
                    raise error
                if item is END:
                    running -= 1
                else:
                    room.release()
                    yield position, item
        finally:
            for task in tasks:
                task.cancel()
            await wait_until_done(tasks)


async def _pump(
    branch: Branch[T],
    position: int,
    handover: asyncio.Queue[tuple[int, T, BaseException | None]],
    room: asyncio.Semaphore,
    runtime: AsyncRuntime,
) -> None:
    """Hand over everything a branch yields, then its end or its error.

    Items wait for ``room``; the end and the error do not, so that neither can be held up. A
    cancellation is an error like any other: it may come from inside the branch.
    """
    items = branch(runtime)
    error: BaseException | None = None
    try:
        try:
            async for item in items:
                await room.acquire()
                handover.put_nowait((position, item, None))
        finally:
            await items.aclose()
    except BaseException as caught:  # noqa: BLE001 - raised again where the branches join
        error = caught
    handover.put_nowait((position, END, error))


async def in_thread(call: Callable[[], T]) -> T:
    """``call()`` in a thread of its own; when cancelled, so is the thread's scope."""
    worker = Worker()
    try:
        return await in_worker(worker, call)
    finally:
        worker.stop()


async def in_worker(worker: Worker, call: Callable[[], T]) -> T:
    """``call()`` in ``worker``'s thread; when cancelled, so is the thread's scope."""
    loop = running_loop()
    done = loop.create_future()

    def set_done() -> None:
        if not done.done():
            done.set_result(None)

    def when_done() -> None:
        try:
            loop.call_soon_threadsafe(set_done)
        except RuntimeError:
            pass  # the loop is closed, so no task waits

    job = worker.submit(call, when_done)
    try:
        await done
    except BaseException:
        worker.scope.cancel()
        raise
    return job.result()


async def _in_thread_items(
    run_context: RunContext | None, iterator: Iterator[T]
) -> AsyncGenerator[T, None]:
    worker = Worker()
    try:
        while (item := await in_worker(worker, partial(next_as, run_context, iterator))) is not END:
            yield item
    finally:
        worker.stop()


async def _iterate_as(
    run_context: RunContext | None, iterator: AsyncIterator[T]
) -> AsyncGenerator[T, None]:
    while True:
        with use_run_context(run_context):
            item = await anext(iterator, END)
        if item is END:
            return
        yield item


class _LentToThread(LoopIterator, Iterator[object]):
    """For a generator in a worker thread: every item is awaited by a task on the loop."""

    def __init__(self, items: AsyncGenerator[object, None]) -> None:
        from asyncio import get_running_loop

        super().__init__(self)
        self._items = items
        self._loop = get_running_loop()
        self._asked: asyncio.Task[object] | None = None

    def __next__(self) -> object:
        from asyncio import run_coroutine_threadsafe

        raise_if_cancelled()
        future = run_coroutine_threadsafe(self._next(), self._loop)
        scope = current_cancel_scope()
        if scope is not None:
            scope.add(future.cancel)
        try:
            item = future.result()
        finally:
            if scope is not None:
                scope.discard(future.cancel)
        if item is END:
            raise StopIteration
        return item

    async def _next(self) -> object:
        from asyncio import current_task

        self._asked = current_task()
        return await anext(self._items, END)

    async def take_back(self) -> None:
        """Cancel the task that awaits an item, and wait for its end."""
        if self._asked is not None and not self._asked.done():
            from asyncio import wait

            self._asked.cancel()
            await wait({self._asked})


def _is_async(function: Callable[..., object]) -> bool:
    if inspect.iscoroutinefunction(function):
        return True
    return inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _close(iterator: Any) -> None:
    try:
        iterator.close()
    except ValueError:
        pass  # the generator still runs in a cancelled thread, which closes it
