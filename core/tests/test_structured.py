"""Structured output: three kinds of schema, three ways to ask, and what does not fit is said."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from chat_core.errors import InvalidParameterError, OutputParserError
from chat_core.messages.blocks import InvalidToolCall, RefusalBlock, ToolCall
from chat_core.messages.message import AIMessage
from chat_core.testing import FakeChatModel
from pydantic import BaseModel


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
    assert list(chain.stream("a fish")) == [expected]


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
