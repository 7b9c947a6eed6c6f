"""``RunnableWithFallbacks``: a runnable, and others that stand in for it when it fails.

Each one tried is a run of its own beneath this one's, so a sink sees the failures as
``on_…_error``. The next one is tried only before the first chunk of a stream; later errors are
raised as they are, with ``.partial`` where they come from a model.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, ClassVar

from ..arguments import exception_classes, items_of
from ..errors import InvalidParameterError
from .base import AnyRunnable, Runnable, RunnableLike
from .engine.accumulators import Accumulator
from .engine.scope import Chunks, StepContext
from .engine.types import Chunk, In, Out
from .model_wrapper import ModelWrapper
from .nesting import check_depth
from .retry import open_stream
from .sequence import as_runnable

__all__ = ["RunnableWithFallbacks"]


class RunnableWithFallbacks(ModelWrapper[In, Out, Chunk]):
    """``runnable``, then ``fallbacks`` in order, until one does not fail.

    The last one's error is raised, with those before it as its ``__context__``. An exception that
    is not one of ``exceptions_to_handle`` is raised at once.
    """

    reads_whole: ClassVar[bool] = True

    def __init__(
        self,
        runnable: Runnable[In, Out, Chunk],
        fallbacks: Sequence[RunnableLike],
        *,
        exceptions_to_handle: tuple[type[BaseException], ...] = (Exception,),
    ) -> None:
        listed = items_of("fallbacks", fallbacks, "a list of runnables")
        if not listed:
            raise InvalidParameterError("with_fallbacks takes a list of runnables; got none.")
        self.runnable = runnable
        self.fallbacks = [as_runnable(fallback) for fallback in listed]
        self.exceptions_to_handle = exception_classes("exceptions_to_handle", exceptions_to_handle)
        self.depth = check_depth(1, runnable, *self.fallbacks)

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return any(step.names_one_call() for step in (self.runnable, *self.fallbacks))

    def __repr__(self) -> str:
        return f"{self.runnable!r}.with_fallbacks({self.fallbacks!r})"

    def _rewrapped(self, derive: Callable[[AnyRunnable], AnyRunnable]) -> AnyRunnable:
        return RunnableWithFallbacks(
            derive(self.runnable),
            [derive(fallback) for fallback in self.fallbacks],
            exceptions_to_handle=self.exceptions_to_handle,
        )

    async def _invoke(self, value: In, context: StepContext, **kwargs: object) -> Out:
        steps = [self.runnable, *self.fallbacks]
        output: Out = await self._first_output(steps, value, context, kwargs)
        return output

    async def _first_output(
        self, steps: list[AnyRunnable], value: In, context: StepContext, kwargs: dict[str, object]
    ) -> Any:
        """The output of the first of ``steps`` that does not fail."""
        step, *others = steps
        try:
            return await step.traced_invoke(value, context, None, kwargs)
        except self.exceptions_to_handle:
            if not others:
                raise
            # In here, so that Python makes this failure the context of the next one.
            return await self._first_output(others, value, context, kwargs)

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        steps = [self.runnable, *self.fallbacks]
        held, flow = await self._first_opened(steps, await chunks.collect(), context, kwargs)
        try:
            for chunk in held:
                yield chunk
            async for chunk in flow:
                yield chunk
        finally:
            await flow.close()

    async def _first_opened(
        self,
        steps: list[AnyRunnable],
        value: object,
        context: StepContext,
        kwargs: dict[str, object],
    ) -> tuple[list[object], Chunks]:
        """The first of ``steps`` that gets as far as a chunk: what it has yielded, and the rest."""
        step, *others = steps
        flow = step.traced_transform(Chunks.of(value), context, None, kwargs)
        try:
            return await open_stream(flow), flow
        except self.exceptions_to_handle:
            if not others:
                raise
            return await self._first_opened(others, value, context, kwargs)

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return self.runnable.accumulator(upstream)
