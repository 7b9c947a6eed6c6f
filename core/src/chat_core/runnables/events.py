"""The events of a chain: how they get from the runs inside it to the caller who reads them.

On an event loop the chain runs in one task and puts events into a queue, from which the caller
takes them. Closing the stream cancels the task and waits for its end, so no task and no response
outlives it.

In blocking code the chain runs in the caller's own thread, as far as its next event; nothing runs
ahead. Only the user's functions and parallel branches run in worker threads, because they may block
while there are events inside. Closing the stream cancels those threads' scopes
(``concurrency/cancellation.py``).
"""

from __future__ import annotations

from asyncio import create_task, wait
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeAlias

from ..concurrency.cancellation import Cancelled
from ..runs.events import EventFilter, StreamEvent, refuse_unknown_version
from ..runs.run import current_run_context
from .engine.async_runtime import AsyncRuntime
from .engine.event_queue import LIMIT, AsyncEventQueue, Subscription, SyncEventQueue
from .engine.runtime import run_sync
from .engine.scope import Chunks, StepContext
from .engine.sync_runtime import SyncRuntime
from .streams import AsyncStream, Stream

if TYPE_CHECKING:
    from ..runs.config import RunConfig
    from .base import AnyRunnable

__all__ = [
    "EventSource",
    "achain_events",
    "astream_events",
    "chain_events",
    "read_filter",
    "stream_events",
]

EventSource: TypeAlias = tuple[
    Callable[..., Generator["StreamEvent", None, None]],
    Callable[..., AsyncGenerator["StreamEvent", None]],
]
"""Two functions that make the events of a call: for blocking code, and for an event loop.

Both take the runnable, its input, config and kwargs, and a ``Subscription``.
"""


def read_filter(version: str, *filters: Sequence[str] | None) -> EventFilter:
    """``EventFilter(*filters)`` for a version of the schema.

    Raises ``InvalidParameterError`` for an unknown version, and for filters that cannot be right.
    """
    refuse_unknown_version(version)
    return EventFilter(*filters)


def stream_events(
    runnable: AnyRunnable,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    wanted: EventFilter,
) -> Stream[StreamEvent]:
    """The events of one call of ``runnable`` that ``wanted`` names."""
    events, _ = runnable.event_source()
    subscription = Subscription(wanted, current_run_context())
    return Stream(events(runnable, input, config, kwargs, subscription))


def astream_events(
    runnable: AnyRunnable,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    wanted: EventFilter,
) -> AsyncStream[StreamEvent]:
    """``stream_events`` on an event loop."""
    _, events = runnable.event_source()
    subscription = Subscription(wanted, current_run_context())
    return AsyncStream(events(runnable, input, config, kwargs, subscription))


def chain_events(
    runnable: AnyRunnable,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    subscription: Subscription,
) -> Generator[StreamEvent, None, None]:
    """The events of ``runnable`` and of everything beneath it, in blocking code."""
    sink = SyncEventQueue(subscription, input)
    context = StepContext(SyncRuntime(sink), subscription.run_context(sink))
    items = runnable.traced_transform(Chunks.of(input), context, config, kwargs).items
    step: object = None
    try:
        while True:
            step = items.__anext__()
            try:
                while True:
                    sink.reader = get_ident()  # a web server reads on in any thread of its pool
                    step.send(None)  # comes back to flush, before something that may block
                    yield from sink.drain()
            except StopIteration:
                yield from sink.drain()
    except StopAsyncIteration:
        yield from sink.drain()
    except GeneratorExit:
        raise
    except BaseException:
        yield from sink.drain()
        raise
    finally:
        sink.close()
        if getattr(items, "ag_running", False):  # suspended in flush
            _abandon(step)
        run_sync(items.aclose())


def _abandon(step: Any) -> None:
    """End a chain that is suspended in ``flush``.

    Not with ``GeneratorExit``: until Python 3.13 an async generator that awaits another one's item
    leaves that one suspended when it gets it.
    """
    try:
        step.throw(Cancelled)
    except (Cancelled, StopAsyncIteration, StopIteration):
        pass


async def achain_events(
    runnable: AnyRunnable,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    subscription: Subscription,
) -> AsyncGenerator[StreamEvent, None]:
    """``chain_events`` on an event loop."""
    sink = AsyncEventQueue(subscription, input)
    events = sink.events
    half = LIMIT // 2
    producer = create_task(_produce(runnable, input, config, kwargs, subscription, sink))
    producer.add_done_callback(lambda _: sink.wake())
    try:
        while True:
            while events:
                event = events.popleft()
                if len(events) == half:
                    sink.signal_space()
                yield event
            if producer.done():
                break
            await sink.wait()
        await producer
    finally:
        sink.close()
        producer.cancel()
        await wait({producer})
        if not producer.cancelled():
            producer.exception()  # retrieved: it was raised above, or the stream is closed


async def _produce(
    runnable: AnyRunnable,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    subscription: Subscription,
    sink: AsyncEventQueue,
) -> None:
    context = StepContext(AsyncRuntime(sink), subscription.run_context(sink))
    items = runnable.traced_transform(Chunks.of(input), context, config, kwargs).items
    try:
        async for _ in items:
            if sink.is_full:
                await sink.wait_for_space()
    finally:
        await items.aclose()
