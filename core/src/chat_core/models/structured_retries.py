"""Asking again for an object: the model is shown its answer and what was wrong with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import OutputParserError
from ..messages.blocks import InvalidToolCall, ToolCall
from ..messages.convert import to_messages
from ..messages.message import AIMessage, HumanMessage, Message, ToolMessage
from ..messages.usage import UsageMetadata, total_usage
from ..runnables.base import Runnable
from ..runnables.engine.accumulators import Accumulator, Latest
from ..runnables.engine.scope import Chunks
from ..runnables.sequence import RunnableSequence

if TYPE_CHECKING:
    from ..runnables.engine.scope import StepContext

__all__ = ["StructuredRetries"]

_FINAL = frozenset({"refusal", "content_filter"})
"""Finish reasons after which the same question brings the same end."""


class StructuredRetries(Runnable[Any, Any]):
    """``model`` and ``reading``, run again up to ``retries`` times while the answer does not fit.

    The next attempt has the conversation so far: the wrong answer, and one message with what was
    wrong. Each attempt is a run of its own; those after the first are tagged ``retry:attempt:2``,
    ``retry:attempt:3`` …. A stream gives the growing object of each attempt, and with
    ``include_raw`` a ``parsing_error`` between two attempts. The usage that comes with the last
    answer is that of all attempts.
    """

    reads_whole: ClassVar[bool] = True

    def __init__(
        self, model: Runnable[Any, Any, Any], reading: Runnable[Any, Any], retries: int
    ) -> None:
        self.bound: RunnableSequence[Any, Any] = RunnableSequence(model, reading)
        self.depth = self.bound.depth + 1
        self.retries = retries

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self.bound.names_one_call()

    def __repr__(self) -> str:
        return f"{self.bound!r}, retries={self.retries}"

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> Any:
        attempts = _Attempts(value, self.retries)
        while True:
            try:
                answer = await self.bound.traced_invoke(
                    attempts.messages, attempts.context(context), None, kwargs
                )
            except OutputParserError as error:
                if attempts.go_on(error):
                    continue
                raise
            given = _error_in(answer)
            if given is None or not attempts.go_on(given):
                return attempts.counted(answer)

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        attempts = _Attempts(await chunks.collect(), self.retries)
        is_wanted = True
        while is_wanted:
            is_wanted = False
            flow = self.bound.traced_transform(
                Chunks.of(attempts.messages), attempts.context(context), None, kwargs
            )
            try:
                async for item in flow:
                    given = _error_in(item)
                    is_wanted = given is not None and attempts.go_on(given)
                    yield item if is_wanted else attempts.counted(item)
            except OutputParserError as error:
                is_wanted = attempts.go_on(error)
                if not is_wanted:
                    raise
            finally:
                await flow.close()

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return Latest()


class _Attempts:
    """The attempts of one call: what is sent next, and the tokens that were spent."""

    def __init__(self, value: object, retries: int) -> None:
        self.messages: list[Message] = to_messages(value)
        self._left = retries
        self._number = 1
        self._spent: list[UsageMetadata] = []

    def context(self, context: StepContext) -> StepContext:
        """The context of the next attempt."""
        return context if self._number == 1 else context.tagged(f"retry:attempt:{self._number}")

    def go_on(self, error: OutputParserError) -> bool:
        """Whether to ask again; ``messages`` then have what was wrong."""
        answer = error.answer
        if answer is None or not self._left or answer.finish_reason in _FINAL or answer.refusal:
            error.answer = self._with_all_usage(answer)
            return False
        self._left -= 1
        self._number += 1
        if answer.usage_metadata is not None:
            self._spent.append(answer.usage_metadata)
        self.messages = [*self.messages, answer, *_corrections(answer, error)]
        return True

    def counted(self, item: Any) -> Any:
        """``item``, where it has the last answer with the usage of all attempts."""
        if not isinstance(item, dict) or not isinstance(item.get("raw"), AIMessage):
            return item
        if "parsing_error" not in item or not self._spent:
            return item
        return {**item, "raw": self._with_all_usage(item["raw"])}

    def _with_all_usage(self, answer: AIMessage | None) -> AIMessage | None:
        if answer is None or answer.usage_metadata is None or not self._spent:
            return answer
        counted = copy(answer)
        counted.usage_metadata = total_usage([*self._spent, answer.usage_metadata])
        return counted


def _error_in(item: Any) -> OutputParserError | None:
    """The error in what ``include_raw`` gives."""
    error = item.get("parsing_error") if isinstance(item, dict) else None
    return error if isinstance(error, OutputParserError) and "raw" in item else None


def _corrections(answer: AIMessage, error: OutputParserError) -> list[Message]:
    """What follows a wrong answer: a result of each call in it, or a message of the user's."""
    wrong = f"{str(error).rstrip('.')}. Answer again, with the whole object."
    calls = [block for block in answer.blocks if isinstance(block, ToolCall | InvalidToolCall)]
    results = [ToolMessage(wrong, call.id, status="error") for call in calls if call.id]
    return [*results] if results else [HumanMessage(wrong)]
