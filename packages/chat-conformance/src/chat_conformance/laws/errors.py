"""Laws about error replies: the class, status, code, message and wait of the vendor's errors."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    APIError,
    AuthenticationError,
    ChatError,
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

from ..http_answers import html, json_answer
from ..script import REQUEST_ID, ErrorKind, ErrorReply, Reply
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["ErrorLaws"]

CLASSES: dict[ErrorKind, type[APIError]] = {
    "authentication": AuthenticationError,
    "permission": PermissionDeniedError,
    "not_found": ModelNotFoundError,
    "invalid_request": InvalidRequestError,
    "unprocessable": InvalidRequestError,
    "context_length": ContextLengthExceededError,
    "content_filter": ContentFilterError,
    "rate_limit": RateLimitError,
    "quota": QuotaExceededError,
    "server_error": ServerError,
    "unavailable": OverloadedError,
    "overloaded": OverloadedError,
}

WORTH_RETRYING = {"rate_limit", "server_error", "unavailable", "overloaded"}

MESSAGE = "The vendor has its reasons."


class ErrorLaws:
    """An error holds every fact that the vendor sent."""

    @pytest.mark.parametrize("kind", CLASSES)
    def test_each_error_has_its_class(self, chat: Chat, kind: ErrorKind) -> None:
        """Each kind of error has its class, for whole answers and for streams."""
        for error in _failures(chat, kind):
            assert type(error) is CLASSES[kind]

    def test_an_error_has_the_status(self, chat: Chat) -> None:
        """``status`` is the HTTP status."""
        for error in _failures(chat, "permission"):
            assert error.status == chat.simulator.status(ErrorReply("permission"))

    def test_an_error_has_the_vendors_message(self, chat: Chat) -> None:
        """``message`` holds what the vendor wrote."""
        for error in _failures(chat, "invalid_request"):
            assert MESSAGE in error.message

    @needs("error_code")
    def test_an_error_has_the_vendors_code(self, chat: Chat) -> None:
        """``code`` is the vendor's code, as it is in the body."""
        for error in _failures(chat, "rate_limit"):
            assert error.code is not None
            assert str(error.code) in str(chat.simulator.error(ErrorReply("rate_limit")))

    def test_an_error_has_the_request_id(self, chat: Chat) -> None:
        """``request_id`` is the id by which the vendor's support finds the request."""
        if chat.simulator.request_id_header is None:
            pytest.skip("this vendor names no request")
        for error in _failures(chat, "not_found"):
            assert error.request_id == REQUEST_ID

    def test_an_error_names_its_provider(self, chat: Chat) -> None:
        """``provider`` is the provider's id."""
        for error in _failures(chat, "not_found"):
            assert error.provider == chat.model().provider

    @pytest.mark.parametrize("kind", CLASSES)
    def test_an_error_tells_whether_a_retry_helps(self, chat: Chat, kind: ErrorKind) -> None:
        """``is_retryable`` is true for what may pass by itself, and for nothing else."""
        for error in _failures(chat, kind):
            assert error.is_retryable == (kind in WORTH_RETRYING)

    def test_an_error_has_the_seconds_to_wait(self, chat: Chat) -> None:
        """``retry_after`` is the wait in seconds that the vendor asks for."""
        for error in chat.failures(ErrorReply("rate_limit", retry_after=7)):
            assert isinstance(error, APIError)
            assert error.retry_after == 7

    def test_an_error_without_json_is_still_its_status(self, chat: Chat) -> None:
        """A proxy's page with status 502 is a ``ServerError`` with that status."""
        for error in chat.failures(html(status=502)):
            assert type(error) is ServerError
            assert error.status == 502

    @pytest.mark.parametrize("status", [402, 409, 413, 451, 500, 502, 504, 599])
    def test_no_status_is_unknown(self, chat: Chat, status: int) -> None:
        """Any status from 400 upwards, with any body, is an ``APIError`` with that status."""
        for error in chat.failures(json_answer({"unheard": ["of"]}, status)):
            assert isinstance(error, APIError)
            assert error.status == status

    def test_errors_can_be_pickled(self, chat: Chat) -> None:
        """An error goes through a pickle with all it knows (worker processes do that)."""
        error, _ = _failures(chat, "rate_limit")
        again: Any = pickle.loads(pickle.dumps(error))  # noqa: S301 - we have just written it
        assert type(again) is type(error)
        assert (str(again), again.status, again.code) == (str(error), error.status, error.code)

    @needs("streaming", "stream_errors")
    @pytest.mark.parametrize("kind", ["rate_limit", "server_error", "overloaded"])
    def test_an_error_in_a_stream_is_its_http_twin(self, chat: Chat, kind: ErrorKind) -> None:
        """An error object inside a 200 stream has class and status of its HTTP twin."""
        _skip_unless_in_stream(chat, kind)
        error = chat.stream_failure(Reply(ErrorReply(kind, MESSAGE)))
        assert isinstance(error, APIError)
        assert type(error) is CLASSES[kind]
        assert error.status is not None
        assert error.status >= 400
        assert MESSAGE in error.message

    @needs("stream_errors")
    def test_an_error_in_a_whole_answer_is_an_error(self, chat: Chat) -> None:
        """An error object with status 200 is raised, never read as an empty answer."""
        _skip_unless_in_stream(chat, "server_error")
        error = chat.failure(Reply(ErrorReply("server_error", MESSAGE)))
        assert type(error) is ServerError

    @needs("streaming", "stream_errors")
    def test_an_error_in_mid_stream_keeps_what_had_arrived(self, chat: Chat) -> None:
        """``partial`` is the message up to the error object."""
        kinds = chat.simulator.kinds_in_stream
        kind: ErrorKind = next(kind for kind in reversed(CLASSES) if kind in kinds)
        error = chat.stream_failure(Reply("Goldfish", ErrorReply(kind)))
        partial = getattr(error, "partial", None)
        assert partial is not None
        assert partial.content == "Goldfish"


def _skip_unless_in_stream(chat: Chat, kind: ErrorKind) -> None:
    if not chat.supports_error(ErrorReply(kind), in_stream=True):
        pytest.skip(f"the wire has no error {kind} within a stream")


def _failures(chat: Chat, kind: ErrorKind) -> list[APIError]:
    error_reply = ErrorReply(kind, MESSAGE)
    if not chat.supports_error(error_reply):
        pytest.skip(f"the wire has no error {kind}")
    found: list[APIError] = []
    for error in chat.failures(error_reply):
        assert isinstance(error, ChatError)
        assert isinstance(error, APIError), f"{type(error).__name__} is no APIError"
        found.append(error)
    return found
