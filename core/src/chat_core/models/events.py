"""The events of a model that is called alone: they are taken between its chunks.

That needs neither a task nor a thread. A model inside a chain reports to the chain's queue instead
(``runnables/events.py``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING

from ..runnables.engine.event_queue import EventQueue, Subscription
from ..runs.run import use_run_context

if TYPE_CHECKING:
    from ..runs.config import RunConfig
    from ..runs.events import StreamEvent
    from .model import ChatModel

__all__ = ["amodel_events", "model_events"]


def model_events(
    model: ChatModel,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    subscription: Subscription,
) -> Generator[StreamEvent, None, None]:
    """The events of one call of ``model``, in blocking code."""
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


async def amodel_events(
    model: ChatModel,
    input: object,
    config: RunConfig | None,
    kwargs: dict[str, object],
    subscription: Subscription,
) -> AsyncGenerator[StreamEvent, None]:
    """``model_events`` on an event loop."""
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
