"""What every vendor demands of a conversation, checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core.errors import InvalidRequestError
from chat_core.messages.blocks import InvalidToolCall, NonStandardBlock, ServerToolCall, ToolCall
from chat_core.messages.conversation import check_conversation
from chat_core.messages.message import AIMessage, HumanMessage, ToolMessage
from chat_core.testing import FakeChatModel

CALLS = [
    ToolCall("f", {}, "1"),
    InvalidToolCall("f", "{", "1"),
    ServerToolCall("approval", {}, "1"),
    NonStandardBlock({"type": "custom", "id": "1"}),
    NonStandardBlock({"type": "shell_call", "id": "item", "call_id": "1"}),
]


@pytest.mark.parametrize("call", CALLS, ids=["call", "invalid", "server", "custom", "call_id"])
def test_a_result_may_answer_any_kind_of_call_before_it(call: Any) -> None:
    check_conversation([HumanMessage("hi"), AIMessage([call]), ToolMessage("42", "1")])


def test_an_id_that_is_no_text_names_no_call() -> None:
    odd = NonStandardBlock({"type": "custom", "id": {"a": 1}})
    check_conversation([HumanMessage("hi"), AIMessage([odd])])


def test_a_result_without_its_call_is_refused_with_the_calls_there_are() -> None:
    messages: list[Any] = [AIMessage([ToolCall("f", {}, "1")]), ToolMessage("42", "2")]
    with pytest.raises(InvalidRequestError, match=r"Message 1 .*'2'.*calls so far: '1'"):
        check_conversation(messages)


def test_a_result_before_its_call_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no message before it made"):
        check_conversation([ToolMessage("42", "1"), AIMessage([ToolCall("f", {}, "1")])])


def test_an_empty_conversation_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no messages"):
        check_conversation([])


class StoredConversation(FakeChatModel):
    """A model whose vendor stores the earlier turns."""

    def _vendor_holds_turns(self) -> bool:
        return True


@pytest.mark.parametrize("input", [[], [ToolMessage("42", "1")]], ids=["empty", "lone result"])
def test_only_a_model_whose_vendor_holds_the_turns_takes_the_new_ones_alone(input: Any) -> None:
    stored = StoredConversation(responses=["ok"])
    assert stored.invoke(input).content == "ok"
    assert [chunk.content for chunk in stored.stream(input)] == ["ok"]
    plain = FakeChatModel(responses=["ok"])
    for call in (plain.invoke, plain.stream):
        with pytest.raises(InvalidRequestError):
            call(input)
    assert plain.calls == []
