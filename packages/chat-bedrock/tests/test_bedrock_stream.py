"""Rules of Converse's stream, each with a stream that shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from chat_bedrock.decode import ConverseDecoder
from chat_bedrock.encode_tools import TOOL_NAMES
from chat_bedrock.finish import FINISH_REASONS
from chat_core import (
    AIMessage,
    ImageBlock,
    InvalidToolCall,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    ReasoningBlock,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    StreamInterruptedError,
    TextBlock,
    ToolCall,
)
from chat_core.provider import BinaryFraming, StreamReader, encode_binary_message
from converse_wire import (
    MODEL,
    chunks_of,
    delta,
    exception,
    frames,
    read,
    reply,
    start,
    stop,
    text,
)

START: dict[str, Any] = {"messageStart": {"role": "assistant"}}
END: dict[str, Any] = {"messageStop": {"stopReason": "end_turn"}}
CALLED: dict[str, Any] = {"messageStop": {"stopReason": "tool_use"}}
USAGE = {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8}
META: dict[str, Any] = {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 7}}}


def call(index: int, name: str, id: str, *pieces: str) -> list[dict[str, Any]]:
    deltas = [delta(index, toolUse={"input": piece}) for piece in pieces]
    return [start(index, toolUse={"toolUseId": id, "name": name}), *deltas, stop(index)]


def test_text_needs_no_start_of_its_block() -> None:
    message = read(frames(START, text("Gold"), text("fish"), stop(0), END, META))
    assert message.content == "Goldfish"
    assert message.finish_reason == "stop"
    assert message.response_metadata["raw_finish_reason"] == "end_turn"
    assert message.response_metadata["model_name"] == MODEL
    assert message.response_metadata["metrics"] == {"latencyMs": 7}


def test_reading_ends_at_metadata_and_not_at_the_end_of_the_body() -> None:
    reader = StreamReader(_decoder())
    reader.feed(frames(START, text("Hi"), END))
    assert not reader.ended
    reader.feed(frames(META))
    assert reader.ended


def test_an_answer_without_metadata_is_whole_and_its_usage_unknown() -> None:
    message = read(frames(START, text("Hi"), stop(0), END))
    assert message.content == "Hi"
    assert message.usage_metadata is None


def test_an_answer_without_message_stop_is_interrupted() -> None:
    with pytest.raises(StreamInterruptedError, match="messageStop"):
        read(frames(START, text("Hi"), stop(0)))


def test_metadata_before_message_stop_ends_nothing() -> None:
    assert read(frames(START, text("Hi"), META, text(" there"), END)).content == "Hi there"


def test_cached_tokens_count_as_input() -> None:
    usage = {**USAGE, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 20}
    found = read(frames(START, text("Hi"), END, {"metadata": {"usage": usage}})).usage_metadata
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (125, 3, 128)
    assert found.input_token_details.cache_read == 100
    assert found.input_token_details.cache_creation == 20


@pytest.mark.parametrize(("pieces", "args"), [((), {}), (("",), {}), (('{"a"', ": 1}"), {"a": 1})])
def test_arguments_come_in_pieces(pieces: tuple[str, ...], args: dict[str, Any]) -> None:
    message = read(frames(START, *call(0, "clock", "tooluse_1", *pieces), CALLED, META))
    assert message.tool_calls == [ToolCall("clock", args, "tooluse_1")]
    assert message.finish_reason == "tool_calls"


def test_arguments_are_given_out_as_they_come() -> None:
    body = frames(START, *call(1, "clock", "t", '{"zo', 'ne": 1}'), CALLED)
    pieces = [c.args for chunk in chunks_of(body) for c in chunk.tool_call_chunks]
    assert pieces == [None, '{"zo', 'ne": 1}']


def test_calls_at_one_index_stay_apart() -> None:
    first, second = call(0, "a", "t1", '{"x": 1}'), call(0, "b", "t2", '{"y": 2}')
    message = read(frames(START, text("Hm"), *first, *second, CALLED, META))
    assert [c.name for c in message.tool_calls] == ["a", "b"]
    assert [c.args for c in message.tool_calls] == [{"x": 1}, {"y": 2}]


def test_a_block_that_starts_ends_the_one_at_its_index() -> None:
    first, second = call(0, "a", "t1", '{"x": 1}')[:-1], call(0, "b", "t2", '{"y": 2}')
    message = read(frames(START, *first, *second, CALLED))
    assert [c.args for c in message.tool_calls] == [{"x": 1}, {"y": 2}]


def test_events_without_an_index_are_read() -> None:
    events = [{"contentBlockDelta": {"delta": {"text": word}}} for word in ("Gold", "fish")]
    assert read(frames(START, *events, END)).content == "Goldfish"


def test_a_call_that_end_turn_follows_wants_its_result() -> None:
    """strands-agents/harness-sdk#644, also where its start was not seen (#1810)."""
    message = read(frames(START, *call(0, "clock", "t", "{}"), END, META))
    assert message.finish_reason == "tool_calls"
    assert message.response_metadata["raw_finish_reason"] == "end_turn"


