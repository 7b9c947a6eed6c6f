"""Structured output: three kinds of schema, three ways to ask, and what does not fit is said."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Generic, Literal, TypedDict, TypeVar

import pytest
from chat_core.chains.parsers import PydanticOutputParser
from chat_core.errors import InvalidParameterError, OutputParserError
from chat_core.messages.blocks import InvalidToolCall, RefusalBlock, ToolCall, ToolCallChunk
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.models.answer_schema import read_answer_schema
from chat_core.models.growing_answers import ArgumentsReader
from chat_core.testing import FakeChatModel
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator


class Fish(BaseModel):
    """A fish."""

    name: str
    weight: float


class FishDict(TypedDict):
    """A fish."""

    name: str
    weight: float


FISH_SCHEMA: dict[str, Any] = {
    "title": "Fish",
    "type": "object",
    "properties": {"name": {"type": "string"}, "weight": {"type": "number"}},
    "required": ["name", "weight"],
}
TEXT = '{"name": "Bo", "weight": 2}'


def answering(response: Any, schema: Any = Fish, **kwargs: Any) -> Any:
    return FakeChatModel(responses=[response]).with_structured_output(schema, **kwargs)


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
@pytest.mark.parametrize("schema", [Fish, FishDict, FISH_SCHEMA], ids=["class", "dict", "json"])
async def test_every_way_to_ask_gives_the_kind_of_object_that_the_schema_says(
    method: str, schema: Any
) -> None:
    called = AIMessage([ToolCall("Fish" if schema is not FishDict else "FishDict", {}, "1")])
    called.blocks[0].args.update(name="Bo", weight=2)  # type: ignore[union-attr]
    chain = answering(called if method == "function_calling" else TEXT, schema, method=method)
    expected: Any = Fish(name="Bo", weight=2) if schema is Fish else {"name": "Bo", "weight": 2}
    assert chain.invoke("a fish") == expected
    assert await chain.ainvoke("a fish") == expected
    assert list(chain.stream("a fish"))[-1] == expected


def test_json_in_a_fence_is_read() -> None:
    assert answering(f"```json\n{TEXT}\n```").invoke("x").name == "Bo"


@pytest.mark.parametrize(
    ("response", "said", "seen"),
    [
        ("no JSON", "not JSON", "no JSON"),
        ('{"name": "Bo"}', "does not fit Fish", '{"name": "Bo"}'),
        (AIMessage([RefusalBlock("I won't")]), "declined: I won't", "I won't"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error_with_the_text_seen(
    response: Any, said: str, seen: str
) -> None:
    with pytest.raises(OutputParserError, match=said) as caught:
        answering(response).invoke("x")
    assert caught.value.text == seen


def test_an_answer_that_was_cut_off_says_so() -> None:
    cut = AIMessage('{"name": "B', response_metadata={"finish_reason": "length"})
    with pytest.raises(OutputParserError, match="cut off \\(length\\)"):
        answering(cut).invoke("x")


@pytest.mark.parametrize(
    "response", ["in words", AIMessage([InvalidToolCall("Fish", '{"na', "1", "cut")])]
)
def test_a_forced_tool_that_was_not_called_whole_is_an_error(response: Any) -> None:
    with pytest.raises(OutputParserError):
        answering(response, method="function_calling").invoke("x")


def test_include_raw_gives_the_message_and_raises_nothing() -> None:
    good = answering(TEXT, include_raw=True).invoke("x")
    assert (good["raw"].content, good["parsed"].name, good["parsing_error"]) == (TEXT, "Bo", None)
    bad = answering("no", include_raw=True).invoke("x")
    assert bad["parsed"] is None
    assert isinstance(bad["parsing_error"], OutputParserError)


@pytest.mark.parametrize("schema", [{"type": "web_search"}, 3])
def test_what_is_no_schema_is_refused_when_the_chain_is_made(schema: Any) -> None:
    with pytest.raises(InvalidParameterError):
        answering(TEXT, schema)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="json_mode"):
        answering(TEXT, method="magic")


class Inner(TypedDict, total=False):
    note: str


class Outer(Inner):
    fish: list[FishDict]
    other: FishDict | None


def test_typed_dicts_of_the_standard_library_nest_and_keep_what_is_optional() -> None:
    chain = answering('{"fish": [{"name": "Bo", "weight": 1}], "other": null}', Outer)
    assert chain.invoke("x") == {"fish": [{"name": "Bo", "weight": 1}], "other": None}
    with pytest.raises(OutputParserError, match=r"fish\.0\.weight"):
        answering('{"fish": [{"name": "Bo"}], "other": null}', Outer).invoke("x")


class Sea(BaseModel):
    model_config = ConfigDict(strict=True)
    found: date
    size: tuple[int, int]
    seas: list[Sea] = []


class Fishes(RootModel[list[Fish]]):
    """Some fish."""


class Color(Enum):
    RED = "red"


@dataclass
class Boat:
    name: str
    built: date | None = None


Item = TypeVar("Item")


class Box(BaseModel, Generic[Item]):
    item: Item


LIST_SCHEMA = {"title": "Some numbers", "type": "array", "items": {"type": "integer"}}
SEA = '{"found": "2025-01-02", "size": [1, 2], "seas": [{"found": "2025-01-03", "size": [3, 4]}]}'
FISH = f"[{TEXT}]"


@pytest.mark.parametrize(
    ("schema", "text", "expected", "is_wrapped"),
    [
        (Sea, SEA, Sea.model_validate_json(SEA), False),
        (Box[Fish], f'{{"item": {TEXT}}}', Box[Fish](item=Fish(name="Bo", weight=2)), False),
        (Boat, '{"name": "a", "built": "2025-01-02"}', Boat("a", date(2025, 1, 2)), False),
        (dict[str, int], '{"a": 1}', {"a": 1}, False),
        (RootModel[dict[str, int]], '{"a": 1}', RootModel[dict[str, int]]({"a": 1}), False),
        (Fishes, FISH, Fishes([Fish(name="Bo", weight=2)]), True),
        (list[Fish], FISH, [Fish(name="Bo", weight=2)], True),
        (list[FishDict], FISH, [{"name": "Bo", "weight": 2}], True),
        (Fish | Boat, TEXT, Fish(name="Bo", weight=2), True),
        (Fish | None, "null", None, True),
        (Literal["a", "b"], '"a"', "a", True),
        (Color, '"red"', Color.RED, True),
        (int, "7", 7, True),
        (str, '"seven"', "seven", True),
        (bool, "true", True, True),
        (float, "1.5", 1.5, True),
        (LIST_SCHEMA, "[1, 2]", [1, 2], True),
    ],
)
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_any_type_is_asked_for_as_an_object(
    schema: Any, text: str, expected: Any, is_wrapped: bool, method: str
) -> None:
    """What JSON does not write as an object is the only key of one, and is taken out of it."""
    text = f'{{"value": {text}}}' if is_wrapped else text
    answer = read_answer_schema(schema)
    assert answer.spec.parameters["type"] == "object"
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", answer.spec.name)
    called = AIMessage([ToolCall(answer.spec.name, json.loads(text), "1")])
    chain = answering(text if method == "json_schema" else called, schema, method=method)
    assert chain.invoke("x") == expected
    assert list(chain.stream("x"))[-1] == expected


def test_a_bare_value_is_read_too() -> None:
    """A model that ignores the object answers with the list alone."""
    assert answering("[1, 2]", list[int]).invoke("x") == [1, 2]


def test_what_is_not_an_object_instance_grows_while_it_streams() -> None:
    """Dicts, lists and texts; instances are in ``test_partial_objects.py``."""
    text = '{"name": "Bo the fish", "weight": 2}'
    assert list(answering(text, FishDict).stream("x")) == [
        {},
        {"name": "Bo "},
        {"name": "Bo the "},
        {"name": "Bo the fish"},
        {"name": "Bo the fish", "weight": 2},
    ]
    assert list(answering('{"value": [1, 2, 3]}', list[int]).stream("x")) == [
        [1],
        [1, 2],
        [1, 2, 3],
    ]


def test_the_message_beside_the_object_comes_chunk_by_chunk() -> None:
    """Each chunk of the model is given with the object so far; the message and the object last."""
    text = '{"name": "Bo the fish", "weight": 2}'
    seen = list(answering(text, FishDict, include_raw=True).stream("x"))
    assert "".join(each["raw"].content for each in seen[:-1]) == text
    assert [each["parsed"] for each in seen] == [
        {},
        {"name": "Bo "},
        {"name": "Bo the "},
        {"name": "Bo the fish"},
        {"name": "Bo the fish"},
        {"name": "Bo the fish"},
        {"name": "Bo the fish", "weight": 2},
    ]
    assert isinstance(seen[-1]["raw"], AIMessage)
    assert all(each["parsing_error"] is None for each in seen)


def test_the_arguments_of_a_forced_tool_grow_while_they_stream() -> None:
    """Deltas of another call beside them are left out."""
    deltas = [
        ToolCallChunk("other", "{}", "0", 0),
        ToolCallChunk("FishDict", '{"name": "B', "1", 1),
        ToolCallChunk(None, 'o", "weight": ', None, 1),
        ToolCallChunk(None, "7", None, 0),
        ToolCallChunk(None, "2}", None, 1),
    ]
    reader = ArgumentsReader("FishDict")
    found = [reader.add(AIMessageChunk([delta])) for delta in deltas[:3]]
    assert found[0] is None
    assert found[2] is not None
    assert found[2].value() == {"name": "Bo"}
    assert [reader.add(AIMessageChunk([delta])) for delta in deltas[3:]] == [None, None]
    whole = [ToolCall("other", {}, "0"), ToolCall("FishDict", {"name": "Bo", "weight": 2}, "1")]
    chain = answering(AIMessage(whole), FishDict, method="function_calling")
    assert list(chain.stream("x")) == [{"name": "Bo", "weight": 2}]


def test_an_answer_that_stops_fitting_raises_after_what_had_come() -> None:
    """What was given before stays given; the error has the text."""
    stream = answering('{"name": "Bo"}', FishDict).stream("x")
    seen = [next(stream)]
    with pytest.raises(OutputParserError, match="weight"):
        seen.extend(stream)
    assert seen[0] == {}


class Picky(BaseModel):
    name: str

    @field_validator("name", mode="before")
    @classmethod
    def look(cls, value: Any) -> Any:
        raise {"a": LookupError, "b": RecursionError, "c": ValueError}[value]


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_whatever_a_validator_raises_is_an_error_of_the_answer(name: str) -> None:
    """With the message beside it, nothing is raised."""
    text = json.dumps({"name": name})
    seen = answering(text, Picky, include_raw=True).invoke("x")
    assert seen["parsed"] is None
    assert isinstance(seen["parsing_error"], OutputParserError)
    with pytest.raises(OutputParserError, match="does not fit Picky"):
        answering(text, Picky).invoke("x")


class Pond(BaseModel):
    depth: int = Field(ge=1)
    fish: list[Fish] = []


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"depth": -3}, "depth: Input should be greater than or equal to 1 (got -3)"),
        ({}, "depth: Field required"),
        ({"depth": 1, "fish": [{"name": "Bo", "weight": "big"}]}, "fish.0.weight: Input should be"),
        ({"depth": 1, "fish": [1] * 40}, "and 30 more"),
    ],
)
def test_an_answer_that_does_not_fit_is_explained_on_one_line(value: Any, complaint: str) -> None:
    """Each problem has its place and the value; of many problems ten are shown."""
    with pytest.raises(OutputParserError) as caught:
        answering(json.dumps(value), Pond).invoke("x")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(OutputParserError) as parsed:
        PydanticOutputParser(Pond).invoke(json.dumps(value))
    assert complaint in str(parsed.value)


def test_a_function_as_a_schema_gives_its_arguments() -> None:
    """The function itself is not called."""

    def catch(name: str, weight: float = 1) -> None:
        raise AssertionError

    assert answering(TEXT, catch).invoke("x") == {"name": "Bo", "weight": 2}
