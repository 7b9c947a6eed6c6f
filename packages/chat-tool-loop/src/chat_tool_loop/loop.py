"""``run_tools``: a model and tools as one runnable, which asks the model until it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, ClassVar, TypeAlias

from chat_core import (
    AIMessageChunk,
    InvalidParameterError,
    Runnable,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import Accumulator, Chunks, Latest, StepContext

from .answer_tool import AnswerTool
from .calls import Approve, OnError
from .limits import Limits
from .result import ToolLoopResult
from .steps import LoopSettings, Steps
from .toolbox import Toolbox

__all__ = ["ToolLoop", "ToolLoopItem", "run_tools"]

ToolLoopItem: TypeAlias = AIMessageChunk | ToolCall | ToolMessage | ToolLoopResult
"""What a loop streams: the chunks of each answer as they arrive, each call once its answer is
whole, each result as soon as it is there, and at the end the ``ToolLoopResult``."""


class ToolLoop(Runnable[Any, ToolLoopResult, ToolLoopItem]):
    """What ``run_tools`` returns."""

    reads_whole: ClassVar[bool] = True

    def __init__(
        self,
        model: Runnable[Any, Any, Any],
        tools: object,
        limits: Limits,
        *,
        approve: Approve | None,
        on_error: OnError,
        response_format: object,
    ) -> None:
        _check(model, approve, on_error)
        answer_tool = None if response_format is None else AnswerTool(response_format)
        self._settings = LoopSettings(model, Toolbox(tools), limits, approve, on_error, answer_tool)
        self.depth = model.depth + 1

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self._settings.model.names_one_call()

    def __repr__(self) -> str:
        settings = self._settings
        return f"ToolLoop({settings.model!r}, {settings.toolbox!r}, {settings.limits!r})"

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        """The last item is the whole result."""
        return Latest()

    async def _invoke(self, value: Any, context: StepContext, **kwargs: object) -> ToolLoopResult:
        items = Steps(self._settings, value, context, kwargs, streams=False).items()
        result: Any = None
        try:
            async for item in items:
                result = item
        finally:
            await items.aclose()
        whole: ToolLoopResult = result
        return whole

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        items = Steps(self._settings, await chunks.collect(), context, kwargs, streams=True).items()
        try:
            async for item in items:
                yield item
        finally:
            await items.aclose()


def _check(model: object, approve: object, on_error: object) -> None:
    if not isinstance(model, Runnable) or not hasattr(model, "bind_tools"):
        raise InvalidParameterError(
            f"run_tools needs a chat model; got {type(model).__name__}: {model!r:.80}. Steps before"
            " the model go before the loop: prompt | run_tools(model, tools)."
        )
    if approve is not None and not callable(approve):
        raise InvalidParameterError(f"approve is a function of a ToolCall; got {approve!r:.80}.")
    if on_error not in ("return", "raise"):
        raise InvalidParameterError(f"on_error is 'return' or 'raise'; got {on_error!r:.80}.")


def run_tools(
    model: Runnable[Any, Any, Any],
    tools: object,
    *,
    max_steps: int = 10,
    max_tokens: int | None = None,
    timeout: float | None = None,
    approve: Approve | None = None,
    on_error: OnError = "return",
    response_format: object = None,
) -> ToolLoop:
    """A runnable that asks ``model``, runs the tools that it calls, and asks again, until it
    answers.

    ``invoke`` returns a ``ToolLoopResult``, ``stream`` yields ``ToolLoopItem``s. The calls of one
    answer run side by side: in threads, on an event loop in tasks. Errors go back to the model.

    Args:
        model: a chat model, or one with retries or fallbacks.
        tools: functions, ``Tool`` objects, ``MCPTools``, and dicts in the vendor's shape, whose
            tools the vendor runs.
        max_steps: how many answers the model may give.
        max_tokens: how many tokens all answers may take together; an answer that goes beyond them
            and calls tools is the last.
        timeout: the seconds that the whole loop may take.
        approve: is asked before a call runs, one call after the other: ``True`` runs it, ``False``
            or a text refuses it, a ``ToolCall`` is run in its place. It may be async.
        on_error: ``"return"`` gives a tool's error, arguments that do not fit and unknown names to
            the model; ``"raise"`` raises them.
        response_format: a schema, as of ``with_structured_output``, of the object that the loop
            ends with: ``result.parsed``.

    Raises ``InvalidParameterError`` for arguments that cannot be right, at once. A call raises
    ``StepLimitError``, ``TokenLimitError``, ``TimeLimitError``, and what the model raises.
    """
    return ToolLoop(
        model,
        tools,
        Limits(max_steps, max_tokens, timeout),
        approve=approve,
        on_error=on_error,
        response_format=response_format,
    )
