"""Blocks of messages into Converse's content blocks.

``extras`` go out under the vendor's names: ``cachePoint`` on any block, as a content block of its
own behind it; ``guardContent`` (``{"qualifiers": […]}``) on a text; what ``encode_media.py`` names
on media; and on an answer's blocks what ``decode_blocks.py`` put there. Of another vendor's answer
``cachePoint`` alone goes out.

Reasoning goes back verbatim to the family of models that wrote it, signed or sealed; families that
refuse unsigned reasoning do not get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chat_core import (
    AudioBlock,
    Block,
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
from .decode_blocks import SERVER_TOOL
from .document_names import DocumentNames
from .encode_media import encode_media
from .encode_tools import TOOL_NAMES
from .families import family_of, takes_unsigned_reasoning

if TYPE_CHECKING:
    from chat_core import AIMessage, ToolMessage

__all__ = ["CACHE_POINT", "encode_answer", "encode_input", "encode_system", "encode_tool_result"]

Wire = dict[str, Any]

CACHE_POINT = "cachePoint"
_CITED = ("title", "source", "sourceContent", "location")
"""What of a citation the API takes back."""
_FAILED = "The tool failed."
_IN_SYSTEM = ("text", "guardContent", "cachePoint")
_IN_RESULTS = ("text", "json", "image", "document", "video", "searchResult", "cachePoint")


def encode_input(blocks: Iterable[Block], names: DocumentNames) -> list[Wire]:
    """The content of a user's, a tool's or a system message.

    Raises ``InvalidParameterError`` for a block that the API has no form for.
    """
    wires: list[Wire] = []
    for block in blocks:
        wire = _input_block(block, names)
        if wire is not None:
            wires += [wire, *_cache_point(block)]
    return wires


def encode_system(blocks: Iterable[Block], names: DocumentNames) -> list[Wire]:
    """The content of a system message; raises like ``encode_input``."""
    return _only(encode_input(blocks, names), _IN_SYSTEM, "a SystemMessage")


def encode_tool_result(message: ToolMessage, result_id: str, names: DocumentNames) -> list[Wire]:
    """A tool's result, for the call with ``result_id``, and the cache points in it behind it.

    A failed result has content, because the API refuses it without.
    """
    content = _only(encode_input(message.blocks, names), _IN_RESULTS, "a ToolMessage")
    points = [part for part in content if CACHE_POINT in part]
    content = [part for part in content if CACHE_POINT not in part]
    wire: Wire = {"toolUseId": result_id, "content": content}
    if message.status == "error":
        wire["content"] = content or [{"text": _FAILED}]
        wire["status"] = "error"
    return [{"toolResult": wire}, *points]


def encode_answer(message: AIMessage, call_ids: Mapping[int, str], *, model: str) -> list[Wire]:
    """The blocks of an assistant turn.

    Args:
        message: the answer.
        call_ids: of each block that is a call, its id on the wire; calls without one are left out.
        model: who is to read it.
    """
    native = CALL_IDS.is_native(message)
    wires: list[Wire] = []
    for at, block in enumerate(message.blocks):
        if isinstance(block, ReasoningBlock):
            wire = _reasoning(block, message, model) if native else None
        else:
            wire = _answer_block(block, native, call_ids.get(at))
        if wire is not None:
            wires += [wire, *_cache_point(block)]
    return wires


def _only(wires: list[Wire], kinds: tuple[str, ...], owner: str) -> list[Wire]:
    found = next((kind for wire in wires for kind in wire if kind not in kinds), None)
    if found is not None:
        raise InvalidParameterError(
            f"Bedrock takes no {found} in {owner}: it takes {', '.join(kinds)}; give it in a"
            " HumanMessage."
        )
    return wires


def _input_block(block: Block, names: DocumentNames) -> Wire | None:
    if isinstance(block, TextBlock):
        return _text(block)
    if isinstance(block, NonStandardBlock):
        return dict(block.value)
    if isinstance(block, MediaBlock):
        return encode_media(block, names)
    raise InvalidParameterError(
        f"Bedrock takes no {type(block).__name__} here: it takes text, images, documents"
        " (FileBlock), video, sound and, in its own shape, NonStandardBlock."
    )


def _text(block: TextBlock) -> Wire | None:
    if not block.text.strip():
        return None  # the API refuses text that is empty or nothing but white space
    guard = block.extras.get("guardContent")
    if guard is None:
        return {"text": block.text}
    qualifiers = guard if isinstance(guard, dict) else {}
    return {"guardContent": {"text": {"text": block.text, **qualifiers}}}


def _answer_block(block: Block, native: bool, call_id: str | None) -> Wire | None:
    if isinstance(block, TextBlock | RefusalBlock):
        return _answer_text(block, native) if block.text.strip() else None
    if isinstance(block, ToolCall | InvalidToolCall):
        return _tool_use(block, call_id)
    if isinstance(block, AudioBlock):
        spoken = block.transcript or ""
        return {"text": spoken} if spoken.strip() else None
    if isinstance(block, MediaBlock):
        raise InvalidParameterError(
            f"Bedrock takes no {type(block).__name__} in an AIMessage; give it in a HumanMessage"
            " or remove it from the history."
        )
    return _vendor_block(block, call_id) if native else None


def _vendor_block(block: Block, call_id: str | None) -> Wire | None:
    if isinstance(block, ServerToolCall):
        if "partial_input" in block.extras:
            return None  # its input was cut off, so it never ran
        name = block.extras.get("name", block.name)
        call = {"toolUseId": block.id, "name": name, "input": block.args}
        return {"toolUse": {**call, "type": SERVER_TOOL}}
    if isinstance(block, ServerToolResult):
        result = {"toolUseId": block.tool_call_id, "content": block.content or []}
        return {"toolResult": {**result, "status": block.status, **block.extras}}
    if isinstance(block, NonStandardBlock):
        use = block.value.get("toolUse")
        if isinstance(use, dict):
            return None if call_id is None else {"toolUse": {**use, "toolUseId": call_id}}
        return dict(block.value)
    return None


def _answer_text(block: TextBlock | RefusalBlock, native: bool) -> Wire:
    if native and isinstance(block, TextBlock):
        found = [c.extras for c in block.citations if c.extras.keys() & {"location", "source"}]
        cited = [{key: c[key] for key in _CITED if c.get(key) is not None} for c in found]
        if cited:
            return {"citationsContent": {"content": [{"text": block.text}], "citations": cited}}
    return {"text": block.text}


def _reasoning(block: ReasoningBlock, message: AIMessage, model: str) -> Wire | None:
    writer = message.response_metadata.get("model_name")
    if isinstance(writer, str) and family_of(writer) != family_of(model):
        return None
    extras = block.extras
    if extras.get("redactedContent"):
        return {"reasoningContent": {"redactedContent": extras["redactedContent"]}}
    if extras.get("signature"):
        text = {"text": block.text, "signature": extras["signature"]}
        return {"reasoningContent": {"reasoningText": text}}
    from_here = message.response_metadata.get("model_provider") is not None
    if from_here and block.text.strip() and takes_unsigned_reasoning(model):
        return {"reasoningContent": {"reasoningText": {"text": block.text}}}
    return None


def _tool_use(call: ToolCall | InvalidToolCall, call_id: str | None) -> Wire | None:
    if call_id is None:
        return None
    args: dict[str, Any] = {}
    if isinstance(call, ToolCall):
        write_arguments(call)  # raises for what JSON cannot say
        args = call.args
    name = TOOL_NAMES.wire_name(call.name or "unnamed")
    return {"toolUse": {"toolUseId": call_id, "name": name, "input": args}}


def _cache_point(block: Block) -> Iterator[Wire]:
    point = block.extras.get(CACHE_POINT)
    if point is not None:
        yield {CACHE_POINT: point}