def test_an_answer_that_calls_nothing_wants_no_result() -> None:
    """strands-rl/strands-env#252"""
    message = read(frames(START, text("Hi"), stop(0), CALLED, META))
    assert message.finish_reason == "stop"
    assert message.response_metadata["raw_finish_reason"] == "tool_use"


def test_a_call_whose_start_was_not_seen_is_a_call() -> None:
    message = read(frames(START, delta(0, toolUse={"input": "{}"}), stop(0), END, META))
    assert message.finish_reason == "tool_calls"
    (invalid,) = message.invalid_tool_calls
    assert "no name" in str(invalid.error)


@pytest.mark.parametrize("reason", ["max_tokens", "malformed_tool_use", "guardrail_intervened"])
def test_the_last_call_of_an_answer_that_was_cut_off_is_invalid(reason: str) -> None:
    end = {"messageStop": {"stopReason": reason}}
    message = read(frames(START, *call(0, "remove", "t", '{"path": "/"}'), end, META))
    assert message.tool_calls == []
    (invalid,) = message.invalid_tool_calls
    assert isinstance(invalid, InvalidToolCall)


@pytest.mark.parametrize(
    ("raw", "finish"), [item for item in FINISH_REASONS.items() if item[0] != "tool_use"]
)
def test_a_stop_reason_has_its_finish_reason(raw: str, finish: str) -> None:
    message = read(frames(START, text("Hi"), {"messageStop": {"stopReason": raw}}))
    assert message.finish_reason == finish


def test_a_stop_reason_of_tomorrow_keeps_its_word() -> None:
    message = read(frames(START, text("Hi"), {"messageStop": {"stopReason": "bored"}}))
    assert message.finish_reason == "other"
    assert message.response_metadata["raw_finish_reason"] == "bored"


def test_reasoning_has_its_signature_however_many_pieces_it_comes_in() -> None:
    events: list[dict[str, Any]] = [
        delta(0, reasoningContent={"text": "Let me "}),
        delta(0, reasoningContent={"text": "see."}),
        delta(0, reasoningContent={"signature": "c2ln"}),
        delta(0, reasoningContent={"signature": "bmVk"}),
        stop(0),
    ]
    message = read(frames(START, *events, text("Yes.", 1), stop(1), END))
    assert message.blocks[0] == ReasoningBlock("Let me see.", extras={"signature": "c2lnbmVk"})
    assert message.content == "Yes."


def test_sealed_reasoning_is_joined_byte_by_byte() -> None:
    events = [delta(0, reasoningContent={"redactedContent": piece}) for piece in ("YQ==", "YmM=")]
    message = read(frames(START, *events, stop(0), text("Yes.", 1), END))
    assert message.blocks[0] == ReasoningBlock("", extras={"redactedContent": "YWJj"})


