"""Stream events as JSON lines and as Server-Sent Events, and back: for servers that forward them.

A JSON object in the text has a ``__type__`` where it stands for something that JSON lacks:

    AIMessageChunk, AIMessage, …    a message or chunk, as ``pydantic.TypeAdapter`` writes it
    PromptValue                     what a prompt gave
    Error                           an exception: its class, message and facts
    Dict                            a dict that itself has a ``__type__`` key

Messages and chunks survive the round trip exactly, and so does whatever JSON can say. An error
comes back as the ``ChatError`` that it was; one that was not of this library comes back as
``ChatError``. Other objects (pydantic models, dataclasses, dates) come back as the plain data that
pydantic makes of them, tuples and sets as lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from . import errors
from .arguments import of_type
from .chains.prompts import PromptValue
from .errors import ChatError, InvalidParameterError
from .json_text import JSON, JSONObject, parse_json_with_surrogates
from .messages.chunks import AnyMessage
from .messages.message import BaseMessage
from .runs.events import StreamEvent
from .wire.sse import SSEParser

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "EventReader",
    "event_from_json",
    "event_to_json",
    "event_to_sse",
    "events_from_sse",
]

_TYPE = "__type__"
_KEYS = frozenset(StreamEvent.__annotations__)


def event_to_json(event: StreamEvent) -> str:
    """``event`` as one line of JSON, without its newline; ASCII only.

    Raises ``InvalidParameterError`` for data that pydantic cannot write as JSON.
    """
    of_type("event", event, Mapping, "a StreamEvent, a dict")
    try:
        return json.dumps(_encode(dict(event)), separators=(",", ":"))
    except RecursionError:
        raise InvalidParameterError("The event's data is nested too deeply for JSON.") from None


def event_from_json(line: str | bytes) -> StreamEvent:
    """The event in a line that ``event_to_json`` wrote.

    Raises ``InvalidParameterError`` for a line that holds no event.
    """
    of_type("line", line, (str, bytes), "a line of JSON, str or bytes")
    try:
        event = _decode(parse_json_with_surrogates(line))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidParameterError(f"Not an event in JSON ({error}): {line[:200]!r}") from error
    if not isinstance(event, dict) or event.keys() != _KEYS:
        raise InvalidParameterError(f"Not an event in JSON: {line[:200]!r}")
    return cast(StreamEvent, event)


def event_to_sse(event: StreamEvent) -> bytes:
    """``event`` as one Server-Sent Event, named as it is; ends with its blank line."""
    data = event_to_json(event)
    name = of_type("The event's name", event.get("event"), str, "a str")
    return f"event: {name}\ndata: {data}\n\n".encode("ascii")


class EventReader:
    """Bytes of a Server-Sent Events stream in, events out, wherever the bytes are cut."""

    def __init__(self) -> None:
        self._parser = SSEParser()

    def feed(self, data: bytes) -> list[StreamEvent]:
        """The events that ``data`` completes. Raises as ``event_from_json`` does."""
        of_type("data", data, bytes, "bytes")
        return [event_from_json(text) for _, text in self._parser.feed(data)]


def events_from_sse(pieces: Iterable[bytes]) -> Iterator[StreamEvent]:
    """The events in ``pieces`` of a Server-Sent Events stream."""
    reader = EventReader()
    for piece in of_type("pieces", pieces, Iterable, "an iterable of bytes"):
        yield from reader.feed(piece)


def _encode(value: object) -> JSON:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, BaseMessage):
        fields = _message_adapter().dump_python(cast(AnyMessage, value))
        return {_TYPE: type(value).__name__, **_encode(fields)}
    if isinstance(value, PromptValue):
        return {_TYPE: "PromptValue", "messages": [_encode(m) for m in value.messages]}
    if isinstance(value, BaseException):
        return _encode_error(value)
    if isinstance(value, Mapping):
        fields = {_key(key): _encode(item) for key, item in value.items()}
        return {_TYPE: "Dict", "items": fields} if _TYPE in fields else fields
    if isinstance(value, list | tuple | set | frozenset):
        return [_encode(item) for item in value]
    return _encode_other(value)


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    raise InvalidParameterError(f"The key {key!r} of a dict in an event's data is not a string.")


def _encode_other(value: object) -> JSON:
    from pydantic_core import to_jsonable_python

    try:
        return _encode(to_jsonable_python(value))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidParameterError(
            f"{type(value).__name__} in an event's data has no JSON: {error}"
        ) from error


def _encode_error(error: BaseException) -> JSONObject:
    facts = {key: value for key, value in error.__dict__.items() if key != "message"}
    if not isinstance(error, ChatError):
        facts = {}
    message = error.message if isinstance(error, ChatError) else str(error)
    return {
        _TYPE: "Error",
        "class": type(error).__name__,
        "message": message,
        "facts": _encode(facts),
    }


def _decode(value: object) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(_TYPE)
    if kind is None:
        return {key: _decode(item) for key, item in value.items()}
    if kind == "Dict":
        return {key: _decode(item) for key, item in value["items"].items()}
    if kind == "PromptValue":
        return PromptValue([_decode(message) for message in value["messages"]])
    if kind == "Error":
        return _decode_error(value)
    fields = {key: _decode(item) for key, item in value.items() if key != _TYPE}
    return _message_adapter().validate_python(fields)


def _decode_error(value: JSONObject) -> ChatError:
    if not isinstance(value["message"], str):
        raise TypeError("the message of an error is text")
    cls = getattr(errors, value["class"], None)
    if not (isinstance(cls, type) and issubclass(cls, ChatError)):
        return ChatError(f"{value['class']}: {value['message']}")
    error = cls(value["message"])
    error.__dict__.update(_decode(value["facts"]))
    return error


@cache
def _message_adapter() -> TypeAdapter[AnyMessage]:
    from pydantic import TypeAdapter

    return TypeAdapter(AnyMessage)
