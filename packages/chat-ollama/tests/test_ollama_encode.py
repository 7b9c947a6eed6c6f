"""Requests: messages, tools, schemas and options in Ollama's shape."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.rulebooks import OLLAMA
from chat_core import (
    AIMessage,
    AudioBlock,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec
from chat_ollama import ChatOllama
from chat_ollama.tool_schema import without_references
from ollama_wire import body

PNG = "iVBORw0KGgo="
HI = HumanMessage("Hi")
LOOK = ToolSpec("look", "Look at something.")
TOUCH = ToolSpec("touch")


def test_a_stream_is_switched_off_by_name() -> None:
    assert body(HI)["stream"] is False
    assert body(HI, stream=True)["stream"] is True


def test_settings_are_options_and_parameters_where_ollama_has_them() -> None:
    sent = body(
        HI,
        temperature=0,
        max_tokens=9,
        stop="END",
        num_ctx=4096,
        top_k=3,
        seed=7,
        repeat_penalty=1.1,
        think="low",
        keep_alive="10m",
        logprobs=True,
        top_logprobs=2,
        truncate=False,
        options={"of_tomorrow": True, "seed": 1},
    )
    assert sent["options"] == {
        "of_tomorrow": True,
        "seed": 7,
        "num_predict": 9,
        "temperature": 0,
        "stop": ["END"],
        "num_ctx": 4096,
        "top_k": 3,
        "repeat_penalty": 1.1,
    }
    parameters = {"think": "low", "keep_alive": "10m", "logprobs": True, "top_logprobs": 2}
    assert sent.items() >= {**parameters, "truncate": False}.items()
    assert OLLAMA.check(sent) == []


def test_a_number_of_logprobs_is_that_of_the_likeliest_tokens() -> None:
    sent = body(HI, logprobs=2)
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 2)


def test_what_is_not_set_is_not_sent() -> None:
    assert body(HI).keys() == {"model", "messages", "stream"}


def test_num_predict_wins_over_max_tokens() -> None:
    assert body(HI, max_tokens=9, num_predict=-1)["options"] == {"num_predict": -1}


def test_options_of_model_kwargs_are_merged_one_by_one() -> None:
    sent = body(HI, top_k=3, model_kwargs={"options": {"top_k": 4, "new": 1}, "extra": 2})
    assert sent["options"] == {"top_k": 4, "new": 1}
    assert sent["extra"] == 2


@pytest.mark.parametrize("value", [True, False])
def test_thinking_is_switched(value: bool) -> None:
    assert body(HI, think=value)["think"] is value


def test_a_level_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="think"):
        ChatOllama(model="m", think="a lot")  # type: ignore[arg-type]


def test_an_answers_schema_is_its_format() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    options = CallOptions(response_schema=ResponseSchema("Answer", schema))
    assert body(HI, asked=options)["format"] == schema
    assert body(HI, asked=CallOptions(json_mode=True))["format"] == "json"
    assert body(HI, format=schema)["format"] == schema


def test_images_are_base64_beside_the_text() -> None:
    image = ImageBlock(base64=PNG, mime_type="image/png")
    (turn,) = body(HumanMessage([TextBlock("What"), image, TextBlock("is it?")]))["messages"]
    assert turn == {"role": "user", "content": "What\nis it?", "images": [PNG]}


@pytest.mark.parametrize(
    "block",
    [
        ImageBlock("https://a.test/fish.png"),
        ImageBlock(file_id="f-1"),
        FileBlock(base64="JVBERi0=", mime_type="application/pdf"),
        AudioBlock(base64="UklGRg==", mime_type="audio/wav"),
    ],
)
def test_other_media_are_refused_by_name(block: Any) -> None:
    with pytest.raises(InvalidParameterError, match=type(block).__name__):
        body(HumanMessage([block]))


def test_a_call_and_its_result_have_id_and_name() -> None:
    turns = body(
        HI,
        AIMessage([ReasoningBlock("Hm."), ToolCall("look", {"at": "fish"}, "c-1")]),
        ToolMessage("A fish.", "c-1"),
    )["messages"]
    assert turns[1:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "c-1", "function": {"name": "look", "arguments": {"at": "fish"}}}
            ],
        },
        {"role": "tool", "content": "A fish.", "tool_name": "look", "tool_call_id": "c-1"},
    ]


def test_results_stand_behind_their_calls_in_order() -> None:
    calls = [ToolCall("a", {}, "1"), ToolCall("b", {}, "2")]
    turns = body(HI, AIMessage(calls), ToolMessage("B", "2"), ToolMessage("A", "1"))["messages"]
    assert [turn.get("tool_name") for turn in turns] == [None, None, "a", "b"]


def test_images_of_a_result_follow_in_a_users_message() -> None:
    image = ImageBlock(base64=PNG, mime_type="image/png")
    turns = body(HI, AIMessage([ToolCall("look", {}, "1")]), ToolMessage([image], "1"))["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool", "user"]
    assert turns[3]["images"] == [PNG]
    assert (
        OLLAMA.check(body(HI, AIMessage([ToolCall("look", {}, "1")]), ToolMessage([image], "1")))
        == []
    )


def test_thinking_of_another_provider_is_not_sent() -> None:
    theirs = {"model_provider": "acme", "finish_reason": "stop"}
    answer = AIMessage([ReasoningBlock("Hm."), TextBlock("Yes.")], response_metadata=theirs)
    turn = body(HI, answer, HI)["messages"][1]
    assert turn == {"role": "assistant", "content": "Yes."}


def test_an_answer_of_thinking_alone_is_left_out() -> None:
    turns = body(HI, AIMessage([ReasoningBlock("Hm.")]), HI)["messages"]
    assert [turn["role"] for turn in turns] == ["user", "user"]


def test_instructions_alone_are_refused() -> None:
    """The server would load the model and write nothing (can1357/oh-my-pi#7465)."""
    with pytest.raises(InvalidRequestError, match="HumanMessage"):
        body(SystemMessage("Be kind."))


def test_a_named_tool_is_the_only_one_that_is_offered() -> None:
    def offered(choice: str | None) -> list[str]:
        options = CallOptions(tools=(LOOK, TOUCH), tool_choice=choice)
        return [tool["function"]["name"] for tool in body(HI, asked=options).get("tools", [])]

    assert offered(None) == offered("auto") == ["look", "touch"]
    assert offered("touch") == ["touch"]
    assert offered("none") == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (CallOptions(tools=(LOOK,), tool_choice="any"), "tool_choice='any'"),
        (CallOptions(tools=(LOOK,), tool_choice="smell"), "'smell' names no tool; there are: look"),
        (CallOptions(tools=(LOOK,), parallel_tool_calls=False), "parallel_tool_calls"),
    ],
)
def test_what_the_api_lacks_is_refused_by_name(options: CallOptions, named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        body(HI, asked=options)


def test_references_in_a_tools_schema_are_replaced() -> None:
    """The server drops ``$ref``."""
    fish = {"type": "object", "properties": {"kind": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {
            "one": {"$ref": "#/$defs/Fish", "description": "The first."},
            "all": {"type": "array", "items": {"$ref": "#/$defs/Fish"}},
        },
        "$defs": {"Fish": fish},
    }
    assert without_references(schema) == {
        "type": "object",
        "properties": {
            "one": {**fish, "description": "The first."},
            "all": {"type": "array", "items": fish},
        },
    }


def test_a_definition_that_contains_itself_keeps_its_reference() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {
        "type": "object",
        "properties": {"n": {"$ref": "#/$defs/Node"}},
        "$defs": {"Node": node},
    }
    found = without_references(schema)
    assert found["properties"]["n"] == node
    assert found["$defs"] == {"Node": node}


def test_definitions_that_multiply_end() -> None:
    definitions: dict[str, Any] = {"D0": {"type": "string"}}
    for number in range(1, 40):
        inner = {"$ref": f"#/$defs/D{number - 1}"}
        definitions[f"D{number}"] = {"type": "object", "properties": {"a": inner, "b": inner}}
    schema = {"type": "object", "properties": {"x": {"$ref": "#/$defs/D39"}}, "$defs": definitions}
    assert len(str(without_references(schema))) < 1_000_000