def test_text_and_reasoning_at_one_index_are_two_blocks() -> None:
    events = [delta(0, reasoningContent={"text": "Hm."}), text("Yes.")]
    message = read(frames(START, *events, stop(0), END))
    assert message.reasoning == "Hm."
    assert message.content == "Yes."


def test_a_citation_belongs_to_the_text_at_its_index() -> None:
    cited = {
        "title": "Manual",
        "sourceContent": [{"text": "Press it."}],
        "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
    }
    message = read(frames(START, text("Press."), delta(0, citation=cited), stop(0), END))
    (block,) = message.blocks
    assert isinstance(block, TextBlock)
    assert block.text == "Press."
    assert block.citations[0].title == "Manual"
    assert block.citations[0].cited_text == "Press it."
    assert block.citations[0].extras == cited


def test_a_tool_that_the_vendor_runs_comes_with_its_result() -> None:
    use = {"toolUseId": "s1", "name": "nova_grounding", "type": "server_tool_use"}
    result = {"toolUseId": "s1", "type": "nova_grounding_result", "status": "success"}
    message = read(
        frames(
            START,
            start(0, toolUse=use),
            delta(0, toolUse={"input": '{"q": '}),
            delta(0, toolUse={"input": '"Ulm"}'}),
            stop(0),
            start(1, toolResult=result),
            delta(1, toolResult=[{"text": "A city."}]),
            stop(1),
            text("Ulm is a city.", 2),
            END,
        )
    )
    assert message.blocks[0] == ServerToolCall(
        "web_search", {"q": "Ulm"}, "s1", extras={"name": "nova_grounding"}
    )
    assert message.blocks[1] == ServerToolResult(
        [{"text": "A city."}], "s1", "web_search", extras={"type": "nova_grounding_result"}
    )
    assert message.finish_reason == "stop"
    assert message.tool_calls == []


def test_an_image_comes_in_pieces_of_base64() -> None:
    pieces = [delta(0, image={"source": {"bytes": piece}}) for piece in ("YQ==", "YmM=")]
    message = read(frames(START, start(0, image={"format": "png"}), *pieces, stop(0), END))
    assert message.blocks == (ImageBlock(base64="YWJj", mime_type="image/png"),)


def test_what_a_guardrail_found_is_kept() -> None:
    trace = {"guardrail": {"actionReason": "Guardrail blocked."}}
    meta = {"metadata": {"usage": USAGE, "trace": trace, "serviceTier": {"type": "flex"}}}
    end = {"messageStop": {"stopReason": "guardrail_intervened"}}
    message = read(frames(START, text("Sorry."), end, meta))
    assert message.finish_reason == "content_filter"
    assert message.response_metadata["trace"] == trace
    assert message.response_metadata["serviceTier"] == {"type": "flex"}


def test_fields_of_the_model_are_kept() -> None:
    fields = {"stop_sequence": "END"}
    end = {"messageStop": {"stopReason": "stop_sequence", "additionalModelResponseFields": fields}}
    found = read(frames(START, text("Hi"), end)).response_metadata
    assert found["additionalModelResponseFields"] == fields


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("throttlingException", RateLimitError, 429),
        ("serviceUnavailableException", OverloadedError, 503),
        ("internalServerException", ServerError, 500),
        ("modelStreamErrorException", ServerError, 424),
    ],
)
def test_an_exception_frame_is_the_error_of_its_http_twin(
    name: str, kind: type[Exception], status: int
) -> None:
    with pytest.raises(kind, match="Not now") as seen:
        read(frames(START, text("Hi")) + exception(name, {"message": "Not now."}))
    assert seen.value.status == status  # type: ignore[attr-defined]
    assert seen.value.code == name  # type: ignore[attr-defined]


