"""Messages, arguments and results as the JSON that the conventions give for attributes of spans.

Data of images, sound and files is left out and its size is given instead: a span is no place for
megabytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_core import (
    AIMessage,
    AIMessageChunk,
    Block,
    CachePoint,
    HumanMessage,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
)
from chat_core.provider import MediaBlock

from . import conventions as names
from .answers import answers_of, finish_reason

if TYPE_CHECKING:
    from chat_core import AnyMessage
    from chat_core.provider import Run

__all__ = ["input_attributes", "output_attributes"]

Part = dict[str, Any]

_DEEPEST = 64
"""How deep a value is shown; some contain themselves."""


def input_attributes(run: Run, input: object) -> dict[str, str]:
    """What went into ``run``; nothing where that is not known yet."""
    if input is None:
        return {}
    if run.run_type == "chat_model":
        return {names.INPUT_MESSAGES: _json([_message(m) for m in _messages_of(input)])}
    if run.run_type == "tool":
        return {names.TOOL_ARGUMENTS: _json(_shown(input))}
    return {names.RUN_INPUT: _json(_shown(input))}


def output_attributes(run: Run, output: object) -> dict[str, str]:
    """What came out of ``run``."""
    if output is None:
        return {}
    if run.run_type == "chat_model" and isinstance(output, AIMessage | AIMessageChunk):
        return {names.OUTPUT_MESSAGES: _json([*map(_answer, answers_of(run, output))])}
    if run.run_type == "tool":
        return {names.TOOL_RESULT: _json(_shown(output))}
    return {names.RUN_OUTPUT: _json(_shown(output))}


def _messages_of(input: object) -> Iterable[AnyMessage]:
    batches = input.get("messages", ()) if isinstance(input, Mapping) else ()
    return [message for batch in batches for message in batch]


_ROLES = {
    AIMessage: "assistant",
    HumanMessage: "user",
    SystemMessage: "system",
    ToolMessage: "tool",
}


def _message(message: AnyMessage) -> Part:
    if isinstance(message, AIMessageChunk):
        message = message.to_message()
    if isinstance(message, ToolMessage):
        parts = [{"type": "tool_call_response", "id": message.tool_call_id, **_result(message)}]
    else:
        parts = [part for block in message.blocks if (part := _part(block))]
    shown: Part = {"role": _ROLES[type(message)], "parts": parts}
    return {**shown, "name": message.name} if message.name else shown


def _result(message: ToolMessage) -> Part:
    if all(isinstance(block, TextBlock) for block in message.blocks):
        return {"response": message.content}
    return {"response": [part for block in message.blocks if (part := _part(block))]}


def _answer(answer: AIMessage | AIMessageChunk) -> Part:
    return {**_message(answer), "finish_reason": finish_reason(answer, "error")}


def _part(block: Block) -> Part | None:
    match block:
        case TextBlock(text=text):
            return {"type": "text", "content": text}
        case ReasoningBlock(text=text):
            return {"type": "reasoning", "content": text} if text else None
        case RefusalBlock(text=text):
            return {"type": "refusal", "content": text}
        case ToolCall() | InvalidToolCall() | ToolCallChunk():
            return {
                "type": "tool_call",
                "id": block.id,
                "name": block.name or "",
                "arguments": _shown(block.args),
            }
        case ServerToolCall():
            call = {"type": block.name, "arguments": _shown(block.args)}
            return {
                "type": "server_tool_call",
                "id": block.id,
                "name": block.name,
                "server_tool_call": call,
            }
        case ServerToolResult():
            result = {"type": block.name or "unknown", "content": _shown(block.content)}
            return {
                "type": "server_tool_call_response",
                "id": block.tool_call_id,
                "server_tool_call_response": result,
            }
        case MediaBlock():
            return _media_part(block)
        case NonStandardBlock():
            return {"type": str(block.value.get("type", "non_standard"))}
        case CachePoint():
            return None


def _media_part(block: MediaBlock) -> Part:
    kind = getattr(block, "type", "file")
    about = {"mime_type": block.mime_type, "modality": "document" if kind == "file" else kind}
    if block.url is not None:
        return {"type": "uri", **about, "uri": block.url}
    if block.file_id is not None:
        return {"type": "file", **about, "file_id": block.file_id}
    size = len(block.base64 or "") * 3 // 4
    return {"type": "blob", **about, "content": "", "size": size}


def _shown(value: object, depth: int = 0) -> object:
    """``value`` with messages in it as the conventions write them, and as values that JSON has."""
    if depth > _DEEPEST:
        return f"<{type(value).__name__}>"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, AIMessage | AIMessageChunk | HumanMessage | SystemMessage | ToolMessage):
        return _message(value)
    if isinstance(messages := getattr(value, "messages", None), list | tuple):  # of a prompt
        return {"messages": _shown(messages, depth + 1)}
    if isinstance(value, Mapping):
        return {str(key): _shown(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_shown(item, depth + 1) for item in value]
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_fallback)


def _fallback(value: object) -> object:
    """A value that JSON does not have: a pydantic model as its fields, others as their text.

    The name of its class where it has neither: a program's own method may raise.
    """
    try:
        dump = getattr(value, "model_dump", None)
        return dump(mode="json") if callable(dump) else str(value)
    except Exception:  # noqa: BLE001 - the method is the program's
        return f"<{type(value).__name__}>"
