"""Errors as a reader of the web may see them: the class, a text for users, facts without secrets.

What a vendor wrote (its message, its error object, bytes of its answer) stays on the server: it may
name an account, a part of a key or the system prompt. ``partial`` is left out because its text has
been sent. Exceptions that are no ``ChatError`` become one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import chat_core
from chat_core import APIError, ChatError

__all__ = [
    "ErrorText",
    "StreamGoneError",
    "StreamStoreError",
    "WebError",
    "error_text",
    "public_error",
]

_log = logging.getLogger("chat_web")

ErrorText = Callable[[Exception], str]
"""From an exception to the text that users read."""


class WebError(ChatError):
    """An error of chat-web whose message is written for users."""


class StreamGoneError(WebError):
    """A stream, or the part of it after an id, is not in the store (any more)."""


class StreamStoreError(WebError):
    """The store of the streams failed or is full; ``__cause__`` is its own exception."""


_TEXTS: dict[type[ChatError], str] = {
    chat_core.QuotaExceededError: "The quota for this model is used up.",
    chat_core.RateLimitError: "The model has too many requests at the moment. Try again later.",
    chat_core.OverloadedError: "The model is overloaded at the moment. Try again later.",
    chat_core.ServerError: "The model's provider has a failure. Try again later.",
    chat_core.APIConnectionError: "The model cannot be reached at the moment. Try again later.",
    chat_core.APITimeoutError: "The model took too long to answer. Try again later.",
    chat_core.StreamInterruptedError: "The answer broke off before its end. Try again.",
    chat_core.ContextLengthExceededError: "The conversation is too long for this model.",
    chat_core.ContentFilterError: "The model's provider has blocked this request.",
    chat_core.ModelNotFoundError: "This model is not available.",
    chat_core.ProviderNotFoundError: "This model is not available.",
    chat_core.ProviderNotInstalledError: "This model is not available.",
    chat_core.AuthenticationError: "This server may not use the model at the moment.",
    chat_core.PermissionDeniedError: "This server may not use the model at the moment.",
    chat_core.MissingAPIKeyError: "This server may not use the model at the moment.",
    chat_core.InvalidRequestError: "The model refuses this request.",
    chat_core.InvalidParameterError: "The model refuses this request.",
    chat_core.OutputParserError: "The answer does not have the expected form.",
    chat_core.ToolInputError: "A tool was called with wrong arguments.",
}
_OTHERS = "The answer failed."


def error_text(error: Exception) -> str:
    """A sentence for users about ``error``, without a word of the vendor's."""
    if isinstance(error, WebError):
        return error.message
    text = next((_TEXTS[cls] for cls in type(error).__mro__ if cls in _TEXTS), _OTHERS)
    seconds = getattr(error, "retry_after", None)
    if seconds and text.endswith("Try again later."):
        return text.replace("later", f"in {math.ceil(seconds)} s")
    return text


def public_error(error: BaseException, text: ErrorText = error_text) -> ChatError:
    """``error`` as readers may see it; its message is ``text(error)``.

    Where ``text`` raises or returns no text, which is logged, the message is that of
    ``error_text``. The class is the nearest one of chat-core's. An ``APIError`` keeps ``provider``,
    ``status``, ``code``, ``request_id``, ``retry_after`` and ``is_retryable``.
    """
    message = _message(error if isinstance(error, Exception) else ChatError(_OTHERS), text)
    kind: type[ChatError] = next(filter(_is_public, type(error).__mro__), ChatError)
    if isinstance(error, APIError) and issubclass(kind, APIError):
        return kind(
            message,
            provider=error.provider,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            retry_after=error.retry_after,
            is_retryable=error.is_retryable,
        )
    return kind(message)


def _message(error: Exception, text: ErrorText) -> str:
    found: object = None
    try:
        found = text(error)
    except Exception as failure:  # noqa: BLE001 - it is the user's function
        _log.error("text= failed.", exc_info=failure)
    return found if isinstance(found, str) else error_text(error)


def _is_public(cls: type) -> bool:
    """Whether ``cls`` is one of the error classes that programs know."""
    if not issubclass(cls, ChatError):
        return False
    return issubclass(cls, WebError) or getattr(chat_core, cls.__name__, None) is cls
