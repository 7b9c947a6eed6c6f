"""Which of the methods that a model class writes serve ``stream`` and ``astream``."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from chat_core.errors import ChatError, InvalidParameterError
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.message import AIMessage
from chat_core.models.model import ChatModel
from chat_core.runnables import RunnablePassthrough
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from chat_core.messages.message import Message


class StreamsInBlockingCode(ChatModel):
    """Writes ``_stream`` alone, and keeps where and how far it ran."""

    provider: ClassVar[str] = "own"
    model: str = "m"
    _seen: list[Any] = PrivateAttr(default_factory=list)

    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        return AIMessage("one two three")

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        self._seen.append(threading.get_ident())
        try:
            for word in ("one ", "two ", "three"):
                yield [AIMessageChunk(word)]
        finally:
            self._seen.append("closed")


async def test_a_model_that_streams_in_blocking_code_streams_on_a_loop_from_a_thread() -> None:
    model = StreamsInBlockingCode()
    assert [chunk.content async for chunk in model.astream("q")] == ["one ", "two ", "three"]
    assert model._seen[0] != threading.get_ident()
    chain = RunnablePassthrough() | model
    assert [c.content async for c in chain.astream("q")] == ["one ", "two ", "three"]
    streamed = [e async for e in model.astream_events("q") if e["event"] == "on_chat_model_stream"]
    assert len(streamed) == 3
    async for _ in model.astream("q"):
        break
    while model._seen.count("closed") < 4:
        await asyncio.sleep(0.01)
    assert model._seen.count("closed") == 4


async def test_a_subclass_that_writes_astream_streams_from_that() -> None:
    class Both(StreamsInBlockingCode):
        async def _astream(
            self, messages: list[Message], **options: Any
        ) -> AsyncGenerator[list[AIMessageChunk], None]:
            yield [AIMessageChunk("own")]

    assert [chunk.content async for chunk in Both().astream("q")] == ["own"]
    assert [chunk.content for chunk in Both().stream("q")] == ["one ", "two ", "three"]


class Slow(StreamsInBlockingCode):
    """A model of its own making that keeps one limit itself."""

    applies: ClassVar[frozenset[str]] = frozenset({"timeout"})


def test_a_limit_that_a_model_does_not_apply_is_refused_by_name() -> None:
    limits: list[dict[str, Any]] = [{"max_retries": 3}, {"timeout": 1.0}, {"idle_timeout": 1.0}]
    for given in limits:
        (name,) = given
        with pytest.raises(InvalidParameterError, match=f"does not apply {name}=.*with_retry"):
            StreamsInBlockingCode(model="m", **given)
        with pytest.raises(InvalidParameterError, match=f"does not apply {name}="):
            StreamsInBlockingCode(model="m").bind(**given)


def test_a_limit_that_changes_nothing_or_that_the_model_applies_is_taken() -> None:
    assert StreamsInBlockingCode(model="m", max_retries=0, timeout=60).max_retries == 0
    assert Slow(model="m", timeout=1.0).bind(timeout=2.0).timeout == 2.0
    with pytest.raises(InvalidParameterError, match="does not apply max_retries="):
        Slow(model="m", max_retries=5)


def test_closing_a_stream_that_another_thread_reads_is_refused() -> None:
    reading, may_go_on = threading.Event(), threading.Event()

    class Waits(StreamsInBlockingCode):
        def _stream(
            self, messages: list[Message], **options: Any
        ) -> Generator[list[AIMessageChunk], None, None]:
            reading.set()
            assert may_go_on.wait(30)
            yield [AIMessageChunk("done")]

    for stream in (Waits().stream("q"), (Waits() | RunnablePassthrough()).stream("q")):
        read: list[str] = []

        def read_all(stream: Any = stream, read: list[str] = read) -> None:
            read += [chunk.content for chunk in stream]

        thread = threading.Thread(target=read_all)
        thread.start()
        assert reading.wait(30)
        with pytest.raises(ChatError, match="Another thread is reading this stream"):
            stream.close()
        may_go_on.set()
        thread.join(30)
        assert read == ["done"]
        reading.clear()
        may_go_on.clear()


async def test_closing_a_stream_that_another_task_reads_is_refused() -> None:
    reading = asyncio.Event()

    class Waits(StreamsInBlockingCode):
        async def _astream(
            self, messages: list[Message], **options: Any
        ) -> AsyncGenerator[list[AIMessageChunk], None]:
            reading.set()
            await asyncio.sleep(60)
            yield [AIMessageChunk("done")]

    stream = Waits().astream("q")
    task = asyncio.ensure_future(anext(stream))
    await reading.wait()
    with pytest.raises(ChatError, match="Another task is reading this stream"):
        await stream.aclose()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
