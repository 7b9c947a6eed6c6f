"""Messages, arguments and results on spans: only where asked for, in the conventions' shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    ChatPromptTemplate,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    RunnableLambda,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    StrOutputParser,
    SystemMessage,
    ToolCall,
    ToolMessage,
    tool,
)
from chat_core.testing import FakeChatModel
from pydantic import BaseModel
from telemetry import attributes_of

if TYPE_CHECKING:
    from telemetry import Telemetry

SECRET = "the password is hunter2"


class City(BaseModel):
    """A city."""

    name: str


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"rain in {city}"


def messages() -> list[Any]:
    """A conversation with every kind of block."""
    return [
        SystemMessage("Be brief."),
        HumanMessage(
            [
                ImageBlock("https://example.org/fish.png", mime_type="image/png"),
                FileBlock.from_bytes(b"x" * 3000, mime_type="application/pdf"),
                FileBlock(file_id="file-1"),
            ],
            name="ada",
        ),
        AIMessage(
            [
                ReasoningBlock("hm"),
                ReasoningBlock("", extras={"encrypted": "zzz"}),
                RefusalBlock("No."),
                ServerToolCall("web_search", {"query": "fish"}, id="s1"),
                ServerToolResult([{"title": "Fish"}], "s1", "web_search"),
                NonStandardBlock({"type": "odd", "secret": "zzz"}),
                InvalidToolCall("weather", '{"ci', "t0", "cut short"),
                ToolCall("weather", {"city": "Bern"}, id="t1"),
            ]
        ),
        ToolMessage("rain", "t1"),
        ToolMessage([ImageBlock("https://example.org/sky.png")], "t0"),
        HumanMessage("And tomorrow?"),
    ]


def test_nothing_of_the_content_is_on_any_span_unless_asked_for(telemetry: Telemetry) -> None:
    chain = (
        ChatPromptTemplate([("human", "{x}")])
        | FakeChatModel(responses=[SECRET])
        | StrOutputParser()
        | RunnableLambda(lambda text: weather.invoke({"city": text}), name="look")
    )
    assert SECRET in chain.invoke({"x": SECRET})
    assert SECRET in "".join(chain.stream({"x": SECRET}))
    assert len(telemetry.spans) == 12
    for span in telemetry.spans:
        assert SECRET not in span.to_json()


def test_the_messages_of_a_request_have_the_shape_of_the_conventions(captured: Telemetry) -> None:
    FakeChatModel(responses=["Sun."]).invoke(messages())
    found = json.loads(captured.attributes("chat fake")["gen_ai.input.messages"])
    call = {"type": "tool_call", "name": "weather"}
    assert found == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "name": "ada",
            "parts": [
                {
                    "type": "uri",
                    "mime_type": "image/png",
                    "modality": "image",
                    "uri": "https://example.org/fish.png",
                },
                {
                    "type": "blob",
                    "mime_type": "application/pdf",
                    "modality": "document",
                    "content": "",
                    "size": 3000,
                },
                {"type": "file", "mime_type": None, "modality": "document", "file_id": "file-1"},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "hm"},
                {"type": "refusal", "content": "No."},
                {
                    "type": "server_tool_call",
                    "id": "s1",
                    "name": "web_search",
                    "server_tool_call": {"type": "web_search", "arguments": {"query": "fish"}},
                },
                {
                    "type": "server_tool_call_response",
                    "id": "s1",
                    "server_tool_call_response": {
                        "type": "web_search",
                        "content": [{"title": "Fish"}],
                    },
                },
                {"type": "odd"},
                {**call, "id": "t0", "arguments": '{"ci'},
                {**call, "id": "t1", "arguments": {"city": "Bern"}},
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "t1", "response": "rain"}],
        },
        {
            "role": "tool",
            "parts": [
                {
                    "type": "tool_call_response",
                    "id": "t0",
                    "response": [
                        {
                            "type": "uri",
                            "mime_type": None,
                            "modality": "image",
                            "uri": "https://example.org/sky.png",
                        }
                    ],
                }
            ],
        },
        {"role": "user", "parts": [{"type": "text", "content": "And tomorrow?"}]},
    ]


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_has_the_shape_of_the_conventions(captured: Telemetry, streams: bool) -> None:
    given = AIMessage(
        [ReasoningBlock("hm"), ToolCall("weather", {"city": "Bern"}, id="t1")],
        response_metadata={"finish_reason": "tool_calls"},
    )
    model = FakeChatModel(responses=[given])
    list(model.stream("x")) if streams else model.invoke("x")
    found = json.loads(captured.attributes("chat fake")["gen_ai.output.messages"])
    call = {"type": "tool_call", "id": "t1", "name": "weather", "arguments": {"city": "Bern"}}
    assert found == [
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "hm"}, call],
            "finish_reason": "tool_call",
        }
    ]


def test_what_had_arrived_before_an_error_is_shown(captured: Telemetry) -> None:
    model = FakeChatModel(responses=["a b c"])
    next(iter(model.stream("x")))
    found = json.loads(captured.attributes("chat fake")["gen_ai.output.messages"])
    assert found[0]["parts"] == [{"type": "text", "content": "a "}]
    assert found[0]["finish_reason"] == "error"


def test_arguments_and_result_of_a_tool_are_json(captured: Telemetry) -> None:
    @tool
    def find(city: City) -> City:
        """Finds a city."""
        return city

    find.invoke({"city": {"name": "Bern"}})
    weather.invoke(ToolCall("weather", {"city": "Bern"}, id="t1"))
    found = captured.attributes("execute_tool find")
    assert json.loads(found["gen_ai.tool.call.arguments"]) == {"city": {"name": "Bern"}}
    assert json.loads(found["gen_ai.tool.call.result"]) == {"name": "Bern"}
    found = captured.attributes("execute_tool weather")
    assert json.loads(found["gen_ai.tool.call.arguments"]) == {"city": "Bern"}
    answered = json.loads(found["gen_ai.tool.call.result"])
    assert answered["parts"][0]["response"] == "rain in Bern"


@pytest.mark.parametrize("streams", [False, True])
def test_input_and_output_of_chains_are_json_also_where_the_input_streams_in(
    captured: Telemetry, streams: bool
) -> None:
    chain = ChatPromptTemplate([("human", "{x}")]) | FakeChatModel(responses=["a b"])
    whole = chain | StrOutputParser()
    "".join(whole.stream({"x": "q"})) if streams else whole.invoke({"x": "q"})
    root = captured.attributes("invoke_workflow RunnableSequence")
    assert json.loads(root["chat.input"]) == {"x": "q"}
    assert json.loads(root["chat.output"]) == "a b"
    asked = {"role": "user", "parts": [{"type": "text", "content": "q"}]}
    prompt = captured.attributes("prompt ChatPromptTemplate")
    assert json.loads(prompt["chat.output"]) == {"messages": [asked]}
    parser = captured.attributes("parser StrOutputParser")
    assert json.loads(parser["chat.input"])["parts"] == [{"type": "text", "content": "a b"}]


def test_what_is_no_json_is_shown_as_text(captured: Telemetry) -> None:
    RunnableLambda(lambda x: {"of": x, 1: {2}}, name="odd").invoke(object)
    found = captured.attributes("invoke_workflow odd")
    assert json.loads(found["chat.input"]) == "<class 'object'>"
    assert json.loads(found["chat.output"]) == {"of": "<class 'object'>", "1": "{2}"}


def strict(text: str) -> Any:
    """``text`` as a parser reads it that knows no ``NaN``."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_numbers_that_json_does_not_have_and_values_within_themselves_are_shown_as_text(
    captured: Telemetry,
) -> None:
    within: list[Any] = [float("nan")]
    within.append(within)
    RunnableLambda(lambda x: {"of": float("inf")}, name="odd").invoke(within)
    found = captured.attributes("invoke_workflow odd")
    assert strict(found["chat.input"])[0] == "nan"
    assert strict(found["chat.output"]) == {"of": "inf"}
    call = AIMessage([ToolCall("weather", {"degrees": float("-inf")}, id="t1")])
    FakeChatModel(responses=[call]).invoke("x")
    (answered,) = strict(captured.attributes("chat fake")["gen_ai.output.messages"])
    assert answered["parts"][0]["arguments"] == {"degrees": "-inf"}


