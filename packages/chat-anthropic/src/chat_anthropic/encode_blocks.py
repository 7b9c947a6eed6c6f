"""Blocks of messages into Anthropic's content blocks.

``extras`` go out under their names: ``cache_control`` on any block, ``citations``, ``title`` and
``context`` on documents, and on an answer's blocks what ``decode_blocks.py`` put there. Of another
vendor's answer ``cache_control`` alone goes out.

Thinking goes back verbatim and signed; Anthropic refuses it otherwise. Other servers of this wire
do not sign it, or sign it in their own way: they get theirs back, and Anthropic does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from chat_core.provider import MediaBlock, write_arguments

from .call_ids import CALL_IDS
from .encode_media import media_source
from .encode_tools import TOOL_NAMES
from .extra_keys import OTHERS_WISHES
from .families import is_claude
from .names import PROVIDER

if TYPE_CHECKING:
    from chat_core import AIMessage, ToolMessage

__all__ = ["encode_answer", "encode_input", "encode_tool_result", "short"]

Wire = dict[str, Any]

_FAILED = "The tool failed."


def short(content: list[Wire]) -> str | list[Wire]:
    """``content`` as a plain string where it is one text and nothing else."""
    if len(content) == 1 and content[0].keys() == {"type", "text"} and content[0]["text"]:
        return str(content[0]["text"])
    return content


def encode_input(blocks: Iterable[Block], *, owner: str) -> list[Wire]:
    """The content of a user's, a tool's or a system message. ``owner`` names it in errors.

    Raises ``InvalidParameterError`` for a block that the API has no form for.
    """
    wires = [_input_block(block, owner) for block in blocks]
    return [wire for wire in wires if wire is not None]


def encode_tool_result(message: ToolMessage, result_id: str) -> Wire:
    """A tool's result, for the call with ``result_id``.

    A cache mark inside it is set on the result itself. A failed result has text, and nothing else:
    the API refuses it without, and takes no images in it.
    """
    content = encode_input(message.blocks, owner="ToolMessage")
    wire: Wire = {"type": "tool_result", "tool_use_id": result_id}
    marks = [part.pop("cache_control") for part in content if "cache_control" in part]
    if message.status == "error":
        if any(part.get("type") != "text" for part in content):
            content.insert(0, {"type": "text", "text": _FAILED})
        else:
            content = content or [{"type": "text", "text": _FAILED}]
            wire["is_error"] = True
    wire["content"] = short(content) if content else ""
    if marks:
        wire["cache_control"] = marks[-1]
    return wire


def encode_answer(message: AIMessage, call_ids: Mapping[int, str], *, model: str) -> list[Wire]:
    """The blocks of an assistant turn.

    Args:
        message: the answer.
        call_ids: of each block that is a call, its id on the wire; calls without one are left out.
        model: who is to read it.
    """
    native = CALL_IDS.is_native(message)
    reader = _ThinkingReader(message, model)
    wires = [
        reader.encode(block)
        if isinstance(block, ReasoningBlock)
        else _answer_block(block, native, call_ids.get(at))
        for at, block in enumerate(message.blocks)
    ]
    return [wire for wire in wires if wire is not None]


def _input_block(block: Block, owner: str) -> Wire | None:
    if isinstance(block, TextBlock):
        # The API refuses text that is empty or nothing but white space.
        return _text(block.text, block) if block.text.strip() else None
    if isinstance(block, NonStandardBlock):
        return {**block.value, **_extras(block)}
    if isinstance(block, ImageBlock | FileBlock):
        return _media(block)
    raise InvalidParameterError(
        f"Anthropic takes no {type(block).__name__} in a {owner}: it takes text, images, documents"
        " (FileBlock) and, in its own shape, NonStandardBlock."
    )


def _answer_block(block: Block, native: bool, call_id: str | None) -> Wire | None:
    if isinstance(block, TextBlock | RefusalBlock):
        return _answer_text(block, native) if block.text.strip() else None
    if isinstance(block, ToolCall | InvalidToolCall):
        return _tool_use(block, native, call_id)
    if isinstance(block, AudioBlock):
        spoken = block.transcript or ""
        return {"type": "text", "text": spoken} if spoken.strip() else None
    if not native:
        _refuse_media(block)
        return None
    if isinstance(block, ServerToolCall):
        if block.extras.get("partial_input") is not None:
            return None  # its input was cut off, so it never ran
        wire = {"type": "server_tool_use", "id": block.id, "name": block.name, "input": block.args}
        return {**wire, **block.extras}
    if isinstance(block, ServerToolResult):
        kind = f"{block.name}_tool_result"
        wire = {"type": kind, "tool_use_id": block.tool_call_id, "content": block.content}
        return {**wire, **block.extras}
    if isinstance(block, NonStandardBlock):
        return _non_standard(block, call_id)
    _refuse_media(block)
    return None


def _refuse_media(block: Block) -> None:
    """Another vendor's reasoning and server tools can be left out of a history; media cannot."""
    if isinstance(block, MediaBlock):
        raise InvalidParameterError(
            f"Anthropic takes no {type(block).__name__} in an AIMessage; give it in a HumanMessage"
            " or remove it from the history."
        )


