"""``RunnableBinding``: another runnable with settings of its own; it has no run of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..runs.config import RunConfig, merge_configs
from .base import AnyRunnable, Runnable
from .engine.accumulators import Accumulator
from .engine.scope import Chunks, StepContext
from .engine.types import Chunk, In, Out
from .model_wrapper import ModelWrapper
from .nesting import check_depth
from .streams import AsyncStream, Stream

__all__ = ["RunnableBinding"]


class RunnableBinding(ModelWrapper[In, Out, Chunk]):
    """``bound`` called with ``kwargs`` and ``config``; what a call itself gives wins over them."""

    def __init__(
        self,
        bound: Runnable[In, Out, Chunk],
        *,
        kwargs: Mapping[str, object] | None = None,
        config: RunConfig | None = None,
    ) -> None:
        self.bound = bound
        self.depth = check_depth(1, bound)
        self.kwargs = dict(kwargs or {})
        self.config = merge_configs(config)

    def get_name(self) -> str:
        """The bound runnable's name."""
        return self.config.get("run_name") or self.bound.get_name()

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self.kwargs.get("idempotency_key") is not None or self.bound.names_one_call()

    def __repr__(self) -> str:
        return f"{self.bound!r} with { ({**self.kwargs, **self.config}) }"

    def _given(
        self, config: RunConfig | None, kwargs: dict[str, object]
    ) -> tuple[RunConfig | None, dict[str, object]]:
        return merge_configs(self.config, config) or None, {**self.kwargs, **kwargs}

    async def traced_invoke(
        self,
        value: In,
        context: StepContext,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> Out:
        return await self.bound.traced_invoke(value, context, *self._given(config, kwargs))

    def traced_transform(
        self,
        chunks: Chunks,
        context: StepContext,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> Chunks:
        return self.bound.traced_transform(chunks, context, *self._given(config, kwargs))

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return self.bound.accumulator(upstream)

    def _rewrapped(self, derive: Callable[[AnyRunnable], AnyRunnable]) -> AnyRunnable:
        return RunnableBinding(derive(self.bound), kwargs=self.kwargs, config=self.config)

    def stream(self, input: In, config: RunConfig | None = None, **kwargs: object) -> Stream[Chunk]:
        """The bound runnable's own stream."""
        config, kwargs = self._given(config, kwargs)
        return self.bound.stream(input, config, **kwargs)

    def astream(
        self, input: In, config: RunConfig | None = None, **kwargs: object
    ) -> AsyncStream[Chunk]:
        """The bound runnable's own stream."""
        config, kwargs = self._given(config, kwargs)
        return self.bound.astream(input, config, **kwargs)
