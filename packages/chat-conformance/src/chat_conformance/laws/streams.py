"""Laws about streams: chunks arrive as they are sent, wherever the bytes are cut."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest
from chat_core import AIMessageChunk, APITimeoutError, merge_chunks

from ..http_answers import Answer, Stall
from ..script import Delivery, Reply
from .law import everywhere, needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["StreamLaws"]

FISH = "Fünf 🐟 schwimmen, ganz ohne Wasser, auf dem Mond."


class StreamLaws:
    """A stream yields what has arrived at once, and loses nothing of it."""

    @everywhere
    def test_a_stream_is_the_text_in_order(self, chat: Chat) -> None:
        """The chunks' text, joined, is the vendor's text, blank deltas included."""
        chat.enqueue(reply := Reply("One  two\n\nthree.", piece=1))
        streamed = chat.read_stream("Write one, two and three, each on a line of its own.")
        assert streamed.text == reply.text if chat.exact else streamed.text

    def test_a_stream_knows_its_message(self, chat: Chat) -> None:
        """``stream.message`` is what merging the chunks gives."""
        chat.enqueue("Goldfish on the moon")
        streamed = chat.read_stream()
        assert streamed.message.content == streamed.text
        assert streamed.message == merge_chunks(streamed.chunks).to_message()

    def test_a_stream_is_made_of_chunks(self, chat: Chat) -> None:
        """Every item is an ``AIMessageChunk`` whose content is a ``str``."""
        chat.enqueue("Goldfish on the moon")
        for chunk in chat.read_stream().chunks:
            assert isinstance(chunk, AIMessageChunk)
            assert isinstance(chunk.content, str)

    @needs("streaming")
    def test_a_chunk_comes_before_the_next_is_sent(self, chat: Chat) -> None:
        """The first chunk arrives while the vendor has not sent the others."""
        for limit in (0.5, 3.0):  # a busy machine may need longer than the first
            if _chunk_comes_within(chat, limit):
                return
        raise AssertionError("the first chunk came when the time limit was over")

    @everywhere
    @needs("streaming")
    def test_a_long_answer_comes_in_many_chunks(self, chat: Chat) -> None:
        """A model that streams gives its answer token by token."""
        chat.enqueue(Reply("Goldfish on the moon tonight, swimming circles, silver-white."))
        streamed = chat.read_stream("Write a verse of four lines about goldfish on the moon.")
        assert len([chunk for chunk in streamed.chunks if chunk.content]) > 2

    def test_a_model_that_cannot_stream_gives_one_chunk(self, chat: Chat) -> None:
        """A model without streaming gives its whole answer as one chunk."""
        if chat.offers("streaming"):
            pytest.skip("this model streams")
        chat.enqueue("Goldfish on the moon tonight")
        streamed = chat.read_stream()
        assert [chunk.content for chunk in streamed.chunks] == ["Goldfish on the moon tonight"]

    def test_nothing_is_sent_before_the_first_step(self, chat: Chat) -> None:
        """Making a stream sends nothing; its first step does."""
        chat.enqueue("Hello")
        stream = chat.mode.begin(chat.model(), "Hi")
        assert not chat.server.wire.wait_for_requests(1, 0.05)
        chat.mode.first(stream)
        assert len(chat.server.requests) == 1
        chat.mode.close_stream(stream)

    @pytest.mark.parametrize("piece", [1, 7, 64])
    def test_it_does_not_matter_where_bytes_are_cut(self, chat: Chat, piece: int) -> None:
        """However the bytes are cut, within a letter too, the text is the same."""
        chat.enqueue(Delivery(Reply(FISH), piece=piece))
        assert chat.read_stream().text == FISH

    @needs("line_ends")
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
    def test_lines_may_end_in_three_ways(self, chat: Chat, line_end: str) -> None:
        """LF, CRLF and CR all end a line of a stream, where the framing allows them."""
        if line_end not in chat.simulator.format.line_ends:
            pytest.skip("not a line end of this framing")
        chat.enqueue(Delivery(Reply("Any line end"), line_end=line_end))
        assert chat.read_stream().text == "Any line end"

    @needs("keep_alive")
    def test_comments_bring_nothing(self, chat: Chat) -> None:
        """Keep-alive bytes between events (comments, ids, retry hints) change nothing."""
        chat.enqueue(Delivery(Reply("In between"), between=True))
        assert chat.read_stream().text == "In between"

    def test_many_events_may_come_in_one_packet(self, chat: Chat) -> None:
        """Events that arrive together are all handed out."""
        text = "fish " * 100
        chat.enqueue(Delivery(Reply(text), per_segment=1000))
        assert chat.read_stream().text == text

    def test_a_long_stream_arrives_whole(self, chat: Chat) -> None:
        """Thousands of deltas are thousands of deltas."""
        text = "".join(f"{number} " for number in range(2000))
        chat.enqueue(Delivery(Reply(text, piece=5), per_segment=50))
        assert chat.read_stream().text == text

    def test_a_line_may_be_very_long(self, chat: Chat) -> None:
        """One event of five megabytes is read like any other."""
        text = "goldfish" * 640_000
        chat.enqueue(Reply(text, piece=len(text)))
        assert chat.read_stream().text == text

    def test_a_whole_answer_to_a_streamed_request_is_read(self, chat: Chat) -> None:
        """A server that answers a streamed request with one JSON body is understood."""
        answer = chat.simulator.whole(Delivery(Reply("All at once")))
        headers = {"content-type": "application/json"}
        chat.enqueue(Answer(headers=headers, body=answer.body))
        assert chat.read_stream().text == "All at once"


def _chunk_comes_within(chat: Chat, limit: float) -> bool:
    """Whether the first chunk comes clearly before ``limit`` seconds of silence are over."""
    chat.enqueue(Reply("Gold", Stall()))
    stream = chat.mode.begin(chat.model(timeout=limit, idle_timeout=limit), "Hi")
    started = monotonic()
    text = ""
    try:
        while not text:
            text = chat.mode.first(stream).content
    except APITimeoutError:
        return False
    seconds = monotonic() - started
    chat.mode.close_stream(stream)
    assert text == "Gold"
    return seconds < 0.8 * limit