def _non_standard(block: NonStandardBlock, call_id: str | None) -> Wire | None:
    wire = {**block.value, **_extras(block)}
    if wire.get("type") == "tool_use":
        return None if call_id is None else {**wire, "id": call_id}
    return wire


def _text(text: str, block: Block) -> Wire:
    return {"type": "text", "text": text, **_extras(block)}


def _answer_text(block: TextBlock | RefusalBlock, native: bool) -> Wire:
    if not native:
        return {"type": "text", "text": block.text, **_cache_mark(block)}
    wire = _text(block.text, block)
    if isinstance(block, TextBlock):
        # ``file_id`` comes in answers and is not taken back.
        citations = [
            {key: value for key, value in citation.extras.items() if key != "file_id"}
            for citation in block.citations
            if "type" in citation.extras
        ]
        if citations:
            wire["citations"] = citations
    return wire


class _ThinkingReader:
    """Encodes the thinking of one answer for the model that is to read it."""

    def __init__(self, message: AIMessage, model: str) -> None:
        facts = message.response_metadata
        writer = facts.get("model_name")
        is_foreign = isinstance(writer, str) and not is_claude(writer)
        self._takes_signed = CALL_IDS.is_native(message) and not (is_foreign and is_claude(model))
        self._takes_unsigned = (
            facts.get("model_provider") == PROVIDER
            and not is_claude(str(writer))
            and not is_claude(model)
        )

    def encode(self, block: ReasoningBlock) -> Wire | None:
        extras = block.extras
        if self._takes_signed and "data" in extras:
            return {"type": "redacted_thinking", "data": extras["data"]}
        if self._takes_signed and extras.get("signature"):
            return {"type": "thinking", "thinking": block.text, "signature": extras["signature"]}
        if self._takes_unsigned and block.text.strip():
            return {"type": "thinking", "thinking": block.text}
        return None


def _tool_use(call: ToolCall | InvalidToolCall, native: bool, call_id: str | None) -> Wire | None:
    if call_id is None:
        return None
    args: dict[str, Any] = {}
    if isinstance(call, ToolCall):
        write_arguments(call)  # raises for what JSON cannot say
        args = call.args
    name = TOOL_NAMES.wire_name(call.name or "unnamed")
    extras = _extras(call) if native else _cache_mark(call)
    return {"type": "tool_use", "id": call_id, "name": name, "input": args, **extras}


def _media(block: ImageBlock | FileBlock) -> Wire:
    kind, source = media_source(block)
    wire: Wire = {"type": kind, "source": source}
    if kind == "document" and isinstance(block, FileBlock) and block.name:
        wire["title"] = block.name
    return {**wire, **_extras(block)}


def _extras(block: Block) -> Wire:
    """What a block carries beside our fields; ``extra_keys.py`` has refused what is unknown."""
    extras = block.extras
    if not extras:
        return {}
    return {k: v for k, v in extras.items() if v is not None and k not in OTHERS_WISHES}


def _cache_mark(block: Block) -> Wire:
    mark = block.extras.get("cache_control")
    return {} if mark is None else {"cache_control": mark}
