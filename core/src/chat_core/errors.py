"""Every error that leaves this library, as one tree.

    ChatError
    ├── ProviderNotFoundError          no provider has this id
    ├── ProviderNotInstalledError      a known provider whose package is missing
    ├── MissingAPIKeyError             no key at the first request
    ├── InvalidParameterError          a setting, option or input that cannot be right
    ├── OutputParserError              a parser could not read the model's text (``text``)
    ├── ToolInputError                 a tool was given arguments it does not take
    ├── UnsupportedEventLoopError      an async method where no event loop of asyncio runs
    └── APIError                       something went wrong between us and the vendor
        ├── AuthenticationError        401, or a code that says the key is wrong
        ├── PermissionDeniedError      402, 403
        ├── ModelNotFoundError         404
        ├── InvalidRequestError        400, 413, 422, and 409, which alone is worth trying again
        │   └── ContextLengthExceededError
        ├── ContentFilterError         the prompt was blocked
        ├── RateLimitError             429
        │   └── QuotaExceededError     429 that waiting does not cure
        ├── OverloadedError            503, 529
        ├── ServerError                other 5xx
        ├── APIConnectionError         no connection, or it broke before the answer began
        ├── APITimeoutError            ``timeout`` or ``idle_timeout`` ran out
        ├── StreamInterruptedError     an answer that ended without proof of its end
        ├── MalformedResponseError     bytes that are not this wire (``wire``)
        └── DecoderError               the provider's decoder failed by a bug of its own (``wire``)

An error inside a stream that began with status 200 is the same class as its HTTP twin. Errors are
chosen by status and code, never by matching prose; ``class_for_status`` is the first half of that
choice, each provider's ``errors.py`` the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .short_repr import short_repr

if TYPE_CHECKING:
    from .json_text import JSONObject
    from .messages.message import AIMessage

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AuthenticationError",
    "ChatError",
    "ContentFilterError",
    "ContextLengthExceededError",
    "DecoderError",
    "InvalidParameterError",
    "InvalidRequestError",
    "MalformedResponseError",
    "MissingAPIKeyError",
    "ModelNotFoundError",
    "OutputParserError",
    "OverloadedError",
    "PermissionDeniedError",
    "ProviderNotFoundError",
    "ProviderNotInstalledError",
    "QuotaExceededError",
    "RateLimitError",
    "ServerError",
    "StreamInterruptedError",
    "ToolInputError",
    "UnsupportedEventLoopError",
    "class_for_status",
]


class ChatError(Exception):
    """The root: ``except ChatError`` catches everything this library raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __repr__(self) -> str:
        facts = [f"{name}={short_repr(value)}" for name, value in self._shown_facts().items()]
        return f"{type(self).__name__}({', '.join([short_repr(self.message), *facts])})"

    def _shown_facts(self) -> dict[str, object]:
        """What ``repr`` shows beside the message."""
        return {}

    def __reduce__(self) -> tuple[object, ...]:
        return (_revive, (type(self), self.message, self.__dict__.copy()))


def _revive(cls: type[ChatError], message: str, state: dict[str, object]) -> ChatError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class ProviderNotFoundError(ChatError):
    """No provider has this id, installed or known."""


class ProviderNotInstalledError(ChatError):
    """The id is a known provider's, and its package is not installed."""


class MissingAPIKeyError(ChatError):
    """The first request needs a key, and neither ``api_key=`` nor the environment has one.

    ``provider`` is the id of the provider, where one is known.
    """

    def __init__(self, message: str, *, provider: str | None = None) -> None:
        super().__init__(message)
        self.provider = provider


class InvalidParameterError(ChatError):
    """A setting, call option or input that cannot be right; nothing was sent."""


