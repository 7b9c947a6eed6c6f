"""Google's error objects as errors of our tree, by status word and code; for both Google APIs.

The object is ``{"code": 429, "message": …, "status": "RESOURCE_EXHAUSTED", "details": […]}``
(AIP-193), the same in an HTTP error's body, inside a 200 stream, and wrapped in a list where a
stream without ``alt=sse`` was asked for. ``details`` are told apart by ``@type``:
``ErrorInfo.reason`` names a bad key, ``RetryInfo.retryDelay`` how long to wait, ``QuotaFailure``
which limit was hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    QuotaExceededError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after, read_seconds

__all__ = ["blocked_prompt", "error_from_object", "error_from_response"]

_HTTP_STATUS = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
    "UNAUTHENTICATED": 401,
}
"""The HTTP twin of each status word (google.rpc.Code)."""

_BAD_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED"})
"""``ErrorInfo.reason`` of a credential that is wrong, which comes as 400 as often as 401."""

# Servers that imitate this API say OpenAI's code where Google says its status word.
_CONTEXT_LENGTH_CODE = "context_length_exceeded"

# Google has no code for a prompt that is too long: it is INVALID_ARGUMENT in these words only.
_CONTEXT_LENGTH_PROSE = (
    "exceeds the maximum number of tokens",
    "exceeds the maximum number of input tokens",
    "input context is too long",
)


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, *, provider: str
) -> APIError:
    """What an HTTP answer with ``status`` 300 or above means. Pure."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = None
    error = _error_object(wire)
    if error is None:
        text = body.decode("utf-8", "replace").strip()
        shown = text[:200] or "an empty body"
        if text.startswith("<"):
            shown = f"a page of HTML (is base_url right?): {shown}"
        error = {"code": status, "message": f"HTTP {status} with {shown}"}
    return error_from_object(error, provider=provider, status=status, headers=headers)


def error_from_object(
    error: Mapping[str, Any] | str,
    *,
    provider: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> APIError:
    """An error object, from a response or from inside a stream (then ``status`` is its twin's)."""
    if isinstance(error, str):
        error = {"message": error}
    word = error.get("status")
    code = error.get("code")
    if status is None:
        status = _twin_status(word, code)
    message = str(error.get("message") or word or f"Google reports error {code}")
    details = [d for d in error.get("details") or () if isinstance(d, Mapping)]
    return _class_of(status, word, message, details)(
        message,
        provider=provider,
        status=status,
        code=word or code,
        request_id=(headers or {}).get("x-request-id"),
        retry_after=_retry_after(details, headers or {}),
        details=dict(error),
    )


def blocked_prompt(feedback: Mapping[str, Any], *, provider: str) -> ContentFilterError:
    """``promptFeedback`` with a ``blockReason``: the vendor refused the prompt itself."""
    reason = str(feedback.get("blockReason"))
    said = feedback.get("blockReasonMessage")
    return ContentFilterError(
        f"The prompt was blocked: {reason}." + (f" {said}" if said else ""),
        provider=provider,
        code=reason,
        details=dict(feedback),
    )


def _error_object(wire: Any) -> Mapping[str, Any] | str | None:
    if isinstance(wire, list):
        wire = wire[0] if wire else None
    error = wire.get("error") if isinstance(wire, Mapping) else None
    return error if isinstance(error, Mapping | str) and error else None


def _twin_status(word: Any, code: Any) -> int:
    if isinstance(word, str) and word in _HTTP_STATUS:
        return _HTTP_STATUS[word]
    try:
        number = int(code)
    except (TypeError, ValueError):
        return 500
    return number if 400 <= number < 600 else 500


def _class_of(
    status: int, word: Any, message: str, details: list[Mapping[str, Any]]
) -> type[APIError]:
    if any(info.get("reason") in _BAD_KEY_REASONS for info in _of_type(details, "ErrorInfo")):
        return AuthenticationError
    found = class_for_status(status)
    if status == 429 and any(_is_daily(failure) for failure in _of_type(details, "QuotaFailure")):
        return QuotaExceededError
    if found is InvalidRequestError and (
        word == _CONTEXT_LENGTH_CODE or any(text in message for text in _CONTEXT_LENGTH_PROSE)
    ):
        return ContextLengthExceededError
    return found


def _of_type(details: list[Mapping[str, Any]], name: str) -> Iterator[Mapping[str, Any]]:
    return (d for d in details if str(d.get("@type", "")).endswith(f"google.rpc.{name}"))


def _is_daily(failure: Mapping[str, Any]) -> bool:
    # Quota ids are codes, such as GenerateRequestsPerDayPerProjectPerModel-FreeTier.
    return any("PerDay" in str(v.get("quotaId", "")) for v in failure.get("violations") or ())


def _retry_after(details: list[Mapping[str, Any]], headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: ``RetryInfo.retryDelay`` (``"34.07s"``), else the ``Retry-After`` header."""
    for info in _of_type(details, "RetryInfo"):
        # A duration of protobuf's JSON is written in seconds and nothing else; now does not matter.
        seconds = read_seconds(str(info.get("retryDelay")), now=0.0)
        if seconds is not None:
            return seconds
    return read_retry_after(headers)
