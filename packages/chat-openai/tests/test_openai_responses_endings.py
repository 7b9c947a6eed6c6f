"""However an answer of Responses ends, the next request keeps the rulebook of the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_conformance.rulebooks import RESPONSES
from chat_core import (
    AIMessage,
    AudioBlock,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions, MessageBuilder, StreamReader, decode_reply
from chat_openai import ChatOpenAI
from chat_openai.dialect import OpenAIDialect
from chat_openai.responses_decode import ResponsesDecoder

Wire = dict[str, Any]

THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "secret"}
TEXT = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "The sea", "annotations": []}],
}
EMPTY = {**TEXT, "status": "incomplete", "content": [{"type": "output_text", "text": ""}]}
REFUSAL = {**TEXT, "content": [{"type": "refusal", "refusal": "No."}]}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "look_up",
    "arguments": '{"city":"Oslo"}',
    "created_by": "model",
}
CUT_CALL = {**CALL, "id": "fc_2", "call_id": "call_2", "arguments": '{"city":', "status": "cut"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "q"}}
PATCH = {"type": "apply_patch_call", "id": "apc_1", "call_id": "call_3", "operation": {}}
ODD = {**TEXT, "id": "msg_2", "content": [{"type": "output_hologram", "data": "x"}]}
LENGTH = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
FILTER = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
WHOLE = {"status": "completed"}


def answer(*output: Wire, **fields: Any) -> AIMessage:
    wire = {"id": "resp_1", "output": list(output), **fields}
    decoder = ResponsesDecoder(OpenAIDialect())
    return decode_reply(decoder, json.dumps(wire).encode()).to_message()


def interrupted(*output: Wire) -> AIMessage:
    """What had arrived when the connection broke: items that are done, and half of the last."""
    created = {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5"}}
    events: list[Wire] = [created]
    for place, item in enumerate(output):
        where = {"output_index": place, "item": item}
        events.append({"type": "response.output_item.added", **where})
        if place + 1 < len(output) or item["type"] == "reasoning":
            events.append({"type": "response.output_item.done", **where})
    if output[-1]["type"] == "message":
        events.append({"type": "response.output_text.delta", "delta": "The s"})
    reader, builder = StreamReader(ResponsesDecoder(OpenAIDialect())), MessageBuilder()
    for event in events:
        builder.extend(reader.feed(f"data: {json.dumps(event)}\n\n".encode()))
    return builder.message()


def request(*messages: Message, **settings: Any) -> Wire:
    model = ChatOpenAI(model="gpt-5", api="responses", **settings)
    body: Wire = model._encode(model._read(list(messages)), CallOptions(), stream=False)
    return body


def kinds(body: Wire) -> list[str]:
    return [item["type"] for item in body["input"] if "type" in item]


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (answer(THOUGHT, TEXT, **WHOLE), ["reasoning", "message"]),
        (answer(THOUGHT, TEXT, **LENGTH), ["reasoning", "message"]),
        (answer(THOUGHT, EMPTY, **LENGTH), []),
        (answer(THOUGHT, **LENGTH), []),
        (answer(TEXT, THOUGHT, CUT_CALL, **LENGTH), ["message"]),
        (answer(THOUGHT, CALL, CUT_CALL, **LENGTH), []),
        (
            answer(THOUGHT, SEARCH, THOUGHT | {"id": "rs_2"}, **LENGTH),
            ["reasoning", SEARCH["type"]],
        ),
        (answer(THOUGHT, REFUSAL, **WHOLE), ["reasoning", "message"]),
        (answer(THOUGHT, TEXT, **FILTER), ["reasoning", "message"]),
        (answer(THOUGHT, PATCH, **LENGTH), []),
        (answer(TEXT, THOUGHT, PATCH, **WHOLE), ["message"]),
        (answer(TEXT, ODD, **WHOLE), ["message"]),
        (interrupted(THOUGHT, TEXT), ["message"]),
        (interrupted(THOUGHT), []),
        (interrupted(THOUGHT, CALL), []),
        (interrupted(THOUGHT, TEXT, CALL), ["message"]),
    ],
    ids=[
        "whole",
        "cut in text",
        "cut before text",
        "cut in reasoning",
        "cut in a call",
        "cut in the second call",
        "cut after a search",
        "refusal",
        "filter",
        "cut in a patch",
        "a patch without a result",
        "a part of unknown type",
        "broke off in text",
        "broke off in reasoning",
        "broke off in a call",
        "broke off in a call after text",
    ],
)
def test_a_conversation_goes_on_after_every_ending(
    message: AIMessage, kept: list[str], store: bool
) -> None:
    body = request(HumanMessage("a"), message, HumanMessage("b"), store=store)
    assert RESPONSES.check(body) == []
    assert kinds(body) == kept


def test_a_call_and_its_result_go_back_with_their_reasoning_and_no_output_only_field() -> None:
    body = request(HumanMessage("a"), answer(THOUGHT, CALL, **WHOLE), ToolMessage("1", "call_1"))
    assert RESPONSES.check(body) == []
    assert kinds(body) == ["reasoning", "function_call", "function_call_output"]
    assert body["input"][2]["id"] == "fc_1"
    assert "created_by" not in body["input"][2]


def test_without_its_reasoning_an_item_goes_back_without_its_id() -> None:
    plain = {key: value for key, value in THOUGHT.items() if key != "encrypted_content"}
    message = answer(plain, SEARCH, TEXT, CALL, **WHOLE)
    body = request(HumanMessage("a"), message, ToolMessage("1", "call_1"), store=False)
    assert kinds(body) == ["message", "function_call", "function_call_output"]
    assert not any("id" in item for item in body["input"])


def test_an_answer_that_comes_twice_has_its_ids_once() -> None:
    message = answer(THOUGHT, TEXT, **WHOLE)
    body = request(HumanMessage("a"), message, HumanMessage("b"), message, HumanMessage("c"))
    assert RESPONSES.check(body) == []
    assert kinds(body) == ["reasoning", "message"] * 2


def test_a_tool_that_comes_twice_takes_its_reasoning_with_it() -> None:
    message = answer(THOUGHT, SEARCH, THOUGHT | {"id": "rs_2"}, TEXT, **WHOLE)
    body = request(HumanMessage("a"), message, HumanMessage("b"), message, HumanMessage("c"))
    assert RESPONSES.check(body) == []
    assert kinds(body)[4:] == ["reasoning", "message"]


def test_calls_of_two_turns_with_one_id_get_two_and_their_results_the_same() -> None:
    turn = answer(CALL, **WHOLE), ToolMessage("1", "call_1")
    body = request(HumanMessage("a"), *turn, *turn, *turn)
    assert RESPONSES.check(body) == []
    ids = [item["call_id"] for item in body["input"] if "call_id" in item]
    assert ids[0::2] == ids[1::2]
    assert len(set(ids)) == 3


def test_two_calls_of_one_turn_with_one_id_are_answered_in_order() -> None:
    calls = AIMessage([ToolCall("f", {"n": 1}, "c"), ToolCall("f", {"n": 2}, "c")])
    body = request(HumanMessage("a"), calls, ToolMessage("one", "c"), ToolMessage("two", "c"))
    assert RESPONSES.check(body) == []
    assert [item["output"] for item in body["input"][3:]] == ["one", "two"]


def test_a_broken_call_that_was_answered_goes_back_with_its_result() -> None:
    broken = AIMessage([InvalidToolCall("no such/tool", '{"x":', "c", "cut")])
    body = request(HumanMessage("a"), broken, ToolMessage("again", "c", "error"))
    assert RESPONSES.check(body) == []
    assert body["input"][1]["name"] == "no_such_tool"


@pytest.mark.parametrize(
    ("messages", "number", "words"),
    [
        ([AIMessage([ToolCall("f", {}, "c")]), HumanMessage("b")], "1", "'f'"),
        (
            [AIMessage([ToolCall("f", {}, "c")]), ToolMessage("1", "c"), ToolMessage("2", "c")],
            "3",
            "second result",
        ),
    ],
    ids=["no result", "two results"],
)
def test_what_cannot_be_mended_is_refused_with_the_messages_number(
    messages: list[Message], number: str, words: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"Message {number} .*{words}"):
        request(HumanMessage("a"), *messages)


def test_a_conversation_without_anything_to_send_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="nothing to send"):
        request(AIMessage([]))


@pytest.mark.parametrize(
    "message",
    [
        AIMessage(
            [
                ReasoningBlock("hm", extras={"signature": "s"}),
                TextBlock("I look.", extras={"item_id": "msg_9"}),
                ToolCall("web.look_up", {"city": "Oslo"}, "toolu_" + "x" * 90),
            ],
            response_metadata={"model_provider": "anthropic", "finish_reason": "tool_calls"},
        ),
        AIMessage(
            [
                ServerToolCall("web_search", {}, "x", extras={"item": {"type": "server_tool_use"}}),
                NonStandardBlock({"type": "container_upload"}),
                AudioBlock(file_id="audio_1", transcript="Hello."),
            ],
            response_metadata={"model_provider": "openai", "finish_reason": "stop"},
        ),
        AIMessage(
            [ToolCall("look_up", {}, ""), ToolCall("look_up", {}, None)],
            response_metadata={"model_provider": "google-genai", "finish_reason": "length"},
        ),
    ],
    ids=["anthropic", "chat completions", "gemini"],
)
def test_an_answer_from_elsewhere_keeps_the_rules_too(message: AIMessage) -> None:
    results = [ToolMessage("1", call.id) for call in message.tool_calls if call.id]
    assert RESPONSES.check(request(HumanMessage("a"), message, *results, HumanMessage("b"))) == []
