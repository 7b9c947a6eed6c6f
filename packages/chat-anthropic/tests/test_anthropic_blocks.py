"""Content blocks of answers, streamed and whole: tools, thinking, citations, what vendors run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_anthropic.decode import MessagesDecoder
from chat_core import (
    MalformedResponseError,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
)
from chat_core.provider import MessageBuilder, StreamReader, decode_reply, settle

if TYPE_CHECKING:
    from chat_core import AIMessage

Wire = dict[str, Any]


def stream(*events: Wire, stop: str = "end_turn") -> AIMessage:
    """The message of a stream with these block events."""
    whole = [
        {"type": "message_start", "message": {"id": "msg_1", "content": []}},
        *events,
        {"type": "message_delta", "delta": {"stop_reason": stop}},
        {"type": "message_stop"},
    ]
    reader, builder = StreamReader(MessagesDecoder()), MessageBuilder()
    for event in whole:
        for chunk in reader.feed(f"data: {json.dumps(event)}\n\n".encode()):
            builder.add(chunk)
    assert reader.failure is None, reader.failure
    return builder.message()


def block(wire: Wire, *deltas: Wire, index: int = 0, stopped: bool = True) -> list[Wire]:
    """The events of one block."""
    events: list[Wire] = [{"type": "content_block_start", "index": index, "content_block": wire}]
    events += [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
    return [*events, {"type": "content_block_stop", "index": index}] if stopped else events


def reply(*content: Wire, stop: str | None = "end_turn", **more: Any) -> AIMessage:
    wire = {"type": "message", "id": "msg_1", "content": content, "stop_reason": stop, **more}
    return settle(decode_reply(MessagesDecoder(), json.dumps(wire).encode()))


def json_delta(text: str) -> Wire:
    return {"type": "input_json_delta", "partial_json": text}


TOOL: Wire = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
SEARCH: Wire = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}


# --- tool calls


def test_a_calls_input_is_joined_from_its_deltas() -> None:
    got = stream(*block(TOOL, json_delta(""), json_delta('{"city"'), json_delta(': "Ulm"}')))
    assert got.tool_calls == [ToolCall("weather", {"city": "Ulm"}, "toolu_1")]


def test_name_and_id_come_before_the_first_argument() -> None:
    reader = StreamReader(MessagesDecoder())
    frames = [f"data: {json.dumps(event)}\n\n".encode() for event in block(TOOL)]
    (chunk,) = reader.feed(frames[0])
    (call,) = chunk.tool_call_chunks
    assert (call.name, call.id, call.args) == ("weather", "toolu_1", None)


@pytest.mark.parametrize("deltas", [[], [json_delta("")], [json_delta(""), json_delta("")]])
def test_no_input_or_an_empty_one_means_no_arguments(deltas: list[Wire]) -> None:
    assert stream(*block(TOOL, *deltas)).tool_calls == [ToolCall("weather", {}, "toolu_1")]


def test_input_given_at_the_start_counts_when_no_delta_follows() -> None:
    got = stream(*block({**TOOL, "input": {"city": "Ulm"}}, json_delta("")))
    assert got.tool_calls[0].args == {"city": "Ulm"}


def test_input_given_at_the_start_gives_way_to_deltas() -> None:
    got = stream(*block({**TOOL, "input": {"city": "Bonn"}}, json_delta('{"city": "Ulm"}')))
    assert got.tool_calls[0].args == {"city": "Ulm"}


def test_input_given_at_the_start_counts_even_if_the_block_is_never_stopped() -> None:
    got = stream(*block({**TOOL, "input": {"city": "Ulm"}}, stopped=False))
    assert got.tool_calls[0].args == {"city": "Ulm"}


def test_calls_beside_each_other_and_interleaved_stay_apart() -> None:
    other = {**TOOL, "id": "toolu_2"}
    first = block(TOOL, json_delta('{"city":'), json_delta('"Ulm"}'), index=1)
    second = block(other, json_delta('{"city":'), json_delta('"Bonn"}'), index=5)
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    calls = [ToolCall("weather", {"city": "Ulm"}, "toolu_1")]
    calls.append(ToolCall("weather", {"city": "Bonn"}, "toolu_2"))
    assert stream(*first, *second).tool_calls == calls
    assert stream(*mixed).tool_calls == calls


def test_a_call_cut_off_by_max_tokens_is_invalid_even_if_its_json_parses() -> None:
    got = stream(*block(TOOL, json_delta('{"path": "/"}')), stop="max_tokens")
    assert got.tool_calls == []
    assert got.invalid_tool_calls[0].args == '{"path": "/"}'


def test_a_refusal_leaves_no_valid_call_behind() -> None:
    got = stream(*block(TOOL, json_delta('{"a": 1}')), stop="refusal")
    assert (got.tool_calls, got.finish_reason) == ([], "refusal")


def test_content_inside_message_start_is_content() -> None:
    events = [
        {
            "type": "message_start",
            "message": {"content": [{**TOOL, "input": {"a": 1}}], "stop_reason": "tool_use"},
        },
        {"type": "message_stop"},
    ]
    reader, builder = StreamReader(MessagesDecoder()), MessageBuilder()
    for event in events:
        for chunk in reader.feed(f"data: {json.dumps(event)}\n\n".encode()):
            builder.add(chunk)
    assert reader.failure is None
    assert builder.message().tool_calls == [ToolCall("weather", {"a": 1}, "toolu_1")]
    assert builder.message().finish_reason == "tool_calls"


def test_who_calls_is_kept_unless_it_is_the_model_itself() -> None:
    by_code = {"type": "code_execution_20260120", "tool_id": "srvtoolu_9"}
    assert stream(*block({**TOOL, "caller": by_code})).tool_calls[0].extras == {"caller": by_code}
    assert stream(*block({**TOOL, "caller": {"type": "direct"}})).tool_calls[0].extras == {}


# --- text and thinking


def test_text_given_at_the_start_comes_before_its_deltas() -> None:
    got = stream(*block({"type": "text", "text": "He"}, {"type": "text_delta", "text": "llo"}))
    assert got.content == "Hello"


def test_text_blocks_stay_apart() -> None:
    got = stream(
        *block({"type": "text", "text": "a"}), *block({"type": "text", "text": "b"}, index=1)
    )
    assert got.blocks == (TextBlock("a"), TextBlock("b"))


def test_thinking_carries_its_signature() -> None:
    start = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [
        {"type": "thinking_delta", "thinking": "Hm"},
        {"type": "thinking_delta", "thinking": "m."},
        {"type": "signature_delta", "signature": "c2ln"},
    ]
    got = stream(*block(start, *deltas))
    assert got.blocks == (ReasoningBlock("Hmm.", extras={"signature": "c2ln"}),)
    assert got.reasoning == "Hmm."


def test_thinking_given_at_the_start_counts() -> None:
    got = stream(*block({"type": "thinking", "thinking": "Hm", "signature": "c2ln"}))
    assert got.blocks == (ReasoningBlock("Hm", extras={"signature": "c2ln"}),)


def test_a_signature_may_come_without_text() -> None:
    start = {"type": "thinking", "thinking": "", "signature": ""}
    got = stream(*block(start, {"type": "signature_delta", "signature": "c2ln"}))
    assert got.blocks == (ReasoningBlock("", extras={"signature": "c2ln"}),)


def test_redacted_thinking_is_an_empty_reasoning_block_with_its_data() -> None:
    got = stream(*block({"type": "redacted_thinking", "data": "ZW5j"}))
    assert got.blocks == (ReasoningBlock("", extras={"data": "ZW5j"}),)


CITATIONS: list[tuple[Wire, str | None, str | None]] = [
    (
        {
            "type": "char_location",
            "cited_text": "x",
            "document_title": "Doc",
            "start_char_index": 3,
        },
        None,
        "Doc",
    ),
    ({"type": "page_location", "cited_text": "x", "document_title": None}, None, None),
    ({"type": "content_block_location", "cited_text": "x", "document_index": 0}, None, None),
    (
        {"type": "web_search_result_location", "cited_text": "x", "url": "http://a/", "title": "A"},
        "http://a/",
        "A",
    ),
    (
        {"type": "search_result_location", "cited_text": "x", "source": "https://b/", "title": "B"},
        "https://b/",
        "B",
    ),
    ({"type": "search_result_location", "cited_text": "x", "source": "shelf 3"}, None, None),
]


@pytest.mark.parametrize(("wire", "url", "title"), CITATIONS)
def test_each_kind_of_citation_is_read_and_kept_verbatim(
    wire: Wire, url: str | None, title: str | None
) -> None:
    streamed = stream(
        *block(
            {"type": "text", "text": "Said.", "citations": []},
            {"type": "citations_delta", "citation": wire},
        )
    )
    for got in (streamed, reply({"type": "text", "text": "Said.", "citations": [wire]})):
        (cited,) = got.blocks
        assert isinstance(cited, TextBlock)
        (citation,) = cited.citations
        assert (citation.url, citation.title, citation.cited_text) == (url, title, "x")
        assert citation.extras == wire
        assert citation.start_index is None, "the wire's offsets count the source, not the answer"


# --- tools that the vendor runs


def test_a_server_call_and_its_result_stand_in_order() -> None:
    result = {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": [{"url": "u"}],
    }
    got = stream(
        *block(SEARCH, json_delta('{"query":'), json_delta(' "fish"}')),
        *block(result, index=1),
        *block({"type": "text", "text": "Fish."}, index=2),
    )
    call, answer, text = got.blocks
    assert isinstance(call, ServerToolCall)
    assert (call.name, call.args, call.id) == ("web_search", {"query": "fish"}, "srvtoolu_1")
    assert isinstance(answer, ServerToolResult)
    assert (answer.name, answer.tool_call_id, answer.status) == (
        "web_search",
        "srvtoolu_1",
        "success",
    )
    assert answer.content == [{"url": "u"}]
    assert text == TextBlock("Fish.")
    assert got.tool_calls == []


def test_a_server_calls_input_that_was_cut_off_is_marked() -> None:
    (call,) = stream(*block(SEARCH, json_delta('{"query": "fi')), stop="max_tokens").blocks
    assert isinstance(call, ServerToolCall)
    assert call.args == {}
    assert call.extras["partial_input"] == '{"query": "fi'


@pytest.mark.parametrize(
    "failed",
    [
        {
            "type": "web_search_tool_result",
            "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"},
        },
        {"type": "mcp_tool_result", "is_error": True, "content": []},
    ],
)
def test_a_server_tools_error_is_seen(failed: Wire) -> None:
    (got,) = stream(*block({**failed, "tool_use_id": "srvtoolu_1"})).blocks
    assert isinstance(got, ServerToolResult)
    assert got.status == "error"


def test_an_mcp_call_names_its_server() -> None:
    wire = {**SEARCH, "type": "mcp_tool_use", "server_name": "wiki"}
    (got,) = stream(*block(wire, json_delta('{"a": 1}'))).blocks
    assert isinstance(got, ServerToolCall)
    assert (got.args, got.extras) == ({"a": 1}, {"type": "mcp_tool_use", "server_name": "wiki"})


def test_a_compaction_grows_by_its_deltas_and_stays_verbatim() -> None:
    start = {"type": "compaction", "content": None}
    delta = {"type": "compaction_delta", "content": "Summary", "encrypted_content": "ZW5j"}
    (got,) = stream(*block(start, delta), stop="compaction").blocks
    wire = {"type": "compaction", "content": "Summary", "encrypted_content": "ZW5j"}
    assert got == NonStandardBlock(wire)


def test_an_unknown_block_is_kept_verbatim_and_in_order() -> None:
    strange = {"type": "a_block_of_tomorrow", "field": {"a": [1, None]}}
    wire: list[Wire] = [{"type": "text", "text": "a"}, strange, {"type": "text", "text": "b"}]
    events = [event for n, w in enumerate(wire) for event in block(w, index=n)]
    for got in (stream(*events), reply(*wire)):
        assert got.blocks == (TextBlock("a"), NonStandardBlock(strange), TextBlock("b"))


# --- whole answers


def test_a_whole_answer_equals_the_merged_stream() -> None:
    content: list[Wire] = [
        {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
        {"type": "text", "text": "Hi"},
        {**SEARCH, "input": {"query": "fish"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {**TOOL, "input": {"a": 1}},
    ]
    events = [event for n, wire in enumerate(content) for event in block(wire, index=n)]
    assert stream(*events, stop="tool_use") == reply(*content, stop="tool_use")


def test_a_whole_answer_may_hold_nothing() -> None:
    got = reply(stop="refusal")
    assert (got.content, got.finish_reason) == ("", "refusal")


def test_a_whole_answer_without_a_stop_reason_finishes_as_other() -> None:
    assert reply({"type": "text", "text": "Hi"}, stop=None).finish_reason == "other"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'"Hi"', b'{"choices": []}', b"", b"<html>"]
)
def test_json_that_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        decode_reply(MessagesDecoder(), body)
