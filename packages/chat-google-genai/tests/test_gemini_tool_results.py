"""Results of tools: an object that Google's Struct holds unchanged, or text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidParameterError,
    NonStandardBlock,
    ReasoningBlock,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from gemini_wire import contents


def result(content: Any) -> list[dict[str, Any]]:
    """The parts that a tool's result becomes."""
    asked = AIMessage([ToolCall("f", {}, "1")])
    return list(contents(HumanMessage("Q"), asked, ToolMessage(content, "1"))[-1]["parts"])


def output(text: str) -> Any:
    return result(text)[0]["functionResponse"]["response"]["output"]


@pytest.mark.parametrize(
    "text",
    [
        '{"$ref": "#/x"}',
        '{"a": [{"b": {"$ref": "x"}}]}',
        '[1, {"$ref": null}]',
        '{"mean": NaN}',
        '{"a": [1, [Infinity]]}',
        "[-Infinity]",
        "[1e999]",
        '{"id": 12345678901234567890}',
        '{"a": [-9007199254740993]}',
        "[" * 40 + "]" * 40,
    ],
)
def test_json_that_google_would_refuse_or_change_is_sent_as_text(text: str) -> None:
    assert output(text) == text


@pytest.mark.parametrize(
    "text",
    ['{"a": {"ref": 1}, "b": [true, null, 1.5, 1e300, "$ref"]}', "[]", "{}", "[9007199254740992]"],
)
def test_other_json_is_sent_as_json(text: str) -> None:
    assert output(text) == json.loads(text)


def test_a_part_in_googles_own_shape_stands_beside_the_response() -> None:
    parts = result([TextBlock("x"), NonStandardBlock({"newKind": {"a": 1}})])
    assert [next(iter(part)) for part in parts] == ["functionResponse", "newKind"]


def test_a_block_that_only_a_model_produces_cannot_stand_in_a_result() -> None:
    with pytest.raises(InvalidParameterError, match="Message 2: ReasoningBlock"):
        result([ReasoningBlock("hm")])
