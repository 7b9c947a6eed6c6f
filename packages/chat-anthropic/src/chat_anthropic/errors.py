"""What Anthropic's errors mean: status, type and, where there is nothing else, prose, in our tree.

    {"type": "error", "error": {"type", "message", "details"?}, "request_id"?}

is the body of a refusal and the ``error`` event of a stream that had begun with status 200. The
type decides, because it says the same in both places; the status decides for bodies that have none
(proxies). https://platform.claude.com/docs/en/api/errors
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

from .names import PROVIDER

__all__ = ["error_from_object", "error_from_response"]

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
    # OpenAI's word, from servers that imitate this API; Anthropic's own is prose (``_BY_PROSE``).
    "context_length_exceeded": (ContextLengthExceededError, 400),
    # Two that say little more than the status; a status other than theirs says more.
    "invalid_request_error": (InvalidRequestError, 400),
    "api_error": (ServerError, 500),
}
_VAGUE = ("invalid_request_error", "api_error")

_BY_CODE: dict[str, type[APIError]] = {
    "contract_spend_limit_reached": QuotaExceededError,
    "enforced_spend_limit_reached": QuotaExceededError,
    "linked_organization_spend_limit_reached": QuotaExceededError,
}
"""``error.details.error_code``, which names the cause where it is there."""

_BY_PROSE: tuple[tuple[str, type[APIError]], ...] = (
    ("prompt is too long", ContextLengthExceededError),
    ("exceed context limit", ContextLengthExceededError),
    ("exceeds the context window", ContextLengthExceededError),
    ("credit balance is too low", QuotaExceededError),
    ("reached your specified api usage limits", QuotaExceededError),
    ("blocked by content filtering policy", ContentFilterError),
)
"""Causes that the API tells apart by nothing but the message of an ``invalid_request_error``."""

_UNKNOWN_IN_STREAM = (ServerError, 500)
"""An answer had begun, so the request was right: whatever broke it is the vendor's."""


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """The error that a response with status 300 or above stands for."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = None
    if not isinstance(wire, dict):
        text = body.decode("utf-8", "replace").strip()
        wire = {"error": {"message": text[:500] or f"HTTP {status} with an empty body"}}
    error = error_from_object(wire, status=status)
    error.request_id = headers.get("request-id") or error.request_id
    error.retry_after = read_retry_after(headers)
    advice = headers.get("x-should-retry")  # the vendor's own word wins over the class's default
    if advice in ("true", "false"):
        error.is_retryable = advice == "true"
    return error


def error_from_object(wire: Mapping[str, Any], *, status: int | None = None) -> APIError:
    """The error in an error body, or in an error event of a stream (then without ``status``)."""
    told = wire.get("error")
    error: dict[str, Any] = told if isinstance(told, dict) else {"message": told}
    kind = error.get("type") or ""
    message = error.get("message") or wire.get("message") or kind or "an error without a message"
    code = (error.get("details") or {}).get("error_code")
    chosen, status = _choose(kind, code, str(message), status)
    return chosen(
        str(message),
        provider=PROVIDER,
        status=status,
        code=kind or None,
        request_id=wire.get("request_id"),
        details=error,
    )


def _choose(
    kind: str, code: str | None, message: str, status: int | None
) -> tuple[type[APIError], int]:
    chosen, twin = _BY_TYPE.get(kind, _UNKNOWN_IN_STREAM)
    if status is not None and (kind not in _BY_TYPE or (kind in _VAGUE and status != twin)):
        chosen = class_for_status(status)
    if code in _BY_CODE:
        chosen = _BY_CODE[code]
    elif kind in _VAGUE:
        lowered = message.lower()
        chosen = next((cls for prose, cls in _BY_PROSE if prose in lowered), chosen)
    return chosen, twin if status is None else status
