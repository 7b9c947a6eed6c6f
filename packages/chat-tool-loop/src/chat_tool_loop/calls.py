"""One call of a tool in a loop: it is checked, approved, run, and its error becomes a result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import replace
from typing import Any, Literal

from chat_core import (
    ChatError,
    InvalidParameterError,
    InvalidToolCall,
    ToolCall,
    ToolInputError,
    ToolMessage,
)
from chat_core.provider import StepContext

from .progress import Call
from .toolbox import AnyTool

__all__ = ["Approve", "OnError", "check_call", "approved_call", "failed", "run_call"]

OnError = Literal["return", "raise"]

Verdict = bool | str | ToolCall
Approve = Callable[[ToolCall], Verdict | Awaitable[Verdict]]

_NOT_ALLOWED = "The user does not allow this call."


def failed(call: Call, text: str) -> ToolMessage:
    """The result of a call that has failed, or was not run."""
    return ToolMessage(text, call.id or "", status="error", name=call.name)


def check_call(call: Call, tools: dict[str, AnyTool]) -> ToolCall:
    """``call``. Raises ``ToolInputError`` if it cannot be run: the model reads its text."""
    if isinstance(call, InvalidToolCall):
        raise ToolInputError(f"The call is not valid: {call.error}.")
    tool = tools.get(call.name)
    if tool is None:
        known = ", ".join(tools) or "none"
        raise ToolInputError(f"There is no tool {call.name!r}. The tools are: {known}.")
    tool.read_arguments(call.args)
    return call


async def approved_call(approve: Approve, call: ToolCall, context: StepContext) -> ToolCall | str:
    """The call to run, or why it is not to be run.

    Raises ``InvalidParameterError`` if ``approve`` returns anything else than it may.
    """
    verdict = await context.runtime.call(approve, call, run_context=context.run_context)
    if verdict is True:
        return call
    if verdict is False:
        return _NOT_ALLOWED
    if isinstance(verdict, str):
        return verdict or _NOT_ALLOWED
    if isinstance(verdict, ToolCall):
        return replace(verdict, id=call.id)
    raise InvalidParameterError(
        "approve returns True, False, a text that refuses the call, or the ToolCall to run"
        f" instead; got {verdict!r:.80}."
    )


async def run_call(
    tool: AnyTool, call: ToolCall, context: StepContext, on_error: OnError
) -> ToolMessage:
    """The result of ``call``.

    What the tool raises is a result with ``status="error"``; with ``on_error="raise"`` it is
    raised.
    """
    try:
        output: Any = await tool.traced_invoke(call, context, None, {})
    except (Exception, SystemExit) as error:
        if on_error == "raise":
            raise
        return failed(call, error_text(error))
    result: ToolMessage = output
    if result.tool_call_id != (call.id or ""):
        result = copy(result)
        result.tool_call_id = call.id or ""
    return result


def error_text(error: BaseException) -> str:
    """What the model reads of an error: its class and message, no traceback."""
    text = str(error)
    if isinstance(error, ChatError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