class OutputParserError(ChatError):
    """A parser could not make sense of the model's output; ``text`` is what it saw.

    ``answer`` is the message that structured output read: its token usage, its reasoning.
    """

    answer: AIMessage | None = None

    def __init__(self, message: str, *, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class ToolInputError(ChatError):
    """A tool was called with arguments that its schema does not allow."""


class UnsupportedEventLoopError(ChatError):
    """An async method was called where no event loop of asyncio runs, such as under trio."""


ErrorT = TypeVar("ErrorT", bound="APIError")


class APIError(ChatError):
    """A failure between us and the vendor.

    Args:
        message: the vendor's message, or a sentence of ours.
        provider: the provider id, such as ``"groq"``.
        status: the HTTP status. For an error inside an answer with status 200: the status that the
            vendor answers with when it refuses a request for the same reason.
        code: the vendor's code or error type.
        request_id: the vendor's id of the request.
        retry_after: the seconds that the vendor asks to wait.
        is_retryable: whether the same request may succeed later; ``None`` takes the default of the
            class.
        partial: the message so far, if chunks had arrived.
        details: the vendor's error object, with all of its fields.
    """

    retryable_by_default = False

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status: int | None = None,
        code: str | int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        is_retryable: bool | None = None,
        partial: AIMessage | None = None,
        details: JSONObject | None = None,
    ) -> None:
        # Facts are read out of what the vendor sent, which may hold anything anywhere.
        super().__init__(str(message))
        self.provider = provider
        self.status = status
        self.code = code if code.__class__ is int or code is None else str(code)
        self.request_id = None if request_id is None else str(request_id)
        self.retry_after = retry_after
        if is_retryable is None:
            is_retryable = self.retryable_by_default or status == _CONFLICT
        self.is_retryable = is_retryable
        self.partial = partial
        self.details = details or {}

    def recast(self, kind: type[ErrorT], **changes: object) -> ErrorT:
        """An error of class ``kind`` with the same facts.

        ``changes`` are arguments of the constructor that replace single facts. ``is_retryable`` is
        the default of ``kind`` unless it is among them.
        """
        facts: dict[str, Any] = {
            "message": self.message,
            "provider": self.provider,
            "status": self.status,
            "code": self.code,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
            "partial": self.partial,
            "details": self.details,
        }
        error = kind(**(facts | changes))
        error.__cause__ = self.__cause__
        return error

    def _shown_facts(self) -> dict[str, object]:
        names = ("provider", "status", "code", "request_id", "retry_after", "partial")
        facts = {name: getattr(self, name, None) for name in names}
        return {name: value for name, value in facts.items() if value is not None}

    def __str__(self) -> str:
        facts = [self.provider] if self.provider else []
        if self.status is not None:
            facts.append(f"HTTP {self.status}")
        if self.code is not None and self.code != self.status:
            facts.append(f"code {self.code}")
        if self.request_id:
            facts.append(f"request {self.request_id}")
        return f"{self.message} ({', '.join(facts)})" if facts else self.message


class AuthenticationError(APIError):
    """The key is missing, wrong or revoked."""


class PermissionDeniedError(APIError):
    """The key is right and may not do this (or the account cannot pay for it)."""


class ModelNotFoundError(APIError):
    """The vendor has no such model, or not for this key."""


class InvalidRequestError(APIError):
    """The vendor refuses the request as it stands."""


class ContextLengthExceededError(InvalidRequestError):
    """The messages are longer than the model's context window."""


class ContentFilterError(APIError):
    """The vendor blocked the prompt."""


class RateLimitError(APIError):
    """Too many requests or tokens for now."""

    retryable_by_default = True


class QuotaExceededError(RateLimitError):
    """A limit that waiting does not cure: credit or daily quota used up."""

    retryable_by_default = False


class OverloadedError(APIError):
    """The vendor has no capacity right now."""

    retryable_by_default = True


class ServerError(APIError):
    """The vendor failed."""

    retryable_by_default = True


class APIConnectionError(APIError):
    """The connection could not be made, or broke before the answer began."""

    retryable_by_default = True


class APITimeoutError(APIError):
    """Nothing useful arrived within ``timeout`` (first event) or ``idle_timeout`` (later ones)."""

    retryable_by_default = True


class StreamInterruptedError(APIError):
    """The answer ended without proof that it was whole; ``partial`` is what arrived."""

    retryable_by_default = True


class _WireError(APIError):
    """An error over bytes of the answer; ``wire`` is their beginning, trimmed."""

    _SHOWN = 500

    def __init__(self, message: str, *, wire: bytes | str = "", **facts: Any) -> None:
        super().__init__(message, **facts)
        text = wire.decode("utf-8", "replace") if isinstance(wire, bytes) else wire
        self.wire = text[: self._SHOWN] + ("…" if len(text) > self._SHOWN else "")

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text.removesuffix('.')}: {self.wire[:200]!r}" if self.wire else text


class MalformedResponseError(_WireError):
    """The answer is not in the wire format; ``wire`` is its beginning, trimmed."""


class DecoderError(_WireError):
    """The provider's decoder raised an exception of its own, or returned what is no chunk.

    A bug of the provider's package, whatever the vendor sent in ``wire``; ``__cause__`` is the
    exception. A JSON value of another type than the decoder reads is a ``MalformedResponseError``.
    """


_CONFLICT = 409
"""A conflict with another request, which ends by itself: the SDKs of OpenAI, Anthropic and Groq
retry it as a lock that timed out, and Google's ABORTED means the same."""

_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    402: PermissionDeniedError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: APITimeoutError,
    429: RateLimitError,
    503: OverloadedError,
    529: OverloadedError,
}


def class_for_status(status: int) -> type[APIError]:
    """The class that an HTTP status alone stands for (RFC 9110, and 529 as vendors use it)."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ServerError if status >= 500 else InvalidRequestError
