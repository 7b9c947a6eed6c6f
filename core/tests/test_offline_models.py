"""The offline models: they stream, count, reason, call tools and fill schemas without a network."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import pytest
from chat_core import (
    ChatModel,
    HumanMessage,
    InvalidParameterError,
    ToolMessage,
    get_chat_model,
    merge_chunks,
)
from chat_core.offline.example_values import example_value
from pydantic import BaseModel, Field, TypeAdapter


@pytest.fixture
def model() -> ChatModel:
    return get_chat_model("offline:demo", pause=0)


def weather(city: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> str:
    """The weather in a city."""
    return f"sunny in {city} ({unit})"


def test_the_answer_streams_in_many_chunks_that_add_up_to_the_whole_answer(
    model: ChatModel,
) -> None:
    chunks = list(model.stream("Sing about fish"))
    assert len([chunk for chunk in chunks if chunk.content]) > 10
    assert merge_chunks(chunks).to_message() == model.invoke("Sing about fish")


async def test_the_answer_is_the_same_on_an_event_loop(model: ChatModel) -> None:
    chunks = [chunk async for chunk in model.astream("Sing about fish")]
    assert merge_chunks(chunks).to_message() == await model.ainvoke("Sing about fish")
    assert await model.ainvoke("Sing about fish") == model.invoke("Sing about fish")


def test_the_answer_repeats_the_question_and_reports_its_usage(model: ChatModel) -> None:
    answer = model.invoke("Sing about fish")
    assert "Sing about fish" in answer.content
    assert answer.finish_reason == "stop"
    assert answer.response_metadata["model_name"] == "demo"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.input_tokens == 3
    assert answer.usage_metadata.output_tokens == len(answer.content.split())


def test_chunks_are_apart_by_the_pause() -> None:
    stream = get_chat_model("offline:demo", pause=0.05).stream("Hi")
    started = time.monotonic()
    for _ in range(4):
        next(stream)
    stream.close()
    assert time.monotonic() - started >= 0.2


def test_the_thinking_model_reasons_before_it_answers() -> None:
    model = get_chat_model("offline:think", pause=0)
    chunks = list(model.stream("Hi"))
    first_text = next(n for n, chunk in enumerate(chunks) if chunk.content)
    assert all(chunk.reasoning for chunk in chunks[:first_text])
    usage = model.invoke("Hi").usage_metadata
    assert usage is not None
    assert usage.output_token_details.reasoning == first_text


def test_a_bound_tool_is_called_until_it_has_answered(model: ChatModel) -> None:
    bound = model.bind_tools([weather])
    asked = HumanMessage("Weather?")
    answer = bound.invoke([asked])
    (call,) = answer.tool_calls
    assert (call.name, call.args) == ("weather", {"city": "city", "unit": "celsius"})
    assert answer.finish_reason == "tool_calls"
    result = ToolMessage(weather(**call.args), call.id or "")
    final = bound.invoke([asked, answer, result])
    assert final.tool_calls == []
    assert "sunny in city" in final.content


def test_tool_calls_arrive_in_deltas(model: ChatModel) -> None:
    chunks = list(model.bind_tools([weather]).stream("Weather?"))
    assert len([chunk for chunk in chunks if chunk.tool_call_chunks]) > 2


def test_tool_choice_is_followed(model: ChatModel) -> None:
    def clock() -> str:
        """The time."""
        return "noon"

    chosen = model.bind_tools([weather, clock], tool_choice="clock").invoke("Time?")
    assert [call.name for call in chosen.tool_calls] == ["clock"]
    none = model.bind_tools([weather], tool_choice="none").invoke("Weather?")
    assert none.tool_calls == []


class Person(BaseModel):
    """A person in a family."""

    name: str = Field(min_length=6, max_length=8)
    age: int = Field(ge=18, lt=40, multiple_of=5)
    email: str = Field(json_schema_extra={"format": "email"})
    mood: Literal["glad", "sad"]
    parent: Person | None
    friends: list[Person] = Field(min_length=2, max_length=3)
    height: float = Field(gt=1.5, lt=1.6)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_fits_its_schema(model: ChatModel, method: Any) -> None:
    class City(BaseModel):
        """A city."""

        name: str
        founded: int | None = Field(ge=1000)
        districts: list[str]

    city = model.with_structured_output(City, method=method).invoke("Which city?")
    assert (city.name, city.founded, city.districts) == ("name", 1000, ["districts"])


def test_json_mode_gives_an_object(model: ChatModel) -> None:
    found = model.with_structured_output(
        {"title": "Any", "type": "object"}, method="json_mode"
    ).invoke("Go")
    assert found == {"answer": "Hello."}


@pytest.mark.parametrize(
    "kind", [str, int, float, bool, list[int], dict[str, int], tuple[int, str], int | None]
)
def test_example_values_fit_the_schema_they_are_made_from(kind: Any) -> None:
    adapter = TypeAdapter[Any](kind)
    adapter.validate_json(json.dumps(example_value(adapter.json_schema())))


def test_example_values_of_a_schema_that_refers_to_itself_end() -> None:
    class Tree(BaseModel):
        label: str
        left: Tree | None
        leaves: list[Tree]

    value = example_value(Tree.model_json_schema())
    assert Tree.model_validate(value).leaves[0].label == "label"


def test_example_values_keep_bounds_and_formats() -> None:
    schema = Person.model_json_schema()
    person = schema["$defs"]["Person"]
    person["properties"]["friends"] = {"type": "array", "maxItems": 0}
    value: Any = example_value(schema)
    assert value["name"] == "namexx"
    assert value["age"] == 20
    assert value["email"] == "ada@example.com"
    assert value["mood"] == "glad"
    assert 1.5 < value["height"] < 1.6
    assert value["friends"] == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7}, 7),
        ({"type": "string", "examples": ["Oslo"]}, "Oslo"),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": ["null", "integer"], "maximum": -3}, -3),
        ({"allOf": [{"type": "object", "properties": {"a": {"type": "boolean"}}}]}, {"a": True}),
        ({"type": "null"}, None),
        (True, "value"),
    ],
)
def test_example_values_follow_what_the_schema_names(schema: Any, value: object) -> None:
    assert example_value(schema) == value


def test_max_tokens_and_stop_end_the_text(model: ChatModel) -> None:
    cut = model.invoke("Hi there", max_tokens=3)
    assert (cut.content, cut.finish_reason) == ("You wrote: Hi ", "length")
    stopped = model.invoke("Hi there", stop=["there"])
    assert (stopped.content, stopped.finish_reason) == ("You wrote: Hi ", "stop")


def test_another_model_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidParameterError, match="demo and think"):
        get_chat_model("offline:gpt-4o")
