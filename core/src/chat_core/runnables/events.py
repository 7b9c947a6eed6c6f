"""``stream_events`` and ``astream_events``: from runs that tell to a reader who reads.

Async: the chain runs in one task, its events wait in a deque, the reader takes them from there.
Leaving cancels the task and waits for its end, so that no task and no response outlives the reader.

Sync: the chain runs in the reader's own thread, as far as the next event; nothing runs ahead. Only
the user's functions and parallel branches run in worker threads, because they may block with events
inside. Leaving shuts the responses that those threads wait for (``leaving.py``).

A model alone needs neither task nor thread: its events are taken between its chunks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from threading import get_ident
from typing import TYPE_CHECKING, Any

from ..concurrency.cancellation import Cancelled
from ..models.model import ChatModel
from ..runs.events import EventFilter, StreamEvent
from ..runs.run import current_run_context, use_run_context
from .engine.event_queue import LIMIT, AsyncEventQueue, EventQueue, Subscription, SyncEventQueue
from .engine.scope import Chunks, StepContext
from .streams import AsyncItems, Items

if TYPE_CHECKING:
    from ..runs.run import RunConfig
    from .base import Runnable

__all__ = ["astream_events", "stream_events"]


def stream_events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    wanted: EventFilter,
) -> Items[StreamEvent]:
    """The events of ``runnable`` and everything beneath it, for blocking code."""
    subscription = Subscription(wanted, current_run_context())
    if isinstance(runnable, ChatModel):
        return Items(lambda: _model_events(runnable, input, config, kwargs, subscription))
    return Items(lambda: _events(runnable, input, config, kwargs, subscription))


def astream_events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    wanted: EventFilter,
) -> AsyncItems[StreamEvent]:
    """``stream_events`` on an event loop."""
    subscription = Subscription(wanted, current_run_context())
    if isinstance(runnable, ChatModel):
        return AsyncItems(lambda: _amodel_events(runnable, input, config, kwargs, subscription))
    return AsyncItems(lambda: _aevents(runnable, input, config, kwargs, subscription))


def _events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    subscription: Subscription,
) -> Generator[StreamEvent, None, None]:
    from .engine.runtime import run_sync
    from .engine.sync_runtime import SyncRuntime

    sink = SyncEventQueue(subscription, input)
    context = StepContext(SyncRuntime(sink), subscription.run_context(sink))
    items = runnable.traced_transform(Chunks.of(input), context, config, kwargs).items
    step: Any = None
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
    """End a chain that waits in ``flush``.

    Not with ``GeneratorExit``: until Python 3.13 an async generator that awaits another one's item
    leaves that one suspended when it gets it.
    """
    try:
        step.throw(Cancelled)
    except (Cancelled, StopAsyncIteration, StopIteration):
        pass


async def _aevents(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    subscription: Subscription,
) -> AsyncGenerator[StreamEvent, None]:
    from asyncio import create_task, wait

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
            producer.exception()  # raised above, or by something that nobody reads any more


async def _produce(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    subscription: Subscription,
    sink: AsyncEventQueue,
) -> None:
    from .engine.async_runtime import AsyncRuntime

    context = StepContext(AsyncRuntime(sink), subscription.run_context(sink))
    items = runnable.traced_transform(Chunks.of(input), context, config, kwargs).items
    try:
        async for _ in items:
            if sink.is_full:
                await sink.wait_for_space()
    finally:
        await items.aclose()


def _model_events(
    model: ChatModel,
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    subscription: Subscription,
) -> Generator[StreamEvent, None, None]:
    queue = EventQueue(subscription, input)
    events = queue.events
    with use_run_context(subscription.run_context(queue)):
        _, segments = model.traced_segments(input, config, kwargs)
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
    subscription: Subscription,
) -> AsyncGenerator[StreamEvent, None]:
    queue = EventQueue(subscription, input)
    events = queue.events
    with use_run_context(subscription.run_context(queue)):
        _, segments = model.atraced_segments(input, config, kwargs)
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
