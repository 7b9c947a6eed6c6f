"""``Result``: what became of one row, as one line of JSON and back.

A line is ``{"id", "message", "error", "usage", "seconds", "model", "attempts", "digest"}``.
``message`` is the answer as ``pydantic.TypeAdapter(chat_core.Message)`` writes it, ``error`` the
class and the facts of an error; the one that does not apply is ``null``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import chat_core
from chat_core import AIMessage, APIError, ChatError, UsageMetadata
from chat_core.provider import parse_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "Result",
    "error_from_json",
    "error_to_json",
    "message_json",
    "read_result",
    "result_line",
]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FACTS = ("provider", "status", "code", "retry_after", "request_id")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row: its answer or its error.

    Args:
        id: the id of the row.
        message: the answer; ``None`` for a row that failed.
        error: the error of the last request; ``None`` for a row that was answered.
        model: the id of the model that answered, or failed last.
        seconds: how long the row's requests took, without the waits between them.
        attempts: how many requests the batch made for the row.
        digest: what was asked (``digest_of``).
    """

    id: str | int
    message: AIMessage | None
    error: ChatError | None
    model: str
    seconds: float = 0.0
    attempts: int = 1
    digest: str = ""

    @property
    def key(self) -> str:
        """The id as text, which rows and results are compared by."""
        return str(self.id)

    @property
    def usage(self) -> UsageMetadata | None:
        """The tokens of the answer, and its ``cost`` where it is known."""
        return None if self.message is None else self.message.usage_metadata


def result_line(result: Result) -> bytes:
    """``result`` as one line of JSON with its end of line.

    Raises ``ValueError``, ``TypeError`` or ``RecursionError`` for an answer that JSON cannot hold.
    """
    message = b"null" if result.message is None else message_json(result.message)
    error = None if result.error is None else error_to_json(result.error)
    head = b'{"id":' + _json(result.id) + b',"message":' + message + b',"error":' + _json(error)
    rest = {
        "usage": result.usage,
        "seconds": round(result.seconds, 6),
        "model": result.model,
        "attempts": result.attempts,
        "digest": result.digest,
    }
    return head + b"," + _json(rest)[1:] + b"\n"


def message_json(message: AIMessage) -> bytes:
    """``message`` as JSON on one line; what has no place in JSON is there as its ``repr``."""
    try:
        return _adapter().dump_json(message)
    except ValueError:  # half a character, which vendors do send, or an object of another kind
        value = _adapter().dump_python(message)
        return json.dumps(value, default=repr, separators=(",", ":")).encode("ascii")


def read_result(line: bytes | str) -> Result:
    """The result that a line holds. Raises ``ValueError`` for a line that holds none."""
    value = parse_json(line)
    if not isinstance(value, dict) or not {"id", "message", "error", "digest"} <= value.keys():
        raise ValueError("not a result of a batch")
    message = value["message"]
    return Result(
        id=value["id"],
        message=None if message is None else _adapter().validate_python(message),
        error=None if value["error"] is None else error_from_json(value["error"]),
        model=str(value.get("model") or ""),
        seconds=float(value.get("seconds") or 0.0),
        attempts=int(value.get("attempts") or 1),
        digest=str(value["digest"]),
    )


def error_to_json(error: Exception) -> dict[str, Any]:
    """The class and the facts of ``error``; what the library does not know is ``None``."""
    message = error.message if isinstance(error, ChatError) else str(error)
    facts = {name: getattr(error, name, None) for name in _FACTS}
    return {"class": type(error).__name__, "message": message, **facts}


def error_from_json(value: Mapping[str, Any]) -> ChatError:
    """The error that ``error_to_json`` has written, of the same class.

    A class that ``chat_core`` does not have becomes a ``ChatError`` whose message names it.
    """
    name, message = str(value.get("class")), str(value.get("message"))
    found = getattr(chat_core, name, None)
    if not (isinstance(found, type) and issubclass(found, ChatError)):
        return ChatError(f"{name}: {message}")
    if not issubclass(found, APIError):
        return found(message)
    return found(message, **{fact: value.get(fact) for fact in _FACTS})


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode("utf-8", "replace")


@cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(chat_core.Message)
