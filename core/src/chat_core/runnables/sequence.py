"""``RunnableSequence``: steps one after the other; ``as_runnable``: what else may be a step."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from ..errors import InvalidParameterError
from .base import AnyRunnable, Runnable, RunnableLike
from .engine.accumulators import Accumulator
from .engine.scope import Chunks, StepContext
from .engine.types import Chunk, In, Out
from .nesting import check_depth

__all__ = ["RunnableSequence", "as_runnable"]


class RunnableSequence(Runnable[In, Out, Chunk]):
    """``first | second | …``. Sequences given as steps are spliced in.

    Raises ``InvalidParameterError`` for no steps, and for more than 100, steps within steps and
    wrappers included: each is a generator inside that of the next one (``nesting.py``).
    """

    def __init__(self, *steps: RunnableLike) -> None:
        if not steps:
            raise InvalidParameterError("A sequence needs at least one step.")
        self.steps: tuple[AnyRunnable, ...] = tuple(
            inner
            for step in map(as_runnable, steps)
            for inner in (step.steps if isinstance(step, RunnableSequence) else (step,))
        )
        self.depth = check_depth(sum(step.depth for step in self.steps))

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return any(step.names_one_call() for step in self.steps)

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.steps))

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> Any:
        for number, step in enumerate(self.steps, 1):
            tagged = context.tagged(f"seq:step:{number}")
            value = await step.traced_invoke(value, tagged, None, kwargs if number == 1 else {})
        return value

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
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

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        for step in self.steps:
            upstream = step.accumulator(upstream)
        return upstream


def as_runnable(step: RunnableLike) -> AnyRunnable:
    """``step`` as a runnable: functions, generator functions over chunks, dicts of steps.

    Raises ``InvalidParameterError`` for anything else.
    """
    # Not at the top: both import this file, and a chain of runnables alone needs neither.
    from .function import RunnableGenerator, RunnableLambda
    from .parallel import RunnableParallel

    if isinstance(step, Runnable):
        return step
    if isinstance(step, Mapping):
        return RunnableParallel(step)
    if inspect.isgeneratorfunction(step) or inspect.isasyncgenfunction(step):
        return RunnableGenerator(step)
    given: object = step
    if callable(given) and not (isinstance(given, type) and issubclass(given, Runnable)):
        return RunnableLambda(given)
    raise InvalidParameterError(
        "A step of a chain is a runnable, a function, a generator function over chunks or a dict of"
        f" these; got {type(step).__name__}: {step!r:.100}"
    )
