"""What every stream must survive, in Mistral's wire: ends, errors, nulls, repeats, cuts."""

from __future__ import annotations

import json

import pytest
from chat_core import (
    APIError,
    InvalidRequestError,
    InvalidToolCall,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    ToolCall,
)
from mistral_wire import (
    Wire,
    answer,
    body,
    call,
    content_event,
    event,
    merged,
    read,
    reference,
    replied,
    reply,
    stop,
    text,
    thinking,
)

# --- the end needs proof


def test_a_finish_reason_proves_the_end_without_done() -> None:
    assert answer(content_event("hi"), stop(), done=False).finish_reason == "stop"


def test_done_alone_ends_the_answer_for_reasons_unknown() -> None:
    assert answer(content_event("hi")).finish_reason == "other"


def test_a_body_that_ends_without_proof_is_an_interruption_with_what_arrived() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        read(body(content_event([thinking("hm")]), content_event("half"), done=False))
    assert caught.value.partial is not None
    assert (caught.value.partial.content, caught.value.partial.reasoning) == ("half", "hm")


# --- errors inside a 200 stream

RATE_LIMITED = {
    "object": "error",
    "message": "Rate limit exceeded",
    "type": "rate_limited",
    "param": None,
    "code": "1300",
    "raw_status_code": 429,
}


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (RATE_LIMITED, RateLimitError, 429),
        (RATE_LIMITED | {"raw_status_code": None}, RateLimitError, 429),
        ({"object": "error", "message": "no", "raw_status_code": 503}, OverloadedError, 503),
        ({"object": "error", "message": "no", "type": "unreachable_backend"}, OverloadedError, 503),
        ({"object": "error", "message": "boom", "type": "server_error"}, ServerError, 500),
        ({"object": "error", "message": "boom"}, ServerError, 500),
        (
            {"object": "error", "message": "bad", "type": "invalid_request_invalid_args"},
            InvalidRequestError,
            400,
        ),
        ({"error": RATE_LIMITED}, RateLimitError, 429),
        ({"error": {"message": "busy", "code": 503}}, OverloadedError, 503),
        ({"error": "boom"}, ServerError, 500),
    ],
)
def test_an_error_inside_a_stream_is_its_http_twin_with_what_had_arrived(
    error: Wire, kind: type[APIError], status: int
) -> None:
    for before in (
        [],
        [event({"role": "assistant", "content": ""})],
        [content_event("par"), content_event("tial")],
    ):
        with pytest.raises(kind) as caught:
            read(body(*before, error, done=False))
        assert type(caught.value) is kind
        assert (caught.value.status, caught.value.provider) == (status, "mistralai")
        assert caught.value.partial is not None
        assert caught.value.partial.content == ("partial" if len(before) == 2 else "")


def test_an_error_object_as_a_whole_answer_with_status_200_is_an_error() -> None:
    with pytest.raises(RateLimitError, match="Rate limit exceeded"):
        replied(RATE_LIMITED)


# --- tool calls


def test_arguments_may_come_in_pieces_which_the_sdk_refuses() -> None:
    deltas = [call("abcdefgh1", "f", '{"a"', index=0), call(None, None, ": 1}", index=0)]
    message = answer(*[event({"tool_calls": [delta]}) for delta in deltas], stop("tool_calls"))
    assert message.tool_calls == [ToolCall("f", {"a": 1}, "abcdefgh1")]


def test_calls_in_one_delta_stay_apart_by_their_ids_though_each_says_index_0() -> None:
    calls = [call("abcdefgh1", "f", "{}", index=0), call("abcdefgh2", "g", "null", index=0)]
    message = answer(event({"tool_calls": calls}, finish="tool_calls"))
    assert message.tool_calls == [ToolCall("f", {}, "abcdefgh1"), ToolCall("g", {}, "abcdefgh2")]


