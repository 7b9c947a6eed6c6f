"""Stream events: schema, filters, errors, custom events, and models called inside functions."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest
from chat_core.chains.parsers import JsonOutputParser, StrOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.errors import (
    InvalidParameterError,
    OutputParserError,
    ServerError,
    StreamInterruptedError,
    ToolInputError,
)
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.runnables import Runnable, RunnableLambda, RunnableParallel
from chat_core.runs.config import RunConfig
from chat_core.runs.run import dispatch_custom_event, start_run
from chat_core.testing import FakeChatModel
from chat_core.tools.tool import tool


def fake(text: str = "gold fish") -> FakeChatModel:
    return FakeChatModel(responses=[text])


def told(events: list[Any]) -> list[tuple[str, str]]:
    return [(event["event"], event["name"]) for event in events]


async def aevents(runnable: Runnable[Any, Any], input: Any, **options: Any) -> list[Any]:
    return [event async for event in runnable.astream_events(input, **options)]


def test_an_event_has_exactly_the_keys_of_the_schema() -> None:
    for event in (fake() | StrOutputParser()).stream_events("x"):
        assert set(event) == {
            "event",
            "name",
            "run_id",
            "parent_ids",
            "tags",
            "metadata",
            "data",
        }


@pytest.mark.parametrize("version", ["v1", "v3", "", None])
def test_an_unknown_version_names_the_known_ones(version: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"Unknown event version .*; known: 'v2'"):
        fake().stream_events("x", version=version)
    with pytest.raises(InvalidParameterError, match=r"Unknown event version .*; known: 'v2'"):
        fake().astream_events("x", version=version)


# --- filters

FILTERED = ChatPromptTemplate("{x}") | fake().with_config(tags=["m"]) | StrOutputParser()


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"include_names": ["StrOutputParser"]}, {"StrOutputParser"}),
        ({"include_types": ["prompt", "parser"]}, {"ChatPromptTemplate", "StrOutputParser"}),
        ({"include_tags": ["m"]}, {"FakeChatModel"}),
        (
            {"include_tags": ["m"], "include_types": ["prompt"]},
            {"FakeChatModel", "ChatPromptTemplate"},
        ),
        (
            {"exclude_names": ["RunnableSequence", "StrOutputParser"]},
            {"ChatPromptTemplate", "FakeChatModel"},
        ),
        ({"exclude_types": ["chain", "prompt"]}, {"FakeChatModel", "StrOutputParser"}),
        ({"exclude_tags": ["m", "seq:step:1"]}, {"RunnableSequence", "StrOutputParser"}),
        (
            {"include_types": ["chain", "parser"], "exclude_names": ["StrOutputParser"]},
            {"RunnableSequence"},
        ),
        ({"include_names": []}, set()),
    ],
)
def test_filters_report_what_is_included_and_not_excluded(
    filters: dict[str, Any], names: set[str]
) -> None:
    assert {event["name"] for event in FILTERED.stream_events("x", **filters)} == names
    assert {e["name"] for e in asyncio.run(aevents(FILTERED, "x", **filters))} == names


@pytest.mark.parametrize(
    ("filters", "complaint"),
    [
        (
            {"include_names": ["a"], "exclude_names": ["a"]},
            "'a' cannot stand in both include_names",
        ),
        ({"include_tags": ["t"], "exclude_tags": ["t"]}, "'t' cannot stand in both include_tags"),
        ({"include_types": ["model"]}, "No runs of type 'model'; the types are chat_model, chain"),
        ({"exclude_types": ["llm"]}, "No runs of type 'llm'"),
        ({"include_names": "abc"}, "include_names is a list of strings; got str: 'abc'"),
    ],
)
def test_filters_that_cannot_be_right_are_refused(filters: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        fake().stream_events("x", **filters)


def test_the_first_run_delivered_carries_the_input_and_its_end_does_not_repeat_it() -> None:
    events = list(FILTERED.stream_events("x", include_types=["parser"]))
    assert events[0]["data"] == {"input": "x"}
    assert events[-1]["data"] == {"output": "gold fish"}


# --- what a run hands down


def test_tags_and_metadata_go_down_and_run_names_do_not() -> None:
    chain = fake() | StrOutputParser()
    config: RunConfig = {"run_name": "root", "tags": ["t"], "metadata": {"user": 1}}
    events = list(chain.stream_events("x", config))
    root, model, *_ = (e for e in events if e["event"].endswith("_start"))
    assert (root["name"], root["tags"], root["metadata"]) == ("root", ["t"], {"user": 1})
    assert (model["name"], model["tags"]) == ("FakeChatModel", ["seq:step:1", "t"])
    assert model["metadata"]["user"] == 1
    assert model["metadata"]["ls_provider"] == "fake"


def test_tags_of_a_step_come_after_its_place_and_are_sorted_where_it_adds_some() -> None:
    """As LangChain's v2 events have them."""
    chain = fake().with_config(tags=["m"]) | StrOutputParser()
    starts = [
        (event["event"], event["tags"])
        for event in chain.stream_events("x", {"tags": ["z", "a"]})
        if event["event"].endswith("_start")
    ]
    assert starts == [
        ("on_chain_start", ["z", "a"]),
        ("on_chat_model_start", ["seq:step:1", "a", "m", "z"]),
        ("on_parser_start", ["seq:step:2", "z", "a"]),
    ]


