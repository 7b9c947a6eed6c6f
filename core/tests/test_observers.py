"""Observers: plugins that hear of every run, and must not change any."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import hookimpl, register_observer, unregister_observer
from chat_core.chains.parsers import StrOutputParser
from chat_core.chains.prompts import ChatPromptTemplate
from chat_core.errors import ServerError
from chat_core.runs.run import Run, start_run
from chat_core.testing import FakeChatModel

if TYPE_CHECKING:
    from collections.abc import Iterator


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
