"""What a Gemini stream may do, one quirk a test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    AudioBlock,
    ContentFilterError,
    FileBlock,
    ImageBlock,
    InvalidRequestError,
    MalformedResponseError,
    NonStandardBlock,
    OverloadedError,
    RateLimitError,
    ReasoningBlock,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    StreamInterruptedError,
    TextBlock,
    merge_chunks,
)
from gemini_wire import (
    MODEL,
    STOP,
    call,
    chunks_of,
    chunks_of_bytes,
    partial,
    parts_of,
    sse,
    streamed,
    text,
    whole,
    wire_of,
)

# --- the end


def test_a_stream_without_a_finish_reason_was_interrupted() -> None:
    with pytest.raises(StreamInterruptedError, match="before its finishReason"):
        chunks_of(text("half"))
    assert partial(text("half")).content == "half"


def test_a_stream_that_never_has_a_candidate_was_interrupted() -> None:
    with pytest.raises(StreamInterruptedError, match="before any candidate"):
        chunks_of({"usageMetadata": {"promptTokenCount": 3}, "responseId": "r"})


def test_an_interrupted_stream_tells_the_usage_it_knew() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        chunks_of(text("half", usageMetadata={"promptTokenCount": 3}))
    assert caught.value.details == {"usageMetadata": {"promptTokenCount": 3}}


def test_done_from_a_gateway_ends_an_answer_without_a_reason() -> None:
    chunks = chunks_of_bytes(sse(text("hi")) + b"data: [DONE]\r\n\r\n")
    assert merge_chunks(chunks).finish_reason == "other"


def test_done_alone_is_no_answer() -> None:
    with pytest.raises(StreamInterruptedError):
        chunks_of_bytes(b"data: [DONE]\n\n")


def test_a_finish_reason_that_comes_twice_is_replaced() -> None:
    message = streamed(text("a", finish="STOP"), text("b", finish="STOP"))
    assert message.content == "ab"
    assert message.response_metadata["raw_finish_reason"] == "STOP"


def test_stop_also_ends_function_calls() -> None:
    assert streamed(call("f", finish="STOP")).finish_reason == "tool_calls"
    assert streamed(call("f"), text("", finish="STOP")).finish_reason == "tool_calls"


def test_a_call_after_a_first_stop_still_makes_it_tool_calls() -> None:
    message = streamed(text("a", finish="STOP"), call("f"))
    assert message.finish_reason == "tool_calls"
    assert [c.name for c in message.tool_calls] == ["f"]


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("UNEXPECTED_TOOL_CALL", "error"),
        ("LANGUAGE", "other"),
        ("A_WORD_TO_COME", "other"),
    ],
)
def test_finish_reasons_keep_their_raw_word(raw: str, ours: str) -> None:
    message = streamed(text("x", finish=raw))
    assert message.finish_reason == ours
    assert message.response_metadata["raw_finish_reason"] == raw


@pytest.mark.parametrize("decode", [whole, streamed])
def test_an_answer_that_goes_on_in_another_request_ends_as_length(decode: Any) -> None:
    wire = call("f", finish="CONTINUATION", args={"a": 1})
    wire["candidates"][0]["continuationToken"] = "TkVYVA=="
    message = decode(wire)
    assert message.finish_reason == "length"
    assert message.tool_calls == []
    assert message.response_metadata["continuation_token"] == "TkVYVA=="


def test_a_whole_answer_needs_no_reason_because_its_body_ended() -> None:
    assert whole(text("hi")).finish_reason == "other"
    assert whole(call("f")).finish_reason == "tool_calls"


# --- errors inside 200


@pytest.mark.parametrize("before", [[], [text("so far")]])
def test_an_error_inside_a_stream_is_its_http_twin(before: list[dict[str, Any]]) -> None:
    error = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    with pytest.raises(OverloadedError, match="overloaded") as caught:
        chunks_of(*before, error)
    assert (caught.value.status, caught.value.code) == (503, "UNAVAILABLE")
    assert caught.value.is_retryable


def test_an_error_code_may_be_text_or_missing() -> None:
    with pytest.raises(RateLimitError) as caught:
        chunks_of({"error": {"code": "RESOURCE_EXHAUSTED", "status": "RESOURCE_EXHAUSTED"}})
    assert caught.value.status == 429
    with pytest.raises(InvalidRequestError):
        chunks_of({"error": {"code": "400", "message": "no"}})
    with pytest.raises(ServerError, match="just text"):
        chunks_of({"error": "just text"})


ERROR = {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}


@pytest.mark.parametrize(
    "body",
    [
        {"error": ERROR},
        {"error": [ERROR]},
        {"errors": [ERROR]},
        [{"error": ERROR}],
        ERROR,
        [ERROR],
        {"code": 429, "msg": "slow down"},
    ],
)
def test_an_error_object_with_status_200_is_raised_in_every_shape(body: Any) -> None:
    with pytest.raises(RateLimitError, match="slow down"):
        whole(body)
    if isinstance(body, dict):
        for before in ([], [text("half")]):
            with pytest.raises(RateLimitError, match="slow down"):
                chunks_of(*before, body)


@pytest.mark.parametrize(
    "body", ["out of order", {"error": "out of order"}, {"error": ["out of order"]}]
)
def test_an_error_that_is_only_text_is_an_error_of_the_server(body: Any) -> None:
    with pytest.raises(ServerError, match="out of order"):
        whole(body)


def test_success_false_is_an_error() -> None:
    with pytest.raises(ServerError, match="no such tenant"):
        whole({"success": False, "message": "no such tenant"})


def test_an_error_object_with_status_200_is_no_answer() -> None:
    with pytest.raises(OverloadedError):
        whole({"error": {"code": 503, "status": "UNAVAILABLE", "message": "x"}})
    with pytest.raises(OverloadedError):
        whole([{"error": {"code": 503, "status": "UNAVAILABLE", "message": "x"}}])


@pytest.mark.parametrize("decode", [whole, streamed])
def test_a_blocked_prompt_is_an_error_that_names_the_reason(decode: Any) -> None:
    wire = {
        "promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "because"},
        "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4},
    }
    with pytest.raises(ContentFilterError, match=r"SAFETY\. because") as caught:
        decode(wire)
    assert caught.value.code == "SAFETY"


@pytest.mark.parametrize("candidates", [[], None, [None], [{}]])
def test_an_answer_without_candidates_says_so(candidates: Any) -> None:
    with pytest.raises(MalformedResponseError, match="no candidate"):
        whole({"candidates": candidates, "usageMetadata": {"promptTokenCount": 4}})


def test_an_answer_without_candidates_is_worth_a_retry_streamed_or_whole() -> None:
    wire: dict[str, Any] = {"usageMetadata": {"promptTokenCount": 5}}
    with pytest.raises(StreamInterruptedError) as of_stream:
        chunks_of(wire)
    with pytest.raises(MalformedResponseError) as of_whole:
        whole(wire)
    assert of_stream.value.is_retryable
    assert of_whole.value.is_retryable


def test_html_and_nothing_are_no_answers() -> None:
    for body in (b"<!doctype html><title>Welcome</title>", b"", b"  \n"):
        with pytest.raises(MalformedResponseError):
            chunks_of_bytes(body) if body else chunks_of_bytes(b" ")


# --- usage


def test_usage_is_the_last_one_and_never_a_sum() -> None:
    message = streamed(
        text("a", usageMetadata={"promptTokenCount": 10, "candidatesTokenCount": 1}),
        text("b", usageMetadata={"promptTokenCount": 10, "candidatesTokenCount": 2}),
        text("", finish="STOP", usageMetadata={"promptTokenCount": 10, "candidatesTokenCount": 3}),
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.input_tokens == 10
    assert message.usage_metadata.output_tokens == 3


def test_the_last_usage_is_taken_whole_because_earlier_fields_are_stale() -> None:
    message = streamed(
        text("a", usageMetadata={"promptTokenCount": 9, "cachedContentTokenCount": 8}),
        text("b", finish="STOP", usageMetadata={"promptTokenCount": 5, "totalTokenCount": 6}),
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.input_token_details.cache_read is None


def test_a_usage_without_counts_hides_none() -> None:
    message = streamed(
        text("a", usageMetadata={"promptTokenCount": 9, "totalTokenCount": 9}),
        text("b", finish="STOP", usageMetadata={"trafficType": "ON_DEMAND"}),
    )
    assert message.usage_metadata is not None
    assert message.usage_metadata.total_tokens == 9
    assert message.response_metadata["traffic_type"] == "ON_DEMAND"


def test_thoughts_count_as_output_and_tool_prompts_as_input() -> None:
    usage = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 4,
        "cachedContentTokenCount": 2,
        "totalTokenCount": 22,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 3},
            {"modality": "AUDIO", "tokenCount": 7},
        ],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 1}],
    }
    got = whole(text("x", finish="STOP", usageMetadata=usage)).usage_metadata
    assert got is not None
    assert (got.input_tokens, got.output_tokens, got.total_tokens) == (15, 7, 22)
    assert got.input_token_details == {"cache_read": 2, "cache_creation": None, "audio": 7}
    assert got.output_token_details == {"reasoning": 4, "audio": 1}


def test_what_is_not_counted_is_unknown() -> None:
    got = whole(text("x", finish="STOP", usageMetadata={"totalTokenCount": 4})).usage_metadata
    assert got is not None
    assert (got.input_tokens, got.output_tokens) == (None, None)
    assert whole(text("x", finish="STOP")).usage_metadata is None


# --- null, unknown and changing fields


def test_null_is_survived_everywhere() -> None:
    message = streamed(
        {"candidates": None, "usageMetadata": None, "promptFeedback": None, "responseId": None},
        {"candidates": [{"content": None, "finishReason": None, "groundingMetadata": None}]},
        {"candidates": [{"content": {"parts": None, "role": None}, "index": None}]},
        {"candidates": [{"content": {"parts": [None, {"text": None}, {"text": "hi"}]}}]},
        wire_of({"text": "!", "thought": None, "thoughtSignature": None, "functionCall": None}),
        {**STOP, "usageMetadata": {"promptTokenCount": None, "totalTokenCount": None}},
    )
    assert message.content == "hi!"
    assert message.usage_metadata is None
    assert message.finish_reason == "stop"


def test_unknown_fields_change_nothing() -> None:
    plain = [text("a"), wire_of({"text": "b"}), text("c", finish="STOP")]
    rich = json.loads(json.dumps(plain))
    for wire in rich:
        wire["newField"] = {"x": 1}
        wire["candidates"][0]["newField"] = [1]
        wire["candidates"][0]["content"]["newField"] = True
        for part in wire["candidates"][0]["content"]["parts"]:
            part["newField"] = "y"
    assert streamed(*rich) == streamed(*plain)


def test_the_first_response_id_and_model_count() -> None:
    message = streamed(text("a", responseId="first"), text("b", finish="STOP", responseId="second"))
    assert message.id == "first"
    assert message.response_metadata["model_name"] == MODEL
    assert message.response_metadata["model_provider"] == "google-genai"


def test_a_model_that_the_wire_does_not_name_is_the_one_asked_for() -> None:
    wire = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    assert whole(wire).response_metadata["model_name"] == MODEL


def test_metadata_comes_once_and_a_text_delta_carries_nothing_else() -> None:
    first, second, *_ = chunks_of(text("a"), text("b"), STOP)
    assert first.response_metadata
    assert (second.response_metadata, second.id, second.usage_metadata) == ({}, None, None)


def test_a_second_candidate_is_not_mixed_in() -> None:
    wire = {
        "candidates": [
            {"content": {"parts": [{"text": "second"}]}, "index": 1, "finishReason": "STOP"},
            {"content": {"parts": [{"text": "first"}]}, "finishReason": "STOP"},
        ]
    }
    assert streamed(wire).content == "first"


def test_a_shape_that_makes_no_sense_is_malformed() -> None:
    with pytest.raises(MalformedResponseError):
        streamed({"candidates": [{"content": 5}]})


def test_a_stream_that_came_as_a_list_is_read_too() -> None:
    message = whole([text("a"), text("b"), STOP])
    assert (message.content, message.finish_reason) == ("ab", "stop")
    assert len(message.blocks) == 1


# --- parts


def test_text_and_thoughts_are_kept_apart_and_in_order() -> None:
    message = streamed(
        wire_of({"text": "hm ", "thought": True}),
        wire_of({"text": "hm", "thought": True}),
        text("so "),
        text("so"),
        wire_of({"text": "wait", "thought": True}),
        text("end", finish="STOP"),
    )
    assert [(type(b).__name__, b.text) for b in message.blocks if hasattr(b, "text")] == [
        ("ReasoningBlock", "hm hm"),
        ("TextBlock", "so so"),
        ("ReasoningBlock", "wait"),
        ("TextBlock", "end"),
    ]


def test_a_signature_stays_on_exactly_its_part() -> None:
    sent: list[dict[str, Any]] = [
        {"text": "thinking", "thought": True},
        {"text": "one", "thoughtSignature": "s1"},
        {"text": "two"},
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s2"},
        {"functionCall": {"name": "g", "args": {}}},
        {"text": "", "thoughtSignature": "s3"},
    ]
    assert parts_of(streamed(*map(wire_of, sent), STOP)) == sent
    assert parts_of(whole(wire_of(*sent, finish="STOP"))) == sent


def test_a_signature_on_an_empty_part_after_the_end_goes_back_on_an_empty_part() -> None:
    message = streamed(
        text("all", finish="STOP"), wire_of({"text": "", "thoughtSignature": "late"})
    )
    assert parts_of(message) == [{"text": "all"}, {"text": "", "thoughtSignature": "late"}]


def test_a_signature_alone_is_an_empty_part() -> None:
    message = streamed(text("all"), wire_of({"thoughtSignature": "s"}, finish="STOP"))
    assert parts_of(message)[1] == {"text": "", "thoughtSignature": "s"}
    message = streamed(wire_of({"thought": True, "thoughtSignature": "s"}, finish="STOP"))
    assert message.blocks == (ReasoningBlock("", extras={"thoughtSignature": "s"}),)


def test_text_after_a_signed_part_is_a_new_part() -> None:
    message = streamed(wire_of({"text": "a", "thoughtSignature": "s"}), text("b"), text("c"), STOP)
    assert [b.text for b in message.blocks if isinstance(b, TextBlock)] == ["a", "bc"]


def test_empty_text_brings_nothing() -> None:
    assert chunks_of(text("a"), text(""), STOP)[1].blocks == ()
    assert len(streamed(text("a"), text(""), text("b"), STOP).blocks) == 1


def test_parts_that_one_object_keeps_apart_stay_apart() -> None:
    wire = wire_of({"text": "a"}, {"text": "b"}, finish="STOP")
    assert [b.text for b in whole(wire).blocks if isinstance(b, TextBlock)] == ["a", "b"]


def test_code_that_google_ran_and_its_result_are_server_tools() -> None:
    sent: list[dict[str, Any]] = [
        {"executableCode": {"language": "PYTHON", "code": "1/0", "id": "x"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "no", "id": "x"}},
        {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s"},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}},
    ]
    message = streamed(*map(wire_of, sent), STOP)
    assert message.blocks[:2] == (
        ServerToolCall("code_execution", {"language": "PYTHON", "code": "1/0"}, "x"),
        ServerToolResult(
            {"outcome": "OUTCOME_FAILED", "output": "no"}, "x", "code_execution", "error"
        ),
    )
    assert message.finish_reason == "stop"
    assert parts_of(message) == sent


def test_tools_that_google_called_itself_are_server_tools() -> None:
    sent: list[dict[str, Any]] = [
        {"toolCall": {"toolType": "FILE_SEARCH", "id": "1"}, "thoughtSignature": "s"},
        {"toolResponse": {"toolType": "FILE_SEARCH", "id": "1", "response": {"a": 1}}},
    ]
    message = streamed(*map(wire_of, sent), STOP)
    assert message.blocks[0] == ServerToolCall(
        "file_search", {}, "1", extras={"thoughtSignature": "s", "toolType": "FILE_SEARCH"}
    )
    assert message.tool_calls == []
    assert parts_of(message) == sent


def test_drawn_and_spoken_parts_are_media_blocks() -> None:
    sent: list[dict[str, Any]] = [
        {"inlineData": {"mimeType": "image/png", "data": "aW1n"}, "thoughtSignature": "s"},
        {"inlineData": {"mimeType": "audio/wav", "data": "c25k"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "cGRm"}},
        {"inlineData": {"mimeType": "image/png", "data": "aW1n"}, "thought": True},
    ]
    message = streamed(*map(wire_of, sent), STOP)
    assert [type(b) for b in message.blocks] == [ImageBlock, AudioBlock, FileBlock, ImageBlock]
    assert message.content == ""
    assert parts_of(message) == sent


def test_raw_sound_that_streams_in_pieces_is_one_sound() -> None:
    message = streamed(
        wire_of({"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": "AAE="}}),
        wire_of({"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": "AgM="}}),
        STOP,
    )
    (sound,) = message.blocks
    assert isinstance(sound, AudioBlock)
    assert sound.base64 == "AAECAw=="


def test_pictures_that_follow_each_other_stay_apart() -> None:
    picture = wire_of({"inlineData": {"mimeType": "image/png", "data": "aW1n"}})
    assert len(streamed(picture, picture, STOP).blocks) == 2


def test_a_part_of_a_kind_to_come_is_kept_and_goes_back_verbatim() -> None:
    part = {"newKind": {"a": [1]}, "thoughtSignature": "s"}
    message = streamed(text("a"), wire_of(part), text("b"), STOP)
    assert message.blocks[1] == NonStandardBlock(part)
    assert parts_of(message)[1] == part


def test_log_probabilities_of_a_stream_are_joined() -> None:
    def with_logprobs(words: str, value: float) -> dict[str, Any]:
        wire = text(words)
        chosen = {"token": words, "logProbability": value, "tokenId": 7}
        wire["candidates"][0]["logprobsResult"] = {
            "chosenCandidates": [chosen],
            "topCandidates": [{"candidates": [chosen, {"token": "z", "logProbability": -9}]}],
        }
        return wire

    message = streamed(with_logprobs("a", -1.0), with_logprobs("b", -2.0), STOP)
    assert message.response_metadata["logprobs"] == [
        {
            "token": token,
            "logprob": logprob,
            "bytes": None,
            "top": [
                {"token": token, "logprob": logprob, "bytes": None, "extras": {"tokenId": 7}},
                {"token": "z", "logprob": -9, "bytes": None},
            ],
            "extras": {"tokenId": 7},
        }
        for token, logprob in (("a", -1.0), ("b", -2.0))
    ]


def test_facts_beside_the_parts_are_metadata() -> None:
    wire = text("a", finish="SAFETY", createTime="2026-01-01T00:00:00Z")
    wire["candidates"][0] |= {"safetyRatings": [{"blocked": True}], "finishMessage": "why"}
    metadata = streamed(wire).response_metadata
    assert metadata["safety_ratings"] == [{"blocked": True}]
    assert (metadata["finish_message"], metadata["create_time"]) == ("why", "2026-01-01T00:00:00Z")
