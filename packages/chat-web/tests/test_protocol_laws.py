"""Laws of both encoders: whatever events come, in whatever order, the stream follows the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from ag_ui_client import check_events, messages_of, read_events
from chat_core import (
    AIMessage,
    AIMessageChunk,
    RateLimitError,
    ReasoningBlock,
    ServerToolCall,
    StreamEvent,
    TextBlock,
    ToolCall,
)
from chat_core.provider import MessageBuilder
from chat_web.protocols.ag_ui import AGUIEncoder
from chat_web.protocols.ag_ui_request import read_ag_ui_request
from chat_web.protocols.vercel import VercelEncoder
from chat_web.protocols.vercel_request import read_vercel_request
from hypothesis import given, settings
from hypothesis import strategies as st
from random_events import answer_events, chunks, streams
from vercel_client import check_parts, message_of, read_parts

ENDS = ["finish", "error", "abort"]
FAST = settings(max_examples=60, deadline=None)


def run(encoder: Any, events: list[StreamEvent], end: str = "finish") -> list[bytes]:
    frames = list(encoder.start())
    for event in events:
        frames += encoder.feed(event)
    if end == "finish":
        return frames + list(encoder.finish())
    if end == "error":
        return frames + list(encoder.error(RateLimitError("Too many.")))
    return frames + list(encoder.abort("The user stopped it."))


@pytest.mark.parametrize("end", ENDS)
@FAST
@given(events=streams)
def test_every_order_of_events_makes_a_valid_ui_message_stream(
    events: list[StreamEvent], end: str
) -> None:
    parts = read_parts(run(VercelEncoder(), events, end))
    check_parts(parts)


@pytest.mark.parametrize("end", ENDS)
@FAST
@given(events=streams)
def test_every_order_of_events_makes_a_valid_run_of_ag_ui(
    events: list[StreamEvent], end: str
) -> None:
    used = frozenset({"call_a", "call-1", "answer-1"})
    found = read_events(run(AGUIEncoder("thread-1", "run-1", used_ids=used), events, end))
    check_events(found, used)


@FAST
@given(found=st.lists(chunks, max_size=8))
def test_texts_reasoning_and_calls_of_both_protocols_are_those_of_the_streams_message(
    found: list[AIMessageChunk],
) -> None:
    builder = MessageBuilder()
    for chunk in found:
        builder.add(chunk)
    message = builder.message()
    events = answer_events(_as_one_answer(found))
    parts = read_parts(run(VercelEncoder(), events))
    shown = message_of(parts)
    texts = [part["text"] for part in shown["parts"] if part["type"] == "text"]
    assert sorted("".join(texts)) == sorted(message.content + message.refusal)
    reasoning = [part["text"] for part in shown["parts"] if part["type"] == "reasoning"]
    assert sorted("".join(reasoning)) == sorted(message.reasoning)
    calls = [
        (part["type"].removeprefix("tool-"), part["input"])
        for part in shown["parts"]
        if part.get("state") == "input-available" and "providerExecuted" not in part
    ]
    expected = [(call.name, call.args) for call in message.tool_calls]
    assert sorted(calls, key=str) == sorted(expected, key=str)
    pending = read_events(run(AGUIEncoder("t", "r"), events))[-1]["outcome"]
    assert len(pending.get("pendingToolCallIds", [])) == len(message.tool_calls)


def _as_one_answer(found: list[AIMessageChunk]) -> list[AIMessageChunk]:
    for chunk in found:
        chunk.id = None  # a new id after the end of an answer begins another answer
    return found


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
plain_calls = st.builds(
    ToolCall,
    name=st.sampled_from(["weather", "search"]),
    args=st.dictionaries(words, words | st.integers(-9, 9), max_size=2),
    id=st.uuids().map(str),
)
extras = st.sampled_from([{}, {"signature": "s"}])
answers = st.builds(
    lambda reasoning, text, calls: [*reasoning, *text, *calls],
    st.lists(st.builds(ReasoningBlock, text=words, extras=extras), max_size=1),
    st.lists(st.builds(TextBlock, text=words, extras=extras), max_size=1),
    st.lists(plain_calls, max_size=2, unique_by=lambda call: call.id),
).filter(bool)


@FAST
@given(blocks=answers)
def test_an_answer_comes_back_from_both_clients_as_it_was(blocks: list[Any]) -> None:
    facts = {"model_provider": "groq", "model_name": "llama"}
    finish = "tool_calls" if isinstance(blocks[-1], ToolCall) else "stop"
    chunk = AIMessageChunk(blocks, response_metadata={**facts, "finish_reason": finish})
    events = answer_events([chunk])

    shown = message_of(read_parts(run(VercelEncoder(), events)))
    (answer,) = read_vercel_request({"messages": [shown]}).messages
    assert isinstance(answer, AIMessage)
    assert answer.blocks == tuple(blocks)

    kept = messages_of(read_events(run(AGUIEncoder("t", "r"), events)))
    body = {"threadId": "t", "runId": "r", "messages": kept}
    (back,) = read_ag_ui_request(body).messages
    assert isinstance(back, AIMessage)
    assert back.blocks == tuple(blocks)
    if any(block.extras for block in blocks):
        assert back.response_metadata == answer.response_metadata
        assert back.response_metadata == {**facts, "finish_reason": finish}


signed_texts = st.lists(
    st.tuples(words | st.just(""), st.sampled_from([{}, {"signature": "s"}, {"id": "item-1"}])),
    min_size=1,
    max_size=4,
).filter(lambda found: all(text or extras for text, extras in found))


@FAST
@given(found=signed_texts)
def test_each_of_several_texts_comes_back_from_ag_ui_with_what_its_vendor_wants_back(
    found: list[tuple[str, dict[str, str]]],
) -> None:
    blocks = [TextBlock(text, index=n, extras=extras) for n, (text, extras) in enumerate(found)]
    events = answer_events([AIMessageChunk(blocks)])
    kept = messages_of(read_events(run(AGUIEncoder("t", "r"), events)))
    (back,) = read_ag_ui_request({"threadId": "t", "runId": "r", "messages": kept}).messages
    assert back.content == "".join(text for text, _ in found)
    if any(extras for _, extras in found):
        assert [(b.text, b.extras) for b in back.blocks if isinstance(b, TextBlock)] == found


placed = st.lists(
    st.builds(TextBlock, text=words)
    | st.builds(ServerToolCall, name=st.just("search"), args=st.just({}), id=st.uuids().map(str)),
    min_size=1,
    max_size=5,
    unique_by=lambda block: block.id if isinstance(block, ServerToolCall) else id(block),
)


@FAST
@given(found=placed)
def test_what_a_vendor_ran_comes_back_from_ag_ui_at_its_place(found: list[Any]) -> None:
    blocks = [replace(block, index=n) for n, block in enumerate(found)]
    events = answer_events([AIMessageChunk(blocks)])
    kept = messages_of(read_events(run(AGUIEncoder("t", "r"), events)))
    (back,) = read_ag_ui_request({"threadId": "t", "runId": "r", "messages": kept}).messages
    assert _joined(back.blocks) == _joined(blocks)


def _joined(blocks: Iterable[Any]) -> list[str | None]:
    """The ids of calls, and the text between them, joined."""
    shown: list[str | None] = []
    for is_text, group in groupby(blocks, lambda block: isinstance(block, TextBlock)):
        found = list(group)
        shown += ["".join(b.text for b in found)] if is_text else [b.id for b in found]
    return shown


@pytest.mark.parametrize("at", [None, "3", -1, True, 99])
def test_a_place_that_cannot_be_right_loses_nothing(at: object) -> None:
    metadata = {"chat": {"server": True, "at": at}}
    function = {"name": "search", "arguments": "{}"}
    call = {"id": "c", "type": "function", "function": function, "metadata": metadata}
    message = {"id": "a", "role": "assistant", "content": "Hello", "toolCalls": [call]}
    body = {"threadId": "t", "runId": "r", "messages": [message]}
    (back,) = read_ag_ui_request(body).messages
    assert sorted(_joined(back.blocks), key=str) == ["Hello", "c"]


@pytest.mark.parametrize(
    "pieces", [None, "", [1], [{"length": 99}], [{"length": -1}, {"length": 6}], [{"length": True}]]
)
def test_pieces_that_are_not_those_of_the_text_are_ignored(pieces: object) -> None:
    message = {
        "id": "a",
        "role": "assistant",
        "content": "Hello",
        "metadata": {"chat": {"pieces": pieces}},
    }
    body = {"threadId": "t", "runId": "r", "messages": [message]}
    (back,) = read_ag_ui_request(body).messages
    assert back.blocks == (TextBlock("Hello"),)


@FAST
@given(events=streams)
def test_a_reader_who_gets_no_reasoning_gets_everything_else(events: list[StreamEvent]) -> None:
    for encoder, read in (
        (VercelEncoder, read_parts),
        (lambda **o: AGUIEncoder("t", "r", **o), read_events),
    ):
        whole = read(run(encoder(), events))
        rest = read(run(encoder(reasoning=False), events))
        kept = [part for part in whole if not part["type"].upper().startswith("REASONING")]
        assert [part["type"] for part, _ in map(_first, groupby(rest, str))] == [
            part["type"] for part, _ in map(_first, groupby(kept, str))
        ]


def _first(group: Any) -> tuple[Any, None]:
    return next(group[1]), None
