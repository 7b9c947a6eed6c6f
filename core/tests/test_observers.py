"""Observers: plugins that hear of every run, and must not change any."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import RunnableLambda, hookimpl, register_observer, tool, unregister_observer
from chat_core.chains.parsers import StrOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.errors import ServerError
from chat_core.runs.run import Run, start_run
from chat_core.testing import FakeChatModel
from pydantic import Field

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from chat_core.messages.chunks import AIMessageChunk
    from chat_core.messages.message import AIMessage, Message


class Notes:
    """Records the calls of its hooks."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, Any]] = []

    @hookimpl
    def chat_run_start(self, run: Run, input: Any) -> None:
        self.received.append(("start", run.name, input))

    @hookimpl
    def chat_run_chunk(self, run: Run, chunk: Any) -> None:
        self.received.append(("chunk", run.name, chunk))

    @hookimpl
    def chat_run_end(self, run: Run, output: Any) -> None:
        self.received.append(("end", run.name, output))

    @hookimpl
    def chat_run_error(self, run: Run, error: BaseException) -> None:
        self.received.append(("error", run.name, error))


@pytest.fixture
def notes() -> Iterator[Notes]:
    notes = Notes()
    register_observer(notes)
    yield notes
    unregister_observer(notes)


def test_an_observer_is_called_for_runs_that_are_not_streamed(notes: Notes) -> None:
    chain = ChatPromptTemplate("{x}") | FakeChatModel(responses=["a b"]) | StrOutputParser()
    assert chain.invoke("q") == "a b"
    assert [(kind, name) for kind, name, _ in notes.received if kind != "chunk"] == [
        ("start", "RunnableSequence"),
        ("start", "ChatPromptTemplate"),
        ("end", "ChatPromptTemplate"),
        ("start", "FakeChatModel"),
        ("end", "FakeChatModel"),
        ("start", "StrOutputParser"),
        ("end", "StrOutputParser"),
        ("end", "RunnableSequence"),
    ]
    assert notes.received[-1][2] == "a b"


def test_an_observer_hears_chunks_and_errors(notes: Notes) -> None:
    model = FakeChatModel(responses=["a b", ServerError("down")])
    list(model.stream("x"))
    assert [c.content for kind, _, c in notes.received if kind == "chunk"] == ["a ", "b"]
    with pytest.raises(ServerError):
        model.invoke("x")
    assert notes.received[-1][0] == "error"


def test_what_fails_in_an_observer_is_logged_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        @hookimpl
        def chat_run_start(self, run: Run, input: Any) -> None:
            raise RuntimeError("observer")

    broken = Broken()
    register_observer(broken)
    try:
        with caplog.at_level(logging.ERROR, "chat_core"):
            assert FakeChatModel(responses=["a"]).invoke("x").content == "a"
    finally:
        unregister_observer(broken)
    assert "An observer failed in chat_run_start" in caplog.text


def test_without_listeners_and_observers_there_are_no_runs() -> None:
    notes = Notes()
    register_observer(notes)
    assert start_run("chain", "x") is not None
    unregister_observer(notes)
    assert start_run("chain", "x") is None


def test_unregistering_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="not registered as an observer"):
        unregister_observer(Notes())


CURRENT: ContextVar[str] = ContextVar("the run whose code runs here", default="")


class Name:
    """An attachment that makes the name of its run current."""

    def __init__(self, name: str) -> None:
        self.name = name

    def attach(self) -> object:
        return CURRENT.set(self.name)

    def detach(self, token: Any) -> None:
        CURRENT.reset(token)


class Names:
    """Attaches its name to every run, and keeps the chunks of models."""

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self.runs: list[Run] = []

    @hookimpl
    def chat_run_start(self, run: Run, input: Any) -> None:
        self.runs.append(run)
        run.attachments.append(Name(run.name))
        if run.streams:
            run.chunk_listeners.append(lambda chunk: self.chunks.append(chunk.content))


@pytest.fixture
def attached() -> Iterator[Names]:
    names = Names()
    register_observer(names)
    yield names
    unregister_observer(names)


class Asks(FakeChatModel):
    """Keeps how it was asked, and which run was current meanwhile."""

    asked: list[tuple[str, str]] = Field(default_factory=list)

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        self.asked.append(("whole", CURRENT.get()))
        return super()._generate(messages, **options)

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        for segment in super()._stream(messages, **options):
            self.asked.append(("stream", CURRENT.get()))
            yield segment


