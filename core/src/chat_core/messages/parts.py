"""Content parts and tool calls as users write them, as blocks.

A part is a ``str``, a block, a block as JSON, or one of OpenAI's ``text``, ``image_url``,
``video_url``, ``input_audio`` and ``file``. A tool call is an object, its JSON, or in OpenAI's
shape. Keys that a block has no field for go into its ``extras``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import InvalidParameterError
from ..json_text import JSON, JSONObject, parse_arguments, write_json
from .blocks import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    TextBlock,
    ToolCall,
    VideoBlock,
)
from .media_types import is_data_url, mime_type_of_name

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["read_content", "read_tool_calls", "seen", "write_arguments"]

Part = Mapping[str, JSON]


def read_content(content: object) -> list[Block]:
    """The blocks of a message's ``content``. Raises ``InvalidParameterError`` saying what was seen.

    ``None`` and the empty string give none.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [TextBlock(content)] if content else []
    if isinstance(content, Mapping) or hasattr(content, "extras"):
        content = [content]
    if not isinstance(content, list | tuple):
        raise InvalidParameterError(
            f"A message's content is a str or a list of blocks; got {seen(content)}."
        )
    return [_block(part) for part in content]


def read_tool_calls(calls: object) -> list[Block]:
    """The calls of an assistant's message. Raises ``InvalidParameterError`` for what is no call."""
    if not isinstance(calls, Iterable) or isinstance(calls, str | Mapping):
        raise InvalidParameterError(f"tool_calls is a list of tool calls; got {seen(calls)}.")
    return [_tool_call(call) for call in calls]


def write_arguments(call: ToolCall) -> str:
    """The arguments of ``call`` as JSON.

    Raises ``InvalidParameterError`` naming the call for what JSON cannot say, such as NaN or bytes.
    """
    try:
        return write_json(call.args)
    except ValueError as error:
        raise InvalidParameterError(
            f"The arguments of the call {call.id!r} of tool {call.name!r} have no JSON: {error}."
        ) from error


def seen(value: object) -> str:
    """A value's type and its beginning, for an error."""
    return f"{type(value).__name__}: {value!r:.100}"


def _block(part: Any) -> Block:
    if isinstance(part, str):
        return TextBlock(part)
    if hasattr(part, "extras"):
        block: Block = part
        return block
    if not isinstance(part, Mapping):
        raise InvalidParameterError(f"A block is an object or a dict; got {seen(part)}.")
    kind = part.get("type")
    if kind == "image_url":
        return _by_url(part, kind, ImageBlock)
    if kind == "video_url":
        return _by_url(part, kind, VideoBlock)
    if kind == "input_audio" and isinstance(part.get(kind), Mapping):
        return _audio(part)
    if kind == "file" and isinstance(part.get(kind), Mapping):
        return _file(part)
    return _block_from_json(dict(part))


def _block_from_json(part: JSONObject) -> Block:
    from pydantic import ValidationError

    if isinstance(part.get("base64"), bytes | bytearray | memoryview):
        part["base64"] = ImageBlock(base64=part["base64"]).base64
    try:
        return _block_adapter().validate_python(part)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidParameterError(
            f"A content part of type {part.get('type')!r} is not understood ({first['msg']});"
            " use TextBlock(...), ImageBlock(...) and so on, or their JSON."
        ) from error


def _by_url(part: Part, kind: str, cls: type[ImageBlock] | type[VideoBlock]) -> Block:
    """OpenAI's ``image_url`` or ``video_url``: a URL, or an object with ``url``."""
    value = part.get(kind, part)
    fields = dict(value) if isinstance(value, Mapping) else {"url": value}
    url = fields.pop("url", None)
    if not isinstance(url, str):
        raise InvalidParameterError(f"An {kind} part needs a url; got {seen(value)}.")
    inner = {} if value is part else fields
    return cls(url, extras=_extras(inner, part, "type", kind, "url"))


def _audio(part: Part) -> Block:
    audio = dict(part["input_audio"])
    data, sound = audio.pop("data", None), audio.pop("format", "wav")
    extras = _extras(audio, part, "type", "input_audio")
    return AudioBlock(base64=data, mime_type=f"audio/{sound}", extras=extras)


def _file(part: Part) -> Block:
    """``file_id``; or ``filename`` and ``file_data`` (a ``data:`` URL or base64)."""
    file = dict(part["file"])
    name, data, file_id = (file.pop(key, None) for key in ("filename", "file_data", "file_id"))
    extras = _extras(file, part, "type", "file")
    if file_id:
        return FileBlock(file_id=file_id, name=name, extras=extras)
    if isinstance(data, str) and is_data_url(data):
        return FileBlock(data, name=name, extras=extras)
    mime_type = mime_type_of_name(name) if isinstance(name, str) else None
    return FileBlock(base64=data, mime_type=mime_type, name=name, extras=extras)


def _extras(inner: JSONObject, part: Part, *known: str) -> JSONObject:
    """What a part says beside what was read of it: first inside its own object, then around it."""
    around = {key: value for key, value in part.items() if key not in known}
    return {key: value for key, value in (inner | around).items() if value is not None}


def _tool_call(call: object) -> Block:
    if isinstance(call, ToolCall | InvalidToolCall):
        return call
    if isinstance(call, Mapping):
        if isinstance(call.get("function"), Mapping):
            return _openai_call(call, call["function"])
        if isinstance(call.get("name"), str) and isinstance(call.get("args"), Mapping):
            return _block_from_json({**call, "type": "tool_call"})
    raise InvalidParameterError(
        'A tool call is ToolCall(...), {"name", "args", "id"} or OpenAI\'s'
        f' {{"id", "function": {{"name", "arguments"}}}}; got {seen(call)}.'
    )


def _openai_call(call: Part, function: Part) -> Block:
    name, arguments = function.get("name"), function.get("arguments") or ""
    inner = {key: function[key] for key in function if key not in ("name", "arguments")}
    extras = _extras(inner, call, "type", "id", "function", "index")
    if not isinstance(name, str) or not isinstance(arguments, str | Mapping):
        raise InvalidParameterError(
            "The function of a tool call has a name, and its arguments as JSON text; got"
            f" {seen(dict(function))}."
        )
    if isinstance(arguments, Mapping):  # some servers and their clients parse it
        return ToolCall(name, dict(arguments), call.get("id"), extras=extras)
    try:
        return ToolCall(name, parse_arguments(arguments), call.get("id"), extras=extras)
    except ValueError as error:
        return InvalidToolCall(name, arguments, call.get("id"), str(error), extras=extras)


@cache
def _block_adapter() -> TypeAdapter[Block]:
    from pydantic import TypeAdapter

    return TypeAdapter(Block)
