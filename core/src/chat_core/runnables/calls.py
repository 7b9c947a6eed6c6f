"""The four ways to call a chain: whole or in chunks, in blocking code or on an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .engine.async_runtime import AsyncRuntime
from .engine.runtime import iterate_sync, run_sync
from .engine.scope import Chunks, StepContext
from .engine.sync_runtime import SyncRuntime
from .streams import AsyncStream, Stream

if TYPE_CHECKING:
    from ..runs.config import RunConfig
    from .engine.step import Step

__all__ = ["ainvoke", "astream", "invoke", "stream"]


def invoke(
    step: Step[Any, Any], input: Any, config: RunConfig | None, kwargs: dict[str, Any]
) -> Any:
    """The whole output."""
    context = StepContext.here(SyncRuntime())
    return run_sync(step.traced_invoke(input, context, config, kwargs))


async def ainvoke(
    step: Step[Any, Any], input: Any, config: RunConfig | None, kwargs: dict[str, Any]
) -> Any:
    """``invoke`` on an event loop."""
    context = StepContext.here(AsyncRuntime())
    return await step.traced_invoke(input, context, config, kwargs)


def stream(
    step: Step[Any, Any], input: Any, config: RunConfig | None, kwargs: dict[str, Any]
) -> Stream[Any]:
    """The output's chunks; nothing runs before the first is asked for."""
    context = StepContext.here(SyncRuntime())
    chunks = step.traced_transform(Chunks.of(input), context, config, kwargs)
    return Stream(iterate_sync(chunks.items))


def astream(
    step: Step[Any, Any], input: Any, config: RunConfig | None, kwargs: dict[str, Any]
) -> AsyncStream[Any]:
    """``stream`` on an event loop."""
    context = StepContext.here(AsyncRuntime())
    chunks = step.traced_transform(Chunks.of(input), context, config, kwargs)
    return AsyncStream(chunks.items)
