"""Streams and answers of servers that imitate Anthropic's wire: numbers, spellings, repetitions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_anthropic.decode import MessagesDecoder
from chat_anthropic.encode_turns import encode_turns
from chat_core import AIMessage, HumanMessage
from chat_core.provider import MessageBuilder, StreamReader, decode_reply

Event = dict[str, Any]

START: Event = {
    "type": "message_start",
    "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}},
}


def opened(index: int | None, **block: Any) -> Event:
    at = {} if index is None else {"index": index}
    return {"type": "content_block_start", **at, "content_block": block or None}


def delta(index: int | None, kind: str, value: Any) -> Event:
    at = {} if index is None else {"index": index}
    names = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
    inner = {"type": kind, names.get(kind, "partial_json"): value}
    return {"type": "content_block_delta", **at, "delta": inner}


def closed(index: int | None) -> Event:
    return {"type": "content_block_stop", **({} if index is None else {"index": index})}


def tool(index: int | None, id: str, name: str, input: Any = None) -> Event:
    return opened(index, type="tool_use", id=id, name=name, input=input or {})


def message(*events: Event, stop: str = "tool_use", usage: Event | None = None) -> AIMessage:
    end: Event = {"type": "message_delta", "delta": {"stop_reason": stop}}
    end |= {"usage": usage} if usage else {}
    reader, builder = StreamReader(MessagesDecoder()), MessageBuilder()
    wire = [START, *events, end, {"type": "message_stop"}]
    for chunk in reader.feed("".join(f"data: {json.dumps(e)}\n\n" for e in wire).encode()):
        builder.add(chunk)
    assert reader.failure is None, reader.failure
    return builder.message()


def reply(content: Any, **facts: Any) -> AIMessage:
    wire = {"id": "msg_1", "model": "m", "content": content, "stop_reason": "end_turn", **facts}
    return decode_reply(MessagesDecoder(), json.dumps(wire).encode()).to_message()


def calls(answer: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    assert answer.invalid_tool_calls == []
    return [(made.name, made.args) for made in answer.tool_calls]


# --- numbers of blocks


@pytest.mark.parametrize("stops", [True, False])
@pytest.mark.parametrize("index", [0, 3, None])
def test_blocks_that_all_have_one_number_stay_apart(index: int | None, stops: bool) -> None:
    end = [closed(index)] if stops else []
    answer = message(
        *[opened(index, type="thinking", thinking="", signature="")],
        *[delta(index, "thinking_delta", "One."), delta(index, "signature_delta", "S1"), *end],
        *[opened(index, type="thinking", thinking="", signature="")],
        *[delta(index, "thinking_delta", "Two."), delta(index, "signature_delta", "S2"), *end],
        *[opened(index, type="text", text=""), delta(index, "text_delta", "Wait."), *end],
        *[tool(index, "t1", "look"), delta(index, "input_json_delta", '{"a": 1}'), *end],
        *[tool(index, "t2", "find", {"b": 2}), *end],
    )
    assert calls(answer) == [("look", {"a": 1}), ("find", {"b": 2})]
    assert (answer.content, answer.reasoning) == ("Wait.", "One.Two.")
    signed = [block.extras for block in answer.blocks[:2]]
    assert signed == [{"signature": "S1"}, {"signature": "S2"}]


def test_a_number_that_comes_again_does_not_disturb_later_numbers() -> None:
    answer = message(
        *[tool(0, "t1", "look"), delta(0, "input_json_delta", '{"a": 1}'), closed(0)],
        *[tool(0, "t2", "look"), delta(0, "input_json_delta", '{"a": 2}'), closed(0)],
        *[tool(1, "t3", "look"), delta(1, "input_json_delta", '{"a": 3}'), closed(1)],
    )
    assert calls(answer) == [("look", {"a": 1}), ("look", {"a": 2}), ("look", {"a": 3})]


def test_a_start_that_comes_twice_starts_one_block() -> None:
    answer = message(tool(0, "t1", "look"), tool(0, "t1", "look", {}), closed(0))
    assert calls(answer) == [("look", {})]


# --- text that must not vanish


def test_text_of_a_block_whose_start_says_nothing_is_read() -> None:
    assert message(opened(0), delta(0, "text_delta", "Salut"), closed(0)).content == "Salut"


@pytest.mark.parametrize(
    "start",
    [
        tool(0, "t1", "look"),
        opened(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    ],
)
def test_text_that_comes_at_the_number_of_a_call_is_read(start: Event) -> None:
    assert message(start, delta(0, "text_delta", "Salut"), closed(0)).content == "Salut"


@pytest.mark.parametrize("content", ["Salut", {"type": "text", "text": "Salut"}, ["Salut"]])
def test_the_content_of_an_answer_may_be_text_or_one_block(content: Any) -> None:
    assert reply(content).content == "Salut"


# --- arguments


@pytest.mark.parametrize("given", ['{"a": 1}', {"a": 1}])
def test_the_input_of_a_call_may_be_json_text(given: Any) -> None:
    assert calls(message(tool(0, "t1", "look", given), closed(0))) == [("look", {"a": 1})]
    block = {"type": "tool_use", "id": "t1", "name": "look", "input": given}
    assert calls(reply([block], stop_reason="tool_use")) == [("look", {"a": 1})]


@pytest.mark.parametrize(
    "pieces",
    [
        ["{}", '{"a": 1}'],
        ['{"a": ', "1}", '{"a": 1}'],
        [{"a": 1}],
        [None, '{"a": 1}', ""],
    ],
)
def test_placeholders_repetitions_and_objects_make_one_input(pieces: list[Any]) -> None:
    deltas = [delta(0, "input_json_delta", piece) for piece in pieces]
    assert calls(message(tool(0, "t1", "look"), *deltas, closed(0))) == [("look", {"a": 1})]


def test_an_empty_object_alone_is_the_input() -> None:
    answer = message(tool(0, "t1", "look"), delta(0, "input_json_delta", "{}"), closed(0))
    assert calls(answer) == [("look", {})]


# --- counts


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 0, "output_tokens": 9}, 5),
        ({"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 9}, 5),
        ({"input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 9}, 4),
        ({"input_tokens": 7, "output_tokens": 9}, 7),
        ({"input_tokens": "7", "output_tokens": 9.0}, 7),
    ],
)
def test_an_input_of_no_tokens_replaces_no_count(usage: Event, expected: int) -> None:
    answer = message(opened(0, type="text", text="Yes"), stop="end_turn", usage=usage)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.input_tokens == expected
    assert answer.usage_metadata.output_tokens == 9


@pytest.mark.parametrize("usage", [[], "many", {"input_tokens": -1, "output_tokens_details": []}])
def test_a_usage_that_is_none_is_unknown(usage: Any) -> None:
    answer = reply("Yes", usage=usage)
    assert answer.usage_metadata is None or answer.usage_metadata.input_tokens is None


def test_a_base_resp_of_success_is_no_error() -> None:
    assert reply("Yes", base_resp={"status_code": "0", "status_msg": "success"}).content == "Yes"


def test_an_answer_with_one_number_goes_back_as_it_came() -> None:
    answer = message(
        *[opened(0, type="thinking", thinking="Hm.", signature="S1"), closed(0)],
        *[opened(0, type="thinking", thinking="So.", signature="S2"), closed(0)],
        *[opened(0, type="text", text="Yes."), closed(0)],
        stop="end_turn",
    )
    history: list[Any] = [HumanMessage("Q"), answer, HumanMessage("Q")]
    (_, turn, _) = encode_turns(history, model="m")[1]
    assert [block.get("signature") for block in turn["content"]] == ["S1", "S2", None]


def test_what_other_servers_tell_beside_the_answer_is_kept() -> None:
    facts = {"citations": ["http://source"], "search_results": [{"url": "u"}], "timings": {"n": 1}}
    metadata = reply("Yes", **facts).response_metadata
    assert {name: metadata[name] for name in facts} == facts
