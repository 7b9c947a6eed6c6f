"""Google's error objects as errors of chat-core, by status word and code; for both Google APIs.

The object is ``{"code": 429, "message": …, "status": "RESOURCE_EXHAUSTED", "details": […]}``
(AIP-193), the same in an HTTP error's body, inside a 200 stream, and wrapped in a list where a
stream without ``alt=sse`` was asked for. ``details`` differ by ``@type``:
``ErrorInfo.reason`` names a bad key, ``RetryInfo.retryDelay`` how long to wait, ``QuotaFailure``
which limit was hit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
)
from chat_core.provider import class_for_status, parse_json, read_retry_after, read_seconds

__all__ = ["blocked_prompt", "error_from_object", "error_from_response", "find_error"]

_HTTP_STATUS = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
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
"""The HTTP status of each status word (google.rpc.Code), in the order of their numbers from 1."""

_BY_NUMBER = dict(enumerate(_HTTP_STATUS, 1))
"""Numbers that errors of jobs and of their rows have in the place of an HTTP status."""

_MESSAGES = ("message", "msg", "error_msg", "status_msg", "detail")
"""Keys of an error's text."""

_CODES = ("code", "status", "error_code", "status_code")
_GOOD = frozenset({"0", "200", "ok", "success"})
"""Keys of a code that makes an object with a message an error, and codes of no error."""

_BY_WORD: dict[str, tuple[type[APIError], int]] = {
    "context_length_exceeded": (ContextLengthExceededError, 400),
    "content_filter": (ContentFilterError, 400),
    "insufficient_quota": (QuotaExceededError, 429),
    "invalid_api_key": (AuthenticationError, 401),
    "authentication_error": (AuthenticationError, 401),
    "model_not_found": (ModelNotFoundError, 404),
    "rate_limit_exceeded": (RateLimitError, 429),
    "rate_limit_error": (RateLimitError, 429),
    "overloaded_error": (OverloadedError, 503),
    "base_resp:1002": (RateLimitError, 429),
    "base_resp:1004": (AuthenticationError, 401),
    "base_resp:1008": (QuotaExceededError, 429),
    "base_resp:1026": (ContentFilterError, 400),
    "base_resp:1027": (ContentFilterError, 400),
    "base_resp:1039": (RateLimitError, 429),
    "base_resp:2013": (InvalidRequestError, 400),
    "base_resp:2049": (AuthenticationError, 401),
}
"""Codes and types of servers that imitate this API, where Google sends its status word: those of
OpenAI and Anthropic, which gateways use, and MiniMax's. With the status of an error inside an
answer."""

_BAD_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED"})
"""``ErrorInfo.reason`` of a credential that is wrong, which comes as 400 as often as 401."""

# Google has no code for a prompt that is too long: it sends INVALID_ARGUMENT with these words.
_CONTEXT_LENGTH_PROSE = (
    "exceeds the maximum number of tokens",
    "exceeds the maximum number of input tokens",
    "input context is too long",
    "model only supports up to",  # google-gemini/gemini-cli#19727
)

# Nor for credit that is spent: it comes as RESOURCE_EXHAUSTED (JeffOtano/roni#125).
_SPENT_CREDIT_PROSE = "credits are depleted"


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, *, provider: str
) -> APIError:
    """Return the error of an HTTP answer with ``status`` 300 or above. Pure."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = None
    error = find_error(wire, is_bare=True)
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
    """Return the error of an error object; ``status`` is ``None`` for one inside a stream."""
    if isinstance(error, str):
        error = {"message": error}
    code = error.get("code")
    word = error.get("status")
    if word is None and status is None and type(code) is int:
        word = _BY_NUMBER.get(code)
    known = next((_BY_WORD[each] for each in _words(error) if each in _BY_WORD), None)
    if status is None:
        status = known[1] if known else _http_status(word, code)
    message = str(_text_of(error) or word or f"Google reports error {code}")
    given = error.get("details")
    details = [d for d in given if isinstance(d, Mapping)] if isinstance(given, list) else []
    kind = known[0] if known else _class_of(status, message, details)
    return kind(
        message,
        provider=provider,
        status=status,
        code=word or code,
        request_id=(headers or {}).get("x-request-id"),
        retry_after=_retry_after(details, headers or {}),
        details=dict(error),
    )


def blocked_prompt(feedback: Mapping[str, Any], *, provider: str) -> ContentFilterError:
    """Return the error of a ``promptFeedback`` with a ``blockReason``."""
    reason = str(feedback.get("blockReason"))
    message = feedback.get("blockReasonMessage")
    return ContentFilterError(
        f"The prompt was blocked: {reason}." + (f" {message}" if message else ""),
        provider=provider,
        code=reason,
        details=dict(feedback),
    )


def find_error(wire: Any, *, is_bare: bool) -> Mapping[str, Any] | str | None:
    """Return the error object that ``wire`` holds, or ``None``.

    It stands under ``error`` or ``errors``, alone or in a list, as an object or as text. With
    ``is_bare`` it may also be ``wire`` itself: an object with a message and a code or status, as
    proxies in front of Google send it.
    """
    if isinstance(wire, str):
        return wire or None
    if isinstance(wire, list):
        return next((error for each in wire if (error := find_error(each, is_bare=is_bare))), None)
    if not isinstance(wire, Mapping):
        return None
    for key in ("error", "errors"):
        if wire.get(key):
            return _error_value(wire[key])
    base = wire.get("base_resp")
    if isinstance(base, Mapping) and _is_bad(base.get("status_code")):
        return {**base, "code": f"base_resp:{base['status_code']}"}
    return _bare_error(wire) if is_bare else None


def _error_value(error: Any) -> Mapping[str, Any] | str:
    """``error`` as an object or text; of a list, the first."""
    while isinstance(error, list) and error:
        error = error[0]
    return error if isinstance(error, Mapping) and error else str(error)


def _bare_error(wire: Mapping[str, Any]) -> Mapping[str, Any] | None:
    message = _text_of(wire)
    has_code = any(_is_bad(wire.get(key)) for key in _CODES)
    if wire.get("success") is False or wire.get("detail") or (message and has_code):
        return {**wire, "message": message or "the server reports success: false"}
    return None


def _is_bad(code: Any) -> bool:
    return bool(code) and str(code).lower() not in _GOOD


def _text_of(error: Mapping[str, Any]) -> str | None:
    """The message of an error; JSON text where it is a structure."""
    found = next((error[key] for key in _MESSAGES if error.get(key)), None)
    return found if found is None or isinstance(found, str) else json.dumps(found, default=str)


def _words(error: Mapping[str, Any]) -> list[str]:
    """The code, the type and the status of an error as text in lower case."""
    return [str(error[key]).lower() for key in ("code", "type", "status") if error.get(key)]


def _http_status(word: Any, code: Any) -> int:
    if isinstance(word, str) and word in _HTTP_STATUS:
        return _HTTP_STATUS[word]
    try:
        number = int(code)
    except (TypeError, ValueError, OverflowError):
        return 500
    return number if 400 <= number < 600 else 500


def _class_of(status: int, message: str, details: list[Mapping[str, Any]]) -> type[APIError]:
    if any(info.get("reason") in _BAD_KEY_REASONS for info in _of_type(details, "ErrorInfo")):
        return AuthenticationError
    found = class_for_status(status)
    is_daily = any(_is_daily(failure) for failure in _of_type(details, "QuotaFailure"))
    if status == 429 and (is_daily or _SPENT_CREDIT_PROSE in message):
        return QuotaExceededError
    if found is InvalidRequestError and any(text in message for text in _CONTEXT_LENGTH_PROSE):
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
