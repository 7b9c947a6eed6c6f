"""The order that Anthropic demands of a conversation, mended for the caller."""

from __future__ import annotations

from typing import Any

import pytest
from chat_anthropic.encode import encode_request
from chat_anthropic.encode_turns import encode_turns
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import CallOptions


def request(
    *messages: Message, model: str = "claude-sonnet-4-5", **settings: Any
) -> dict[str, Any]:
    return encode_request(
        messages, CallOptions(), model=model, settings=settings, model_kwargs={}, stream=False
    )


def turns(*messages: Message, model: str = "claude-sonnet-4-5") -> list[tuple[str, list[Any]]]:
    """Each turn's role, and its blocks: a text as it is, of others their id or type."""

    def shown(wire: dict[str, Any]) -> Any:
        return wire.get("text") or wire.get("tool_use_id") or wire.get("id") or wire["type"]

    wires = request(*messages, model=model)["messages"]
    return [(turn["role"], [shown(wire) for wire in turn["content"]]) for turn in wires]


def calls(*ids: str, text: str = "") -> AIMessage:
    texts = [TextBlock(text)] if text else []
    return AIMessage([*texts, *[ToolCall("look", {}, call_id) for call_id in ids]])


ASK = HumanMessage("Q")
RULE = SystemMessage("Be brief.")


def test_leading_system_messages_are_system() -> None:
    body = request(RULE, SystemMessage("Be kind."), ASK)
    assert [part["text"] for part in body["system"]] == ["Be brief.", "Be kind."]
    assert [turn["role"] for turn in body["messages"]] == ["user"]


def test_one_plain_system_message_is_a_string() -> None:
    assert request(RULE, ASK)["system"] == "Be brief."


def test_without_a_system_message_there_is_no_system() -> None:
    assert "system" not in request(ASK)


def test_neighbours_of_one_role_are_one_turn() -> None:
    got = turns(ASK, HumanMessage("R"), AIMessage("a"), AIMessage("b"), HumanMessage("S"))
    assert got == [("user", ["Q", "R"]), ("assistant", ["a", "b"]), ("user", ["S"])]


def test_a_later_system_message_goes_to_system_where_the_model_knows_no_other_place() -> None:
    body = request(RULE, ASK, AIMessage("A"), SystemMessage("In French."), HumanMessage("R"))
    assert [part["text"] for part in body["system"]] == ["Be brief.", "In French."]
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]


def test_a_later_system_message_follows_the_users_turn_where_the_model_takes_it() -> None:
    got = turns(
        ASK, AIMessage("A"), SystemMessage("New rule"), HumanMessage("R"), model="claude-opus-4-8"
    )
    assert [role for role, _ in got] == ["user", "assistant", "user", "system"]
    kept = turns(
        ASK, SystemMessage("New rule"), AIMessage("A"), HumanMessage("R"), model="claude-opus-5"
    )
    assert kept == [
        ("user", ["Q"]),
        ("system", ["New rule"]),
        ("assistant", ["A"]),
        ("user", ["R"]),
    ]


def test_a_system_message_with_no_user_turn_to_follow_goes_to_system() -> None:
    body = request(ASK, AIMessage("A"), SystemMessage("New rule"), model="claude-opus-4-8")
    assert body["system"] == "New rule"
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant"]


def test_a_system_message_between_two_of_the_users_follows_both() -> None:
    got = turns(ASK, SystemMessage("New rule"), HumanMessage("R"), model="claude-opus-4-8")
    assert got == [("user", ["Q", "R"]), ("system", ["New rule"])]


def test_results_come_first_in_the_users_next_turn() -> None:
    got = turns(
        ASK, calls("c1", "c2"), HumanMessage("And?"), ToolMessage("1", "c1"), ToolMessage("2", "c2")
    )
    assert got[2] == ("user", ["c1", "c2", "And?"])


def test_results_of_several_calls_are_one_turn() -> None:
    got = turns(
        ASK, calls("c1", "c2"), ToolMessage("1", "c1"), ToolMessage("2", "c2"), AIMessage("A")
    )
    assert [role for role, _ in got] == ["user", "assistant", "user", "assistant"]


