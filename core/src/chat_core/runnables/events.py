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

from ..concurrency.cancellation import ReaderLeft
from ..models.model import ChatModel
from ..runs.events import EventFilter, StreamEvent
from ..runs.run import calling, current_caller
from .engine.event_queue import LIMIT, AsyncListener, Inbox, Nest, SyncListener
from .engine.scope import Chunks, Scope
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
    nest = Nest(wanted, current_caller())
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
    nest = Nest(wanted, current_caller())
    if isinstance(runnable, ChatModel):
        return AsyncItems(lambda: _amodel_events(runnable, input, config, kwargs, nest))
    return AsyncItems(lambda: _aevents(runnable, input, config, kwargs, nest))


def _events(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: Nest,
) -> Generator[StreamEvent, None, None]:
    from .engine.runtime import drive
    from .engine.sync_runtime import SyncMover

    listener = SyncListener(nest, input)
    scope = Scope(SyncMover(listener), nest.caller(listener))
    items = runnable.told_flow(Chunks.of(input), scope, config, kwargs).items
    step: Any = None
    try:
        while True:
            step = items.__anext__()
            try:
                while True:
                    listener.reader = get_ident()  # a web server reads on in any thread of its pool
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


async def _aevents(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: Nest,
) -> AsyncGenerator[StreamEvent, None]:
    from asyncio import create_task, wait

    listener = AsyncListener(nest, input)
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
        producer.cancel()
        await wait({producer})
        if not producer.cancelled():
            producer.exception()  # raised above, or by something that nobody reads any more


async def _produce(
    runnable: Runnable[Any, Any],
    input: Any,
    config: RunConfig | None,
    kwargs: dict[str, Any],
    nest: Nest,
    listener: AsyncListener,
) -> None:
    from .engine.async_runtime import AsyncMover

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
    nest: Nest,
) -> Generator[StreamEvent, None, None]:
    inbox = Inbox(nest, input)
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
    nest: Nest,
) -> AsyncGenerator[StreamEvent, None]:
    inbox = Inbox(nest, input)
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
