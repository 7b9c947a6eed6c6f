"""The loop: what it streams and returns, in blocking code and on an event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AIMessageChunk,
    ChatPromptTemplate,
    HumanMessage,
    InvalidParameterError,
    InvalidToolCall,
    RunConfig,
    ToolCall,
    ToolInputError,
    ToolMessage,
    event_to_json,
)
from chat_tool_loop import ToolLoopResult, run_tools
from loop_models import answer, call, model


def depth(lake: str) -> str:
    """Say how deep a lake is."""
    if lake == "dry":
        raise LookupError("no such lake")
    return f"{lake} is 451 m deep"


def two_steps() -> Any:
    return model(
        answer("Let me see.", call("depth", "c1", lake="Hornindal")),
        answer("It is 451 m deep."),
    )


def kinds(items: list[Any]) -> list[str]:
    """The classes of items; chunks that follow each other once."""
    names = [type(item).__name__ for item in items]
    return [n for k, n in enumerate(names) if k == 0 or names[k - 1] != n]


def test_invoke_returns_the_whole_conversation_and_the_final_answer() -> None:
    asked = two_steps()
    result = run_tools(asked, [depth]).invoke("How deep?")
    assert [type(message) for message in result.messages] == [
        HumanMessage,
        AIMessage,
        ToolMessage,
        AIMessage,
    ]
    assert result.content == "It is 451 m deep."
    assert result.messages[-1] is result.answer
    assert result.steps == 2
    assert result.usage_metadata is not None
    assert result.usage_metadata.total_tokens == 20
    assert asked.calls[1] == result.messages[:3]


def test_a_stream_has_chunks_then_calls_then_results_then_the_whole_result() -> None:
    items = list(run_tools(two_steps(), [depth]).stream("How deep?"))
    chunk, call_, result, last = "AIMessageChunk", "ToolCall", "ToolMessage", "ToolLoopResult"
    assert kinds(items) == [chunk, call_, result, chunk, last]
    whole = items[-1]
    assert isinstance(whole, ToolLoopResult)
    assert whole.content == "It is 451 m deep."


async def test_async_gives_what_blocking_code_gives() -> None:
    loop = run_tools(two_steps(), [depth])
    blocking = list(loop.stream("How deep?"))
    assert [item async for item in loop.astream("How deep?")] == blocking
    assert await loop.ainvoke("How deep?") == loop.invoke("How deep?")


def test_the_result_is_input_for_a_model_and_for_the_loop() -> None:
    asked = two_steps()
    result = run_tools(asked, [depth]).invoke("How deep?")
    run_tools(asked, [depth]).invoke([*result.to_messages(), HumanMessage("And now?")])
    assert len(asked.calls[2]) == 5
    asked.invoke(result)
    assert asked.calls[-1] == result.messages


def test_a_prompt_goes_before_the_loop() -> None:
    prompt = ChatPromptTemplate.from_messages([("human", "How deep is {lake}?")])
    result = (prompt | run_tools(two_steps(), [depth])).invoke({"lake": "Hornindal"})
    assert result.messages[0].content == "How deep is Hornindal?"


def test_a_batch_runs_the_loop_for_each_input() -> None:
    loop = run_tools(model(answer("Yes.")), [depth])
    assert [result.content for result in loop.batch(["a", "b"])] == ["Yes.", "Yes."]


def test_calls_of_one_answer_run_side_by_side_and_their_results_keep_the_order() -> None:
    both = threading.Barrier(2, timeout=30)

    def meet(name: str) -> str:
        """Wait for the other."""
        both.wait()
        return name

    asked = model(answer("", call("meet", "1", name="a"), call("meet", "2", name="b")), answer("."))
    result = run_tools(asked, [meet]).invoke("Go")
    assert [message.content for message in result.messages[2:4]] == ["a", "b"]


async def test_async_calls_run_side_by_side_and_a_stream_has_the_first_result_first() -> None:
    first = asyncio.Event()

    async def wait(name: str) -> str:
        """Wait for the second."""
        if name == "slow":
            await first.wait()
        first.set()
        return name

    asked = model(
        answer("", call("wait", "1", name="slow"), call("wait", "2", name="fast")), answer(".")
    )
    items = [item async for item in run_tools(asked, [wait]).astream("Go")]
    results = [item.content for item in items if isinstance(item, ToolMessage)]
    assert results == ["fast", "slow"]
    whole = items[-1]
    assert isinstance(whole, ToolLoopResult)
    assert [message.content for message in whole.messages[2:4]] == ["slow", "fast"]


def test_errors_of_tools_and_of_calls_go_back_to_the_model() -> None:
    asked = model(
        answer(
            "",
            call("depth", "1", lake="dry"),
            call("depth", "2", pond="x"),
            call("height", "3"),
            InvalidToolCall("depth", '{"lake', "4", "cut off"),
        ),
        answer("I cannot say."),
    )
    result = run_tools(asked, [depth]).invoke("How deep?")
    results = [message for message in result.messages if isinstance(message, ToolMessage)]
    assert [each.status for each in results] == ["error"] * 4
    assert [each.tool_call_id for each in results] == ["1", "2", "3", "4"]
    assert results[0].content == "LookupError: no such lake"
    assert "lake: Field required" in results[1].content
    assert results[2].content == "There is no tool 'height'. The tools are: depth."
    assert results[3].content == "The call is not valid: cut off."


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (call("depth", "1", lake="dry"), LookupError),
        (call("depth", "1", pond="x"), ToolInputError),
        (call("height", "1"), ToolInputError),
    ],
)
def test_on_error_raise_raises_them(wrong: ToolCall, error: type[Exception]) -> None:
    with pytest.raises(error):
        run_tools(model(answer("", wrong)), [depth], on_error="raise").invoke("How deep?")


def test_events_have_the_runs_of_the_model_and_of_the_tools_beneath_the_loop() -> None:
    events = list(run_tools(two_steps(), [depth]).stream_events("How deep?"))
    starts = [event for event in events if event["event"].endswith("_start")]
    names = ["ToolLoop", "FakeChatModel", "depth", "FakeChatModel"]
    assert [event["name"] for event in starts] == names
    root = starts[0]["run_id"]
    assert all(event["parent_ids"] == [root] for event in starts[1:])
    assert isinstance(events[-1]["data"]["output"], ToolLoopResult)
    assert all(event_to_json(event) for event in events)


def test_a_call_that_is_not_run_is_a_tools_run_that_fails_in_events() -> None:
    wrong = [call("height", "1"), call("depth", "2", pond="x"), call("depth", "3", lake="y")]
    asked = model(answer("", *wrong), answer("."))
    loop = run_tools(asked, [depth], approve=lambda call: "Not now.")
    events = list(loop.stream_events("?", include_types=["tool"]))
    kinds_and_ids = [(event["event"], event["data"].get("tool_call_id")) for event in events]
    assert [each for each in kinds_and_ids if each[0] == "on_tool_error"] == [
        ("on_tool_error", "1"),
        ("on_tool_error", "2"),
        ("on_tool_error", "3"),
    ]
    assert events[-1]["name"] == "depth"
    assert str(events[-1]["data"]["error"]) == "Not now."
    assert events[-1]["data"]["input"] == {"lake": "y"}


def test_an_answer_that_pauses_for_the_vendors_own_tools_is_asked_on() -> None:
    asked = model(answer("I search.", finish="pause"), answer("Found."))
    result = run_tools(asked, [{"type": "web_search"}]).invoke("Search")
    assert (result.content, result.steps) == ("Found.", 2)


def test_a_tool_that_is_async_is_refused_in_blocking_code_before_anything_is_sent() -> None:
    async def swim(lake: str) -> str:
        """Swim."""
        return lake

    asked = model(answer("", call("swim", "1", lake="x")), answer("."))
    with pytest.raises(InvalidParameterError, match="'swim' is async"):
        run_tools(asked, [swim]).invoke("Swim")
    assert asked.calls == []


def test_a_stream_that_is_closed_while_tools_run_ends_them() -> None:
    begun, ended = asyncio.Event(), threading.Event()

    async def swim(lake: str) -> str:
        """Swim."""
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return lake

    async def read() -> None:
        asked = model(answer("", call("swim", "1", lake="x"), call("swim", "2", lake="y")))
        async for item in run_tools(asked, [swim]).astream("Swim"):
            if isinstance(item, ToolCall) and item.id == "2":
                break
        task = asyncio.create_task(run_tools(asked, [swim]).ainvoke("Swim"))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(read())
    assert ended.is_set()


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        ("depth", "tools is a list"),
        ([depth, depth], "Two tools are called 'depth'"),
        ([dict], "has nothing to run"),
        ([{"title": "Lake", "type": "object", "properties": {}}], "without a function"),
        ([7], "has nothing to run"),
    ],
)
def test_tools_that_cannot_be_run_are_refused_when_the_loop_is_made(
    tools: Any, message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        run_tools(model("x"), tools)


def test_other_arguments_that_cannot_be_right_are_refused_by_name() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"max_steps": 0}, "max_steps"),
        ({"max_steps": True}, "max_steps"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"approve": "yes"}, "approve"),
        ({"on_error": "ignore"}, "on_error"),
    ]
    for arguments, name in wrong:
        with pytest.raises(InvalidParameterError, match=name):
            run_tools(model("x"), [depth], **arguments)
    with pytest.raises(InvalidParameterError, match="needs a chat model"):
        run_tools(depth, [depth])  # type: ignore[arg-type]


def test_chunks_of_the_answers_are_those_of_the_model() -> None:
    items = list(run_tools(model(answer("one two")), [depth]).stream("x"))
    assert [i.content for i in items if isinstance(i, AIMessageChunk)] == ["one ", "two"]


def test_every_output_of_a_tool_becomes_the_result_of_its_call() -> None:
    def settings(config: RunConfig) -> dict[str, Any]:
        """Show the settings."""
        return {"user": (config.get("metadata") or {}).get("user")}

    def leave() -> str:
        """Leave the program."""
        raise SystemExit(2)

    def own() -> ToolMessage:
        """Answer with a message."""
        return ToolMessage("mine", "another id")

    asked = model(answer("", call("settings", "1"), call("leave", "2"), call("own", "3")), answer())
    loop = run_tools(asked, [settings, leave, own])
    results = loop.invoke("?", {"metadata": {"user": "ada"}}).messages[2:5]
    assert [each.content for each in results] == ['{"user": "ada"}', "SystemExit: 2", "mine"]
    assert [each.tool_call_id for each in results] == ["1", "2", "3"]  # type: ignore[union-attr]


def test_a_batch_of_loops_refuses_the_key_of_one_call_that_is_bound_to_their_model() -> None:
    loop = run_tools(two_steps().bind(idempotency_key="order-1"), [depth])
    with pytest.raises(InvalidParameterError, match="names one call, and this batch has 2"):
        loop.batch(["How deep?", "How wide?"])
