"""Blocks as parts of a request: text, thoughts, media, and what only Google understands.

``extras`` of a block go back beside its part's content if the message came from this provider or
was written by the user: the signature (also spelled ``thought_signature``, or in OpenAI's
``extra_content``), the mark of a thought, and ``PART_FIELDS``. A media block's ``extras`` may also
hold ``detail`` (low, medium, high), those of a server tool ``toolType``. Any other key is refused
by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from chat_core import (
    AudioBlock,
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
from .names import (
    CODE_EXECUTION,
    MADE_ID,
    PART_FIELDS,
    SIGNATURE,
    THOUGHT,
    TOOL_TYPE,
    TOOL_TYPES,
)

__all__ = [
    "arguments",
    "call_id",
    "media_part",
    "model_part",
    "refuse_extras",
    "user_part",
    "with_extras",
]

Part = dict[str, Any]

_YOUTUBE = ("youtube.com", "www.youtube.com", "youtu.be")
_SIGNATURES = (SIGNATURE, "thought_signature")
_DETAILS = ("low", "medium", "high")
_EXTRAS = frozenset({*_SIGNATURES, THOUGHT, "extra_content", *PART_FIELDS})
_TYPES = {name: kind for kind, name in TOOL_TYPES.items()}
_MEDIA_EXTRAS = _EXTRAS | {"detail"}
_TOOL_EXTRAS = _EXTRAS | {TOOL_TYPE}


def user_part(block: Block, dialect: Dialect) -> Part | None:
    """Return a block of a system, user or tool message as a part; ``None`` for empty text.

    Raises ``InvalidParameterError`` for a block that only a model produces.
    """
    if isinstance(block, TextBlock):
        part = with_extras({"text": block.text}, block, dialect)
        return part if block.text else None
    if isinstance(block, MediaBlock):
        return with_extras(media_part(block, dialect), block, dialect)
    if isinstance(block, NonStandardBlock):
        return with_extras(dict(block.value), block, dialect)
    raise InvalidParameterError(
        f"{type(block).__name__} cannot stand in a user's message for {dialect.provider}; it takes"
        " TextBlock, ImageBlock, AudioBlock, VideoBlock, FileBlock and NonStandardBlock."
    )


def model_part(block: Block, dialect: Dialect, *, native: bool) -> Part | None:
    """Return a block of an answer, function calls apart, as a part; ``None`` if it stays behind.

    Of an answer by another provider only text and media go back. Empty text goes back only with a
    signature.
    """
    if not native:
        return _foreign_part(block, dialect)
    if isinstance(block, NonStandardBlock) and not _has_whole_call(block.value):
        return None
    read = _READERS.get(type(block))
    if read is not None:
        part = with_extras(read(block), block, dialect)
        is_empty = part.get("text") == "" and SIGNATURE not in part
        return None if is_empty else part
    if isinstance(block, MediaBlock):
        return with_extras(media_part(block, dialect), block, dialect)
    return None


def _has_whole_call(value: Part) -> bool:
    """Whether a part that holds a function call names its function; Google refuses any other."""
    call = value.get("functionCall", {"name": ""})
    return isinstance(call, dict) and isinstance(call.get("name"), str)


def _foreign_part(block: Block, dialect: Dialect) -> Part | None:
    if isinstance(block, TextBlock | RefusalBlock):
        return {"text": block.text} if block.text else None
    if not isinstance(block, MediaBlock):
        return None
    try:
        return media_part(block, dialect)
    except InvalidParameterError:
        # An id or a type of another vendor; sound has its words.
        transcript = block.transcript if isinstance(block, AudioBlock) else None
        return {"text": transcript} if transcript else None


def media_part(block: MediaBlock, dialect: Dialect) -> Part:
    """Return an image, sound, film or document as a part, without its ``extras``.

    Raises ``InvalidParameterError`` for one without data or type, and for a file that this API
    cannot read.
    """
    if block.base64 is None:
        return {"fileData": _file_data(block, dialect)}
    if not block.base64:
        raise InvalidParameterError(f"{type(block).__name__}(base64='') has no data to send.")
    return {"inlineData": {"mimeType": required_mime_type(block), "data": block.base64}}


def with_extras(part: Part, block: Block | MediaBlock, dialect: Dialect) -> Part:
    """Return ``part`` with what the block's ``extras`` say beside its content.

    Raises ``InvalidParameterError`` that names a key which Google does not take.
    """
    extras = block.extras
    if not extras:
        return part
    refuse_extras(block, dialect, taken=_taken(block))
    if signature := _signature(extras):
        part[SIGNATURE] = signature
    if extras.get(THOUGHT):
        part[THOUGHT] = extras[THOUGHT]
    for name, wire_name in PART_FIELDS.items():
        if name in extras:
            part[wire_name] = extras[name]
    if extras.get("detail") in _DETAILS:
        level = f"MEDIA_RESOLUTION_{extras['detail'].upper()}"
        part.setdefault("mediaResolution", {"level": level})
    return part


def _taken(block: Block | MediaBlock) -> Collection[str]:
    if isinstance(block, MediaBlock):
        return _MEDIA_EXTRAS
    return _TOOL_EXTRAS if isinstance(block, ServerToolCall | ServerToolResult) else _EXTRAS


def refuse_extras(block: Block | MediaBlock, dialect: Dialect, *, taken: Collection[str]) -> None:
    """Raise ``InvalidParameterError`` for a key of ``extras`` that is not among ``taken``."""
    for key in block.extras:
        if key not in taken:
            raise InvalidParameterError(
                f"{type(block).__name__} has the key {key!r} in its extras, which"
                f" {dialect.provider} does not take here; it takes"
                f" {', '.join(sorted(taken)) or 'none'}. Leave it out, or write the whole part as"
                " NonStandardBlock({...})."
            )


def _signature(extras: dict[str, Any]) -> Any:
    """The signature, in Google's spelling, in Python's, or as OpenAI's wire carries it."""
    for name in _SIGNATURES:
        if extras.get(name):
            return extras[name]
    content = extras.get("extra_content")
    google = content.get("google") if isinstance(content, dict) else None
    return google.get("thought_signature") if isinstance(google, dict) else None


