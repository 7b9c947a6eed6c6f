"""Mistral's error objects as our tree, chosen by type, code and status.

The shapes: ``{"object": "error", message, type, param, code, raw_status_code}``, with the status or
inside an answer; ``{"detail": "text"}`` and ``{"message", "request_id"}`` from the gate before it;
``{"detail": [{loc, msg, type}]}`` with status 422, also as the ``message`` of the first shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chat_completions.errors import error_from_response as read_response
from chat_core import (
    APIError,
    ContentFilterError,
    ContextLengthExceededError,
    ModelNotFoundError,
    QuotaExceededError,
    RateLimitError,
)
from chat_core.provider import class_for_status

from .dialect import DIALECT

__all__ = ["as_mistral_error", "error_from_response"]

_MISSING_MODEL = frozenset({"invalid_model", "unknown_model", "1500"})
"""A model that does not exist comes with status 400. The first and third were seen together, the
second is the example of Mistral's error glossary."""

_INVALID_ARGUMENTS = "3051"
"""A prompt that is too long, but also an image for a model that takes none: the message decides."""

_LENGTH_WORDS = ("token", "context", "too long", "too large")

_TWINS: dict[str, int] = {
    "invalid_model": 400,
    "authentication_error": 401,
    "tier_not_allowed": 403,
    "rate_limited": 429,
    "rate_limit_error": 429,
    "service_tier_capacity_exceeded": 429,
    "server_error": 500,
    "internal_server_error": 500,
    "unreachable_backend": 503,
}
"""The HTTP status that goes with a type, for an error inside an answer that does not name it."""

_MONTHLY_TOKENS_LEFT = "x-ratelimit-remaining-tokens-month"


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    error = as_mistral_error(read_response(status, headers, body, DIALECT), status)
    if isinstance(error, RateLimitError) and headers.get(_MONTHLY_TOKENS_LEFT) == "0":
        return error.recast(QuotaExceededError)
    return error


def as_mistral_error(error: APIError, status: int | None = None) -> APIError:
    """``error``, as the shared codec read it, with the meaning that its fields have at Mistral.

    ``status`` is the HTTP response's; ``None`` for an error inside an answer.
    """
    details = error.details
    if not details:
        return error
    message = _message(details) or error.message
    status = status or _twin(details) or error.status or 500
    code = details.get("code")
    kind = _kind(details, error, message, status)
    return error.recast(
        kind,
        message=message,
        status=status,
        code=details.get("type") if code is None else code,
        request_id=error.request_id or details.get("request_id"),
    )


def _kind(details: dict[str, Any], error: APIError, message: str, status: int) -> type[APIError]:
    words = {str(details.get("type")), str(details.get("code"))}
    if words & _MISSING_MODEL:
        return ModelNotFoundError
    if isinstance(error, ContextLengthExceededError | ContentFilterError | QuotaExceededError):
        return type(error)  # by a code or a phrase of the shared codec
    if _INVALID_ARGUMENTS in words and any(word in message.lower() for word in _LENGTH_WORDS):
        return ContextLengthExceededError
    return class_for_status(status)


def _twin(details: dict[str, Any]) -> int | None:
    """The HTTP status of an error inside an answer, where its fields tell."""
    status = details.get("raw_status_code")
    if isinstance(status, int) and status >= 400:
        return status
    kind = str(details.get("type"))
    return 400 if kind.startswith("invalid_request") else _TWINS.get(kind)


def _message(details: dict[str, Any]) -> str:
    """The vendor's message; a list of problems as one sentence each."""
    message = details.get("message") or details.get("detail")
    if isinstance(message, dict):
        message = message.get("detail") or message
    if isinstance(message, list):
        return "; ".join(_problem(problem) for problem in message)
    if isinstance(message, dict):
        return json.dumps(message, ensure_ascii=False)
    return str(message or "")


def _problem(problem: Any) -> str:
    if not isinstance(problem, dict) or not problem.get("msg"):
        return str(problem)
    where = ".".join(str(step) for step in problem.get("loc") or () if step != "body")
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
