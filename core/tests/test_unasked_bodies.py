"""Bodies in another frame than expected: events instead of one object, an object inside a list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from chat_core import (
    AIMessageChunk,
    APIError,
    InvalidRequestError,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
    TextBlock,
)
from chat_core.provider import Decoder, StreamReader, decode_reply, read_refusal


class Plain(Decoder):
    """Reads ``{"text": …}``; ``{"end": true}`` proves the end; ``{"error": …}`` is an error."""

    def __init__(self) -> None:
        self._is_whole = False

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        if "error" in wire:
            raise APIError(wire["error"])
        self._is_whole = self._is_whole or "end" in wire
        return AIMessageChunk([TextBlock(wire.get("text", ""), index=0)])

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        if not (marker or self._is_whole):
            raise StreamInterruptedError("no end")
        return AIMessageChunk(response_metadata={"finish_reason": "stop"})

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        return self.feed(wire) or AIMessageChunk()


@pytest.mark.parametrize("prefix", ["", ": ping\n\n", "event: message\n", "\ufeff", "\n"])
def test_a_whole_answer_that_comes_as_events_is_their_sum(prefix: str) -> None:
    body = prefix + 'data: {"text": "a"}\n\ndata: {"text": "b"}\n\ndata: [DONE]\n\n'
    chunk = decode_reply(Plain(), body.encode())
    assert (chunk.content, chunk.finish_reason) == ("ab", "stop")


def test_events_that_break_off_are_an_interruption_with_what_arrived() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        decode_reply(Plain(), b'data: {"text": "a"}\n\n')
    assert caught.value.partial is not None
    assert caught.value.partial.content == "a"


def test_an_error_among_the_events_is_raised() -> None:
    with pytest.raises(APIError, match="gone"):
        decode_reply(Plain(), b'data: {"error": "gone"}\n\n')


def test_an_object_inside_a_list_is_that_object_and_other_lists_are_malformed() -> None:
    assert decode_reply(Plain(), b'[{"text": "a"}]').content == "a"
    for body in (b"[]", b'[{"text": "a"}, {"text": "b"}]', b'["a"]', b'"a"', b"1"):
        with pytest.raises(MalformedResponseError):
            decode_reply(Plain(), body)


def test_an_event_may_hold_its_object_inside_a_list() -> None:
    reader = StreamReader(Plain())
    assert reader.feed(b'data: [{"error": "gone"}]\n\n') == []
    assert reader.failure is not None
    assert reader.failure.message == "gone"


def test_the_body_of_a_refusal_is_read_without_its_frame() -> None:
    def read(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
        return RateLimitError(json.loads(body)["error"], status=status)

    for body in (
        b'data: {"error": "slow down"}\n\ndata: [DONE]\n\n',
        b'event: error\r\ndata: {"error": "slow down"}\r\n\r\n',
        b'data: {"error": "slow down"}',
        b'{"error": "slow down"}',
    ):
        error = read_refusal(read, 429, {}, body)
        assert (type(error), error.message) == (RateLimitError, "slow down")


def test_recasting_keeps_every_fact_but_those_that_change() -> None:
    error = InvalidRequestError(
        "full",
        provider="p",
        status=400,
        code="c",
        request_id="r",
        retry_after=2.5,
        details={"a": 1},
    )
    error.__cause__ = cause = ValueError("x")
    other = error.recast(OverloadedError, status=503)
    assert type(other) is OverloadedError
    assert (other.message, other.provider, other.status, other.code) == ("full", "p", 503, "c")
    assert (other.request_id, other.retry_after, other.details) == ("r", 2.5, {"a": 1})
    assert other.is_retryable
    assert other.__cause__ is cause
    assert not error.recast(OverloadedError, is_retryable=False).is_retryable


def test_a_redirect_names_its_location() -> None:
    """It is not followed, so its location is what the user has to know."""
    error = read_refusal(_never, 307, {"Location": "http://other.example/x"}, b"")
    assert "http://other.example/x" in str(error)
    assert error.details == {"location": "http://other.example/x"}
    assert error.status == 307


def _never(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    raise AssertionError("a redirect is no refusal of the vendor's")
