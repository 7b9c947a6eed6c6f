"""``RunnableSequence``: steps one after the other, chunks flowing through all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from ..errors import InvalidParameterError
from .base import Runnable, RunnableLike
from .coerce import as_runnable
from .engine.accumulators import FoldMaker
from .engine.scope import Chunks, StepContext
from .nesting import check_depth

__all__ = ["RunnableSequence"]

In = TypeVar("In")
Out = TypeVar("Out")


class RunnableSequence(Runnable[In, Out]):
    """``first | second | …``. Sequences given as steps are spliced in."""

    def __init__(self, *steps: RunnableLike) -> None:
        if not steps:
            raise InvalidParameterError("A sequence needs at least one step.")
        self.steps: tuple[Runnable[Any, Any], ...] = tuple(
            inner
            for step in map(as_runnable, steps)
            for inner in (step.steps if isinstance(step, RunnableSequence) else (step,))
        )
        self.depth = check_depth(sum(step.depth for step in self.steps))

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.steps))

    async def _invoke(self, value: Any, context: StepContext, **kwargs: Any) -> Any:
        for number, step in enumerate(self.steps, 1):
            tagged = context.tagged(f"seq:step:{number}")
            value = await step.traced_invoke(value, tagged, None, kwargs if number == 1 else {})
        return value

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        opened = []
        for number, step in enumerate(self.steps, 1):
            tagged = context.tagged(f"seq:step:{number}")
            chunks = step.traced_transform(chunks, tagged, None, kwargs if number == 1 else {})
            opened.append(chunks)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            for chunks in reversed(opened):
                await chunks.close()

    def fold_maker(self, upstream: FoldMaker) -> FoldMaker:
        for step in self.steps:
            upstream = step.fold_maker(upstream)
        return upstream
