"""Blocks as parts of a request: text, thoughts, calls, media; with what only Google understands.

``extras`` of a block go back on its part when the message came from this provider (or from the
user's own hand): the signature, the mark of a thought. A media block's ``extras`` may also hold
``videoMetadata`` and ``mediaResolution`` (or ``detail``: low, medium, high), as the API reference
names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chat_core import (
    Block,
    InvalidParameterError,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    VideoBlock,
)
from chat_core.provider import (
    MediaBlock,
    media_url,
    mime_type_of_name,
    parse_arguments,
    required_mime_type,
)

from .dialect import Dialect
from .names import CODE_EXECUTION, MADE_ID, PART_FIELDS, SIGNATURE, THOUGHT

__all__ = ["arguments", "call_id", "media_part", "model_part", "user_part"]

Part = dict[str, Any]

_YOUTUBE = ("youtube.com", "www.youtube.com", "youtu.be")


def user_part(block: Block, dialect: Dialect) -> Part | None:
    """A block of a system, user or tool message; ``None`` for empty text.

    Raises ``InvalidParameterError`` for a block that only a model can say.
    """
    if isinstance(block, TextBlock):
        return {"text": block.text} if block.text else None
    if isinstance(block, MediaBlock):
        return media_part(block, dialect)
    if isinstance(block, NonStandardBlock):
        return dict(block.value)
    raise InvalidParameterError(
        f"{type(block).__name__} cannot stand in a user's message for {dialect.provider}; it takes"
        " TextBlock, ImageBlock, AudioBlock, VideoBlock, FileBlock and NonStandardBlock."
    )


def model_part(block: Block, dialect: Dialect, *, native: bool) -> Part | None:
    """A block of an answer, function calls apart; ``None`` if it cannot or need not go back.

    Of an answer by another provider only text and media go back.
    """
    read = _NATIVE_ONLY.get(type(block))
    if read is not None:
        if not native:
            return None
        return _with_extras(read(block), block)
    if isinstance(block, TextBlock | RefusalBlock):
        signed = native and block.extras.get(SIGNATURE)
        if not block.text and not signed:
            return None
        return _with_extras({"text": block.text}, block) if native else {"text": block.text}
    if isinstance(block, MediaBlock):
        part = media_part(block, dialect)
        return _with_extras(part, block) if native else part
    return None


def media_part(block: MediaBlock, dialect: Dialect) -> Part:
    """An image, sound, film or document. Raises ``InvalidParameterError`` without its type."""
    if block.base64 is not None:
        mime = required_mime_type(block)
        part: Part = {"inlineData": {"mimeType": mime, "data": block.base64}}
    else:
        part = {"fileData": _file_data(block, dialect)}
    _with_fields(part, block)
    if block.extras.get("detail") in ("low", "medium", "high"):
        level = f"MEDIA_RESOLUTION_{block.extras['detail'].upper()}"
        part.setdefault("mediaResolution", {"level": level})
    return part


def arguments(text: str) -> dict[str, Any]:
    """Arguments of a call that did not come whole: what can be read of them, else nothing."""
    try:
        return parse_arguments(text)
    except ValueError:
        return {}


def call_id(given: str | None) -> str | None:
    """The id to tell Google: none where it gave none itself."""
    return None if not given or given.startswith(MADE_ID) else given


def _file_data(block: MediaBlock, dialect: Dialect) -> Part:
    uri = dialect.file_uri(block.file_id) if block.file_id else media_url(block)
    mime = block.mime_type or _guess_type(uri, block)
    if mime is None and dialect.needs_mime_type:
        raise InvalidParameterError(
            f"{type(block).__name__} for {dialect.provider} needs a mime_type: {uri!r} does not"
            " tell it."
        )
    return {"fileUri": uri, **({"mimeType": mime} if mime else {})}


def _guess_type(uri: str, block: MediaBlock) -> str | None:
    parts = urlsplit(uri)
    if isinstance(block, VideoBlock) and parts.hostname in _YOUTUBE:
        return "video/mp4"
    return mime_type_of_name(parts.path)


def _with_extras(part: Part, block: Block) -> Part:
    for name in (SIGNATURE, THOUGHT):
        if block.extras.get(name):
            part[name] = block.extras[name]
    return _with_fields(part, block)


def _with_fields(part: Part, block: Block | MediaBlock) -> Part:
    for name, wire_name in PART_FIELDS.items():
        if name in block.extras:
            part[wire_name] = block.extras[name]
    return part


def _server_call(block: ServerToolCall) -> Part:
    known = {"id": block.id} if block.id else {}
    if block.name == CODE_EXECUTION:
        return {"executableCode": {**block.args, **known}}
    args = {"args": block.args} if block.args else {}
    return {"toolCall": {"toolType": block.name, **args, **known}}


def _server_result(block: ServerToolResult) -> Part:
    known = {"id": block.tool_call_id} if block.tool_call_id else {}
    if block.name == CODE_EXECUTION:
        return {"codeExecutionResult": {**(block.content or {}), **known}}
    response = {} if block.content is None else {"response": block.content}
    return {"toolResponse": {"toolType": block.name, **response, **known}}


_NATIVE_ONLY: dict[type, Callable[[Any], Part]] = {
    ReasoningBlock: lambda block: {"text": block.text, THOUGHT: True},
    ServerToolCall: _server_call,
    ServerToolResult: _server_result,
    NonStandardBlock: lambda block: dict(block.value),
}
"""Blocks that mean something to the vendor that said them, and to no other."""
