"""The error object in an answer or in a refusal's body, wherever a server puts it.

The shapes: ``{"error": {message, type, param, code}}``, the same in a list, ``{"error": "text"}``
with or without facts beside it (xAI), ``{"errors": [...]}`` and ``{"success": false}``
(Cloudflare), ``{"base_resp": {status_code, status_msg}}`` (MiniMax), ``{"detail": …}``,
``{"object": "error", message, …}``, a message with a code or alone and no envelope, a problem of
RFC 9457 (``title``), and other envelopes: ``Error``, ``err``, ``fault``, ``header`` (iFlytek),
``Response`` and ``ResponseMetadata`` (Tencent, Volcengine).
"""

from __future__ import annotations

import json
from typing import Any

from .entries import entries

__all__ = ["BASE_RESP", "code_words", "find_error", "message_of", "status_of"]

BASE_RESP = "base_resp"
"""The type given to MiniMax's errors; ``code_words`` puts it before their numbers."""

_MESSAGES = (
    *("message", "Message", "msg", "error_msg", "error_message", "errorMessage", "faultstring"),
    *("detail", "error", "title", "reason"),
)
_CODES = ("code", "type", "error_code", "errorCode", "status", "status_code", "statusCode", "Code")
_STATUSES = ("status_code", "statusCode", "http_status", "status", "code", "error_code")

_ENVELOPES = ("Error", "err", "exception", "fault", "header", "Response", "ResponseMetadata")
"""Other names for ``error``, and objects that hold one, where an answer has no ``choices``."""

_OF_ANSWERS = frozenset({"choices", "usage", "object", "id", "model"})
"""Fields of answers: an object with a message, none of them and no code is an error."""

_GOOD = frozenset({"0", "200", "ok", "success"})
"""Codes (lower case) of answers that are no errors."""

_FAILED = frozenset({"error", "failed", "failure", "fail"})
"""Words for ``status`` that tell of an error."""


def find_error(wire: dict[str, Any], event: str | None = None) -> Any:
    """The error in an object of an answer; ``None`` if it is none.

    An object without ``choices`` that has a message and a code, or a ``detail``, is one too:
    gateways put the body of an HTTP error into a stream as it is.
    """
    error = wire.get("error")
    if error and not (isinstance(error, dict) and not any(error.values())):
        return _with_neighbours(error, wire)
    if event == "error" or wire.get("object") == "error":
        return wire
    base = wire.get(BASE_RESP)
    if isinstance(base, dict) and base.get("status_code") not in (None, "", 0, "0"):
        return {"message": base.get("status_msg"), "type": BASE_RESP, "code": base["status_code"]}
    if wire.get("success") is False:
        return next(iter(entries(wire.get("errors"))), wire)
    if wire.get("choices"):
        return None
    found = next(iter(entries(wire.get("errors"))), None) or _bare_error(wire)
    return found or _in_other_envelope(wire)


def message_of(error: Any) -> str:
    """The message of an error; JSON text where it is a structure."""
    if isinstance(error, dict):
        found = next((error[name] for name in _MESSAGES if error.get(name)), error)
        if isinstance(found, dict) and found is not error:
            return message_of(found)
        error = found
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def code_words(details: dict[str, Any]) -> list[str]:
    """The code, the type and the status of an error as text in lower case, with ``_`` for ``-``.

    xAI writes ``invalid-argument``.
    """
    values = [details.get(name) for name in ("code", "error_code", "type", "status")]
    texts = [str(value) for value in values if isinstance(value, str | int)]
    words = [text.lower().replace("-", "_") for text in texts]
    if details.get("type") == BASE_RESP:
        return [f"{BASE_RESP}:{word}" for word in words]
    return words


def status_of(error: Any) -> int | None:
    """The HTTP status that an error inside an answer names, if it does."""
    for name in _STATUSES if isinstance(error, dict) else ():
        number = error.get(name)
        if isinstance(number, str) and number.isdigit():
            number = int(number)
        if isinstance(number, int) and 400 <= number < 600:
            return number
    return None


def _with_neighbours(error: Any, wire: dict[str, Any]) -> Any:
    """``error`` with the code that stands beside it instead of in it."""
    if isinstance(error, list):
        error = next(iter(entries(error)), None) or error
    if error is True:
        return wire
    if isinstance(error, dict) and isinstance(error.get("error"), dict):
        error = error["error"]  # an envelope in an envelope
    beside = {name: wire[name] for name in _CODES if wire.get(name) and wire[name] != "error"}
    if isinstance(error, str) and beside:
        return {**beside, "message": error}
    return {**beside, **error} if isinstance(error, dict) else error


def _in_other_envelope(wire: dict[str, Any]) -> Any:
    for name in _ENVELOPES:
        inner = wire.get(name)
        if isinstance(inner, dict):
            found = find_error(inner) or _in_other_envelope(inner)
            if found:
                return found
        elif isinstance(inner, str) and inner:
            return inner
    return None


def _bare_error(wire: dict[str, Any]) -> dict[str, Any] | None:
    if wire.get("detail"):
        return wire
    if not any(wire.get(name) for name in _MESSAGES):
        return None
    for name in _CODES:
        value = wire.get(name)
        if value is None and name == "code" and name in wire:
            return wire
        if not value or str(value).lower() in _GOOD:
            continue
        is_status = name in ("status", "status_code", "statusCode")
        if not is_status or str(value).lower() in _FAILED or status_of({name: value}):
            return wire
    return wire if _OF_ANSWERS.union(_CODES).isdisjoint(wire) else None
