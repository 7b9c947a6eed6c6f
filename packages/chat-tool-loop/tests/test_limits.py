"""The ends of a loop other than an answer: steps, tokens, time."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Sequence

import pytest
from chat_core import AIMessage, Message, ToolMessage
from chat_tool_loop import (
    StepLimitError,
    TimeLimitError,
    TokenLimitError,
    ToolLoopResult,
    run_tools,
)
from loop_models import answer, call, model

ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


def dig(place: str) -> str:
    """Dig a hole."""
    ran.append(place)
    return "a stone"


def test_the_step_limit_names_a_call_that_is_made_again_and_again() -> None:
    asked = model(answer("", call("dig", "1", place="here")))
    with pytest.raises(StepLimitError) as raised:
        run_tools(asked, [dig], max_steps=4).invoke("Dig")
    assert "max_steps=4" in str(raised.value)
    assert 'the same call 4 times: dig({"place": "here"})' in str(raised.value)
    assert len(asked.calls) == 4


def test_the_calls_of_the_last_answer_are_not_run() -> None:
    asked = model(answer("", call("dig", "1", place="a")), answer("", call("dig", "2", place="b")))
    with pytest.raises(StepLimitError) as raised:
        run_tools(asked, [dig], max_steps=2).invoke("Dig")
    assert ran == ["a"]
    last = raised.value.partial.messages[-1]
    assert isinstance(last, ToolMessage)
    assert last.content == "This call was not run: the loop ended before it."


def test_what_an_error_carries_can_be_sent_to_a_model_again() -> None:
    asked = model(answer("", call("dig", "1", place="a")))
    with pytest.raises(StepLimitError) as raised:
        run_tools(asked, [dig], max_steps=1).invoke("Dig")
    partial = pickle.loads(pickle.dumps(raised.value)).partial
    assert model("I see.").invoke(partial).content == "I see."
    assert partial.steps == 1


def test_used_up_tokens_end_the_loop_before_tools_run() -> None:
    asked = model(answer("", call("dig", "1", place="a")))
    with pytest.raises(TokenLimitError, match="3 answers took 30 tokens"):
        run_tools(asked, [dig], max_tokens=25).invoke("Dig")
    assert ran == ["a", "a"]
    assert run_tools(model(answer("Yes.")), [dig], max_tokens=1).invoke("?").content == "Yes."


def test_tokens_that_the_vendor_does_not_count_are_refused_at_the_first_answer() -> None:
    asked = model(AIMessage([call("dig", "1", place="a")]))
    with pytest.raises(TokenLimitError, match="has no usage"):
        run_tools(asked, [dig], max_tokens=1000).invoke("Dig")
    assert ran == []


def test_the_time_limit_ends_a_blocking_loop_between_and_within_calls() -> None:
    def nap(seconds: float) -> str:
        """Sleep."""
        time.sleep(seconds)
        return "slept"

    asked = model(answer("Well. ", call("nap", "1", seconds=0.05)))
    partial: ToolLoopResult | None = None
    for timeout in (0.3, 5.5):  # a busy machine may need longer than the first
        with pytest.raises(TimeLimitError, match=rf"longer than {timeout} s") as raised:
            run_tools(asked, [nap], timeout=timeout, max_steps=1000).invoke("Sleep")
        partial = raised.value.partial
        if partial.steps >= 2:
            break
    assert partial is not None
    assert partial.steps >= 2
    assert partial.answer is not None
    assert partial.messages[2].content == "slept"


async def test_the_time_limit_ends_tools_on_an_event_loop() -> None:
    ended: list[str] = []

    async def nap(name: str) -> str:
        """Sleep."""
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(name)
        return name

    asked = model(answer("", call("nap", "1", name="a"), call("nap", "2", name="b")))
    results: Sequence[Message] = ()
    for timeout in (0.1, 4.0):  # a busy machine may need longer than the first
        ended.clear()
        with pytest.raises(TimeLimitError) as raised:
            await run_tools(asked, [nap], timeout=timeout).ainvoke("Sleep")
        results = raised.value.partial.messages[2:]
        if ended:
            break
    assert sorted(ended) == ["a", "b"]
    assert {each.content for each in results} == {
        "This call was begun and has no result: the loop ended first."
    }


def test_a_loop_within_its_limits_is_what_it_is_without_them() -> None:
    asked = model(answer("One. ", call("dig", "1", place="a")), answer("A stone."))
    loop = run_tools(asked, [dig])
    bounded = run_tools(asked, [dig], max_tokens=1000, timeout=60)
    assert list(bounded.stream("Dig")) == list(loop.stream("Dig"))
    assert bounded.invoke("Dig") == loop.invoke("Dig")
