"""Tools, the choice among them, and schemas of answers in a request of Converse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_bedrock import ChatBedrock
from chat_conformance.script import Call, Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidParameterError,
    Message,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec
from converse_wire import MODEL, encoded

POINT = {"cachePoint": {"type": "default"}}
CLOCK = ToolSpec("clock", "Tells the time.")
SCHEMA = {"type": "object", "properties": {}}


def called(name: str = "clock", id: str = "tooluse_1", **args: Any) -> AIMessage:
    metadata = {"model_provider": "bedrock", "finish_reason": "tool_calls"}
    return AIMessage([ToolCall(name, args, id)], response_metadata=metadata)


def config(options: CallOptions, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = encoded([HumanMessage("Hi")], options, **given)["toolConfig"]
    return found


def test_a_tool_has_its_schema_and_its_cache_point() -> None:
    marked = ToolSpec("clock", "", extras=POINT)
    assert config(CallOptions(tools=(marked,)))["tools"] == [
        {"toolSpec": {"name": "clock", "inputSchema": {"json": SCHEMA}}},
        POINT,
    ]


def test_tools_in_the_vendors_shape_go_as_they_are() -> None:
    system_tool = {"systemTool": {"name": "nova_grounding"}}
    assert config(CallOptions(tools=(system_tool,)))["tools"] == [system_tool]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("auto", {"auto": {}}),
        ("any", {"any": {}}),
        ("clock", {"tool": {"name": "clock"}}),
        ({"any": {}}, {"any": {}}),
    ],
)
def test_the_choice_among_tools(choice: Any, wire: dict[str, Any]) -> None:
    assert config(CallOptions(tools=(CLOCK,), tool_choice=choice))["toolChoice"] == wire


def test_the_one_tool_is_sent_to_mistral_as_any() -> None:
    model = "mistral.mistral-large-2407-v1:0"
    one = CallOptions(tools=(CLOCK,), tool_choice="clock")
    assert config(one, model=model)["toolChoice"] == {"any": {}}
    two = CallOptions(tools=(CLOCK, ToolSpec("bell")), tool_choice="clock")
    with pytest.raises(InvalidParameterError, match="which tool to call"):
        config(two, model=model)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (CallOptions(tools=(CLOCK,), tool_choice="bell"), "the tools are clock"),
        (CallOptions(tools=(CLOCK, CLOCK)), "Two tools are named clock"),
        (CallOptions(tools=(CLOCK,), parallel_tool_calls=False), "parallel_tool_calls"),
        (CallOptions(json_mode=True), "no JSON mode"),
    ],
)
def test_what_converse_has_no_word_for_is_refused(options: CallOptions, reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        encoded([HumanMessage("Hi")], options)


def test_llama_cannot_be_forced() -> None:
    options = CallOptions(tools=(CLOCK,), tool_choice="any")
    with pytest.raises(InvalidParameterError, match="meta on Bedrock cannot be forced"):
        config(options, model="us.meta.llama4-scout-17b-instruct-v1:0")


def test_no_tool_is_meant_by_leaving_the_tools_out() -> None:
    options = CallOptions(tools=(CLOCK,), tool_choice="none")
    assert "toolConfig" not in encoded([HumanMessage("Hi")], options)
    history: list[Message] = [HumanMessage("Q"), called(), ToolMessage("12:00", "tooluse_1")]
    with pytest.raises(InvalidParameterError, match="tool_choice='none'"):
        encoded(history, options)


def test_a_conversation_with_calls_declares_its_tools() -> None:
    history: list[Message] = [
        HumanMessage("Q"),
        called("the clock"),
        ToolMessage("12:00", "tooluse_1"),
    ]
    body = encoded(history)
    (tool,) = body["toolConfig"]["tools"]
    assert tool["toolSpec"]["name"] == body["messages"][1]["content"][0]["toolUse"]["name"]
    assert "toolChoice" not in body["toolConfig"]


def test_an_answer_may_be_held_to_a_schema() -> None:
    schema = {"properties": {"name": {"type": "string"}}, "type": "object"}
    options = CallOptions(response_schema=ResponseSchema("City", schema, "A city."))
    asked = encoded([HumanMessage("Hi")], options)["outputConfig"]["textFormat"]
    assert asked["type"] == "json_schema"
    wire = asked["structure"]["jsonSchema"]
    assert wire["name"] == "City"
    assert json.loads(wire["schema"]) == {**schema, "additionalProperties": False}


def test_a_schema_that_json_cannot_hold_is_refused() -> None:
    schema = {"properties": {"name": {"enum": {"carp"}}}, "type": "object"}
    options = CallOptions(response_schema=ResponseSchema("City", schema))
    with pytest.raises(InvalidParameterError, match=r"schema of the answer is not JSON: .*set"):
        encoded([HumanMessage("Hi")], options)


@pytest.mark.parametrize(
    ("model", "fields", "choice"),
    [
        (MODEL, None, {"tool": {"name": "City"}}),
        ("us.meta.llama4-scout-17b-instruct-v1:0", None, {"auto": {}}),
        (MODEL, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"auto": {}}),
    ],
)
def test_an_object_is_asked_for_through_a_tool(
    model: str, fields: dict[str, Any] | None, choice: dict[str, Any]
) -> None:
    schema = {"title": "City", "type": "object", "properties": {"name": {"type": "string"}}}
    made = ChatBedrock(model=model, additional_model_request_fields=fields)
    assert _choice_of(made.with_structured_output(schema).steps[0]) == choice


def _choice_of(model: Any) -> dict[str, Any]:
    with ScriptedServer() as server:
        server.answer_always(Reply(Call("City", '{"name": "Ulm"}')))
        with model.bind(base_url=server.url, api_key="k") as bound:
            bound.invoke("Q")
        found: dict[str, Any] = server.last.json["toolConfig"]["toolChoice"]
        return found
