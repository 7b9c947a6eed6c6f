"""``approve``: what is asked before a call runs."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import InvalidParameterError, ToolCall, ToolMessage
from chat_tool_loop import run_tools
from loop_models import answer, call, model


def pay(sum: int) -> str:
    """Pay."""
    return f"paid {sum}"


def result_of(approve: Any, wanted: ToolCall | None = None) -> ToolMessage:
    """The result of a call under ``approve``."""
    asked = model(answer("", wanted or call("pay", "1", sum=9)), answer("."))
    message = run_tools(asked, [pay], approve=approve).invoke("Pay").messages[2]
    assert isinstance(message, ToolMessage)
    return message


def test_true_runs_the_call_and_false_or_a_text_refuses_it() -> None:
    assert result_of(lambda call: True).content == "paid 9"
    refused = result_of(lambda call: False)
    assert (refused.status, refused.content) == ("error", "The user does not allow this call.")
    assert result_of(lambda call: "Too much.").content == "Too much."


def test_a_changed_call_is_run_in_place_of_the_models_and_answers_it() -> None:
    result = result_of(lambda call: ToolCall("pay", {"sum": 1}, "other"))
    assert (result.content, result.tool_call_id) == ("paid 1", "1")


def test_a_changed_call_that_cannot_be_run_is_an_error_like_the_models() -> None:
    assert "There is no tool 'steal'" in result_of(lambda call: ToolCall("steal", {}, "1")).content


def test_what_cannot_be_run_is_not_asked_about() -> None:
    asked: list[ToolCall] = []
    result_of(asked.append, call("pay", "1", sum="much"))
    result_of(asked.append, call("steal", "1"))
    assert asked == []


def test_a_function_that_forgets_to_answer_refuses_by_an_error() -> None:
    with pytest.raises(InvalidParameterError, match="approve returns True, False"):
        result_of(lambda call: None)


def test_what_approve_raises_is_raised() -> None:
    def approve(call: ToolCall) -> bool:
        raise PermissionError(call.name)

    with pytest.raises(PermissionError, match="pay"):
        result_of(approve)


async def test_approve_may_be_async_and_is_asked_once_for_each_call_in_order() -> None:
    seen: list[str | None] = []

    async def approve(call: ToolCall) -> bool:
        seen.append(call.id)
        return bool(call.args["sum"] < 5)

    asked = model(answer("", call("pay", "a", sum=9), call("pay", "b", sum=1)), answer("."))
    loop = run_tools(asked, [pay], approve=approve)
    result = await loop.ainvoke("Pay")
    assert seen == ["a", "b"]
    assert [message.content for message in result.messages[2:4]] == [
        "The user does not allow this call.",
        "paid 1",
    ]
    with pytest.raises(InvalidParameterError, match="approve is async"):
        loop.invoke("Pay")