def arguments(text: str) -> dict[str, Any]:
    """Return the arguments of a call that did not come whole: what can be read, else none."""
    try:
        read = parse_arguments(text)
        json.dumps(read, allow_nan=False)
    except (ValueError, RecursionError):
        return {}
    return read


def call_id(given: str | None) -> str | None:
    """Return the id to send to Google: none where it sent none itself."""
    return None if not given or given.startswith(MADE_ID) else given


def _file_data(block: MediaBlock, dialect: Dialect) -> Part:
    uri = dialect.file_uri(block.file_id or media_url(block))
    mime = block.mime_type or _guess_type(uri, block)
    if mime is None and dialect.needs_mime_type:
        raise InvalidParameterError(
            f"{type(block).__name__} for {dialect.provider} needs a mime_type: the name {uri!r}"
            " has no ending that shows it."
        )
    return {"fileUri": uri, **({"mimeType": mime} if mime else {})}


def _guess_type(uri: str, block: MediaBlock) -> str | None:
    parts = urlsplit(uri)
    if isinstance(block, VideoBlock) and parts.hostname in _YOUTUBE:
        return "video/mp4"
    return mime_type_of_name(parts.path)


def _server_call(block: ServerToolCall) -> Part:
    known = {"id": block.id} if block.id else {}
    if block.name == CODE_EXECUTION:
        return {"executableCode": {**block.args, **known}}
    args = {"args": block.args} if block.args else {}
    return {"toolCall": {TOOL_TYPE: _type_of(block), **args, **known}}


def _server_result(block: ServerToolResult) -> Part:
    known = {"id": block.tool_call_id} if block.tool_call_id else {}
    if block.name == CODE_EXECUTION:
        content = block.content if isinstance(block.content, dict) else {"output": block.content}
        return {"codeExecutionResult": {**content, **known}}
    response = {} if block.content is None else {"response": block.content}
    return {"toolResponse": {TOOL_TYPE: _type_of(block), **response, **known}}


def _type_of(block: ServerToolCall | ServerToolResult) -> str | None:
    """Google's type of a tool; blocks that were made by hand have it as their name."""
    return block.extras.get(TOOL_TYPE) or _TYPES.get(block.name or "", block.name)


_READERS: dict[type, Callable[[Any], Part]] = {
    TextBlock: lambda block: {"text": block.text},
    RefusalBlock: lambda block: {"text": block.text},
    ReasoningBlock: lambda block: {"text": block.text, THOUGHT: True},
    ServerToolCall: _server_call,
    ServerToolResult: _server_result,
    NonStandardBlock: lambda block: dict(block.value),
}
"""Kind of block → its part's content, in an answer of this provider."""