def test_a_late_result_returns_to_its_call() -> None:
    got = turns(
        ASK,
        calls("c1"),
        HumanMessage("wait"),
        AIMessage("ok"),
        ToolMessage("1", "c1"),
        HumanMessage("R"),
    )
    assert got == [
        ("user", ["Q"]),
        ("assistant", ["c1"]),
        ("user", ["c1", "wait"]),
        ("assistant", ["ok"]),
        ("user", ["R"]),
    ]


def test_calls_of_two_messages_are_one_turn_with_all_results_after_it() -> None:
    got = turns(ASK, calls("c1"), calls("c2"), ToolMessage("1", "c1"), ToolMessage("2", "c2"))
    assert got[1:] == [("assistant", ["c1", "c2"]), ("user", ["c1", "c2"])]


def test_a_result_in_the_vendors_own_shape_answers_a_call() -> None:
    wire = {"type": "tool_result", "tool_use_id": "c1", "content": "1"}
    got = turns(ASK, calls("c1"), HumanMessage([TextBlock("And?"), NonStandardBlock(wire)]))
    assert got[2] == ("user", ["c1", "And?"])


def test_a_call_without_a_result_is_named_before_any_request() -> None:
    with pytest.raises(InvalidRequestError, match=r"look \(c2\)"):
        request(ASK, calls("c1", "c2"), ToolMessage("1", "c1"), HumanMessage("R"))


@pytest.mark.parametrize("messages", [[], [RULE], [HumanMessage("")], [HumanMessage(" \n"), RULE]])
def test_nothing_to_say_is_named_before_any_request(messages: list[Message]) -> None:
    with pytest.raises(InvalidRequestError):
        request(*messages)


def test_blank_text_is_left_out_because_the_api_refuses_it() -> None:
    got = turns(
        ASK, AIMessage([TextBlock("\n\n"), TextBlock("A")]), HumanMessage("  "), AIMessage("B")
    )
    assert got == [("user", ["Q"]), ("assistant", ["A", "B"])]


def test_an_answer_begun_for_the_model_does_not_end_in_white_space() -> None:
    assert turns(ASK, AIMessage("The answer is \n"))[-1] == ("assistant", ["The answer is"])
    assert turns(ASK, AIMessage("Kept \n"), ASK)[1] == ("assistant", ["Kept \n"])


def test_a_call_that_was_cut_off_is_sent_only_with_its_result() -> None:
    cut = AIMessage([TextBlock("A"), InvalidToolCall("look", '{"a', "c1", "cut off")])
    assert turns(ASK, cut, HumanMessage("R"))[1] == ("assistant", ["A"])
    answered = turns(ASK, cut, ToolMessage("try again", "c1", "error"))
    assert answered[1:] == [("assistant", ["A", "c1"]), ("user", ["c1"])]


@pytest.mark.parametrize("facts", [{"finish_reason": "length"}, {"model_provider": "anthropic"}])
def test_a_whole_call_of_an_answer_that_was_cut_off_is_sent_only_with_its_result(
    facts: dict[str, str],
) -> None:
    cut = AIMessage([TextBlock("A"), ToolCall("look", {}, "c1")], response_metadata=facts)
    assert turns(ASK, cut, HumanMessage("R"))[1] == ("assistant", ["A"])
    answered = turns(ASK, cut, ToolMessage("1", "c1"))
    assert answered[1:] == [("assistant", ["A", "c1"]), ("user", ["c1"])]


def test_the_messages_given_are_not_changed() -> None:
    messages = (RULE, ASK, calls("c1", text="A "), ToolMessage("1", "c1"), AIMessage("B "))
    before = repr(messages)
    assert request(*messages) == request(*messages)
    assert repr(messages) == before


def test_a_wish_for_media_on_a_text_is_refused_by_name() -> None:
    part = TextBlock("Q", extras={"detail": "low"})
    with pytest.raises(InvalidRequestError, match="detail"):
        encode_turns([HumanMessage([part])], model="claude-opus-4-8")
