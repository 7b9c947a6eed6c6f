"""``RunnableRetry``: a runnable that is tried again when it fails.

Every attempt is a run of its own beneath the retry's run, so a sink sees each failure as
``on_…_error``; attempts after the first are tagged ``retry:attempt:2``, ``retry:attempt:3`` …. A
stream is tried again only before its first chunk that brings something (a role, an id or an empty
text brings nothing); later errors are raised as they are, with ``.partial`` where they come from a
model.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import ClassVar

from ..arguments import exception_classes, positive_count
from ..errors import APIError, ChatError, OutputParserError, ToolInputError
from ..messages.chunks import AIMessageChunk
from ..retry import retry_delay
from .base import AnyRunnable, Runnable
from .engine.accumulators import Accumulator
from .engine.scope import Chunks, StepContext
from .engine.types import Chunk, In, Out
from .model_wrapper import ModelWrapper
from .nesting import check_depth

__all__ = ["RunnableRetry", "open_stream"]


class RunnableRetry(ModelWrapper[In, Out, Chunk]):
    """``bound``, tried up to ``attempts`` times.

    By default what another attempt may cure is retried: ``APIError`` whose ``is_retryable`` is
    true, what a parser or a tool could not read (the model may write it better next
    time), and exceptions that are not this library's.
    """

    reads_whole: ClassVar[bool] = True

    def __init__(
        self,
        bound: Runnable[In, Out, Chunk],
        *,
        retry_if: tuple[type[BaseException], ...] | None = None,
        wait: bool = True,
        attempts: int = 3,
    ) -> None:
        self.bound = bound
        self.depth = check_depth(1, bound)
        self.retry_if = (
            None if retry_if is None else exception_classes("retry_if_exception_type", retry_if)
        )
        self.wait = wait
        self.attempts = positive_count("stop_after_attempt", attempts)

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self.bound.names_one_call()

    def __repr__(self) -> str:
        return f"{self.bound!r}.with_retry(stop_after_attempt={self.attempts})"

    def _rewrapped(self, derive: Callable[[AnyRunnable], AnyRunnable]) -> AnyRunnable:
        return RunnableRetry(
            derive(self.bound), retry_if=self.retry_if, wait=self.wait, attempts=self.attempts
        )

    async def _invoke(self, value: In, context: StepContext, **kwargs: object) -> Out:
        attempt = 1
        while True:
            try:
                tried = _attempt(context, attempt)
                return await self.bound.traced_invoke(value, tried, None, kwargs)
            except Exception as error:  # noqa: BLE001 - raised again unless it may be cured
                await self._before_next(attempt, error, context)
            attempt += 1

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        held, flow = await self._opened(await chunks.collect(), context, kwargs)
        try:
            for chunk in held:
                yield chunk
            async for chunk in flow:
                yield chunk
        finally:
            await flow.close()

    async def _opened(
        self, value: object, context: StepContext, kwargs: dict[str, object]
    ) -> tuple[list[object], Chunks]:
        """The first attempt that gets as far as a chunk: what it has yielded, and what follows."""
        attempt = 1
        while True:
            tried = _attempt(context, attempt)
            flow = self.bound.traced_transform(Chunks.of(value), tried, None, kwargs)
            try:
                return await open_stream(flow), flow
            except Exception as error:  # noqa: BLE001 - raised again unless it may be cured
                await self._before_next(attempt, error, context)
            attempt += 1

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return self.bound.accumulator(upstream)

    async def _before_next(self, attempt: int, error: Exception, context: StepContext) -> None:
        """Wait for the next attempt, or raise ``error`` if there is to be none."""
        if attempt >= self.attempts or not self._may_be_cured(error):
            raise error
        if self.wait:
            asked = getattr(error, "retry_after", None)
            nominal = APIError(str(error), retry_after=asked, is_retryable=True)
            delay = retry_delay(nominal, failed=attempt, max_retries=self.attempts)
            if delay is None:
                raise error
            await context.runtime.sleep(delay)

    def _may_be_cured(self, error: Exception) -> bool:
        if self.retry_if is not None:
            return isinstance(error, self.retry_if)
        if isinstance(error, APIError):
            return error.is_retryable
        return not isinstance(error, ChatError) or isinstance(
            error, OutputParserError | ToolInputError
        )


def _attempt(context: StepContext, number: int) -> StepContext:
    return context if number == 1 else context.tagged(f"retry:attempt:{number}")


async def open_stream(chunks: Chunks) -> list[object]:
    """The chunks up to the first that brings something, or all there are.

    Closes ``chunks`` if it raises.
    """
    held: list[object] = []
    try:
        async for chunk in chunks:
            held.append(chunk)
            if _brings_something(chunk):
                break
    except BaseException:
        await chunks.close()
        raise
    return held


def _brings_something(chunk: object) -> bool:
    if isinstance(chunk, AIMessageChunk):
        return any(getattr(block, "text", True) for block in chunk.blocks)
    return not isinstance(chunk, str) or chunk != ""
