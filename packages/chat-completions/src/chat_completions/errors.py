"""Error objects of Chat Completions servers as our tree, chosen by code and status.

``error_shapes.py`` finds the error in a body. An error comes with an HTTP
status, or inside an answer with status 200: then its status is the one that the server refuses a
request with for the same reason. What a vendor's own codes mean is data of its ``Dialect``.
"""

from __future__ import annotations

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
    ServerError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after

from .entries import entries
from .error_shapes import BASE_RESP, code_words, find_error, message_of, status_of

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
    "invalid_argument": 400,
    "failed_precondition": 400,
    "bad_request": 400,
    "badrequesterror": 400,
    "authentication_error": 401,
    "invalid_authentication_error": 401,
    "unauthorized": 401,
    "unauthenticated": 401,
    "insufficient_balance": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "notfounderror": 404,
    "not_found": 404,
    "request_timeout": 408,
    "timeout": 408,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "ratelimitreached": 429,
    "too_many_requests": 429,
    "resource_exhausted": 429,
    "tokens": 429,
    "requests": 429,
    "overloaded": 503,
    "overloaded_error": 503,
    "engine_overloaded": 503,
    "service_unavailable": 503,
    "service_unavailable_error": 503,
    "unavailable": 503,
}
"""The HTTP status of other codes and types, for errors inside an answer. The rest is 500."""

_STATUSES: dict[type[APIError], int] = {
    AuthenticationError: 401,
    ContentFilterError: 400,
    ContextLengthExceededError: 400,
    ModelNotFoundError: 404,
    QuotaExceededError: 429,
}
"""The status of an error inside an answer whose class only its message tells."""


def error_in_answer(error: Any, dialect: Dialect) -> APIError:
    """The error object of an answer with status 200."""
    status = status_of(error) or _status_by_code(error, dialect)
    if status is None:
        kind = _kind_by_prose(error, dialect)
        status = _STATUSES.get(kind, 500) if kind else 500
    return _make(error, dialect, status)


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, dialect: Dialect
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = body.decode("utf-8", "replace").strip()
    if isinstance(wire, list):
        wire = next(iter(entries(wire)), wire)
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
    message = message_of(error) if error else ""
    kind = _kind(error, status, dialect)
    return kind(
        message or f"The server answered with status {status} and no message.",
        provider=dialect.provider,
        status=status,
        code=_code(details),
        details=dict(details),
    )


def _kind(error: Any, status: int, dialect: Dialect) -> type[APIError]:
    known = _by_code(error, dialect)
    kind = known[0] if known is not None else class_for_status(status)
    if kind is ServerError and status > 500:
        return class_for_status(status)  # 503 says more than "server_error" does
    if known is not None and kind is not InvalidRequestError:
        return kind
    if 400 <= status < 500:
        return _kind_by_prose(error, dialect) or kind
    return kind


def _by_code(error: Any, dialect: Dialect) -> tuple[type[APIError], int] | None:
    for word in code_words(error) if isinstance(error, dict) else ():
        known = dialect.error_codes.get(word) or _BY_CODE.get(word)
        if known is not None:
            return known
    return None


def _status_by_code(error: Any, dialect: Dialect) -> int | None:
    known = _by_code(error, dialect)
    if known is not None:
        return known[1]
    words = code_words(error) if isinstance(error, dict) else ()
    return next((_TWINS[word] for word in words if word in _TWINS), None)


def _kind_by_prose(error: Any, dialect: Dialect) -> type[APIError] | None:
    """The class that the message tells of, by the phrases of the dialect.

    OpenRouter hands on the message of the server behind it in ``metadata.raw``.
    """
    message = message_of(error)
    metadata = error.get("metadata") if isinstance(error, dict) else None
    if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
        message += metadata["raw"]
    lowered = message.lower()
    return next((kind for phrase, kind in dialect.error_prose if phrase in lowered), None)


def _code(details: dict[str, Any]) -> str | int | None:
    """The code, or the type where the code only repeats a status."""
    code, kind, status = details.get("code"), details.get("type"), details.get("status")
    if isinstance(code, str) and code and not code.isdigit():
        return code
    if kind == BASE_RESP or not kind:
        kind = status if isinstance(status, str) and not status.isdigit() else None
    return kind or code or details.get("error_code") or None
