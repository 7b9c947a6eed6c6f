"""Whatever way an answer ended, the next request keeps the rules of this wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions import Dialect, encode_request
from chat_completions.encode_messages import encode_messages
from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions
from completions_wire import GATEWAY, OPENAI, answer, call, event, stop, text

Q, GO = HumanMessage("q"), HumanMessage("go on")


class Gallery(Dialect):
    """A vendor that takes back the images that it made."""

    replays_images = True


def turns(*messages: Message, dialect: Dialect = OPENAI) -> list[dict[str, Any]]:
    wire = encode_messages(messages, "m", dialect)
    keeps_the_rules(wire)
    return wire


def keeps_the_rules(wire: list[dict[str, Any]]) -> None:
    """Assert what OpenAI demands of ``messages``."""
    used: list[str] = []
    for number, turn in enumerate(wire):
        if turn["role"] != "assistant":
            continue
        calls = turn.get("tool_calls", [])
        others = [turn.get(name) for name in ("refusal", "function_call", "images")]
        assert turn["content"] or calls or any(others)
        ids = [made["id"] for made in calls]
        used += ids
        results = wire[number + 1 : number + 1 + len(calls)]
        assert [result["tool_call_id"] for result in results] == ids
    assert len(set(used)) == len(used)
    assert sum(turn["role"] == "tool" for turn in wire) == len(used)
    json.dumps(wire, allow_nan=False)


def cut(word: str, *blocks: Block, provider: str = "openai") -> AIMessage:
    said = {"model_provider": provider, "finish_reason": word}
    return AIMessage(blocks, response_metadata=said)


THOUGHT, WORDS = ReasoningBlock("hm", extras={"field": "reasoning"}), TextBlock("so far")
WHOLE, BROKEN = ToolCall("f", {"x": 1}, "1"), InvalidToolCall("g", '{"y', "2", "cut")


@pytest.mark.parametrize("dialect", [OPENAI, GATEWAY], ids=["openai", "gateway"])
@pytest.mark.parametrize("provider", ["openai", "openai-compatible", "anthropic"])
@pytest.mark.parametrize("word", ["length", "content_filter", "refusal", "error"])
@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [THOUGHT],
        [WORDS],
        [THOUGHT, WORDS],
        [BROKEN],
        [THOUGHT, BROKEN],
        [THOUGHT, WORDS, BROKEN],
        [WHOLE, BROKEN],
        [THOUGHT, WHOLE],
        [RefusalBlock("no")],
        [ServerToolCall("search", {}, "s")],
    ],
)
def test_an_answer_that_was_cut_off_can_be_followed_by_a_question(
    blocks: list[Block], word: str, provider: str, dialect: Dialect
) -> None:
    wire = turns(Q, cut(word, *blocks, provider=provider), GO, dialect=dialect)
    assert wire[-1]["content"] == "go on"
    assert all("tool_calls" not in turn for turn in wire)


def test_a_call_that_was_cut_off_with_its_result_is_sent_with_it() -> None:
    wire = turns(Q, cut("length", BROKEN), ToolMessage("it was cut", "2"), GO)
    assert wire[1]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_lost_result_is_named_by_the_message_that_made_the_call() -> None:
    for finish in ({}, {"finish_reason": "tool_calls", "model_provider": "openai"}):
        made = AIMessage([WHOLE, ToolCall("g", {}, "2")], response_metadata=finish)
        with pytest.raises(InvalidRequestError, match=r"Message 1 calls 'g' \(id '2'\)"):
            turns(Q, made, ToolMessage("r", "1"), GO)


def test_a_second_result_of_one_call_is_refused_by_its_number() -> None:
    with pytest.raises(InvalidRequestError, match="Message 3 is one result too many"):
        turns(Q, AIMessage([WHOLE]), ToolMessage("r", "1"), ToolMessage("again", "1"))


def test_results_stand_behind_their_calls_in_the_order_of_the_calls() -> None:
    made = AIMessage([ToolCall("f", {}, "1"), ToolCall("g", {}, "2")])
    wire = turns(Q, made, ToolMessage("of g", "2"), GO, ToolMessage("of f", "1"))
    assert [turn["content"] for turn in wire] == ["q", None, "of f", "of g", "go on"]


def test_calls_with_one_id_get_two_and_their_results_too() -> None:
    twins = AIMessage([ToolCall("f", {"n": 1}, "same"), ToolCall("f", {"n": 2}, "same")])
    later = AIMessage([ToolCall("f", {"n": 3}, "same")])
    first, second, third = [ToolMessage(word, "same") for word in ("a", "b", "c")]
    wire = turns(Q, twins, first, second, later, third)
    by_id = {turn["tool_call_id"]: turn["content"] for turn in wire if turn["role"] == "tool"}
    made = [entry for turn in wire for entry in turn.get("tool_calls", ())]
    found = [(json.loads(m["function"]["arguments"])["n"], by_id[m["id"]]) for m in made]
    assert found == [(1, "a"), (2, "b"), (3, "c")]


def test_a_call_of_another_wire_is_sent_as_a_function_with_its_result() -> None:
    value = {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "SELECT 1"}
    made = AIMessage([NonStandardBlock(value)], response_metadata={"model_provider": "x"})
    entry = turns(Q, made, ToolMessage("1", "c1"))[1]["tool_calls"][0]
    assert entry["function"] == {"name": "sql", "arguments": '{"input":"SELECT 1"}'}


def test_an_interrupted_answer_can_be_followed_by_a_question() -> None:
    partial = answer(call("{}", id="1", name="f"), stop("length"))
    partial.response_metadata.pop("finish_reason")
    assert len(turns(Q, partial, GO)) == 2


# --- reasoning and fields


def test_signed_thinking_blocks_go_back_with_the_call_that_they_led_to() -> None:
    def thinking(**entry: str) -> dict[str, Any]:
        return event({"thinking_blocks": [{"type": "thinking", **entry}]})

    said = answer(
        event({"reasoning_content": "h"}),
        thinking(thinking="h", signature=""),
        thinking(thinking="m", signature=""),
        thinking(thinking="", signature="S1"),
        thinking(thinking="more", signature="S2"),
        call("{}", id="1", name="f"),
        stop("tool_calls"),
        dialect=GATEWAY,
    )
    wire = turns(Q, said, ToolMessage("r", "1"), dialect=GATEWAY)[1]
    assert wire["thinking_blocks"] == [
        {"type": "thinking", "thinking": "hm", "signature": "S1"},
        {"type": "thinking", "thinking": "more", "signature": "S2"},
    ]
    assert "thinking_blocks" not in turns(Q, said, ToolMessage("r", "1"))[1]


def test_signed_parts_of_reasoning_go_back_before_the_text() -> None:
    part = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "hm", "signature": "S"}],
    }
    said = answer(event({"content": [part]}), text("yes"), stop(), dialect=GATEWAY)
    wire = turns(Q, said, GO, dialect=GATEWAY)[1]
    assert wire["content"] == [part, {"type": "text", "text": "yes"}]


def test_unsigned_thinking_goes_back_as_text_alone() -> None:
    entry = {"type": "thinking", "thinking": "hm", "signature": ""}
    delta = event({"reasoning_content": "hm", "thinking_blocks": [entry]})
    said = answer(delta, text("yes"), stop(), dialect=GATEWAY)
    wire = turns(Q, said, GO, dialect=GATEWAY)[1]
    assert wire == {"role": "assistant", "content": "yes", "reasoning_content": "hm"}


def test_fields_of_a_call_that_the_caller_wrote_are_sent_and_those_of_answers_are_not() -> None:
    made = ToolCall("f", {}, "1", extras={"status": "done", "extra_content": {"s": 1}})
    written = turns(Q, AIMessage([made]), ToolMessage("r", "1"))[1]["tool_calls"][0]
    assert (written["status"], written["extra_content"]) == ("done", {"s": 1})
    read = cut("tool_calls", made)
    (entry,) = turns(Q, read, ToolMessage("r", "1"))[1]["tool_calls"]
    assert (entry.get("status"), entry["extra_content"]) == (None, {"s": 1})


def test_a_refusal_is_text_where_the_vendor_has_no_field_for_it() -> None:
    class Plain(Dialect):
        takes_refusals = False

    said = cut("refusal", RefusalBlock("I cannot"))
    assert turns(Q, said, GO, dialect=Plain())[1] == {"role": "assistant", "content": "I cannot"}


def test_empty_text_is_no_part_and_a_users_unknown_part_is_sent_as_it_is() -> None:
    image = ImageBlock("http://x/i.png")
    part = {"type": "video_clip", "clip": "c"}
    message = HumanMessage([TextBlock(""), image, NonStandardBlock(part)])
    (wire,) = turns(message)
    assert [entry["type"] for entry in wire["content"]] == ["image_url", "video_clip"]


@pytest.mark.parametrize("stream", [True, False])
def test_stream_options_are_sent_with_a_stream_alone(stream: bool) -> None:
    body = encode_request(
        [Q],
        model="m",
        settings={"stream_options": {"include_obfuscation": False}},
        options=CallOptions(),
        stream=stream,
        dialect=OPENAI,
        model_kwargs={} if stream else {"stream_options": {"x": 1}},
    )
    assert ("stream_options" in body) is stream


def test_a_turn_of_images_alone_has_empty_text() -> None:
    said = AIMessage([ImageBlock("http://x/i.png")])
    wire = turns(Q, said, GO, dialect=Gallery())[1]
    assert wire["content"] == ""
    assert len(wire["images"]) == 1


def test_a_legacy_call_beside_others_is_sent_like_them() -> None:
    made = AIMessage([ToolCall("f", {}, "1", extras={"legacy": True}), ToolCall("g", {}, "2")])
    wire = turns(Q, made, ToolMessage("r", "1"), ToolMessage("s", "2"))
    assert [entry["id"] for entry in wire[1]["tool_calls"]] == ["1", "2"]
    assert "function_call" not in wire[1]


def test_a_call_and_a_result_with_an_empty_id_get_one() -> None:
    made = AIMessage([ToolCall("f", {}, ""), ToolCall("g", {}, "")])
    wire = turns(Q, made, ToolMessage("r", ""), ToolMessage("s", ""))
    assert [turn.get("tool_call_id") for turn in wire[2:]] == ["call", "call_2"]
