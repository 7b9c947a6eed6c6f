"""What may be given to a model, as a list of messages.

Accepted: a ``str``; a message or chunk; a prompt value; a list of messages, ``("human", "hi")``
tuples and ``{"role": "user", "content": …}`` dicts, mixed as you like. A dict may also be a message
as this library writes it to JSON (``{"type": "human", "blocks": […]}``). Content lists are read in
``parts.py``. Nothing is dropped on the way: keys that a message has no field for go into its
``additional_kwargs``, those of a part into ``extras``, and what cannot be understood is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from .blocks import RefusalBlock
from .chunks import AIMessageChunk, AnyMessage
from .message import AIMessage, BaseMessage, HumanMessage, Message, SystemMessage, ToolMessage
from .parts import read_content, read_tool_calls, seen

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["ROLES", "refuse_additional_kwargs", "to_message", "to_messages"]

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


def to_messages(input: object) -> list[Message]:
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
        f" got {seen(input)}."
    )


def refuse_additional_kwargs(messages: Iterable[Message], provider: str) -> None:
    """Raise ``InvalidParameterError`` for a message with a key that ``provider`` has no place for.

    An answer's ``additional_kwargs`` are its own vendor's and are not looked at.
    """
    for position, message in enumerate(messages):
        if isinstance(message, AIMessage) and "model_provider" in message.response_metadata:
            continue
        for key in message.additional_kwargs:
            raise InvalidParameterError(
                f"Message {position}: {provider} has no place for the key {key!r} of a"
                f" {type(message).__name__}. Leave it out, or put it into extras of a block."
            )


def to_message(item: object) -> Message:
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
                f'A message as a tuple is ("role", content); got {len(item)} items: {seen(item)}.'
            )
        return _from_role(item[0], item[1], {})
    if isinstance(item, Mapping):
        return _from_dict(dict(item))
    if hasattr(item, "extras"):
        raise InvalidParameterError(
            "A block stands in a message, as in HumanMessage([TextBlock('…'), block]);"
            f" got {seen(item)}."
        )
    raise InvalidParameterError(
        'A message is a message object, a str, a ("role", content) tuple or a {"role", "content"}'
        f" dict; got {seen(item)}."
    )


def _at(position: int, item: object) -> Message:
    try:
        return to_message(item)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"Message {position} of the input: {error}") from error


def _is_role_tuple(value: object) -> bool:
    """Whether a tuple is one ``("role", content)`` rather than a list of messages."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and not isinstance(value[1], BaseMessage | Mapping | tuple)
    )


def _from_dict(item: JSONObject) -> Message:
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
    return _from_role(role, content, {k: v for k, v in item.items() if not _is_empty(v)})


def _is_empty(value: object) -> bool:
    """Whether a key has nothing to say: vendors' SDKs write every key that a message may have."""
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def _from_json(item: JSONObject) -> Message:
    from pydantic import ValidationError

    try:
        message: AnyMessage = _message_adapter().validate_python(item)
    except ValidationError as error:
        raise InvalidParameterError(f"This dict is no message of ours: {error}") from error
    return message.to_message() if isinstance(message, AIMessageChunk) else message


def _from_role(role: object, content: object, rest: JSONObject) -> Message:
    kind = ROLES.get(role) if isinstance(role, str) else None
    if kind is None:
        raise InvalidParameterError(
            f"Unknown role {role!r}; a message's role is one of {', '.join(ROLES)}."
        )
    if content is None and kind != "ai":
        raise InvalidParameterError(f'A message with role {role!r} needs "content".')
    blocks = read_content(content)
    fields: JSONObject = {key: rest.pop(key) for key in ("id", "name") if key in rest}
    if kind == "ai":
        if refusal := rest.pop("refusal", None):
            blocks.append(RefusalBlock(refusal))
        blocks += read_tool_calls(rest.pop("tool_calls", ()))
        fields["additional_kwargs"] = _unknown(rest)
        return AIMessage(blocks, **fields)
    if kind == "tool":
        call_id = rest.pop("tool_call_id", None)
        if not isinstance(call_id, str):
            raise InvalidParameterError(
                'A tool message says which call it answers: {"role": "tool", "tool_call_id": "…",'
                ' "content": …} or ToolMessage(content, tool_call_id).'
            )
        status = rest.pop("status", "success")
        return ToolMessage(blocks, call_id, status, additional_kwargs=_unknown(rest), **fields)
    cls = SystemMessage if kind == "system" else HumanMessage
    return cls(blocks, additional_kwargs=_unknown(rest), **fields)


def _unknown(rest: JSONObject) -> JSONObject:
    """``additional_kwargs``: those given, and the keys that a message has no field for."""
    given = rest.pop("additional_kwargs", {})
    return {**rest, **given}


@cache
def _message_adapter() -> TypeAdapter[AnyMessage]:
    from pydantic import TypeAdapter

    return TypeAdapter(AnyMessage)