def test_fallbacks_in_a_chain_begin_with_their_whole_input_as_langchains_do() -> None:
    chain = ChatPromptTemplate("{x}") | fake().with_fallbacks([fake()]) | StrOutputParser()
    events = list(chain.stream_events({"x": "hi"}, include_names=["ChatPromptTemplate"]))
    everything = list(chain.stream_events({"x": "hi"}))
    (begun,) = (
        event
        for event in everything
        if (event["event"], event["name"]) == ("on_chain_start", "RunnableWithFallbacks")
    )
    assert begun["data"] == {"input": events[-1]["data"]["output"]}


def test_step_tags_stop_at_the_step() -> None:
    inner = RunnableLambda(lambda x: fake().invoke(x).content).with_config(tags=["own"])
    events = list((inner | StrOutputParser()).stream_events("x"))
    (model,) = (e for e in events if e["event"] == "on_chat_model_start")
    assert model["tags"] == ["own"]


# --- models inside functions

INSIDE = [
    ("on_chain_start", "ask"),
    ("on_chat_model_start", "FakeChatModel"),
    ("on_chat_model_stream", "FakeChatModel"),
    ("on_chat_model_stream", "FakeChatModel"),
    ("on_chat_model_end", "FakeChatModel"),
    ("on_chain_stream", "ask"),
    ("on_chain_end", "ask"),
]


def test_a_model_in_a_blocking_function_is_reported_under_it_while_it_runs() -> None:
    seen_inside: list[int] = []
    events: list[Any] = []

    def ask(text: str) -> str:
        answer = fake().invoke(text).content
        seen_inside.append(len(events))
        return answer

    chain = RunnableLambda(ask)
    for event in chain.stream_events("x"):
        events.append(event)  # noqa: PERF402 - one by one: the function sees how many have come
    assert told(events) == INSIDE
    assert events[1]["parent_ids"] == [events[0]["run_id"]]
    assert isinstance(events[4]["data"]["output"], AIMessage)
    assert events[4]["data"]["input"] == events[1]["data"]["input"]


def test_events_from_inside_a_blocking_function_are_delivered_before_it_returns() -> None:
    read = threading.Event()

    def ask(text: str) -> str:
        answer = fake().invoke(text).content
        assert read.wait(30), "the reader must get the model's events while this runs"
        return answer

    for event in RunnableLambda(ask).stream_events("x"):
        if event["event"] == "on_chat_model_end":
            read.set()


async def test_a_model_in_an_async_function_is_reported_under_it_while_it_runs() -> None:
    read = asyncio.Event()

    async def ask(text: str) -> str:
        answer = (await fake().ainvoke(text)).content
        await asyncio.wait_for(read.wait(), 30)
        return answer

    events = []
    async for event in RunnableLambda(ask).astream_events("x"):
        events.append(event)
        if event["event"] == "on_chat_model_end":
            read.set()
    assert told(events) == INSIDE


async def test_a_model_in_a_blocking_function_of_an_async_chain_is_reported_too() -> None:
    def ask(text: str) -> str:
        return fake().invoke(text).content

    assert told(await aevents(RunnableLambda(ask), "x")) == INSIDE


