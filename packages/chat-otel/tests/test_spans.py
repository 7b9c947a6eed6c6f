"""Spans of models, chains, prompts, parsers and tools, and how they nest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    ChatPromptTemplate,
    RunnableLambda,
    RunnableParallel,
    StrOutputParser,
    ToolCall,
    tool,
)
from chat_core.testing import FakeChatModel
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from telemetry import attributes_of, parent_id, span_id

if TYPE_CHECKING:
    from telemetry import Telemetry


def chain(*answers: str) -> Any:
    prompt = ChatPromptTemplate([("human", "Write about {topic}")])
    return prompt | FakeChatModel(responses=list(answers)) | StrOutputParser()


NESTED = [
    ("chat fake", "invoke_workflow RunnableSequence"),
    ("invoke_workflow RunnableSequence", None),
    ("parser StrOutputParser", "invoke_workflow RunnableSequence"),
    ("prompt ChatPromptTemplate", "invoke_workflow RunnableSequence"),
]


def test_the_steps_of_a_chain_are_beneath_its_span(telemetry: Telemetry) -> None:
    assert chain("a b").invoke({"topic": "fish"}) == "a b"
    assert telemetry.tree() == NESTED
    assert telemetry.span("chat fake").kind is SpanKind.CLIENT
    assert telemetry.span("parser StrOutputParser").kind is SpanKind.INTERNAL
    assert {span.status.status_code for span in telemetry.spans} == {StatusCode.UNSET}


async def test_a_chain_has_the_same_spans_in_every_way_of_calling_it(telemetry: Telemetry) -> None:
    verse = chain("a b")
    "".join(verse.stream({"topic": "fish"}))
    await verse.ainvoke({"topic": "fish"})
    [chunk async for chunk in verse.astream({"topic": "fish"})]
    list(verse.stream_events({"topic": "fish"}))
    [event async for event in verse.astream_events({"topic": "fish"})]
    verse.batch([{"topic": "fish"}])
    await verse.abatch([{"topic": "fish"}])
    assert telemetry.tree() == sorted(NESTED * 7, key=lambda pair: (pair[0], pair[1] or ""))


def test_the_span_of_a_tool_is_current_in_its_function(telemetry: Telemetry) -> None:
    current = []

    @tool
    def weather(city: str) -> str:
        """The weather of a city."""
        current.append(trace.get_current_span().get_span_context().span_id)
        with telemetry.tracer.start_as_current_span("look up"):
            return FakeChatModel(responses=["rain"]).invoke(city).content

    weather.invoke(ToolCall("weather", {"city": "Bern"}, id="call-7"))
    assert current == [span_id(telemetry.span("execute_tool weather"))]
    assert telemetry.tree() == [
        ("chat fake", "look up"),
        ("execute_tool weather", None),
        ("look up", "execute_tool weather"),
    ]
    found = telemetry.attributes("execute_tool weather")
    assert found["gen_ai.operation.name"] == "execute_tool"
    assert found["gen_ai.tool.name"] == "weather"
    assert found["gen_ai.tool.type"] == "function"
    assert found["gen_ai.tool.call.id"] == "call-7"
    assert found["gen_ai.tool.description"] == "The weather of a city."
    assert not trace.get_current_span().get_span_context().is_valid


async def test_the_span_of_a_tool_is_current_in_an_async_function_and_in_a_thread(
    telemetry: Telemetry,
) -> None:
    current = {}

    @tool
    async def slow(city: str) -> str:
        """Waits."""
        await asyncio.sleep(0)
        current["slow"] = trace.get_current_span().get_span_context().span_id
        return city

    @tool
    def blocking(city: str) -> str:
        """Runs in a thread."""
        current["blocking"] = trace.get_current_span().get_span_context().span_id
        return city

    await asyncio.gather(slow.ainvoke("Bern"), blocking.ainvoke("Rome"))
    assert current == {
        name: span_id(telemetry.span(f"execute_tool {name}")) for name in ("slow", "blocking")
    }


def test_a_tool_loop_within_a_step_is_beneath_the_step(telemetry: Telemetry) -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    asked = AIMessage([ToolCall("add", {"a": 1, "b": 2}, id="c1")])
    model = FakeChatModel(responses=[asked, "3"])

    def loop(question: str) -> str:
        messages: list[Any] = [("human", question)]
        while (answer := model.invoke(messages)).tool_calls:
            messages += [answer, *(add.invoke(call) for call in answer.tool_calls)]
        return answer.content

    assert RunnableLambda(loop).invoke("1 + 2?") == "3"
    assert telemetry.tree() == [
        ("chat fake", "invoke_workflow loop"),
        ("chat fake", "invoke_workflow loop"),
        ("execute_tool add", "invoke_workflow loop"),
        ("invoke_workflow loop", None),
    ]


def test_a_span_of_the_program_is_above_the_runs_in_it(telemetry: Telemetry) -> None:
    with telemetry.tracer.start_as_current_span("request"):
        chain("a").invoke({"topic": "fish"})
    assert ("invoke_workflow RunnableSequence", "request") in telemetry.tree()
    assert ("chat fake", "invoke_workflow RunnableSequence") in telemetry.tree()


@pytest.mark.parametrize("is_async", [False, True])
def test_parallel_branches_are_beneath_their_own_parents(
    telemetry: Telemetry, is_async: bool
) -> None:
    left = RunnableLambda(lambda x: FakeChatModel(responses=["l"]).invoke(x).content, name="left")
    right = RunnableLambda(lambda x: FakeChatModel(responses=["r"]).invoke(x).content, name="right")
    both = RunnableParallel({"left": left, "right": right})
    given = asyncio.run(both.ainvoke("x")) if is_async else both.invoke("x")
    assert given == {"left": "l", "right": "r"}
    root = next(name for name, above in telemetry.tree() if above is None)
    assert telemetry.tree() == [
        ("chain left", root),
        ("chain right", root),
        ("chat fake", "chain left"),
        ("chat fake", "chain right"),
        (root, None),
    ]


async def test_no_parent_is_mixed_up_among_many_streams_at_once(telemetry: Telemetry) -> None:
    async def read(number: int) -> None:
        with telemetry.tracer.start_as_current_span(f"task {number}"):
            async for _ in chain("a b c d").astream({"topic": number}):
                await asyncio.sleep(0)

    await asyncio.gather(*(read(number) for number in range(100)))
    names = {span_id(span): span.name for span in telemetry.spans}
    above = {span_id(span): parent_id(span) for span in telemetry.spans}
    chats = [span for span in telemetry.spans if span.name == "chat fake"]
    tasks = set()
    for span in chats:
        workflow = above[span_id(span)]
        assert names[workflow or 0] == "invoke_workflow RunnableSequence"
        tasks.add(names[above[workflow or 0] or 0])
    assert tasks == {f"task {number}" for number in range(100)}


def test_tags_metadata_and_the_conversation_are_on_the_spans(telemetry: Telemetry) -> None:
    config: Any = {
        "run_name": "verse",
        "tags": ["nightly"],
        "metadata": {"user": "u-17", "conversation_id": "c-3", "nested": {"a": 1}},
    }
    chain("a").invoke({"topic": "fish"}, config)
    root = telemetry.attributes("invoke_workflow verse")
    assert root["gen_ai.workflow.name"] == "verse"
    assert root["chat.tags"] == ("nightly",)
    for span in telemetry.spans:
        found = attributes_of(span)
        assert found["gen_ai.conversation.id"] == "c-3"
        assert found["chat.metadata.user"] == "u-17"
        assert "chat.metadata.nested" not in found


def test_metadata_whose_keys_are_no_text_is_on_the_span(telemetry: Telemetry) -> None:
    metadata: Any = {7: "seven", None: True, "user": "u"}
    FakeChatModel(responses=["a"]).invoke("x", {"metadata": metadata})
    found = telemetry.attributes("chat fake")
    assert found["chat.metadata.7"] == "seven"
    assert found["chat.metadata.None"] is True
    assert found["chat.metadata.user"] == "u"