def test_a_call_cut_off_by_length_is_never_valid() -> None:
    delta = event({"tool_calls": [call("abcdefgh1", "rm", '{"path": "/"}', index=0)]})
    for word in ("length", "model_length", "error"):
        message = answer(delta, stop(word))
        assert message.tool_calls == []
        assert isinstance(message.blocks[-1], InvalidToolCall)


# --- usage, nulls, repeats


def test_usage_in_several_events_is_a_snapshot_and_never_a_sum() -> None:
    counts = [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2)]
    usage = answer(event({"content": "a"}, usage=counts[0]), stop(usage=counts[1])).usage_metadata
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (5, 2, 7)


def test_empty_and_null_fields_bring_nothing_and_break_nothing() -> None:
    nothing = {"type": "thinking", "thinking": None, "signature": None}
    message = answer(
        {"id": "", "model": "", "choices": []},
        {"choices": None},
        {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
        event({"role": "", "content": None, "tool_calls": None}),
        content_event([]),
        content_event([None, {"type": "thinking", "thinking": [None]}]),  # type: ignore[list-item]
        event({"tool_calls": [None]}),
        content_event(
            [nothing, {"type": "thinking", "thinking": []}, {"type": "text", "text": None}]
        ),
        content_event("a"),
        event({"content": ""}, finish="stop", usage=None),
    )
    assert [block.type for block in message.blocks] == ["text"]
    assert (message.content, message.id) == ("a", "cmpl-1")


def test_a_finish_reason_that_comes_twice_is_replaced() -> None:
    assert (
        answer(content_event("a"), stop(), stop()).response_metadata["raw_finish_reason"] == "stop"
    )


def test_other_candidates_are_not_read() -> None:
    other = content_event("OTHER")
    other["choices"][0]["index"] = 1
    assert answer(content_event("a"), other, stop()).content == "a"


# --- bytes

BUSY = body(
    event({"role": "assistant", "content": ""}),
    content_event([thinking("über")]),
    content_event([thinking(" 漢字", signature="s1"), text("Grüße")]),
    content_event(" 🐟\u2028"),
    content_event([reference(0)]),
    content_event(" end"),
    event({"tool_calls": [call("abcdefgh1", "f", '{"a": "é"}')]}, finish="tool_calls"),
)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_where_the_bytes_are_cut_does_not_matter(piece: int) -> None:
    whole = merged(read(BUSY))
    assert merged(read(BUSY, piece)) == whole
    assert merged(read(BUSY.replace(b"\n", b"\r\n"), piece)) == whole
    assert merged(read(b": hi\n\nevent: new\n" + BUSY.replace(b"data: ", b"data:"), piece)) == whole


def test_unknown_fields_change_no_block_and_are_kept_but_for_padding() -> None:
    plain = [json.loads(line[6:]) for line in BUSY.decode().split("\n\n") if "{" in line]
    noisy = [{"p": "abc", **wire} for wire in plain]
    for wire in noisy:
        wire["choices"] = [{**wire["choices"][0], "x": 1}]
        wire["choices"][0]["delta"] = {**wire["choices"][0]["delta"], "metadata": {"y": [2]}}
    kept, expected = answer(*noisy), answer(*plain)
    assert kept.blocks == expected.blocks
    more = {"x": 1, "metadata": {"y": [2]}}
    assert kept.response_metadata == expected.response_metadata | more


def test_a_page_or_an_empty_body_is_malformed() -> None:
    for data in (b"<html>sign in</html>", b"", b'{"choices": []}', b"[]"):
        with pytest.raises(MalformedResponseError):
            read(data)


def test_a_whole_answer_instead_of_a_stream_is_read() -> None:
    wire = {"id": "x", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    assert merged(read(json.dumps(wire).encode())).content == "hi"


def test_a_stream_and_a_whole_answer_of_the_same_parts_are_the_same_message() -> None:
    parts = [thinking("a", signature="s"), text("b"), reference(1), text("c")]
    streamed = answer(*[content_event([part]) for part in parts], stop())
    assert streamed.blocks == reply(parts).blocks