async def test_models_in_tasks_and_threads_of_a_function_are_reported_under_it() -> None:
    async def ask(text: str) -> str:
        one = asyncio.create_task(fake("in task").ainvoke(text))
        two = asyncio.to_thread(fake("in thread").invoke, text)
        return (await one).content + (await two).content

    def ask_in_thread(text: str) -> str:
        context = contextvars.copy_context()
        answers: list[str] = []
        thread = threading.Thread(
            target=context.run, args=(lambda: answers.append(fake().invoke(text).content),)
        )
        thread.start()
        thread.join()
        return answers[0]

    events = await aevents(RunnableLambda(ask), "x")
    starts = [e for e in events if e["event"] == "on_chat_model_start"]
    assert [e["parent_ids"] for e in starts] == [[events[0]["run_id"]]] * 2
    events = list(RunnableLambda(ask_in_thread).stream_events("x"))
    assert told(events)[1:5] == INSIDE[1:5]


def test_a_chain_called_inside_a_function_is_reported_whole_under_it() -> None:
    inner = ChatPromptTemplate("{x}") | fake() | StrOutputParser()
    events = list(RunnableLambda(inner.invoke).stream_events("q"))
    starts = [(e["name"], len(e["parent_ids"])) for e in events if e["event"].endswith("_start")]
    assert starts == [
        ("invoke", 0),
        ("RunnableSequence", 1),
        ("ChatPromptTemplate", 2),
        ("FakeChatModel", 2),
        ("StrOutputParser", 2),
    ]
    parser = next(e for e in events if e["event"] == "on_parser_start")
    assert isinstance(parser["data"]["input"], AIMessage)


def test_a_model_streamed_inside_a_function_and_left_early_ends_with_what_had_come() -> None:
    def first_word(text: str) -> str:
        for chunk in fake("one two three").stream(text):
            return chunk.content
        return ""

    events = list(RunnableLambda(first_word).stream_events("x"))
    (end,) = (e for e in events if e["event"] == "on_chat_model_end")
    assert end["data"]["output"].content == "one "
    assert events[-1]["data"]["output"] == "one "


def test_a_chain_streamed_inside_a_function_and_left_early_ends_with_what_had_come() -> None:
    inner = fake("one two three") | StrOutputParser()

    def first_word(text: str) -> str:
        with inner.stream(text) as stream:
            return next(stream)

    events = list(RunnableLambda(first_word).stream_events("x"))
    ends = {e["name"]: e["data"]["output"] for e in events if e["event"].endswith("_end")}
    assert ends["StrOutputParser"] == ends["RunnableSequence"] == "one "
    assert not [e for e in events if e["event"].endswith("_error")]


def test_a_run_ends_once_whatever_follows() -> None:
    def work(_: str) -> None:
        run = start_run("chain", "twice")
        assert run is not None
        run.start(1)
        run.end(2)
        run.end(3)
        run.error(ValueError())

    events = [e for e in RunnableLambda(work).stream_events("x") if e["name"] == "twice"]
    assert [(e["event"], e["data"]) for e in events] == [
        ("on_chain_start", {"input": 1}),
        ("on_chain_end", {"output": 2, "input": 1}),
    ]


def test_events_read_inside_a_step_are_also_events_of_the_stream_around_it() -> None:
    inner_events: list[Any] = []

    def spy(text: str) -> str:
        inner_events.extend((fake() | StrOutputParser()).stream_events(text))
        return "done"

    outer = list(RunnableLambda(spy).stream_events("x"))
    assert inner_events[0]["parent_ids"] == []
    assert inner_events[0]["data"] == {"input": "x"}
    spy_id = outer[0]["run_id"]
    forwarded = [e for e in outer if e["run_id"] != spy_id]
    assert told(forwarded) == told(inner_events)
    assert all(e["parent_ids"][0] == spy_id for e in forwarded)


# --- tools and custom events


def test_a_tool_reports_its_start_and_end_with_input_and_output() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    events = list((RunnableLambda(lambda x: x) | add).stream_events({"a": 1, "b": 2}))
    facts = [(e["event"], e["data"]) for e in events if e["name"] == "add"]
    given = {"a": 1, "b": 2}
    assert facts == [
        ("on_tool_start", {"input": given}),
        ("on_tool_end", {"output": 3, "input": given}),
    ]


def test_a_tool_that_is_called_wrongly_reports_its_error() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    events: list[Any] = []
    with pytest.raises(ToolInputError):
        read(add, events)
    assert told(events) == [("on_tool_start", "add"), ("on_tool_error", "add")]
    assert events[1]["data"]["input"] == "x"


