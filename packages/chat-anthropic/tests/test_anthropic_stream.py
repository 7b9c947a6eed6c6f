"""The Messages stream: its grammar, its end, and what must not disturb it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_anthropic.decode import MessagesDecoder
from chat_core import (
    ChatError,
    MalformedResponseError,
    OverloadedError,
    StreamInterruptedError,
)
from chat_core.provider import MessageBuilder, StreamReader

if TYPE_CHECKING:
    from chat_core import AIMessage, AIMessageChunk

Event = dict[str, Any]

START: Event = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 5, "output_tokens": 1},
    },
}
STOP: Event = {"type": "message_stop"}


def start_of(block: Event, index: int = 0) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta_of(delta: Event, index: int = 0) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def end_of(index: int = 0) -> Event:
    return {"type": "content_block_stop", "index": index}


def reason(word: str | None, **more: Any) -> Event:
    return {"type": "message_delta", "delta": {"stop_reason": word}, **more}


def text(words: str, index: int = 0) -> list[Event]:
    return [
        start_of({"type": "text", "text": ""}, index),
        delta_of({"type": "text_delta", "text": words}, index),
        end_of(index),
    ]


def body(*events: Event | bytes) -> bytes:
    frames = [
        e if isinstance(e, bytes) else f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n".encode()
        for e in events
    ]
    return b"".join(frames)


def read(*events: Event | bytes) -> tuple[list[AIMessageChunk], ChatError | None]:
    reader = StreamReader(MessagesDecoder())
    chunks = reader.feed(body(*events))
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    return chunks, reader.failure


def message(*events: Event | bytes) -> AIMessage:
    chunks, failure = read(*events)
    assert failure is None, failure
    builder = MessageBuilder()
    for chunk in chunks:
        builder.add(chunk)
    return builder.message()


def test_a_whole_stream_gives_text_metadata_usage_and_finish() -> None:
    got = message(START, *text("Hi"), reason("end_turn", usage={"output_tokens": 7}), STOP)
    assert got.content == "Hi"
    assert got.id == "msg_1"
    assert got.response_metadata["model_name"] == "claude-test"
    assert got.response_metadata["model_provider"] == "anthropic"
    assert got.finish_reason == "stop"
    assert got.response_metadata["raw_finish_reason"] == "end_turn"
    assert got.usage_metadata is not None
    assert (got.usage_metadata.input_tokens, got.usage_metadata.output_tokens) == (5, 7)


@pytest.mark.parametrize(
    "events",
    [
        [START],
        [START, *text("Hi")],
        [START, *text("Hi"), reason("end_turn")],
        [START, *text("Hi"), STOP],
        [START, *text("Hi"), reason(None), STOP],
    ],
    ids=["start only", "no end", "no message_stop", "no stop reason", "a null stop reason"],
)
def test_only_a_stop_reason_and_message_stop_prove_the_end(events: list[Event]) -> None:
    chunks, failure = read(*events)
    assert isinstance(failure, StreamInterruptedError)
    assert not any("finish_reason" in chunk.response_metadata for chunk in chunks)


def test_done_may_stand_for_message_stop() -> None:
    got = message(START, *text("Hi"), reason("end_turn"), b"data: [DONE]\n\n")
    assert got.finish_reason == "stop"


def test_what_follows_message_stop_is_not_read() -> None:
    got = message(START, *text("Hi"), reason("end_turn"), STOP, *text("more", 1))
    assert got.content == "Hi"


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "pause"),
        ("compaction", "pause"),
        ("refusal", "refusal"),
        ("a_word_of_tomorrow", "other"),
    ],
)
def test_each_stop_reason_has_its_finish_reason(word: str, finish: str) -> None:
    got = message(START, reason(word), STOP)
    assert (got.finish_reason, got.response_metadata["raw_finish_reason"]) == (finish, word)


def test_the_matched_stop_sequence_and_the_refusals_details_are_kept() -> None:
    delta = {
        "stop_reason": "stop_sequence",
        "stop_sequence": "END",
        "stop_details": {"type": "refusal", "category": "bio"},
    }
    got = message(START, {"type": "message_delta", "delta": delta}, STOP)
    assert got.response_metadata["stop_sequence"] == "END"
    assert got.response_metadata["stop_details"]["category"] == "bio"


def test_a_finish_that_comes_twice_is_replaced_not_joined() -> None:
    got = message(START, reason("end_turn"), reason("max_tokens"), STOP)
    assert got.response_metadata["raw_finish_reason"] == "max_tokens"


def test_usage_is_the_last_value_of_each_field_and_never_a_sum() -> None:
    start = {
        "type": "message_start",
        "message": {
            "usage": {
                "input_tokens": 10,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 1000,
                "output_tokens": 1,
            }
        },
    }
    first = reason(None, usage={"output_tokens": 20, "input_tokens": None})
    last = reason("end_turn", usage={"output_tokens": 30, "cache_read_input_tokens": 90})
    usage = message(start, first, last, STOP).usage_metadata
    assert usage is not None
    assert usage.input_tokens == 10 + 90 + 1000, "cached tokens are part of the prompt"
    assert usage.input_token_details == {"cache_read": 90, "cache_creation": 1000, "audio": None}
    assert usage.output_tokens == 30


def test_usage_that_is_not_reported_is_none_and_not_zero() -> None:
    assert (
        message({"type": "message_start", "message": {}}, reason("end_turn"), STOP).usage_metadata
        is None
    )
    usage = message(START, reason("end_turn"), STOP).usage_metadata
    assert usage is not None
    assert usage.input_token_details["cache_read"] is None
    assert usage.output_token_details["reasoning"] is None


def test_thinking_tokens_and_other_facts_of_usage_are_kept() -> None:
    usage = {
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
        "service_tier": "priority",
        "server_tool_use": {"web_search_requests": 2},
    }
    got = message(START, reason("end_turn", usage=usage), STOP)
    assert got.usage_metadata is not None
    assert got.usage_metadata.output_token_details["reasoning"] == 4
    assert got.response_metadata["service_tier"] == "priority"
    assert got.response_metadata["server_tool_use"] == {"web_search_requests": 2}


@pytest.mark.parametrize("word", ["length", "content_filter", "error"])
def test_a_finish_reason_in_another_wires_words_is_understood(word: str) -> None:
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    start = {"type": "content_block_start", "index": 0, "content_block": call}
    got = message(START, start, reason(word), STOP)
    assert got.finish_reason == got.response_metadata["raw_finish_reason"] == word
    assert got.tool_calls == []


def test_an_error_in_the_last_event_is_an_error() -> None:
    last = {**reason("end_turn"), "error": {"type": "overloaded_error", "message": "Busy"}}
    _, failure = read(START, *text("Hi"), last, STOP)
    assert isinstance(failure, OverloadedError)


@pytest.mark.parametrize("place", ["start", "end"])
def test_what_the_vendor_changed_in_the_input_is_kept(place: str) -> None:
    changes = [{"type": "thinking_dropped", "path": "messages.3.content.0"}]
    fact = {"input_transformations": changes}
    start = {**START, "message": {**START["message"], **(fact if place == "start" else {})}}
    end = {**reason("end_turn"), **(fact if place == "end" else {})}
    got = message(start, *text("Hi"), end, STOP)
    assert got.response_metadata["input_transformations"] == changes


def test_container_and_context_management_are_kept() -> None:
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "container": {"id": "container_1"}},
        "context_management": {"applied_edits": []},
    }
    got = message(START, end, STOP)
    assert got.response_metadata["container"] == {"id": "container_1"}
    assert got.response_metadata["context_management"] == {"applied_edits": []}


def test_pings_unknown_events_and_unknown_deltas_bring_nothing() -> None:
    noise: list[Event] = [
        {"type": "ping"},
        {"type": "an_event_of_tomorrow", "delta": {"text": "x"}},
        delta_of({"type": "a_delta_of_tomorrow", "text": "x"}),
    ]
    quiet, _ = read(START, *text("Hi"), reason("end_turn"), STOP)
    noisy, failure = read(START, *text("Hi"), *noise, reason("end_turn"), STOP)
    assert failure is None
    assert noisy == quiet


def test_unknown_fields_change_nothing() -> None:
    plain = [START, *text("Hi"), reason("end_turn", usage={"output_tokens": 1}), STOP]
    strange = [{**event, "field_of_tomorrow": {"a": 1}} for event in plain]
    strange[2] = delta_of({"type": "text_delta", "text": "Hi", "tomorrow": 1})
    assert message(*strange) == message(*plain)


def test_a_deltas_chunk_holds_nothing_but_the_delta() -> None:
    chunks, _ = read(START, *text("Hi"), reason("end_turn"), STOP)
    (only,) = [chunk for chunk in chunks if chunk.blocks]
    assert only.content == "Hi"
    assert (only.id, only.response_metadata, only.usage_metadata) == (None, {}, None)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_where_the_bytes_are_cut_does_not_matter(size: int) -> None:
    data = body(START, *text("Grüße 🐟\u2028!"), reason("end_turn"), STOP)
    reader, builder = StreamReader(MessagesDecoder()), MessageBuilder()
    for at in range(0, len(data), size):
        for chunk in reader.feed(data[at : at + size]):
            builder.add(chunk)
    assert reader.failure is None
    assert builder.message() == message(data)


NULLS = [
    {"type": "message_start", "message": None},
    {
        "type": "message_start",
        "message": {"id": None, "model": None, "content": None, "usage": None},
    },
    {"type": "message_start", "message": {"id": "", "model": "", "content": [None]}},
    {"type": "content_block_start", "index": None, "content_block": None},
    start_of({"type": "text", "text": None, "citations": None}),
    start_of({"type": "text", "citations": [None]}),
    start_of({"type": "thinking", "thinking": None, "signature": None}),
    {"type": "content_block_delta", "index": 0, "delta": None},
    delta_of({"type": "text_delta", "text": None}),
    delta_of({"type": "thinking_delta", "thinking": None}),
    delta_of({"type": "signature_delta", "signature": None}),
    delta_of({"type": "citations_delta", "citation": None}),
    delta_of({"type": "input_json_delta", "partial_json": None}),
    {"type": "content_block_stop", "index": None},
    {"type": "message_delta", "delta": None, "usage": None},
    {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": None}},
]


@pytest.mark.parametrize("event", NULLS, ids=[json.dumps(event)[9:70] for event in NULLS])
def test_null_may_stand_anywhere(event: Event) -> None:
    got = message(START, event, *text("Hi", 1), reason("end_turn"), STOP)
    assert (got.content, got.id, got.finish_reason) == ("Hi", "msg_1", "stop")


def test_the_event_field_may_name_what_the_data_does_not() -> None:
    frames = body(START, *text("Hi"), reason("end_turn")) + b"event: message_stop\ndata: {}\n\n"
    assert message(frames).finish_reason == "stop"


def test_chat_completions_chunks_are_called_what_they_are() -> None:
    _, failure = read(b'data: {"id": "c", "choices": [{"delta": {"content": "Hi"}}]}\n\n')
    assert isinstance(failure, MalformedResponseError)
    assert "Chat Completions" in failure.message
    assert "base_url" in failure.message


@pytest.mark.parametrize("data", [b"", b"<html>Sign in</html>", b"data: not json\n\n"])
def test_a_body_that_is_no_stream_is_malformed_and_not_an_empty_answer(data: bytes) -> None:
    _, failure = read(data)
    assert isinstance(failure, MalformedResponseError)
