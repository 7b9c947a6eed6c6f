"""What may be given to a model, as a list of messages.

Accepted: a ``str``; a message or chunk; a prompt value; a list of messages, ``("human", "hi")``
tuples and ``{"role": "user", "content": …}`` dicts, mixed as you like. A dict may also be a message
as this library writes it to JSON (``{"type": "human", "blocks": […]}``). Content lists hold blocks,
blocks as JSON, or OpenAI's ``text``, ``image_url``, ``input_audio`` and ``file`` parts. Whatever
cannot be understood whole is refused: nothing is dropped on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import InvalidParameterError
from ..json_text import parse_arguments
from .blocks import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    RefusalBlock,
    TextBlock,
    ToolCall,
)
from .media_types import is_data_url, mime_type_of_name
from .message import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    Message,
    SystemMessage,
    ToolMessage,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["ROLES", "to_message", "to_messages"]

ROLES: dict[str, str] = {
    "system": "system",
    "developer": "system",
    "human": "human",
    "user": "human",
    "ai": "ai",
    "assistant": "ai",
    "tool": "tool",
}
"""Every word for a role that is understood, and whose message it makes."""


def to_messages(input: Any) -> list[Message]:
    """``input`` as messages; see this module's docstring for what it may be.

    Raises ``InvalidParameterError`` that says what was seen, and where in the list.
    """
    if isinstance(input, str):
        return [HumanMessage(input)]
    if isinstance(input, BaseMessage | Mapping) or _is_role_tuple(input):
        return [to_message(input)]
    as_messages = getattr(input, "to_messages", None)
    if callable(as_messages):
        return list(as_messages())
    if isinstance(input, list | tuple):
        return [_at(position, item) for position, item in enumerate(input)]
    raise InvalidParameterError(
        "A model's input is a str, a message, a prompt value or a list of messages;"
        f" got {_seen(input)}."
    )


def to_message(item: Any) -> Message:
    """One message from a message, a chunk, a ``str``, a tuple or a dict.

    Raises ``InvalidParameterError`` saying what was seen.
    """
    if isinstance(item, AIMessageChunk):
        return item.to_message()
    if isinstance(item, SystemMessage | HumanMessage | AIMessage | ToolMessage):
        return item
    if isinstance(item, str):
        return HumanMessage(item)
    if isinstance(item, tuple):
        if len(item) != 2:
            raise InvalidParameterError(
                f'A message as a tuple is ("role", content); got {len(item)} items: {_seen(item)}.'
            )
        return _from_role(item[0], item[1], {})
    if isinstance(item, Mapping):
        return _from_dict(dict(item))
    raise InvalidParameterError(
        'A message is a message object, a str, a ("role", content) tuple or a {"role", "content"}'
        f" dict; got {_seen(item)}."
    )


def _at(position: int, item: Any) -> Message:
    try:
        return to_message(item)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"Message {position} of the input: {error}") from error


def _is_role_tuple(value: Any) -> bool:
    """Whether a tuple is one ``("role", content)`` rather than a list of messages."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and not isinstance(value[1], BaseMessage | Mapping | tuple)
    )


def _seen(value: Any) -> str:
    return f"{type(value).__name__}: {value!r:.100}"


def _from_dict(item: dict[str, Any]) -> Message:
    if "blocks" in item:
        return _from_json(item)
    role = item.pop("role", None)
    if role is None:
        role = item.pop("type", None)
    if role is None:
        raise InvalidParameterError(
            f'A message as a dict has "role" and "content"; got the keys {sorted(map(str, item))}.'
        )
    content = item.pop("content", None)
    return _from_role(role, content, {key: value for key, value in item.items() if value})


def _from_json(item: dict[str, Any]) -> Message:
    from pydantic import ValidationError

    try:
        message: AnyMessage = _message_adapter().validate_python(item)
    except ValidationError as error:
        raise InvalidParameterError(f"This dict is no message of ours: {error}") from error
    return message.to_message() if isinstance(message, AIMessageChunk) else message


def _from_role(role: Any, content: Any, rest: dict[str, Any]) -> Message:
    kind = ROLES.get(role) if isinstance(role, str) else None
    if kind is None:
        raise InvalidParameterError(
            f"Unknown role {role!r}; a message's role is one of {', '.join(ROLES)}."
        )
    fields = {key: rest.pop(key) for key in ("id", "name") if key in rest}
    if content is None and kind != "ai":
        raise InvalidParameterError(f'A message with role {role!r} needs "content".')
    blocks = _content(content)
    message: Message
    if kind == "system":
        message = SystemMessage(blocks, **fields)
    elif kind == "human":
        message = HumanMessage(blocks, **fields)
    elif kind == "ai":
        if refusal := rest.pop("refusal", None):
            blocks.append(RefusalBlock(refusal))
        message = AIMessage([*blocks, *_tool_calls(rest.pop("tool_calls", ()))], **fields)
    else:
        call_id = rest.pop("tool_call_id", None)
        if not isinstance(call_id, str):
            raise InvalidParameterError(
                'A tool message says which call it answers: {"role": "tool", "tool_call_id": "…",'
                ' "content": …} or ToolMessage(content, tool_call_id).'
            )
        message = ToolMessage(blocks, call_id, rest.pop("status", "success"), **fields)
    if rest:
        raise InvalidParameterError(
            f"Unknown keys in a message with role {role!r}: {', '.join(sorted(map(str, rest)))}."
        )
    return message


