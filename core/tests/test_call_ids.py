"""Results are matched with calls, and ids and names are written in the vendor's alphabet."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ServerToolCall,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallIds, WireNames

IDS = CallIds(
    provider="acme",
    vendor="Acme",
    pattern=r"[a-z0-9]{1,8}",
    prefix="c",
    native_call=lambda block: (block["call"], block["no"]) if "call" in block else None,
    native_result=lambda block: block.get("result_of"),
)
NAMES = WireNames(longest=12, kept=3)


def asked(*blocks: Any, provider: str = "acme") -> AIMessage:
    metadata = {"model_provider": provider, "finish_reason": "tool_calls"}
    return AIMessage([*blocks], response_metadata=metadata)


def match(*messages: Message, **more: Any) -> dict[tuple[int, int], str]:
    return IDS.match(messages, **more)


def test_a_result_has_the_id_of_its_call() -> None:
    two = asked(ToolCall("f", {}, "a1"), ToolCall("g", {}, "b2"))
    found = match(two, ToolMessage("G", "b2"), ToolMessage("F", "a1"))
    assert found == {(0, 0): "a1", (2, -1): "a1", (0, 1): "b2", (1, -1): "b2"}


def test_an_id_of_another_alphabet_is_hashed_always_the_same_way() -> None:
    found = match(asked(ToolCall("f", {}, "A:1")), ToolMessage("F", "A:1"))
    assert found[0, 0] == found[1, -1] == IDS.wire_id("A:1")
    assert IDS.wire_id("A:1") != IDS.wire_id("A:2")


def test_two_calls_with_one_id_get_two_ids() -> None:
    turn = (asked(ToolCall("f", {}, "a1")), ToolMessage("F", "a1"))
    found = match(*turn, *turn)
    assert found[0, 0] == found[1, -1] == "a1"
    assert found[2, 0] == found[3, -1] != "a1"


def test_a_call_that_was_cut_off_is_left_out_and_a_whole_one_is_answered_first() -> None:
    cut = InvalidToolCall("f", "{", "a1", error="cut off")
    assert match(asked(cut), HumanMessage("Again")) == {}
    found = match(asked(cut, ToolCall("f", {}, "a1")), ToolMessage("F", "a1"))
    assert found == {(0, 1): "a1", (1, -1): "a1"}


def test_the_vendors_own_blocks_are_calls_and_results_of_its_own_answers_alone() -> None:
    call, result = (
        NonStandardBlock({"call": "f", "no": "a1"}),
        NonStandardBlock({"result_of": "a1"}),
    )
    assert match(asked(call), HumanMessage([result])) == {(0, 0): "a1", (1, 0): "a1"}
    with pytest.raises(InvalidRequestError, match="which no message before it made"):
        match(asked(call, provider="other"), HumanMessage([result]))


def test_the_result_of_a_call_that_is_not_sent_is_left_out() -> None:
    unsent = asked(
        ServerToolCall("search", {}, "s1"), NonStandardBlock({"id": "n1", "call_id": "n2"})
    )
    assert match(unsent, *(ToolMessage("R", name) for name in ("s1", "n1", "n2"))) == {}


def test_with_turns_at_the_vendor_a_result_may_answer_one_of_them() -> None:
    assert match(ToolMessage("F", "a1"), vendor_holds_turns=True) == {(0, -1): "a1"}


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ((asked(ToolCall("f", {}, "a1")),), r"f \(a1\) of message 0.*Acme wants a ToolMessage"),
        ((ToolMessage("F", "a1"),), "Message 0 is the result of tool call 'a1'"),
        (
            (asked(ToolCall("f", {}, "a1")), ToolMessage("F", "a1"), ToolMessage("F", "a1")),
            "a second result of tool call 'a1'; Acme takes one",
        ),
        ((asked(ToolCall("f", {}, "")),), "has no id; Acme needs one"),
    ],
)
def test_a_call_and_a_result_without_each_other_are_refused(
    messages: tuple[Message, ...], named: str
) -> None:
    with pytest.raises(InvalidRequestError, match=named) as caught:
        match(*messages)
    assert caught.value.provider == "acme"


def test_a_name_of_another_alphabet_keeps_its_beginning_and_comes_back() -> None:
    wire = NAMES.wire_name("birds.count")
    assert wire.startswith("bir_")
    assert wire != NAMES.wire_name("birds.cound")
    assert NAMES.wire_name("plain_name-1") == "plain_name-1"
    assert NAMES.given_names(["birds.count", "plain"]) == {wire: "birds.count"}
