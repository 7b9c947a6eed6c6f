"""Names of tools that Google refuses are rewritten, and calls have the names that were given."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chat_core import AIMessage, HumanMessage, ToolCall, ToolMessage
from chat_core.provider import ToolSpec, decode_reply, settle
from chat_google_genai.decode import GeminiDecoder
from chat_google_genai.tool_names import given_names, wire_name
from gemini_wire import contents, request

TAKEN = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")
REFUSED = [
    "",
    "two words",
    "9lives",
    "naïve",
    "a/b",
    "x" * 65,
    "ns::" + "y" * 70,
    "🌍",
    ".dot",
    "-",
]


@pytest.mark.parametrize("name", ["f", "_f", "a.b", "ns:tool-1", "x" * 64])
def test_a_name_in_googles_alphabet_stays(name: str) -> None:
    assert wire_name(name) == name


@pytest.mark.parametrize("name", REFUSED)
def test_another_name_is_rewritten_into_the_alphabet(name: str) -> None:
    assert TAKEN.fullmatch(wire_name(name))


def test_different_names_stay_different() -> None:
    names = [*REFUSED, "two_words", "two-words", "x" * 66, "x" * 64]
    assert len({wire_name(name) for name in names}) == len(names)


def test_a_tool_its_choice_its_calls_and_their_results_agree() -> None:
    tool = ToolSpec("two words", "", {})
    talk: list[Any] = [
        HumanMessage("Q"),
        AIMessage([ToolCall("two words", {}, "1")]),
        ToolMessage("r", "1"),
    ]
    body = request(*talk, tools=(tool,), tool_choice="two words")
    (declared,) = body["tools"][0]["functionDeclarations"]
    (allowed,) = body["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"]
    called = body["contents"][1]["parts"][0]["functionCall"]["name"]
    answered = body["contents"][2]["parts"][0]["functionResponse"]["name"]
    assert {declared["name"], allowed, called, answered} == {wire_name("two words")}


@pytest.mark.parametrize("finish", ["STOP", "UNEXPECTED_TOOL_CALL"])
def test_a_call_has_the_name_that_was_given(finish: str) -> None:
    call: dict[str, Any] = {"functionCall": {"name": wire_name("two words"), "args": {}}}
    body = {"candidates": [{"content": {"parts": [call]}, "finishReason": finish}]}
    decoder = GeminiDecoder("google-genai", "m", given_names(["two words", "f"]))
    import json

    message = settle(decode_reply(decoder, json.dumps(body).encode()))
    assert [each.name for each in message.tool_calls] == ["two words"]
    assert contents(HumanMessage("Q"), message, ToolMessage("r", message.tool_calls[0].id or ""))
