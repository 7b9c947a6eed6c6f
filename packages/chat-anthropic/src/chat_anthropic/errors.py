"""What errors of this wire mean, as classes of our tree: by type, code and status, else by phrases.

    {"type": "error", "error": {"type", "message", "details"?}, "request_id"?}

is Anthropic's body of a refusal, and its ``error`` event of a stream that had begun with status
200; ``error_shapes.py`` lists those of other servers. The type decides, because it is the same in
both places; the status decides for bodies without a known one (of proxies).
https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after

from .compatible_errors import CODES, PHRASES
from .error_shapes import code_words, find_error, message_of, status_of
from .names import PROVIDER

__all__ = ["error_from_response", "error_in_answer"]

_BY_TYPE: dict[str, tuple[type[APIError], int]] = {
    "authentication_error": (AuthenticationError, 401),
    "billing_error": (PermissionDeniedError, 402),
    "permission_error": (PermissionDeniedError, 403),
    "not_found_error": (ModelNotFoundError, 404),
    "conflict_error": (InvalidRequestError, 409),
    "request_too_large": (InvalidRequestError, 413),
    "rate_limit_error": (RateLimitError, 429),
    "timeout_error": (ServerError, 504),
    "overloaded_error": (OverloadedError, 529),
    # Two that are no more exact than a status; another status than theirs is more exact.
    "invalid_request_error": (InvalidRequestError, 400),
    "api_error": (ServerError, 500),
}
_VAGUE = ("invalid_request_error", "api_error")

_BY_CODE: dict[str, tuple[type[APIError], int]] = {
    **CODES,
    # ``error.details.error_code``, which names the cause where it is there
    "contract_spend_limit_reached": (QuotaExceededError, 429),
    "enforced_spend_limit_reached": (QuotaExceededError, 429),
    "linked_organization_spend_limit_reached": (QuotaExceededError, 429),
}

_BY_PROSE: tuple[tuple[str, type[APIError]], ...] = (
    ("prompt is too long", ContextLengthExceededError),
    ("exceed context limit", ContextLengthExceededError),
    ("exceeds the context window", ContextLengthExceededError),
    ("credit balance is too low", QuotaExceededError),
    ("reached your specified api usage limits", QuotaExceededError),
    ("blocked by content filtering policy", ContentFilterError),
    *PHRASES,
)
"""Causes that only the message names."""

_STATUSES: dict[type[APIError], int] = {QuotaExceededError: 429}
"""The status of an error inside an answer whose class is found by its message; else 400."""

_CLEAR = frozenset({401, 403, 404, 429})
"""Statuses that name the cause, whatever the message is."""

_UNKNOWN_IN_STREAM = (ServerError, 500)
"""An answer had begun, so the request was right: whatever broke it is the vendor's."""


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """The error that a response with status 300 or above stands for."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = None
    if isinstance(wire, list) and wire:
        wire = wire[0]
    if not isinstance(wire, dict):
        text = wire if isinstance(wire, str) else body.decode("utf-8", "replace").strip()
        wire = {"error": {"message": text[:500] or f"HTTP {status} with an empty body"}}
    error = _make_error(find_error(wire) or dict(wire), wire, status=status)
    given = headers.get("request-id") or headers.get("x-amzn-requestid")
    error.request_id = given or error.request_id
    error.retry_after = read_retry_after(headers)
    advice = headers.get("x-should-retry")  # the vendor's own word wins over the class's default
    if advice in ("true", "false"):
        error.is_retryable = advice == "true"
    return error


def error_in_answer(wire: Mapping[str, Any], event: str | None = None) -> APIError | None:
    """The error in an object of an answer with status 200; ``None`` if it holds none."""
    error = find_error(wire, event)
    return None if error is None else _make_error(error, wire)


def _make_error(
    error: dict[str, Any], wire: Mapping[str, Any], *, status: int | None = None
) -> APIError:
    """The error for an error object that was found in ``wire``.

    Without ``status`` it came inside an answer, and gets the status that the vendor refuses a
    request with for the same reason.
    """
    message = message_of(error) or "an error without a message"
    chosen, status = _choose(error, message, status)
    kind, code = error.get("type"), error.get("code")
    return chosen(
        message,
        provider=PROVIDER,
        status=status,
        code=kind if isinstance(kind, str) and kind else code,
        request_id=wire.get("request_id"),
        details=error,
    )


def _choose(
    error: Mapping[str, Any], message: str, status: int | None
) -> tuple[type[APIError], int]:
    words = code_words(error)
    known = next((_BY_CODE[word] for word in words if word in _BY_CODE), None)
    if known is not None:
        return known[0], status or known[1]
    kind = next((word for word in words if word in _BY_TYPE), None)
    status = status or status_of(error)
    chosen, twin = _BY_TYPE[kind] if kind else _UNKNOWN_IN_STREAM
    if status is not None and (kind is None or (kind in _VAGUE and status != twin)):
        chosen, twin = class_for_status(status), status
    if (kind is None or kind in _VAGUE) and status not in _CLEAR:
        lowered = message.lower()
        named = next((cls for phrase, cls in _BY_PROSE if phrase in lowered), None)
        if named is not None:
            chosen, twin = named, twin if kind else _STATUSES.get(named, 400)
    return chosen, status or twin
