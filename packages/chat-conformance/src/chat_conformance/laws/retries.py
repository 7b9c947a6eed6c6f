"""Laws about retries: what is retried, how often, and never after the first chunk."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest
from chat_core import APIConnectionError, APIError

from ..cassettes import UNREACHABLE
from ..http_answers import Answer, Reset
from ..script import ErrorKind, ErrorReply, Reply
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat
    from ..simulators import ScriptItem

__all__ = ["RetryLaws"]

PASSING: dict[str, ScriptItem] = {
    "rate_limit": ErrorReply("rate_limit"),
    "server_error": ErrorReply("server_error"),
    "unavailable": ErrorReply("unavailable"),
    "reset": Answer(before=[Reset()]),
}
"""What may be over a moment later."""

LASTING: tuple[ErrorKind, ...] = ("authentication", "invalid_request", "not_found", "quota")
"""What will be the same however often one asks."""


class RetryLaws:
    """A request is sent again where that may help, and never where it cannot."""

    @pytest.mark.parametrize("kind", PASSING)
    def test_what_passes_is_tried_again(self, chat: Chat, kind: str) -> None:
        """A rate limit, a failing server and a broken connection are tried again."""
        chat.enqueue(PASSING[kind], Reply("At last"), PASSING[kind], Reply("At last"))
        assert chat.ask(max_retries=1).content == "At last"
        assert chat.read_stream(max_retries=1).text == "At last"

    @needs("idempotency_key")
    def test_each_attempt_has_the_idempotency_key_of_its_call(self, chat: Chat) -> None:
        """The key of a call is in the head of its first request and of each that is sent again."""
        chat.enqueue(ErrorReply("server_error"), "At last")
        chat.ask(max_retries=1, idempotency_key="order-0017")
        found = [
            [value for value in request.headers.values() if value == "order-0017"]
            for request in chat.server.requests
        ]
        assert found == [["order-0017"], ["order-0017"]]

    @pytest.mark.parametrize("kind", LASTING)
    def test_what_lasts_is_asked_once(self, chat: Chat, kind: ErrorKind) -> None:
        """A wrong key, a bad request and an exhausted quota are not tried again."""
        if not chat.supports_error(ErrorReply(kind)):
            pytest.skip(f"the wire has no error {kind}")
        chat.failures(ErrorReply(kind), max_retries=2)
        assert len(chat.server.requests) == 2  # a whole answer and a stream, once each

    @pytest.mark.parametrize("limit", [0, 2])
    def test_max_retries_is_the_limit(self, chat: Chat, limit: int) -> None:
        """A request is sent again at most ``max_retries`` times."""
        chat.server.answer_always(ErrorReply("server_error"))
        chat.failure(max_retries=limit)
        assert len(chat.server.requests) == limit + 1

    def test_the_vendors_wait_is_kept(self, chat: Chat) -> None:
        """A request is sent again no sooner than the vendor asks."""
        wait = 0.12
        chat.enqueue(ErrorReply("rate_limit", retry_after=wait), Reply("At last"))
        started = monotonic()
        chat.ask(max_retries=1)
        assert monotonic() - started >= wait

    @needs("streaming")
    def test_an_error_before_any_output_is_tried_again(self, chat: Chat) -> None:
        """A request is retried if a 200 stream starts with an error object."""
        chat.enqueue(Reply(ErrorReply("overloaded")), Reply("At last"))
        streamed = chat.stream(max_retries=1)
        assert (streamed.text, streamed.error) == ("At last", None)

    @needs("streaming")
    def test_an_error_after_output_is_not_tried_again(self, chat: Chat) -> None:
        """A request is not retried after the first chunk."""
        chat.enqueue(Reply("Gold", ErrorReply("overloaded")), Reply("Goldfish"))
        streamed = chat.stream(max_retries=1)
        assert streamed.text == "Gold"
        assert isinstance(streamed.error, APIError)

    def test_an_unreachable_server_is_a_connection_error(self, chat: Chat) -> None:
        """A refused connection is an ``APIConnectionError`` that keeps its cause."""
        with pytest.raises(APIConnectionError) as caught:
            chat.mode.invoke(chat.new_model(base_url=UNREACHABLE), "Hi")
        assert caught.value.__cause__ is not None
