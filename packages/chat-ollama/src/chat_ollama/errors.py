"""Errors of an Ollama server as our tree, by status and, where it sends nothing but prose, by that.

An error is ``{"error": "…"}``: the body of an HTTP error, or an object in mid-stream. There are no
codes. An error within a stream has no status either, so there the words say what it would have had.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chat_completions.error_shapes import find_error, message_of, status_of
from chat_core import (
    APIError,
    AuthenticationError,
    ContextLengthExceededError,
    ModelNotFoundError,
    OverloadedError,
    QuotaExceededError,
    ServerError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after

from .names import PROVIDER

__all__ = ["error_from_response", "error_in_answer", "find_error"]


class _Meaning(NamedTuple):
    """What an error with this phrase is. ``status`` is that of an error within a stream."""

    phrase: str
    kind: type[APIError]
    status: int


_PROSE = (
    _Meaning("exceeds the available context", ContextLengthExceededError, 400),
    _Meaning("exceeds the context length", ContextLengthExceededError, 400),
    _Meaning("exceeds maximum context length", ContextLengthExceededError, 400),
    _Meaning("exceed context window", ContextLengthExceededError, 400),
    _Meaning("prompt is too long", ContextLengthExceededError, 400),
    _Meaning("prompt too long", ContextLengthExceededError, 400),
    _Meaning("try pulling it first", ModelNotFoundError, 404),
    _Meaning("usage limit", QuotaExceededError, 429),
    _Meaning("server busy", OverloadedError, 503),
    _Meaning("server overloaded", OverloadedError, 503),
    _Meaning("unauthorized", AuthenticationError, 401),
)
"""Phrases (lower case) of the server (``server/routes.go``, ``server/sched.go``,
``llm/server.go``), of llama.cpp below it and of ollama.com before it."""

_NOT_CURED_BY_WAITING = (
    "requires more system memory",
    "unable to load model",
    "unsupported model",
)
"""Phrases of server errors that a second request meets again."""

_WRONG_PATH = "404 page not found"
"""What the server answers for a path that it does not know."""


def error_in_answer(error: Any) -> APIError:
    """The error object or text of an answer with status 200."""
    message = message_of(error)
    meaning = _meaning(message)
    status = status_of(error) or (meaning.status if meaning else 500)
    return _make(error, message, meaning, status)


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, *, model: str
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body.

    ``model`` is the model that was asked for.
    """
    try:
        wire: Any = parse_json(body)
    except ValueError:
        wire = body.decode("utf-8", "replace").strip()
    error = (find_error(wire) or wire) if isinstance(wire, dict) else wire
    message = _message(error, status)
    made = _make(error, message, _meaning(message), status)
    if isinstance(wire, dict) and wire.get("error"):
        made.details = dict(wire)
        if isinstance(made, ModelNotFoundError):
            _add(made, f"Get it with: ollama pull {model}")
    if signin := made.details.get("signin_url"):
        _add(made, f"Sign in with `ollama signin`, at {signin}, or set OLLAMA_API_KEY.")
    made.retry_after = read_retry_after(headers)
    return made


def _message(error: Any, status: int) -> str:
    if not error:
        return f"The server answered with status {status} and no message."
    message = message_of(error)
    if message.startswith("<"):
        return f"The server answered with a page, not with JSON: is base_url right? {message[:200]}"
    if message == _WRONG_PATH:
        return (
            f"{message}: there is no Ollama at this address. base_url is the server alone, such as"
            " http://127.0.0.1:11434, without /v1 or /api."
        )
    return message


def _make(error: Any, message: str, meaning: _Meaning | None, status: int) -> APIError:
    kind = class_for_status(status)
    # An error of the server may quote words of a request's error, and not the other way round.
    if meaning is not None and (status < 500) == (meaning.status < 500):
        kind = meaning.kind
    is_lasting = kind is ServerError and any(p in message.lower() for p in _NOT_CURED_BY_WAITING)
    return kind(
        message,
        provider=PROVIDER,
        status=status,
        is_retryable=False if is_lasting else None,
        details=dict(error) if isinstance(error, dict) else {"error": error},
    )


def _meaning(message: str) -> _Meaning | None:
    lowered = message.lower()
    return next((meaning for meaning in _PROSE if meaning.phrase in lowered), None)


def _add(error: APIError, sentence: str) -> None:
    end = "" if error.message.endswith((".", "!", "?")) else "."
    error.message = f"{error.message}{end} {sentence}"
    error.args = (error.message,)
