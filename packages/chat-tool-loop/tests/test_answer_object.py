"""``response_format``: an object as the last answer."""

from __future__ import annotations

import pytest
from chat_core import (
    HumanMessage,
    InvalidParameterError,
    InvalidToolCall,
    OutputParserError,
    ToolMessage,
)
from chat_tool_loop import StepLimitError, run_tools
from loop_models import answer, call, model
from pydantic import BaseModel


class Lake(BaseModel):
    """A lake."""

    name: str
    depth: int


def depth(lake: str) -> int:
    """Say how deep a lake is."""
    return 451


def test_a_call_of_the_schema_ends_the_loop_with_an_object() -> None:
    asked = model(
        answer("", call("depth", "1", lake="Hornindal")),
        answer("", call("Lake", "2", name="Hornindal", depth=451), call("depth", "3", lake="x")),
    )
    result = run_tools(asked, [depth], response_format=Lake).invoke("Which?")
    assert result.parsed == Lake(name="Hornindal", depth=451)
    assert [each.content for each in result.messages if isinstance(each, ToolMessage)] == [
        "451",
        "The answer is taken.",
        "This call was not run: the answer is final.",
    ]


def test_an_object_that_does_not_fit_goes_back_to_the_model() -> None:
    asked = model(
        answer("", call("Lake", "1", name="Hornindal")),
        answer("", InvalidToolCall("Lake", "{", "2", "cut off")),
        answer("", call("Lake", "3", name="Hornindal", depth=451)),
    )
    result = run_tools(asked, [depth], response_format=Lake).invoke("Which?")
    assert result.parsed.depth == 451
    assert "depth: Field required" in result.messages[2].content
    assert "cut off" in result.messages[4].content


def test_an_answer_in_words_is_read_as_json_or_asked_for_again() -> None:
    asked = model(answer("It is deep."), answer('{"name": "Mjøsa", "depth": 453}'))
    result = run_tools(asked, [depth], response_format=Lake).invoke("Which?")
    assert result.parsed == Lake(name="Mjøsa", depth=453)
    again = HumanMessage("Give the final answer by calling the tool Lake.")
    assert again in result.messages


def test_words_alone_end_at_the_step_limit_and_a_refusal_at_once() -> None:
    with pytest.raises(StepLimitError):
        run_tools(model(answer("No.")), [depth], response_format=Lake, max_steps=2).invoke("?")
    declined = model(answer("", finish="refusal"))
    with pytest.raises(OutputParserError, match="declined"):
        run_tools(declined, [depth], response_format=Lake).invoke("?")


def test_any_type_serves_and_what_is_no_schema_is_refused() -> None:
    asked = model(answer("", call("list_int", "1", value=[1, 2])))
    assert run_tools(asked, [], response_format=list[int]).invoke("?").parsed == [1, 2]
    with pytest.raises(InvalidParameterError):
        run_tools(asked, [depth], response_format=7)
    with pytest.raises(InvalidParameterError, match="'Lake'"):
        run_tools(asked, [depth, _lake_tool()], response_format=Lake)


def _lake_tool() -> object:
    from chat_core import tool

    @tool("Lake")
    def lake() -> str:
        """Dive."""
        return ""

    return lake
