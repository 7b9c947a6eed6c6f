"""OpenAI's errors as our tree: the Chat Completions table, and the codes of Responses beyond it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat_completions.errors import error_from_response as read_response
from chat_completions.errors import error_in_answer
from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
    ServerError,
)
from chat_core.provider import parse_json

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect

__all__ = ["error_from_response", "error_in_response"]

_BY_CODE: dict[str, tuple[type[APIError], int]] = {
    "invalid_prompt": (ContentFilterError, 400),
    "bio_policy": (ContentFilterError, 400),
    "misalignment_policy_violation": (ContentFilterError, 400),
    "image_content_policy_violation": (ContentFilterError, 400),
    "cyber_policy_violation": (ContentFilterError, 400),
    "data_residency_mismatch": (InvalidRequestError, 400),
    "invalid_image": (InvalidRequestError, 400),
    "invalid_image_format": (InvalidRequestError, 400),
    "invalid_base64_image": (InvalidRequestError, 400),
    "invalid_image_url": (InvalidRequestError, 400),
    "invalid_image_mode": (InvalidRequestError, 400),
    "image_too_large": (InvalidRequestError, 400),
    "image_too_small": (InvalidRequestError, 400),
    "image_parse_error": (InvalidRequestError, 400),
    "image_file_too_large": (InvalidRequestError, 400),
    "image_file_not_found": (InvalidRequestError, 400),
    "unsupported_image_media_type": (InvalidRequestError, 400),
    "empty_image_file": (InvalidRequestError, 400),
    "failed_to_download_image": (InvalidRequestError, 400),
    "previous_response_not_found": (InvalidRequestError, 400),
    "vector_store_timeout": (ServerError, 500),
    "server_error": (ServerError, 500),
    "slow_down": (OverloadedError, 503),
    "account_deactivated": (AuthenticationError, 401),
    "unsupported_country_region_territory": (PermissionDeniedError, 403),
}
"""Codes that say more than their status, and the status of their HTTP twin. Sources: the SDK's
``ResponseError.code`` and OpenAI's guide to error codes."""

_WRONG_KEY_PROSE = ("incorrect api key",)
"""xAI refuses a wrong key with status 400 and a code that it has for every bad argument
(recorded: ``{"code": "invalid-argument", "error": "Incorrect API key provided. …"}``)."""

_EVENT_FIELDS = ("type", "sequence_number")


def error_in_response(wire: Mapping[str, Any], dialect: Dialect) -> APIError:
    """The error of an ``error`` event or of a failed response, both inside a 200 answer.

    An ``error`` event holds the facts itself or in ``error``; a failed response holds ``error``.
    """
    error: Any = wire.get("error")
    if not error:
        error = {key: wire[key] for key in wire if key not in _EVENT_FIELDS}
        if "output" in wire:
            error = {"message": "The response failed and the server did not say why."}
    return _sharpened(error_in_answer(error, dialect), in_answer=True)


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, dialect: Dialect
) -> APIError:
    """The error of an HTTP response with ``status`` 300 or more, whatever its body."""
    error = _sharpened(read_response(status, headers, _enveloped(body), dialect), in_answer=False)
    if status == 400 and any(words in error.message.lower() for words in _WRONG_KEY_PROSE):
        return _as(AuthenticationError, error, status)
    return error


def _sharpened(error: APIError, *, in_answer: bool) -> APIError:
    """``error`` as what its code says, where that code is one of ours."""
    kind, twin = _BY_CODE.get(str(error.code).lower(), (None, 0))
    if kind is None:
        return error
    return _as(kind, error, twin if in_answer else error.status)


def _as(kind: type[APIError], error: APIError, status: int | None) -> APIError:
    """The same facts as another class."""
    return kind(
        error.message,
        provider=error.provider,
        status=status,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
        details=error.details,
    )


def _enveloped(body: bytes) -> bytes:
    """xAI's ``{"code": …, "error": "text"}`` in the envelope that everybody else sends."""
    try:
        wire = parse_json(body)
    except ValueError:
        return body
    if not isinstance(wire, dict) or not isinstance(wire.get("error"), str):
        return body
    facts = {**wire, "message": wire["error"]}
    del facts["error"]
    return json.dumps({"error": facts}).encode()