def test_custom_events_belong_to_the_step_that_sends_them() -> None:
    def work(text: str) -> str:
        dispatch_custom_event("progress", {"done": 1})
        return text

    chain = RunnableLambda(work) | RunnableLambda(len)
    events = list(chain.stream_events("x", {"tags": ["t"]}))
    (custom,) = (e for e in events if e["event"] == "on_custom_event")
    assert (custom["name"], custom["data"]) == ("progress", {"done": 1})
    step = next(e for e in events if e["name"] == "work")
    assert custom["run_id"] == step["run_id"]
    assert custom["parent_ids"] == step["parent_ids"]
    assert custom["tags"] == ["t"]
    only = list(chain.stream_events("x", include_names=["progress"]))
    assert told(only) == [("on_custom_event", "progress")]
    assert only[0]["data"] == {"done": 1}


def test_a_custom_event_without_a_reader_does_nothing() -> None:
    dispatch_custom_event("progress", {})
    assert RunnableLambda(lambda _: dispatch_custom_event("p", {})).invoke("x") is None


# --- errors


def collect(runnable: Runnable[Any, Any], kind: type[BaseException]) -> list[Any]:
    """The events before the exception, the same in both forms."""
    events: list[Any] = []
    with pytest.raises(kind):
        read(runnable, events)
    others: list[Any] = []
    with pytest.raises(kind):
        asyncio.run(aread(runnable, others))
    assert told(others) == told(events)
    return events


def read(runnable: Runnable[Any, Any], events: list[Any]) -> None:
    events.extend(runnable.stream_events("x"))


async def aread(runnable: Runnable[Any, Any], events: list[Any]) -> None:
    async for event in runnable.astream_events("x"):
        events.append(event)  # noqa: PERF401 - what came before an exception counts


def test_a_models_error_is_an_event_of_every_run_above_it_before_it_is_raised() -> None:
    error = ServerError("down")
    events = collect(
        ChatPromptTemplate("{x}") | FakeChatModel(responses=[error]) | StrOutputParser(),
        ServerError,
    )
    assert told(events)[-2:] == [
        ("on_chat_model_error", "FakeChatModel"),
        ("on_chain_error", "RunnableSequence"),
    ]
    assert events[-1]["data"]["error"] is error
    assert events[-1]["data"]["input"] == "x"


def test_a_model_alone_reports_its_error_with_what_had_arrived() -> None:
    class Cut(FakeChatModel):
        def _stream(self, messages: Any, **options: Any) -> Any:
            yield [AIMessageChunk("half")]
            raise StreamInterruptedError("cut")

        async def _astream(self, messages: Any, **options: Any) -> Any:
            yield [AIMessageChunk("half")]
            raise StreamInterruptedError("cut")

    events = collect(Cut(responses=["-"]), StreamInterruptedError)
    assert [e["event"] for e in events] == [
        "on_chat_model_start",
        "on_chat_model_stream",
        "on_chat_model_error",
    ]
    assert events[-1]["data"]["error"].partial.content == "half"


def test_a_parsers_error_is_its_own_event() -> None:
    events = collect(fake("no json") | JsonOutputParser(), OutputParserError)
    assert told(events)[-2:] == [
        ("on_parser_error", "JsonOutputParser"),
        ("on_chain_error", "RunnableSequence"),
    ]


def test_a_function_that_raises_after_its_model_answered_is_an_error_of_the_function() -> None:
    def ask(text: str) -> str:
        fake().invoke(text)
        raise KeyError("bug")

    events = collect(RunnableLambda(ask), KeyError)
    assert told(events)[-2:] == [
        ("on_chat_model_end", "FakeChatModel"),
        ("on_chain_error", "ask"),
    ]


def test_an_error_in_one_branch_is_an_event_of_the_branch_and_of_the_parallel_step() -> None:
    def fail(_: str) -> str:
        raise ValueError("b")

    events: list[Any] = []
    with pytest.raises(ValueError, match="b"):
        read(RunnableParallel(a=RunnableLambda(len), b=fail), events)
    errors = [e["name"] for e in events if e["event"] == "on_chain_error"]
    assert errors == ["fail", "RunnableParallel<a,b>"]


def test_wrong_input_to_a_model_is_raised_by_its_first_step() -> None:
    with pytest.raises(InvalidParameterError, match="A model's input is"):
        list(fake().stream_events(3))
