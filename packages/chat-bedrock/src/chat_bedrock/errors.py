"""Errors of Bedrock to our tree: by the exception's name, else by status, else by phrases.

    HTTP       x-amzn-errortype: ValidationException:http://…      {"message": "…"}
    a frame    :message-type exception, :exception-type validationException    {"message": "…"}
    a frame    :message-type error, :error-code, :error-message

Some services put the name into the body instead (``__type``, ``code``), with a namespace before a
``#``. The name decides, because it is the same in all places; the status decides for bodies of
gateways that have none. https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import html
import re
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

__all__ = ["error_from_response", "error_in_answer", "error_in_frame"]

_BY_NAME: dict[str, tuple[type[APIError], int]] = {
    "accessdeniedexception": (PermissionDeniedError, 403),
    "internalfailure": (ServerError, 500),
    "internalserverexception": (ServerError, 500),
    "modelerrorexception": (ServerError, 424),
    "modelnotreadyexception": (OverloadedError, 429),
    "modelstreamerrorexception": (ServerError, 424),
    "modeltimeoutexception": (ServerError, 408),
    "resourcenotfoundexception": (ModelNotFoundError, 404),
    "servicequotaexceededexception": (QuotaExceededError, 400),
    "serviceunavailable": (OverloadedError, 503),
    "serviceunavailableexception": (OverloadedError, 503),
    "throttlingexception": (RateLimitError, 429),
    "toomanyrequestsexception": (RateLimitError, 429),
    "unknownoperationexception": (InvalidRequestError, 404),
    "validationexception": (InvalidRequestError, 400),
    # of S3, which has the rows and the answers of batch jobs
    "accessdenied": (PermissionDeniedError, 403),
    "nosuchbucket": (InvalidRequestError, 404),
    "nosuchkey": (InvalidRequestError, 404),
    "slowdown": (OverloadedError, 503),
    # of the signature and the credentials
    "invalidaccesskeyid": (AuthenticationError, 403),
    "signaturedoesnotmatch": (AuthenticationError, 403),
    "expiredtoken": (AuthenticationError, 403),
    "expiredtokenexception": (AuthenticationError, 403),
    "incompletesignature": (AuthenticationError, 403),
    "incompletesignatureexception": (AuthenticationError, 403),
    "invalidclienttokenid": (AuthenticationError, 403),
    "invalidsignatureexception": (AuthenticationError, 403),
    "missingauthenticationtoken": (AuthenticationError, 403),
    "missingauthenticationtokenexception": (AuthenticationError, 403),
    "notauthorized": (PermissionDeniedError, 400),
    "optinrequired": (PermissionDeniedError, 403),
    "requestexpired": (AuthenticationError, 400),
    "unrecognizedclientexception": (AuthenticationError, 403),
}
"""The exceptions of the service's model and of all AWS services, in lower case."""

_XML = {tag: re.compile(f"<{tag}>([^<]*)</{tag}>") for tag in ("Code", "Message")}

_VAGUE = frozenset({InvalidRequestError, PermissionDeniedError, RateLimitError, ServerError})
"""The classes that a phrase makes more exact."""

_BY_PROSE: tuple[tuple[str, type[APIError]], ...] = (
    ("input is too long for requested model", ContextLengthExceededError),
    ("prompt is too long", ContextLengthExceededError),
    ("too many input tokens", ContextLengthExceededError),
    ("exceeds the maximum number of input tokens", ContextLengthExceededError),
    ("input length and `max_tokens` exceed context limit", ContextLengthExceededError),
    ("maximum context length", ContextLengthExceededError),
    ("context window", ContextLengthExceededError),
    ("blocked by content filtering policy", ContentFilterError),
    ("tokens per day", QuotaExceededError),
    ("provided model identifier is invalid", ModelNotFoundError),
    ("bearer token has expired", AuthenticationError),
    ("api key", AuthenticationError),
    ("security token included in the request", AuthenticationError),
)
"""Causes that only the message names."""

_IN_ANSWER = (ServerError, 500)
"""An answer had begun, so the request was right: whatever broke it is the vendor's."""


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """The error that a response with status 300 or above stands for."""
    try:
        wire = parse_json(body)
    except ValueError:
        wire = None
    if not isinstance(wire, dict):
        text = wire if isinstance(wire, str) else body.decode("utf-8", "replace").strip()
        wire = _of_s3(text) or {"message": text[:500] or f"HTTP {status} with an empty body"}
    name = _short_name(headers.get("x-amzn-errortype")) or _name_in(wire)
    error = _make_error(name, wire, status=status)
    error.request_id = headers.get("x-amzn-requestid") or headers.get("x-amzn-request-id")
    error.retry_after = read_retry_after(headers)
    return error


def _of_s3(text: str) -> dict[str, str] | None:
    """The name and the message of an error of S3, which are XML; ``None`` for any other text."""
    found = {tag: _XML[tag].search(text) for tag in _XML} if "<Error>" in text[:200] else {}
    name, message = found.get("Code"), found.get("Message")
    if name is None:
        return None
    return {"code": name[1], "message": f"S3: {html.unescape(message[1]) if message else name[1]}"}


def error_in_frame(event: str, wire: Mapping[str, Any]) -> APIError:
    """The error of a frame that is an exception or an error, by its name ``kind:name``."""
    return _make_error(_short_name(event.partition(":")[2]), wire)


def error_in_answer(wire: Mapping[str, Any]) -> APIError | None:
    """The error in a body or an event that should be an answer; ``None`` if it holds none."""
    found: Any = wire.get("Output") if isinstance(wire.get("Output"), dict) else wire
    name = _name_in(found)
    if name is None and not ("message" in found and len(found) == 1):
        return None
    return _make_error(name, found)


def _short_name(value: object) -> str | None:
    """``ValidationException`` of ``com.amazon#ValidationException:http://…``."""
    if not isinstance(value, str):
        return None
    return value.partition(":")[0].rpartition("#")[2].strip() or None


def _name_in(wire: Mapping[str, Any]) -> str | None:
    names = (_short_name(wire.get(key)) for key in ("__type", "code"))
    return next((name for name in names if name), None)


def _make_error(
    name: str | None, wire: Mapping[str, Any], *, status: int | None = None
) -> APIError:
    """The error called ``name``. Without ``status`` it came inside an answer."""
    message = _message(wire)
    if isinstance(status, int):
        chosen, twin = class_for_status(status), status
    else:
        chosen, twin = _IN_ANSWER
    if name is not None and name.lower() in _BY_NAME:
        chosen, twin = _BY_NAME[name.lower()]
    if chosen in _VAGUE:
        lowered = message.lower()
        chosen = next((cls for phrase, cls in _BY_PROSE if phrase in lowered), chosen)
    return chosen(
        message,
        provider=PROVIDER,
        status=status or twin,
        code=name,
        details=dict(wire),
    )


def _message(wire: Mapping[str, Any]) -> str:
    texts = [wire.get(key) for key in ("message", "Message", "errorMessage", "originalMessage")]
    given = [text for text in texts if isinstance(text, str) and text]
    return given[0] if given else "an error without a message"