def test_half_of_a_surrogate_pair_is_escaped_everywhere(captured: Telemetry) -> None:
    half = "\ud83d"
    model = FakeChatModel(responses=[f"a{half}", LookupError(f"lost {half}")], model=f"m-{half}")
    config: Any = {"tags": [half], "metadata": {f"k{half}": half}}
    model.invoke(half, config)
    with pytest.raises(LookupError):
        model.invoke("x")
    for span in captured.spans:
        events = [dict(event.attributes or {}) for event in span.events]
        shown = [span.name, span.status.description, dict(attributes_of(span)), events]
        assert half not in json.dumps(shown, ensure_ascii=False)
    asked, failed = captured.spans
    assert asked.name == "chat m-\\ud83d"
    messages = json.loads(str(attributes_of(asked)["gen_ai.output.messages"]))
    assert messages[0]["parts"][0]["content"] == f"a{half}"
    assert failed.status.description == "lost \\ud83d"


def test_keys_are_on_no_span(captured: Telemetry) -> None:
    model = FakeChatModel(
        responses=["a", ServerError("down", provider="fake", status=500)],
        api_key="sk-secret",
        default_headers={"x-key": "header-secret"},
    )
    model.invoke("x")
    with pytest.raises(ServerError):
        model.invoke("x", extra_headers={"authorization": "call-secret"})
    assert len(captured.spans) == 2
    for span in captured.spans:
        assert attributes_of(span)["gen_ai.input.messages"]
        assert "secret" not in span.to_json()


def test_a_value_whose_own_methods_raise_is_shown_by_its_class(captured: Telemetry) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    class BrokenModel:
        def model_dump(self, mode: str) -> object:
            raise RuntimeError("no fields")

    RunnableLambda(lambda _: [BrokenModel(), 1]).invoke(Broken())
    (span,) = captured.spans
    assert attributes_of(span)["chat.input"] == '"<Broken>"'
    assert attributes_of(span)["chat.output"] == '["<BrokenModel>",1]'
