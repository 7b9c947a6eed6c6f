"""``--tool``: the model calls functions, their results go back, until it answers in words.

chat-tool-loop is not used: here each answer and each call is made by the ``Output`` that shows it,
calls run one after the other so that what they print stays apart, and async functions may be
called from blocking code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exit_codes import ExitCode
from .failures import TerminalError
from .named_objects import find_object

if TYPE_CHECKING:
    from chat_core import (
        AIMessage,
        ChatModel,
        InvalidToolCall,
        Message,
        Tool,
        ToolCall,
        ToolMessage,
    )

    from .output.base import Output

__all__ = ["answer_with_tools", "read_tools"]

Tools = dict[str, "Tool[..., Any]"]


def read_tools(names: list[str]) -> Tools:
    """The tools that ``names`` (``module:function``) name, by their own names.

    Raises ``TerminalError`` for what cannot be imported or called.
    """
    from chat_core import Tool

    tools: Tools = {}
    for name in names:
        found = find_object(name, "--tool")
        if not callable(found):
            raise TerminalError(f"--tool {name!r} is no function.", ExitCode.USAGE)
        tool = found if isinstance(found, Tool) else Tool(found)
        tools[tool.name] = tool
    return tools


def answer_with_tools(
    model: ChatModel, messages: list[Message], tools: Tools, output: Output, max_steps: int
) -> AIMessage:
    """The answer that calls no tool. Answers, calls and results on the way to it are appended to
    ``messages``, and it is, too.

    Raises ``TerminalError`` when ``max_steps`` answers have called tools, ``ChatError`` as a model.
    """
    asking = model.bind_tools(list(tools.values())) if tools else model
    for _ in range(max_steps):
        message = output.answer(asking, messages)
        messages.append(message)
        if not (message.tool_calls or message.invalid_tool_calls):
            return message
        messages.extend(_result(call, tools, output) for call in message.tool_calls)
        messages.extend(_refused(call) for call in message.invalid_tool_calls)
    raise TerminalError(
        f"The model called tools in {max_steps} answers in a row; --max-steps allows more.",
        ExitCode.NO_RESULT,
    )


def _result(call: ToolCall, tools: Tools, output: Output) -> ToolMessage:
    tool = tools.get(call.name)
    if tool is None:
        return _failed(call.id, call.name, f"There is no tool {call.name!r}.")
    try:
        return output.call_tool(tool, call)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it goes to the model
        return _failed(call.id, call.name, f"{type(error).__name__}: {error}")


def _refused(call: InvalidToolCall) -> ToolMessage:
    return _failed(call.id, call.name, f"The call is not valid: {call.error}")


def _failed(id: str | None, name: str | None, text: str) -> ToolMessage:
    from chat_core import ToolMessage

    return ToolMessage(text, id or "", status="error", name=name)
