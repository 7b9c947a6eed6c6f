"""Blocks of messages into Anthropic's content blocks.

``extras`` go back under the vendor's names: ``cache_control`` on any block, ``citations``,
``title`` and ``context`` on documents, and on an answer's blocks what ``decode_blocks.py`` put
there. In an answer of another vendor ``extras`` mean nothing here and are left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from chat_core import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidParameterError,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
)
from chat_core.provider import MediaBlock

from .encode_media import media_source
from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import AIMessage, ToolMessage

__all__ = ["encode_answer", "encode_input", "encode_tool_result", "short", "wire_id"]

Wire = dict[str, Any]

_WIRE_ID = re.compile(r"[a-zA-Z0-9_-]+")


def wire_id(id: str) -> str:
    """A tool-call id in the form the API takes; another vendor's is hashed, always the same way."""
    if _WIRE_ID.fullmatch(id):
        return id
    return f"toolu_{hashlib.sha256(id.encode()).hexdigest()[:24]}"


def short(content: list[Wire]) -> str | list[Wire]:
    """``content`` as a plain string where it is one text and nothing else."""
    if len(content) == 1 and content[0].keys() == {"type", "text"} and content[0]["text"]:
        return str(content[0]["text"])
    return content


def encode_input(blocks: Iterable[Block], *, owner: str) -> list[Wire]:
    """What the user, a tool or the system says. ``owner`` names the message in errors.

    Raises ``InvalidParameterError`` for a block that the API has no form for.
    """
    wires = [_input_block(block, owner) for block in blocks]
    return [wire for wire in wires if wire is not None]


def encode_tool_result(message: ToolMessage) -> Wire:
    """A tool's result. Its cache mark stands on the result itself, wherever it was set."""
    content = encode_input(message.blocks, owner="ToolMessage")
    wire: Wire = {"type": "tool_result", "tool_use_id": wire_id(message.tool_call_id)}
    marks = [part.pop("cache_control") for part in content if "cache_control" in part]
    wire["content"] = short(content) if content else ""
    if message.status == "error":
        wire["is_error"] = True
    if marks:
        wire["cache_control"] = marks[-1]
    return wire


def encode_answer(message: AIMessage, *, answered: Collection[str]) -> list[Wire]:
    """An assistant turn. ``answered`` are the ids of all calls that have a result."""
    native = message.response_metadata.get("model_provider") in (None, PROVIDER)
    wires = [_answer_block(block, native, answered) for block in message.blocks]
    return [wire for wire in wires if wire is not None]


def _input_block(block: Block, owner: str) -> Wire | None:
    if isinstance(block, TextBlock):
        # The API refuses text that is empty or nothing but white space.
        return _text(block.text, block) if block.text.strip() else None
    if isinstance(block, NonStandardBlock):
        return {**block.value, **_extras(block, "cache_control")}
    if isinstance(block, ImageBlock | FileBlock):
        return _media(block)
    raise InvalidParameterError(
        f"Anthropic takes no {type(block).__name__} in a {owner}: it takes text, images, documents"
        " (FileBlock) and, in its own shape, NonStandardBlock."
    )


def _answer_block(block: Block, native: bool, answered: Collection[str]) -> Wire | None:
    if isinstance(block, TextBlock | RefusalBlock):
        return _answer_text(block, native) if block.text.strip() else None
    if isinstance(block, ToolCall | InvalidToolCall):
        return _tool_use(block, native, answered)
    if isinstance(block, AudioBlock):
        return {"type": "text", "text": block.transcript} if block.transcript else None
    if not native:
        _refuse_media(block)
        return None
    if isinstance(block, ReasoningBlock):
        return _thinking(block)
    if isinstance(block, ServerToolCall):
        if block.extras.get("partial_input") is not None:
            return None  # its input was cut off, so it never ran
        return {"id": block.id, "name": block.name, "input": block.args, **block.extras}
    if isinstance(block, ServerToolResult):
        return {"tool_use_id": block.tool_call_id, "content": block.content, **block.extras}
    if isinstance(block, NonStandardBlock):
        return {**block.value, **_extras(block, "cache_control")}
    _refuse_media(block)
    return None


def _refuse_media(block: Block) -> None:
    """Another vendor's reasoning and server tools can be left out of a history; media cannot."""
    if isinstance(block, MediaBlock):
        raise InvalidParameterError(
            f"Anthropic takes no {type(block).__name__} in an AIMessage; give it in a HumanMessage"
            " or remove it from the history."
        )


def _text(text: str, block: Block) -> Wire:
    return {"type": "text", "text": text, **_extras(block, "cache_control")}


def _answer_text(block: TextBlock | RefusalBlock, native: bool) -> Wire:
    wire = _text(block.text, block)
    if native and isinstance(block, TextBlock):
        # ``file_id`` comes in answers and is not taken back.
        citations = [
            {key: value for key, value in citation.extras.items() if key != "file_id"}
            for citation in block.citations
            if "type" in citation.extras
        ]
        if citations:
            wire["citations"] = citations
    return wire


def _thinking(block: ReasoningBlock) -> Wire | None:
    """Thinking goes back verbatim or not at all: without its signature the API refuses it."""
    extras = block.extras
    if "data" in extras:
        return {"type": "redacted_thinking", "data": extras["data"]}
    if "signature" in extras:
        return {"type": "thinking", "thinking": block.text, "signature": extras["signature"]}
    return None


def _tool_use(
    call: ToolCall | InvalidToolCall, native: bool, answered: Collection[str]
) -> Wire | None:
    if isinstance(call, InvalidToolCall) and call.id not in answered:
        return None  # cut off and never run: nothing can follow it
    if not call.id:
        raise InvalidParameterError(
            f"The call of tool {call.name!r} in the history has no id; Anthropic needs one to match"
            " it with its ToolMessage."
        )
    extras = _extras(call, "cache_control", *(("caller", "toolset_name") if native else ()))
    args = call.args if isinstance(call, ToolCall) else {}
    name = call.name or "unnamed"
    return {"type": "tool_use", "id": wire_id(call.id), "name": name, "input": args, **extras}


def _media(block: ImageBlock | FileBlock) -> Wire:
    kind, source = media_source(block)
    wire: Wire = {"type": kind, "source": source}
    if kind == "image":
        return {**wire, **_extras(block, "cache_control", "transformations")}
    if isinstance(block, FileBlock) and block.name:
        wire["title"] = block.name
    return {**wire, **_extras(block, "cache_control", "citations", "title", "context")}


def _extras(block: Block, *names: str) -> Wire:
    extras = block.extras
    return {name: extras[name] for name in names if extras.get(name) is not None} if extras else {}