def test_an_error_frame_is_an_error_of_the_server() -> None:
    headers = {
        ":message-type": "error",
        ":error-code": "InternalError",
        ":error-message": "An internal server error occurred",
    }
    with pytest.raises(ServerError, match="An internal server error"):
        read(frames(START) + encode_binary_message(headers, b""))


def test_an_exception_after_message_stop_is_not_the_answers() -> None:
    body = frames(START, text("Hi"), END, META) + exception("throttlingException", {"message": "x"})
    assert read(body).content == "Hi"


@pytest.mark.parametrize("size", [1, 7, 100])
def test_where_the_bytes_are_cut_does_not_matter(size: int) -> None:
    events = [text("Gold"), stop(0), *call(1, "clock", "t", '{"a": ', "1}"), CALLED, META]
    body = frames(START, *events)
    reader = StreamReader(_decoder())
    cut = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [chunk for piece in cut for chunk in reader.feed(piece)]
    assert [str(chunk) for chunk in chunks] == [str(chunk) for chunk in chunks_of(body)]


def test_events_of_tomorrow_and_unknown_deltas_bring_nothing() -> None:
    events = [text("Hi"), delta(0, hologram={"x": 1}), {"somethingNew": {"a": 1}}, END, META]
    assert read(frames(START, *events)).content == "Hi"


def test_an_event_named_inside_its_object_is_read() -> None:
    """As SDKs print them, and gateways send them."""
    events = [START, text("Hi"), END, META]
    body = b"".join(encode_binary_message({":message-type": "event"}, _json(e)) for e in events)
    assert read(body).content == "Hi"


def test_another_wire_is_named() -> None:
    body = encode_binary_message({}, _json({"choices": [{"delta": {"content": "Hi"}}]}))
    with pytest.raises(MalformedResponseError, match="Chat Completions"):
        read(body)


def test_nulls_are_survived() -> None:
    events: list[dict[str, Any]] = [
        {"contentBlockStart": {"start": None, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": None, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": None}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"toolUse": None, "reasoningContent": None}}},
        {"contentBlockStop": {"contentBlockIndex": None}},
        text("Hi"),
        {"metadata": {"usage": None, "metrics": None}},
    ]
    assert read(frames(START, *events, END)).content == "Hi"


def test_a_whole_answer_equals_its_stream() -> None:
    events: list[dict[str, Any]] = [
        delta(0, reasoningContent={"text": "Hm."}),
        delta(0, reasoningContent={"signature": "s"}),
        stop(0),
        text("Yes.", 1),
        stop(1),
        *call(2, "clock", "t", '{"zone": "UTC"}'),
    ]
    streamed = read(frames(START, *events, CALLED, META))
    content = [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}},
        {"text": "Yes."},
        {"toolUse": {"toolUseId": "t", "name": "clock", "input": {"zone": "UTC"}}},
    ]
    whole = reply(
        {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": "tool_use",
            "usage": USAGE,
            "metrics": {"latencyMs": 7},
        }
    )
    assert isinstance(whole, AIMessage)
    assert whole == streamed


def test_a_name_that_was_rewritten_for_the_wire_comes_back() -> None:
    decoder = ConverseDecoder(MODEL, TOOL_NAMES.given_names(["the clock"]))
    body = frames(START, *call(0, TOOL_NAMES.wire_name("the clock"), "t", "{}"), CALLED)
    assert read(body, decoder).tool_calls[0].name == "the clock"


def test_frames_read_like_those_of_botocore() -> None:
    body = frames(START, text("Gold"), stop(0), END, META)
    body += exception("throttlingException", {"message": "Too fast."})
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    theirs = [
        (m.headers.get(":event-type", f"exception:{m.headers.get(':exception-type')}"), m.payload)
        for m in buffer
    ]
    assert list(BinaryFraming().feed(body)) == theirs
    assert len(theirs) == 6


def _decoder() -> ConverseDecoder:
    return ConverseDecoder(MODEL)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