def test_an_observer_without_chunks_does_not_turn_invoke_into_a_stream(attached: Names) -> None:
    model = Asks(responses=["a b"], asked=[])
    assert model.invoke("x").content == "a b"
    assert model.asked == [("whole", "Asks")]
    assert attached.chunks == []


def test_an_observer_with_chunks_turns_invoke_into_a_stream(notes: Notes) -> None:
    model = Asks(responses=["a b"], asked=[])
    assert model.invoke("x").content == "a b"
    assert {how for how, _ in model.asked} == {"stream"}
    assert [c.content for kind, _, c in notes.received if kind == "chunk"] == ["a ", "b"]


def test_attachments_are_attached_while_a_model_makes_a_step_and_not_between(
    attached: Names,
) -> None:
    model = Asks(responses=["a b c"], asked=[])
    between = []
    stream = model.stream("x")
    for chunk in stream:
        between.append((chunk.content, CURRENT.get()))
        if len(between) == 2:
            stream.close()
            break
    assert model.asked == [("stream", "Asks")] * 2
    assert between == [("a ", ""), ("b ", "")]
    assert CURRENT.get() == ""
    assert attached.chunks == ["a ", "b "]
    assert attached.runs[0].left_early


async def test_attachments_of_a_step_surround_its_function_in_threads_and_tasks(
    attached: Names,
) -> None:
    def outer(text: str) -> str:
        return f"{CURRENT.get()}/{inner.invoke(text)}"

    @tool
    def inner(text: str) -> str:
        """Says where it runs."""
        return CURRENT.get()

    async def waits(text: str) -> str:
        return f"{CURRENT.get()}/{await inner.ainvoke(text)}"

    assert RunnableLambda(outer).invoke("x") == "outer/inner"
    assert await RunnableLambda(outer).ainvoke("x") == "outer/inner"
    assert await RunnableLambda(waits).ainvoke("x") == "waits/inner"
    assert CURRENT.get() == ""


def test_the_run_above_hands_its_attachments_down(attached: Names) -> None:
    chain = ChatPromptTemplate("{x}") | FakeChatModel(responses=["a"])
    chain.invoke("q")
    root, prompt, model = attached.runs
    assert root.parent_attachments == ()
    assert prompt.parent_attachments == model.parent_attachments == root.attachments
    assert root.runnable is chain
    assert isinstance(model.runnable, FakeChatModel)


def test_attachments_and_listeners_that_fail_are_logged_and_change_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Fails:
        def attach(self) -> object:
            raise RuntimeError("attach")

        def detach(self, token: object) -> None:
            raise RuntimeError("detach")

    class FailsLater(Name):
        def detach(self, token: Any) -> None:
            super().detach(token)
            raise RuntimeError("detach")

    def refuse(chunk: object) -> None:
        raise RuntimeError("chunk")

    class Broken:
        @hookimpl
        def chat_run_start(self, run: Run, input: Any) -> None:
            run.attachments += [Fails(), FailsLater(run.name)]
            run.chunk_listeners.append(refuse)

    broken = Broken()
    register_observer(broken)
    try:
        with caplog.at_level(logging.ERROR, "chat_core"):
            stream = FakeChatModel(responses=["a b c"]).stream("x")
            assert [chunk.content for chunk in stream] == ["a ", "b ", "c"]
    finally:
        unregister_observer(broken)
    assert caplog.text.count("An observer failed in a chunk listener") == 1
    assert "An observer failed in attach" in caplog.text
    assert "An observer failed in detach" in caplog.text


def test_chunks_that_arrive_together_are_reported_together_when_they_arrive(
    notes: Notes,
) -> None:
    class Together(FakeChatModel):
        def _stream(
            self, messages: list[Message], **options: object
        ) -> Generator[list[AIMessageChunk], None, None]:
            yield [chunk for segment in super()._stream(messages, **options) for chunk in segment]

    stream = iter(Together(responses=["a b c"]).stream("x"))
    assert next(stream).content == "a "
    assert [c.content for kind, _, c in notes.received if kind == "chunk"] == ["a ", "b ", "c"]
    assert [chunk.content for chunk in stream] == ["b ", "c"]
    assert notes.received[-1][0] == "end"
