"""Laws about answers that break off or are malformed: an error, never a hang or a short answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_core import APIError, MalformedResponseError, StreamInterruptedError

from ..http_answers import Answer, Close, Pause, Payload, Reset, html, json_answer
from ..script import Delivery, EndOfBody, Reply
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["BrokenLaws"]

WHY = "The fish are asleep."

ERROR_SHAPES: dict[str, Any] = {
    "object": {"error": {"message": WHY, "type": "server_error", "code": None}},
    "text": {"error": WHY},
    "list": [{"error": {"code": 500, "message": WHY, "status": "INTERNAL"}}],
    "base_resp": {"base_resp": {"status_code": 1000, "status_msg": WHY}},
    "success": {"success": False, "errors": [{"code": 5007, "message": WHY}], "result": None},
}
"""Error bodies that servers send with status 200."""

NOT_UTF8 = Payload(b'{"text": "\xff\xfe"}')


class BrokenLaws:
    """An answer that breaks off is an error that keeps what had arrived."""

    @needs("streaming")
    def test_a_stream_without_proof_of_its_end_is_interrupted(self, chat: Chat) -> None:
        """A body that ends without a finish reason is a ``StreamInterruptedError``."""
        error = chat.stream_failure(Reply("Goldfish on the", EndOfBody()))
        assert type(error) is StreamInterruptedError

    @needs("streaming")
    def test_a_reset_in_a_stream_is_an_interruption(self, chat: Chat) -> None:
        """A connection reset in mid-stream is a ``StreamInterruptedError``."""
        error = chat.stream_failure(Reply("Goldfish on the", Pause(0.01), Reset()))
        assert type(error) is StreamInterruptedError

    @needs("streaming")
    def test_a_cut_body_is_an_interruption(self, chat: Chat) -> None:
        """A chunked body without its last chunk is a ``StreamInterruptedError``."""
        error = chat.stream_failure(Reply("Goldfish on the", Close()))
        assert type(error) is StreamInterruptedError

    @needs("streaming")
    def test_an_interruption_keeps_every_letter(self, chat: Chat) -> None:
        """``partial`` holds all that had arrived, as the chunks did, and no finish reason."""
        text = "".join(f"{number} " for number in range(200))
        chat.enqueue(Reply(text, EndOfBody()))
        streamed = chat.stream()
        assert streamed.partial is not None
        assert streamed.partial.content == streamed.text == text
        assert streamed.partial.finish_reason is None

    def test_half_an_answer_is_no_answer(self, chat: Chat) -> None:
        """A whole answer whose body breaks off is an error of ours."""
        for fault in (Close(), Reset(), EndOfBody()):
            error = chat.failure(Reply("Goldfish on the moon", fault))
            assert isinstance(error, StreamInterruptedError | MalformedResponseError)

    @pytest.mark.parametrize("shape", ERROR_SHAPES)
    def test_an_error_with_status_200_is_no_answer(self, chat: Chat, shape: str) -> None:
        """An error object of any shape with status 200 is raised and shows its message."""
        for error in chat.failures(json_answer(ERROR_SHAPES[shape])):
            assert isinstance(error, APIError)
            assert WHY in f"{error} {vars(error)}"

    def test_bytes_behind_an_answer_are_not_the_next_answer(self, chat: Chat) -> None:
        """Bytes that a server sends after the end of an answer are discarded."""
        model, real = chat.new_model(), Reply("The second answer.")
        first, planted = (
            chat.simulator.whole(Delivery(Reply(text)))
            for text in ("The first answer.", "A planted answer.")
        )
        assert isinstance(first.body, bytes)
        assert isinstance(planted.body, bytes)
        # In one piece: bytes that arrive after the next request cannot be told from its answer.
        body = first.body + planted.head() + planted.body
        chat.enqueue(
            Answer(headers={"content-length": str(len(first.body))}, body=body), real, real
        )
        assert chat.mode.invoke(model, "Hi").content == "The first answer."
        try:
            assert chat.mode.invoke(model, "Hi").content == real.text
        except APIError:  # the connection is of no more use
            assert chat.mode.invoke(model, "Hi").content == real.text

    def test_a_page_of_html_is_no_answer(self, chat: Chat) -> None:
        """HTML with status 200 is a ``MalformedResponseError`` that shows its beginning."""
        for error in chat.failures(html("<!doctype html><title>Welcome</title>")):
            assert type(error) is MalformedResponseError
            assert "Welcome" in error.wire

    def test_an_empty_body_is_no_answer(self, chat: Chat) -> None:
        """An empty body with status 200 is a ``MalformedResponseError``."""
        assert type(chat.failure(Answer())) is MalformedResponseError
        error = chat.stream_failure(chat.simulator.streamed())
        assert type(error) is MalformedResponseError

    @needs("streaming")
    def test_an_event_that_is_not_json_is_malformed(self, chat: Chat) -> None:
        """Broken JSON in mid-stream is a ``MalformedResponseError`` with what had arrived."""
        error = chat.stream_failure(Reply("Goldfish", Payload(b'{"broken": }'), "more"))
        assert isinstance(error, MalformedResponseError)
        assert "broken" in error.wire
        assert error.partial is not None

    @needs("streaming")
    def test_bytes_that_are_not_utf8_are_malformed(self, chat: Chat) -> None:
        """Invalid UTF-8 is a ``MalformedResponseError``, never replacement characters."""
        error = chat.stream_failure(Reply("Goldfish", NOT_UTF8, "more"))
        assert type(error) is MalformedResponseError

    @needs("streaming")
    def test_events_of_an_absurd_shape_are_errors_of_ours(self, chat: Chat) -> None:
        """JSON that is no event of any wire is skipped or an ``APIError``, nothing from below."""
        for shape in (b"[]", b"7", b'"x"'):
            chat.enqueue(Reply("Gold", Payload(shape), "fish"))
            streamed = chat.stream()
            assert streamed.error is None or isinstance(streamed.error, APIError)
            assert streamed.text in ("Gold", "Goldfish")
