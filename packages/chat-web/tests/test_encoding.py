"""What is pure: frames, ids, the events that readers see, and the public form of errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from chat_core import (
    AIMessageChunk,
    APIError,
    ChatError,
    MalformedResponseError,
    MissingAPIKeyError,
    RateLimitError,
    StreamEvent,
)
from chat_web import EventEncoder, StreamGoneError, error_text, public_error, visible
from chat_web.answer import encode_answer
from chat_web.sse import Ids, frame, read_id


def test_data_of_several_lines_is_one_frame() -> None:
    assert frame("a\nb\r\nc\rd") == b"data: a\ndata: b\ndata: c\ndata: d\n\n"
    assert frame("", "ping") == b"event: ping\ndata: \n\n"


def test_a_name_of_several_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="is one line"):
        frame("x", "a\ndata: forged")


def test_ids_count_the_frames_of_a_stream() -> None:
    ids = Ids("s")
    assert ids.number([frame("a"), frame("b")]) == [
        b"id: s.1\ndata: a\n\n",
        b"id: s.2\ndata: b\n\n",
    ]
    assert ids.number([frame("c")]) == [b"id: s.3\ndata: c\n\n"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("abc-_9.12", ("abc-_9", 12)),
        (" s.0 ", ("s", 0)),
        ("s", None),
        ("s.", None),
        (".1", None),
        ("s.-1", None),
        ("s.1.2", None),
        ("s.٣", None),
        ("s." + "9" * 40, None),
        ("a/b.1", None),
    ],
)
def test_an_id_is_read_or_refused(text: str, place: tuple[str, int] | None) -> None:
    assert read_id(text) == place


def event(name: str, data: Any, *parents: str) -> StreamEvent:
    return {
        "event": name,
        "name": "x",
        "run_id": "r",
        "parent_ids": list(parents),
        "tags": ["t"],
        "metadata": {"ls_provider": "groq", "user": "u-7"},
        "data": data,
    }


def test_prompts_and_chains_inside_others_are_not_shown() -> None:
    assert visible(event("on_prompt_end", {"output": "p"})) is None
    assert visible(event("on_chain_end", {"output": "p"}, "root")) is None
    assert visible(event("on_chain_end", {"output": "p"})) is not None


def test_inputs_are_not_shown_but_for_tools() -> None:
    shown = visible(event("on_chat_model_end", {"input": "secret", "output": "o"}))
    assert shown is not None
    assert shown["data"] == {"output": "o"}
    assert shown["metadata"] == {"ls_provider": "groq"}
    tool = visible(event("on_tool_start", {"input": {"city": "Oslo"}}))
    assert tool is not None
    assert tool["data"] == {"input": {"city": "Oslo"}}
    own = visible(event("on_custom_event", {"input": 1}))
    assert own is not None
    assert own["data"] == {"input": 1}


def test_an_event_that_is_shown_in_part_stays_as_it_was() -> None:
    original = event("on_chat_model_end", {"input": "secret", "output": "o"})
    visible(original)
    assert original["data"]["input"] == "secret"


def test_the_public_form_of_an_error_has_its_class_and_no_text_of_others() -> None:
    error = RateLimitError(
        "org-7 used 900 tokens",
        provider="groq",
        status=429,
        code="rate_limit_exceeded",
        request_id="req-1",
        retry_after=2.2,
        details={"organization": "org-7"},
    )
    shown = public_error(error)
    assert type(shown) is RateLimitError
    assert shown.message == "The model has too many requests at the moment. Try again in 3 s."
    assert (shown.code, shown.request_id, shown.retry_after) == (
        "rate_limit_exceeded",
        "req-1",
        2.2,
    )
    assert shown.details == {}
    assert "org-7" not in repr(shown)


def test_bytes_of_the_answer_are_not_public() -> None:
    shown = public_error(MalformedResponseError("bad", wire=b"sk-secret", provider="groq"))
    assert isinstance(shown, MalformedResponseError)
    assert shown.wire == ""


class VendorError(APIError):
    """A class of a provider package."""

    def __init__(self, message: str, level: int) -> None:
        super().__init__(message, provider="v")
        self.level = level


def test_a_class_that_programs_do_not_know_becomes_the_nearest_that_they_do() -> None:
    assert type(public_error(VendorError("x", 3))) is APIError
    assert type(public_error(KeyError("x"))) is ChatError
    assert type(public_error(MissingAPIKeyError("set X_KEY", provider="v"))) is MissingAPIKeyError


def test_the_text_for_users_may_be_another() -> None:
    assert public_error(KeyError("x"), lambda _: "Leider nicht.").message == "Leider nicht."
    assert error_text(StreamGoneError("Gone.")) == "Gone."


class CountingEncoder(EventEncoder):
    """Counts the ends."""

    ends = 0

    def _end(self, data: dict[str, Any]) -> Any:
        self.ends += 1
        return super()._end(data)


@pytest.mark.parametrize("fails_at", [None, 0, 1, 2])
async def test_an_answer_has_one_last_frame_wherever_it_fails(fails_at: int | None) -> None:
    async def source() -> AsyncIterator[AIMessageChunk]:
        for number in range(2):
            if number == fails_at:
                raise OSError
            yield AIMessageChunk("x")
        if fails_at == 2:
            raise OSError

    encoder = CountingEncoder()
    frames = [each async for some in encode_answer(source(), encoder) for each in some]
    assert encoder.ends == 1
    assert frames[-1].startswith(b"event: end\n")
    assert (b"error" in frames[-1]) == (fails_at is not None)


class FailingEncoder(EventEncoder):
    """Cannot write an event."""

    def feed(self, event: StreamEvent) -> Any:
        raise TypeError("unwritable")


async def test_an_encoder_that_fails_ends_the_answer_and_closes_its_source() -> None:
    closed = False

    async def source() -> AsyncIterator[AIMessageChunk]:
        nonlocal closed
        try:
            while True:
                yield AIMessageChunk("x")
        finally:
            closed = True

    frames: Iterable[list[bytes]] = [
        each async for each in encode_answer(source(), FailingEncoder())
    ]
    assert b'"reason":"error"' in list(frames)[-1][0]
    assert closed


async def test_closing_the_frames_closes_the_source() -> None:
    closed = asyncio.Event()

    async def source() -> AsyncIterator[AIMessageChunk]:
        try:
            while True:
                yield AIMessageChunk("x")
        finally:
            closed.set()

    frames = encode_answer(source(), EventEncoder())
    await anext(frames)
    await anext(frames)
    await frames.aclose()
    assert closed.is_set()
