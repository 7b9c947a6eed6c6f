"""``stream_events`` and ``astream_events``: from runs that tell to a reader who reads.

Back-pressure: at most ``LIMIT`` events wait. Past that a producing thread blocks, and a producing
task awaits ``room`` before its next chunk.

Async: the chain runs in one task, its events wait in a deque, the reader takes them from there.
Leaving cancels the task and waits for its end, so that no task and no response outlives the reader.

Sync: the chain runs in the reader's own thread, as far as the next event; nothing runs ahead. Only
the user's functions and parallel branches run in worker threads, because they may block with events
inside. Leaving shuts the responses that those threads wait for (``leaving.py``).

A model alone needs neither task nor thread: its events are taken between its chunks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

from .events import EventFilter, StreamEvent
from .leaving import ReaderLeft
from .model import ChatModel
from .runnables.flow import Chunks, Scope
from .runnables.streams import AsyncItems, Items
from .runs import Caller, calling, current_caller

if TYPE_CHECKING:
    import asyncio

    from .runnables.base import Runnable
    from .runs import RunConfig

__all__ = ["LIMIT", "astream_events", "stream_events"]

LIMIT = 256
"""So many events wait for their reader at most, give or take those of one chunk."""


def stream_events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    wanted: EventFilter,
) -> Items[StreamEvent]:
    """The events of ``runnable`` and everything beneath it, for blocking code."""
    nest = _Nest(wanted, current_caller())
    if isinstance(runnable, ChatModel):
        return Items(lambda: _model_events(runnable, input, config, kwargs, nest))
    return Items(lambda: _events(runnable, input, config, kwargs, nest))


def astream_events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    wanted: EventFilter,
) -> AsyncItems[StreamEvent]:
    """``stream_events`` on an event loop."""
    nest = _Nest(wanted, current_caller())
    if isinstance(runnable, ChatModel):
        return AsyncItems(lambda: _amodel_events(runnable, input, config, kwargs, nest))
    return AsyncItems(lambda: _aevents(runnable, input, config, kwargs, nest))


class _Nest:
    """What this stream wants, and the listener around it when it is read inside a step of another.

    The outer listener hears of everything too, beneath its own runs.
    """

    def __init__(self, wanted: EventFilter, outer: Caller | None) -> None:
        self.wanted = wanted
        self._tags = outer.tags if outer else []
        self._metadata = outer.metadata if outer else {}
        self.outer = outer.listener if outer else None
        self._above = outer.parent_ids if outer else []

    def caller(self, listener: Any) -> Caller:
        """The caller of this stream's root run."""
        return Caller(listener, [], self._tags, self._metadata)

    def wants(self, name: str, run_type: str, tags: list[str]) -> bool:
        return self.wanted.wants(name, run_type, tags) or (
            self.outer is not None and self.outer.wants(name, run_type, tags)
        )

    def forward(self, event: StreamEvent) -> bool:
        """Hand ``event`` to the outer listener; whether this stream wants it too."""
        run_type = "custom"
        if event["event"] != "on_custom_event":
            run_type = event["event"][len("on_") : event["event"].rindex("_")]
        facts = (event["name"], run_type, event["tags"])
        if self.outer is not None and self.outer.wants(*facts):
            above: StreamEvent = {**event, "parent_ids": [*self._above, *event["parent_ids"]]}
            self.outer.emit(above)
        return self.wanted.wants(*facts)


class _Inbox:
    """Events that wait to be read in the thread that reads them: the base of all listeners.

    The first run delivered carries the input, and its end does not repeat it.
    """

    crowded = False

    def __init__(self, nest: _Nest, input: Any) -> None:
        self.events: deque[StreamEvent] = deque()
        self.wants = nest.wants
        self._nest = nest
        self._nested = nest.outer is not None
        self._input = input
        self._first: str | None = None

    async def room(self) -> None:
        """Never needed where ``crowded`` is never true."""

    def emit(self, event: StreamEvent) -> None:
        if self._nested and not self._nest.forward(event):
            return
        is_start = event["event"].endswith("_start")
        if self._first is None:
            self._first = event["run_id"]
            if is_start:
                event["data"] = {"input": self._input}
        elif event["run_id"] == self._first and event["event"].endswith("_end"):
            event["data"].pop("input", None)
        try:
            self._put(event)
        except ReaderLeft:
            if is_start:  # what ends because the reader has left may tell its end to nobody
                raise

    def emit_chunk(self, event: StreamEvent) -> None:
        if self._nested and not self._nest.forward(event):
            return
        self._put(event)

    def _put(self, event: StreamEvent) -> None:
        self.events.append(event)


class _SyncListener(_Inbox):
    """Events on their way to the thread that made this object."""

    def __init__(self, nest: _Nest, input: Any) -> None:
        super().__init__(nest, input)
        self.reader = threading.get_ident()
        self.changed = threading.Condition()
        self._closed = False

    @property
    def pending(self) -> bool:
        return bool(self.events)

    @property
    def crowded(self) -> bool:  # type: ignore[override]
        return len(self.events) >= LIMIT

    async def room(self) -> None:
        """An event loop in a worker thread: let the reader catch up."""
        from asyncio import sleep

        while self.crowded and not self._closed:  # noqa: ASYNC110 - the reader has no loop
            await sleep(0.01)

    def _put(self, event: StreamEvent) -> None:
        if threading.get_ident() == self.reader:
            self.events.append(event)
            return
        from .runnables.threads import wait_until

        if self.crowded:
            wait_until(self.changed, lambda: self._closed or not self.crowded)
        if self._closed:
            raise ReaderLeft
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def drain(self) -> Generator[StreamEvent, None, None]:
        events = self.events
        while events:
            event = events.popleft()
            if len(events) == LIMIT - 1:
                with self.changed:
                    self.changed.notify_all()
            yield event

    def close(self) -> None:
        with self.changed:
            self._closed = True
            self.changed.notify_all()


