"""Which of the methods that a model class writes serve ``stream`` and ``astream``."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, ClassVar

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