def _content(content: Any) -> list[Block]:
    if content is None:
        return []
    if isinstance(content, str):
        return [TextBlock(content)] if content else []
    if isinstance(content, Mapping) or hasattr(content, "extras"):
        content = [content]
    if not isinstance(content, list | tuple):
        raise InvalidParameterError(
            f"A message's content is a str or a list of blocks; got {_seen(content)}."
        )
    return [_block(part) for part in content]


def _block(part: Any) -> Block:
    if isinstance(part, str):
        return TextBlock(part)
    if hasattr(part, "extras"):
        block: Block = part
        return block
    if not isinstance(part, Mapping):
        raise InvalidParameterError(f"A block is an object or a dict; got {_seen(part)}.")
    kind = part.get("type")
    if kind == "image_url":
        return _image(part.get("image_url", part))
    if kind == "input_audio" and isinstance(part.get("input_audio"), Mapping):
        audio = part["input_audio"]
        return AudioBlock(base64=audio.get("data"), mime_type=f"audio/{audio.get('format', 'wav')}")
    if kind == "file" and isinstance(part.get("file"), Mapping):
        return _file(part["file"])
    return _block_from_json(dict(part))


def _block_from_json(part: dict[str, Any]) -> Block:
    from pydantic import ValidationError

    try:
        return _block_adapter().validate_python(part)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidParameterError(
            f"A content part of type {part.get('type')!r} is not understood ({first['msg']});"
            " use TextBlock(...), ImageBlock(...) and so on, or their JSON."
        ) from error


def _image(value: Any) -> ImageBlock:
    """OpenAI's ``image_url``: a URL (``data:`` too), or an object with ``url`` and ``detail``."""
    fields = {"url": value} if isinstance(value, str) else dict(value)
    extras = {"detail": fields["detail"]} if fields.get("detail") else {}
    url = fields.get("url")
    if not isinstance(url, str):
        raise InvalidParameterError(f"An image_url part needs a url; got {_seen(value)}.")
    return ImageBlock(url, extras=extras)


def _file(value: Mapping[str, Any]) -> FileBlock:
    """OpenAI's ``file``: ``file_id``; or ``filename`` and ``file_data`` (a URL or base64)."""
    if value.get("file_id"):
        return FileBlock(file_id=value["file_id"], name=value.get("filename"))
    name, data = value.get("filename"), value.get("file_data")
    if isinstance(data, str) and is_data_url(data):
        return FileBlock(data, name=name)
    mime_type = mime_type_of_name(name) if isinstance(name, str) else None
    return FileBlock(base64=data, mime_type=mime_type, name=name)


def _tool_calls(calls: Any) -> list[Block]:
    """Tool calls as objects, as our JSON, or in OpenAI's shape."""
    blocks: list[Block] = []
    for call in calls:
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(call, ToolCall | InvalidToolCall):
            blocks.append(call)
        elif isinstance(function, Mapping):
            blocks.append(_openai_call(call, function))
        elif isinstance(call, Mapping) and "name" in call and isinstance(call.get("args"), Mapping):
            blocks.append(ToolCall(call["name"], dict(call["args"]), call.get("id")))
        else:
            raise InvalidParameterError(
                'A tool call is ToolCall(...), {"name", "args", "id"} or OpenAI\'s'
                f' {{"id", "function": {{"name", "arguments"}}}}; got {_seen(call)}.'
            )
    return blocks


def _openai_call(call: Mapping[str, Any], function: Mapping[str, Any]) -> Block:
    name, text = function.get("name"), function.get("arguments") or ""
    try:
        return ToolCall(str(name), parse_arguments(text), call.get("id"))
    except ValueError as error:
        return InvalidToolCall(name, text, call.get("id"), str(error))


@cache
def _message_adapter() -> TypeAdapter[AnyMessage]:
    from pydantic import TypeAdapter

    return TypeAdapter(AnyMessage)


@cache
def _block_adapter() -> TypeAdapter[Block]:
    from pydantic import TypeAdapter

    return TypeAdapter(Block)
