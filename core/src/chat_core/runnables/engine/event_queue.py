"""Queues of events: one class for each way of reading them.

Back-pressure: ``is_full`` is true at ``LIMIT`` queued events. A producing thread then blocks; a
producing task awaits ``wait_for_space`` before its next chunk. A thread that emits after the stream
of events is closed gets ``Cancelled``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING

from ...concurrency.cancellation import Cancelled
from ...concurrency.threads import wait_until
from ...runs.run import EventSink, RunContext

if TYPE_CHECKING:
    import asyncio

    from ...runs.events import EventFilter, StreamEvent

__all__ = ["LIMIT", "AsyncEventQueue", "EventQueue", "Subscription", "SyncEventQueue"]

LIMIT = 256
"""So many events wait for their reader at most, give or take those of one chunk."""


class Subscription:
    """The events that one stream asks for, and the sink of the stream around it, if it is read
    inside a step of another. Every event goes to that sink too, beneath its own runs.
    """

    def __init__(self, wanted: EventFilter, outer: RunContext | None) -> None:
        self.wanted = wanted
        self._tags = outer.tags if outer else []
        self._metadata = outer.metadata if outer else {}
        self.outer = outer.sink if outer else None
        self._above = outer.parent_ids if outer else []

    def run_context(self, sink: EventSink) -> RunContext:
        """The context of this stream's root run."""
        return RunContext(sink, [], self._tags, self._metadata)

    def wants(self, name: str, run_type: str, tags: list[str]) -> bool:
        return self.wanted.wants(name, run_type, tags) or (
            self.outer is not None and self.outer.wants(name, run_type, tags)
        )

    def forward(self, event: StreamEvent) -> bool:
        """Hand ``event`` to the outer sink; whether this stream wants it too."""
        run_type = "custom"
        if event["event"] != "on_custom_event":
            run_type = event["event"][len("on_") : event["event"].rindex("_")]
        facts = (event["name"], run_type, event["tags"])
        if self.outer is not None and self.outer.wants(*facts):
            above: StreamEvent = {**event, "parent_ids": [*self._above, *event["parent_ids"]]}
            self.outer.emit(above)
        return self.wanted.wants(*facts)


class EventQueue:
    """Events that wait to be read in the thread that reads them: the base of all queues.

    The first run delivered carries the input, and its end does not repeat it.
    """

    is_full = False

    def __init__(self, subscription: Subscription, input: object) -> None:
        self.events: deque[StreamEvent] = deque()
        self.wants = subscription.wants
        self._nest = subscription
        self._nested = subscription.outer is not None
        self._input = input
        self._first: str | None = None

    async def wait_for_space(self) -> None:
        """Never needed where ``is_full`` is never true."""

    def emit(self, event: StreamEvent) -> None:
        if self._nested and not self._nest.forward(event):
            return
        is_start = event["event"].endswith("_start")
        if self._first is None:
            self._first = event["run_id"]
            if is_start and event["event"] != "on_tool_start":  # a tool reports its arguments
                event["data"] = {"input": self._input}
        elif event["run_id"] == self._first and event["event"].endswith("_end"):
            event["data"].pop("input", None)
        try:
            self._put(event)
        except Cancelled:
            if is_start:  # the end of a run is not needed once the stream is closed
                raise

    def emit_chunk(self, event: StreamEvent) -> None:
        if self._nested and not self._nest.forward(event):
            return
        self._put(event)

    def _put(self, event: StreamEvent) -> None:
        self.events.append(event)


class SyncEventQueue(EventQueue):
    """Events on their way to the thread that drives the chain, ``reader``."""

    def __init__(self, subscription: Subscription, input: object) -> None:
        super().__init__(subscription, input)
        self.reader = threading.get_ident()
        self.changed = threading.Condition()
        self._closed = False

    @property
    def pending(self) -> bool:
        return bool(self.events)

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        return len(self.events) >= LIMIT

    async def wait_for_space(self) -> None:
        """An event loop in a worker thread: let the reader catch up."""
        from asyncio import sleep

        while self.is_full and not self._closed:  # noqa: ASYNC110 - the reader has no loop
            await sleep(0.01)

    def _put(self, event: StreamEvent) -> None:
        if threading.get_ident() == self.reader:
            self.events.append(event)
            return
        if self.is_full:
            wait_until(self.changed, lambda: self._closed or not self.is_full)
        if self._closed:
            raise Cancelled
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


class AsyncEventQueue(EventQueue):
    """Events on their way to a reader on the event loop that runs now."""

    def __init__(self, subscription: Subscription, input: object) -> None:
        from asyncio import get_running_loop

        super().__init__(subscription, input)
        self._loop = get_running_loop()
        self._thread = threading.get_ident()
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []
        self._changed = threading.Condition()
        self._blocked = 0
        self._closed = False

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        return len(self.events) >= LIMIT or (
            self._nest.outer is not None and self._nest.outer.is_full
        )

    async def wait_for_space(self) -> None:
        """Wait until half of the waiting events have been read."""
        if self._nest.outer is not None and self._nest.outer.is_full:
            await self._nest.outer.wait_for_space()
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
        if len(self.events) >= LIMIT:
            self._blocked += 1
            try:
                wait_until(self._changed, lambda: self._closed or len(self.events) < LIMIT)
            finally:
                self._blocked -= 1
        if self._closed:
            raise Cancelled
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

    def signal_space(self) -> None:
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
