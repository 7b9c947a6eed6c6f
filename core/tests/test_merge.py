"""Laws of merging chunks, and of what becomes of tool calls when an answer ends."""

from __future__ import annotations

import base64
import sys

import pytest
from chat_core.messages.blocks import (
    AudioBlock,
    Block,
    ImageBlock,
    NonStandardBlock,
    ReasoningBlock,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from chat_core.messages.chunks import AIMessageChunk, MessageBuilder, merge_chunks
from chat_core.messages.logprobs import token_logprob
from chat_core.messages.message import AIMessage
from chat_core.messages.usage import InputTokenDetails, UsageMetadata
from hypothesis import given
from hypothesis import strategies as st

blocks = st.one_of(
    st.builds(TextBlock, st.text(max_size=3), index=st.none() | st.integers(0, 2)),
    st.builds(ReasoningBlock, st.text(max_size=3), index=st.none() | st.integers(0, 2)),
    st.builds(
        ToolCallChunk,
        st.none() | st.just("f"),
        st.none() | st.text(max_size=3),
        st.none() | st.sampled_from("ab"),
        st.none() | st.integers(0, 2),
    ),
    st.builds(NonStandardBlock, st.just({"x": 1})),
)
chunks = st.builds(
    AIMessageChunk,
    st.lists(blocks, max_size=3),
    id=st.none() | st.sampled_from("xy"),
    usage_metadata=st.none() | st.builds(UsageMetadata, input_tokens=st.none() | st.integers(0, 9)),
    response_metadata=st.sampled_from([{}, {"finish_reason": "stop"}, {"model_name": "m"}]),
)


def whole(*blocks: Block, finish: str | None) -> AIMessage:
    metadata = {"finish_reason": finish} if finish else {}
    return merge_chunks(
        [AIMessageChunk(list(blocks)), AIMessageChunk(response_metadata=metadata)]
    ).to_message()


@given(st.lists(chunks, max_size=6), st.integers(0, 6))
def test_merging_in_two_steps_is_merging_in_one(parts: list[AIMessageChunk], cut: int) -> None:
    left, right = merge_chunks(parts[:cut]), merge_chunks(parts[cut:])
    if _needs_the_whole_stream(right, parts):
        return
    assert left + right == merge_chunks(parts)


def _needs_the_whole_stream(right: AIMessageChunk, parts: list[AIMessageChunk]) -> bool:
    # Without index or id a delta means "the latest call", which only the whole stream knows.
    deltas = [delta for part in parts for delta in part.tool_call_chunks]
    return any(delta.index is None for delta in deltas) or not all(
        call.id for call in right.tool_call_chunks
    )


@given(st.lists(st.text(max_size=4)))
def test_the_text_of_a_merge_is_the_text_of_its_chunks_joined(texts: list[str]) -> None:
    assert merge_chunks(map(AIMessageChunk, texts)).content == "".join(texts)


def test_adding_leaves_both_chunks_as_they_were() -> None:
    a, b = AIMessageChunk("a"), AIMessageChunk("b")
    assert (a + b).content == "ab"
    assert (a.content, b.content) == ("a", "b")


def test_blocks_with_different_indices_stay_apart() -> None:
    merged = AIMessageChunk([TextBlock("a", index=0)]) + AIMessageChunk([TextBlock("b", index=1)])
    assert [b.text for b in merged.blocks if isinstance(b, TextBlock)] == ["a", "b"]


def test_text_after_reasoning_after_text_keeps_its_order() -> None:
    merged = merge_chunks(
        [AIMessageChunk("a"), AIMessageChunk([ReasoningBlock("r")]), AIMessageChunk("b")]
    )
    assert [b.type for b in merged.blocks] == ["text", "reasoning", "text"]
    assert (merged.content, merged.reasoning) == ("ab", "r")


def test_interleaved_calls_are_kept_apart_by_index() -> None:
    message = whole(
        ToolCallChunk("f", '{"a"', "1", 0),
        ToolCallChunk("g", "{", "2", 1),
        ToolCallChunk(None, ":1}", None, 0),
        ToolCallChunk(None, "}", None, 1),
        finish="tool_calls",
    )
    assert message.tool_calls == [ToolCall("f", {"a": 1}, "1"), ToolCall("g", {}, "2")]


def test_the_same_index_with_a_new_id_is_a_new_call() -> None:
    message = whole(
        ToolCallChunk("f", "{}", "1", 0), ToolCallChunk("g", "{}", "2", 0), finish="tool_calls"
    )
    assert [call.name for call in message.tool_calls] == ["f", "g"]


@pytest.mark.parametrize("args", ["", " ", "null", None])
def test_empty_arguments_mean_no_arguments(args: str | None) -> None:
    message = whole(ToolCallChunk("f", args, "1", 0), finish="tool_calls")
    assert message.tool_calls == [ToolCall("f", {}, "1")]


@pytest.mark.parametrize(
    "args",
    ['{"path": "/ho', "[1]", "7", "{]", '{"a": 1} x', "\ud83d", '{"a": [NaN]}', '{"a": 1e999}'],
)
def test_arguments_that_are_not_an_object_make_an_invalid_call(args: str) -> None:
    message = whole(ToolCallChunk("f", args, "1", 0), finish="tool_calls")
    assert message.tool_calls == []
    (bad,) = message.invalid_tool_calls
    assert (bad.name, bad.args, bad.id) == ("f", args, "1")
    assert bad.error


@pytest.mark.parametrize("finish", ["length", "content_filter", "error", "refusal"])
def test_a_cut_off_answer_distrusts_its_last_call_even_if_it_parses(finish: str) -> None:
    message = whole(
        ToolCallChunk("f", "{}", "1", 0),
        ToolCallChunk("rm", '{"path": "/"}', "2", 1),
        finish=finish,
    )
    assert [call.name for call in message.tool_calls] == ["f"]
    assert [call.name for call in message.invalid_tool_calls] == ["rm"]


def test_an_answer_without_a_finish_has_no_valid_call() -> None:
    message = whole(ToolCallChunk("rm", "{}", "1", 0), finish=None)
    assert message.tool_calls == []
    assert len(message.invalid_tool_calls) == 1


def test_a_chunk_claims_neither_valid_nor_invalid_calls_before_the_finish() -> None:
    chunk = AIMessageChunk([ToolCallChunk("f", "{}", "1", 0)])
    assert (chunk.tool_calls, chunk.invalid_tool_calls) == ([], [])
    done = chunk + AIMessageChunk(response_metadata={"finish_reason": "tool_calls"})
    assert done.tool_calls == [ToolCall("f", {}, "1")]


def test_a_finish_reason_that_arrives_twice_is_replaced_not_concatenated() -> None:
    stop = AIMessageChunk(response_metadata={"finish_reason": "stop"})
    assert (stop + stop).finish_reason == "stop"


def test_usage_is_a_snapshot_never_a_sum_and_null_forgets_nothing() -> None:
    first = UsageMetadata(
        input_tokens=10, output_tokens=1, input_token_details=InputTokenDetails(cache_read=4)
    )
    merged = merge_chunks(
        [
            AIMessageChunk(usage_metadata=first),
            AIMessageChunk(usage_metadata=UsageMetadata(output_tokens=5)),
        ]
    )
    usage = merged.usage_metadata
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (10, 5, None)
    assert usage.input_token_details.cache_read == 4
    assert first.output_tokens == 1


def test_logprobs_are_the_one_metadata_that_accumulates() -> None:
    merged = merge_chunks(
        AIMessageChunk(response_metadata={"logprobs": [token_logprob(str(n), -1.0)]})
        for n in range(3)
    )
    assert [entry["token"] for entry in merged.response_metadata["logprobs"]] == ["0", "1", "2"]


def test_pieces_of_audio_join_as_bytes_because_each_has_its_own_padding() -> None:
    pieces = [base64.b64encode(part).decode() for part in (b"a", b"bc", b"def")]
    merged = merge_chunks(
        AIMessageChunk([AudioBlock(base64=p, mime_type="audio/wav", index=0, transcript="t")])
        for p in pieces
    )
    (audio,) = merged.blocks
    assert isinstance(audio, AudioBlock)
    assert base64.b64decode(audio.base64 or "") == b"abcdef"
    assert audio.transcript == "ttt"


def test_a_transcript_goes_on_where_a_piece_has_no_sound() -> None:
    pieces = [("", "Hi"), ("YQ==", None), ("", " you")]
    merged = merge_chunks(
        AIMessageChunk([AudioBlock(base64=sound, transcript=words, index=0)])
        for sound, words in pieces
    )
    (audio,) = merged.blocks
    assert isinstance(audio, AudioBlock)
    assert (audio.base64, audio.transcript) == ("YQ==", "Hi you")


def test_a_later_block_of_the_same_kind_and_index_replaces_the_earlier() -> None:
    early = AIMessageChunk([ImageBlock("early", index=0)])
    late = AIMessageChunk([ImageBlock("late", index=0)])
    assert [b.url for b in (early + late).blocks if isinstance(b, ImageBlock)] == ["late"]


def test_a_message_s_blocks_carry_no_stream_index() -> None:
    builder = MessageBuilder()
    builder.add(AIMessageChunk([TextBlock("a", index=3), ReasoningBlock("r", index=4)]))
    assert [block.index for block in builder.message().blocks] == [None, None]


def _calls_to_merge(count: int) -> int:
    stream = [AIMessageChunk([ToolCallChunk(None, "x", None, 0)]) for _ in range(count)]
    calls = 0

    def count_calls(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count_calls)
    try:
        merge_chunks(stream)
    finally:
        sys.setprofile(None)
    return calls


def test_ten_times_the_chunks_cost_ten_times_the_work() -> None:
    assert _calls_to_merge(5000) <= 10.5 * _calls_to_merge(500)
