"""The four ways to call a chain: whole or in chunks, in blocking code or on an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .engine.async_runtime import AsyncRuntime
from .engine.runtime import iterate_sync, run_sync
from .engine.scope import Chunks, StepContext
from .engine.sync_runtime import SyncRuntime
from .engine.types import In, Out
from .streams import AsyncStream, Stream

if TYPE_CHECKING:
    from ..runs.config import RunConfig
    from .engine.step import AnyStep, Step

__all__ = ["ainvoke", "astream", "invoke", "stream"]


def invoke(
    step: Step[In, Out], input: In, config: RunConfig | None, kwargs: dict[str, object]
) -> Out:
    """The whole output."""
    context = StepContext.here(SyncRuntime())
    return run_sync(step.traced_invoke(input, context, config, kwargs))


async def ainvoke(
    step: Step[In, Out], input: In, config: RunConfig | None, kwargs: dict[str, object]
) -> Out:
    """``invoke`` on an event loop."""
    context = StepContext.here(AsyncRuntime())
    return await step.traced_invoke(input, context, config, kwargs)


def stream(
    step: AnyStep, input: object, config: RunConfig | None, kwargs: dict[str, object]
) -> Stream[Any]:
    """The output's chunks; nothing runs before the first is asked for."""
    context = StepContext.here(SyncRuntime())
    chunks = step.traced_transform(Chunks.of(input), context, config, kwargs)
    return Stream(iterate_sync(chunks.items))


def astream(
    step: AnyStep, input: object, config: RunConfig | None, kwargs: dict[str, object]
) -> AsyncStream[Any]:
    """``stream`` on an event loop."""
    context = StepContext.here(AsyncRuntime())
    chunks = step.traced_transform(Chunks.of(input), context, config, kwargs)
    return AsyncStream(chunks.items)
