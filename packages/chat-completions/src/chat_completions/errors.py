"""Error objects of Chat Completions servers as our tree, chosen by code and status.

The shapes: ``{"error": {message, type, param, code}}``, ``{"error": "text"}``, ``{"detail": …}``,
``{"object": "error", message, …}``, and bare text. They come with an HTTP status, or inside an
answer with status 200; then the status is that of their HTTP twin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    QuotaExceededError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after

if TYPE_CHECKING:
    from .dialect import Dialect

__all__ = ["error_from_response", "error_in_answer", "find_error"]

_BY_CODE: dict[str, tuple[type[APIError], int]] = {
    "insufficient_quota": (QuotaExceededError, 429),
    "billing_hard_limit_reached": (QuotaExceededError, 429),
    "billing_not_active": (QuotaExceededError, 429),
    "context_length_exceeded": (ContextLengthExceededError, 400),
    "too_many_prompt_tokens": (ContextLengthExceededError, 400),
    "content_filter": (ContentFilterError, 400),
    "content_policy_violation": (ContentFilterError, 400),
    "invalid_api_key": (AuthenticationError, 401),
    "model_not_found": (ModelNotFoundError, 404),
}
"""Codes and types (lower case) that say more than the status they come with, and their own status.
Sources: OpenAI's error guide, Azure's page on content filtering, and of Perplexity a recording
(``too_many_prompt_tokens``)."""

_TWINS: dict[str, int] = {
    "invalid_request_error": 400,
    "bad_request": 400,
    "badrequesterror": 400,
    "authentication_error": 401,
    "invalid_authentication_error": 401,
    "unauthorized": 401,
    "insufficient_balance": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "notfounderror": 404,
    "request_timeout": 408,
    "timeout": 408,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "ratelimitreached": 429,
    "too_many_requests": 429,
    "tokens": 429,
    "requests": 429,
    "overloaded": 503,
    "overloaded_error": 503,
    "engine_overloaded": 503,
    "service_unavailable": 503,
    "service_unavailable_error": 503,
}
"""The HTTP status of other codes and types, for errors inside an answer. The rest is 500."""


def find_error(wire: dict[str, Any], event: str | None = None) -> Any:
    """The error in an object of an answer; ``None`` if it is none.

    An object without ``choices`` that has a message and a code, or a ``detail``, is one too:
    gateways put the body of an HTTP error into a stream as it is.
    """
    error = wire.get("error")
    if error:
        return error
    if event == "error" or wire.get("object") == "error":
        return wire
    if "choices" in wire:
        return None
    if wire.get("detail") or (wire.get("message") and ("code" in wire or "type" in wire)):
        return wire
    return None


def error_in_answer(error: Any, dialect: Dialect) -> APIError:
    """The error object of an answer with status 200."""
    return _make(error, dialect, _twin_status(error))


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, dialect: Dialect
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = body.decode("utf-8", "replace").strip()
    error = (find_error(wire) or wire) if isinstance(wire, dict) else wire
    if isinstance(error, str) and error[:1] == "<":
        error = f"The server answered with a page, not with JSON: is base_url right? {error[:200]}"
    made = _make(error, dialect, status)
    made.retry_after = read_retry_after(headers)
    made.request_id = next(
        (headers[name] for name in dialect.request_id_headers if headers.get(name)), None
    )
    return made


def _make(error: Any, dialect: Dialect, status: int) -> APIError:
    details = error if isinstance(error, dict) else {}
    code = _code(details)
    message = _message(error) or f"The server answered with status {status} and said nothing."
    kind = _kind(details, status, message, dialect)
    return kind(message, provider=dialect.provider, status=status, code=code, details=dict(details))


def _kind(details: dict[str, Any], status: int, message: str, dialect: Dialect) -> type[APIError]:
    for word in _words(details):
        if word in _BY_CODE:
            return _BY_CODE[word][0]
    kind = class_for_status(status)
    if kind is InvalidRequestError:
        lowered = message.lower()
        if any(phrase in lowered for phrase in dialect.context_length_prose):
            return ContextLengthExceededError
    return kind


def _words(details: dict[str, Any]) -> list[str]:
    """The code and the type of an error, lower case."""
    return [w.lower() for w in (details.get("code"), details.get("type")) if isinstance(w, str)]


def _code(details: dict[str, Any]) -> str | int | None:
    """The code, or the type where the code only repeats a status."""
    code, kind = details.get("code"), details.get("type")
    if isinstance(code, str) and code and not code.isdigit():
        return code
    return kind or code or None


def _message(error: Any) -> str:
    """What the server said; JSON text where it said it in a structure."""
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error.get("error") or error
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def _twin_status(error: Any) -> int:
    """The HTTP status of an error that came inside an answer."""
    if not isinstance(error, dict):
        return 500
    for field in ("status_code", "status", "code"):
        number = error.get(field)
        if isinstance(number, str) and number.isdigit():
            number = int(number)
        if isinstance(number, int) and 400 <= number < 600:
            return number
    for word in _words(error):
        if word in _BY_CODE:
            return _BY_CODE[word][1]
        if word in _TWINS:
            return _TWINS[word]
    return 500
