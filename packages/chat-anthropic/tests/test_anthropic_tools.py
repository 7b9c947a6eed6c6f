"""Tools that Anthropic would refuse: names, schemas and choices, rewritten or refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
from chat_anthropic.encode import encode_request
from chat_anthropic.encode_tools import TOOL_NAMES
from chat_anthropic.families import refuses_forced_tools
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import HumanMessage, InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec, object_schema
from pydantic import BaseModel, SecretStr

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


class Tally(BaseModel):
    """How often each bird was seen."""

    birds: dict[str, int]


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


def make(server: WireServer, **settings: Any) -> ChatAnthropic:
    given = {"model": "claude-opus-4-8", "api_key": SecretStr("k"), "max_retries": 0}
    return ChatAnthropic(**{**given, "base_url": server.url, **settings})


def body(options: CallOptions, model: str = "claude-opus-4-8", **settings: Any) -> dict[str, Any]:
    return encode_request(
        [HumanMessage("Q")],
        options,
        model=model,
        settings=settings,
        model_kwargs={},
        stream=False,
    )


# --- names


@pytest.mark.parametrize("name", ["birds.count", "bird count", "Vögel", "a/b", "", "x" * 129])
def test_a_name_outside_the_alphabet_is_rewritten(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", TOOL_NAMES.wire_name(name))


def test_names_that_differ_stay_different() -> None:
    names = ["a.b", "a b", "a_b", "x" * 129, "x" * 130, "ä", "ö"]
    assert len({TOOL_NAMES.wire_name(name) for name in names}) == len(names)


def test_a_name_that_is_allowed_stays_as_it_is() -> None:
    assert TOOL_NAMES.wire_name("count_birds-2") == "count_birds-2"


@pytest.mark.parametrize("shape", ["spec", "dict"])
def test_tool_and_choice_have_the_same_name(shape: str) -> None:
    vendors = {"name": "birds.count", "input_schema": {"type": "object"}}
    tool = ToolSpec("birds.count") if shape == "spec" else vendors
    wire = body(CallOptions(tools=(tool,), tool_choice="birds.count"))
    assert (
        wire["tools"][0]["name"]
        == wire["tool_choice"]["name"]
        == TOOL_NAMES.wire_name("birds.count")
    )


def test_a_server_tool_keeps_its_name() -> None:
    tool = {"type": "web_search_20250305", "name": "web.search"}
    assert body(CallOptions(tools=(tool,)))["tools"] == [tool]


@pytest.mark.parametrize("how", ["stream", "invoke"])
def test_a_call_comes_back_with_the_name_that_was_given(server: WireServer, how: str) -> None:
    block = {
        "type": "tool_use",
        "id": "toolu_1",
        "name": TOOL_NAMES.wire_name("birds.count"),
        "input": {},
    }
    whole = {"type": "message", "id": "m", "content": [block], "stop_reason": "tool_use"}
    events: list[Any] = [
        {"type": "message_start", "message": {"id": "m"}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]
    server.queue(sse(events, event_key="type") if how == "stream" else json_answer(whole))
    with make(server) as model:
        asking = model.bind_tools([ToolSpec("birds.count")])
        if how == "stream":
            stream = asking.stream("Q")
            assert [c.name for chunk in stream for c in chunk.tool_call_chunks] == ["birds.count"]
            message = stream.message
        else:
            message = asking.invoke("Q")
    assert [call.name for call in message.tool_calls] == ["birds.count"]


def test_a_name_is_one_tools_and_a_choice_is_of_a_tool() -> None:
    search = {"type": "web_search_20250305", "name": "look"}
    with pytest.raises(InvalidParameterError, match="Two tools are named look"):
        body(CallOptions(tools=(ToolSpec("look"), search)))
    for choice in ("listen", {"type": "tool", "name": "listen"}):
        with pytest.raises(InvalidParameterError, match="'listen'; the tools are look"):
            body(CallOptions(tools=(ToolSpec("look"),), tool_choice=choice))


# --- schemas


def test_a_schema_without_a_type_is_one_of_an_object() -> None:
    assert object_schema({}) == {"type": "object"}
    assert object_schema({"properties": {"a": TEXT}})["type"] == "object"
    assert object_schema({"type": ["object", "null"]})["type"] == "object"


def test_a_reference_at_the_root_is_replaced_by_what_it_refers_to() -> None:
    branch = {"type": "object", "properties": {"twigs": {"items": {"$ref": "#/$defs/Branch"}}}}
    schema = {"$ref": "#/$defs/Branch", "$defs": {"Branch": branch}}
    assert object_schema(schema) == {**branch, "$defs": {"Branch": branch}}


def test_all_parts_are_one_object() -> None:
    named = {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}
    schema = {
        "allOf": [{"$ref": "#/definitions/Named"}, {"properties": {"age": NUMBER, "name": NUMBER}}],
        "definitions": {"Named": named},
    }
    assert object_schema(schema) == {
        "type": "object",
        "properties": {"name": {"allOf": [TEXT, NUMBER]}, "age": NUMBER},
        "required": ["name"],
        "definitions": {"Named": named},
    }


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_alternatives_become_properties_and_a_note(word: str) -> None:
    cat = {"type": "object", "properties": {"kind": {"const": "cat"}, "lives": NUMBER}}
    dog = {"type": "object", "properties": {"kind": {"const": "dog"}, "tricks": TEXT}}
    branches = [{**cat, "required": ["kind", "lives"]}, {**dog, "required": ["kind"]}]
    got = object_schema({word: [*branches, {"type": "null"}], "description": "A pet."})
    assert word not in got
    assert got["properties"]["kind"] == {"anyOf": [{"const": "cat"}, {"const": "dog"}]}
    assert got["properties"].keys() == {"kind", "lives", "tricks"}
    assert got["required"] == ["kind"]
    assert got["description"].startswith("A pet.")
    assert '"tricks"' in got["description"]


def test_alternatives_of_required_properties_keep_the_properties() -> None:
    schema = {
        "type": "object",
        "properties": {"id": NUMBER, "name": TEXT},
        "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
    }
    before = json.dumps(schema)
    got = object_schema(schema)
    assert got["properties"] == schema["properties"]
    assert '"required": ["name"]' in got["description"]
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        (TEXT, "an object"),
        ({"type": ["string", "null"]}, "an object"),
        ({"anyOf": [TEXT, NUMBER]}, "an object"),
        ({"allOf": [TEXT]}, "an object"),
        ({"$ref": "#"}, "refers to itself"),
        ({"$ref": "#/$defs/A"}, "#/\\$defs/A"),
        ({"$ref": "https://example.org/a.json"}, "example.org"),
    ],
)
def test_a_schema_of_something_else_is_refused(schema: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        body(CallOptions(tools=(ToolSpec("t", parameters=schema),)))


# --- forced tools


@pytest.mark.parametrize(
    ("model", "refuses"),
    [
        ("claude-opus-5-5", True),
        ("us.anthropic.claude-sonnet-5-5-20260928-v1:0", True),
        ("anthropic/claude-sonnet-5.5", True),
        ("claude-fable-5-1", True),
        ("claude-mythos-5-1", True),
        ("claude-fable-5", False),
        ("claude-opus-5", False),
        ("claude-3-5-sonnet-latest", False),
        ("claude-haiku-5-5", False),
        ("glm-5", False),
    ],
)
def test_which_models_refuse_forced_tools(model: str, refuses: bool) -> None:
    assert refuses_forced_tools(model) is refuses


@pytest.mark.parametrize("choice", ["any", "t", {"type": "tool", "name": "t"}])
@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("claude-opus-5-5", {}),
        ("claude-sonnet-4-5", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
    ],
)
def test_a_forced_tool_is_refused_where_the_api_refuses_it(
    choice: Any, model: str, settings: dict[str, Any]
) -> None:
    options = CallOptions(tools=(ToolSpec("t"),), tool_choice=choice)
    with pytest.raises(InvalidParameterError, match="forces a tool"):
        body(options, model, **settings)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("claude-opus-5-5", {}),
        ("claude-sonnet-4-5", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ("claude-opus-4-8", {"model_kwargs": {"thinking": {"type": "adaptive"}}}),
    ],
)
def test_structured_output_asks_for_the_tool_where_it_cannot_force_it(
    server: WireServer, model: str, settings: dict[str, Any]
) -> None:
    call = {"type": "tool_use", "id": "t", "name": "Tally", "input": {"birds": {"owl": 2}}}
    server.queue(json_answer({"type": "message", "content": [call], "stop_reason": "tool_use"}))
    with make(server, model=model, **settings) as chat:
        assert chat.with_structured_output(Tally).invoke("Q") == Tally(birds={"owl": 2})
    asked = server.requests[0].json
    assert asked["tool_choice"] == {"type": "auto"}
    assert "calling this tool" in asked["tools"][0]["description"]