def _events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: _Nest,
) -> Generator[StreamEvent, None, None]:
    from .runnables.movers import drive
    from .runnables.sync_mover import SyncMover

    listener = _SyncListener(nest, input)
    scope = Scope(SyncMover(listener), nest.caller(listener))
    items = runnable.told_flow(Chunks.of(input), scope, config, kwargs).items
    step: Any = None
    try:
        while True:
            step = items.__anext__()
            try:
                while True:
                    step.send(None)  # comes back to flush, before something that may block
                    yield from listener.drain()
            except StopIteration:
                step = None
                yield from listener.drain()
    except StopAsyncIteration:
        step = None
        yield from listener.drain()
    except GeneratorExit:
        raise
    except BaseException:
        step = None
        yield from listener.drain()
        raise
    finally:
        listener.close()
        if step is not None:
            _abandon(step)
        drive(items.aclose())


def _abandon(step: Any) -> None:
    """End a chain that waits in ``flush``.

    Not with ``GeneratorExit``: until Python 3.13 an async generator that awaits another one's item
    leaves that one suspended when it gets it.
    """
    try:
        step.throw(ReaderLeft)
    except (ReaderLeft, StopAsyncIteration, StopIteration):
        pass


class _AsyncListener(_Inbox):
    """Events on their way to a reader on the event loop that runs now."""

    def __init__(self, nest: _Nest, input: Any) -> None:
        from asyncio import get_running_loop

        super().__init__(nest, input)
        self._loop = get_running_loop()
        self._thread = threading.get_ident()
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []
        self._changed = threading.Condition()
        self._blocked = 0
        self._closed = False

    @property
    def crowded(self) -> bool:  # type: ignore[override]
        return len(self.events) >= LIMIT or (
            self._nest.outer is not None and self._nest.outer.crowded
        )

    async def room(self) -> None:
        """Wait until half of the waiting events have been read."""
        if self._nest.outer is not None and self._nest.outer.crowded:
            await self._nest.outer.room()
        if len(self.events) >= LIMIT and not self._closed:
            writer = self._loop.create_future()
            self._writers.append(writer)
            await writer

    def _put(self, event: StreamEvent) -> None:
        if threading.get_ident() == self._thread:
            self.events.append(event)
            if self._reader is not None:
                self.wake()
            return
        self._emit_from_thread(event)

    def _emit_from_thread(self, event: StreamEvent) -> None:
        from .runnables.threads import wait_until

        if len(self.events) >= LIMIT:
            self._blocked += 1
            try:
                wait_until(self._changed, lambda: self._closed or len(self.events) < LIMIT)
            finally:
                self._blocked -= 1
        if self._closed:
            raise ReaderLeft
        self.events.append(event)
        self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Have the reader look again."""
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_result(None)

    async def wait(self) -> None:
        """Wait for ``wake``."""
        self._reader = self._loop.create_future()
        await self._reader

    def make_room(self) -> None:
        """The reader has caught up: let the writers go on."""
        writers, self._writers = self._writers, []
        for writer in writers:
            if not writer.done():
                writer.set_result(None)
        if self._blocked:
            with self._changed:
                self._changed.notify_all()

    def close(self) -> None:
        self._closed = True
        with self._changed:
            self._changed.notify_all()


async def _aevents(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: _Nest,
) -> AsyncGenerator[StreamEvent, None]:
    from asyncio import CancelledError, create_task

    listener = _AsyncListener(nest, input)
    events = listener.events
    half = LIMIT // 2
    producer = create_task(_produce(runnable, input, config, kwargs, nest, listener))
    producer.add_done_callback(lambda _: listener.wake())
    try:
        while True:
            while events:
                event = events.popleft()
                if len(events) == half:
                    listener.make_room()
                yield event
            if producer.done():
                break
            await listener.wait()
        await producer
    finally:
        listener.close()
        if not producer.done():
            producer.cancel()
            try:
                await producer
            except CancelledError:
                pass


async def _produce(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: _Nest,
    listener: _AsyncListener,
) -> None:
    from .runnables.async_mover import AsyncMover

    scope = Scope(AsyncMover(listener), nest.caller(listener))
    items = runnable.told_flow(Chunks.of(input), scope, config, kwargs).items
    try:
        async for _ in items:
            if listener.crowded:
                await listener.room()
    finally:
        await items.aclose()


def _model_events(
    model: ChatModel,
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: _Nest,
) -> Generator[StreamEvent, None, None]:
    inbox = _Inbox(nest, input)
    events = inbox.events
    with calling(nest.caller(inbox)):
        _, segments = model.told_segments(input, config, kwargs)
    try:
        for _ in segments:
            while events:
                yield events.popleft()
    except GeneratorExit:
        raise
    except BaseException:
        yield from events
        raise
    finally:
        segments.close()
    yield from events


async def _amodel_events(
    model: ChatModel,
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: _Nest,
) -> AsyncGenerator[StreamEvent, None]:
    inbox = _Inbox(nest, input)
    events = inbox.events
    with calling(nest.caller(inbox)):
        _, segments = model.atold_segments(input, config, kwargs)
    try:
        async for _ in segments:
            while events:
                yield events.popleft()
    except GeneratorExit:
        raise
    except BaseException:
        for event in events:
            yield event
        raise
    finally:
        await segments.aclose()
    for event in events:
        yield event
