"""An answer that ends early closes its source once, to the end, whatever else happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import Any

import pytest
from chat_core import AIMessageChunk
from chat_web import ChatResponse, MemoryStore, StreamStoreError, shutdown
from chat_web.completed import completed
from chat_web.delivery import Delivery
from chat_web.producer import Producer


class Source:
    """Frames without an end, whose clean-up takes until ``may_end`` is set."""

    def __init__(self) -> None:
        self.has_begun, self.is_closing, self.may_end = (asyncio.Event() for _ in range(3))
        self.is_closed = False

    async def frames(self) -> AsyncGenerator[list[bytes], None]:
        try:
            self.has_begun.set()
            yield [b"data: one\n\n"]
            await asyncio.Event().wait()
        finally:
            self.is_closing.set()
            await self.may_end.wait()
            self.is_closed = True


class Connection:
    """What a server gives an application: ``leave`` is the reader's departure."""

    def __init__(self) -> None:
        self.sent = b""
        self._has_left = asyncio.Event()

    def leave(self) -> None:
        self._has_left.set()

    async def receive(self) -> Any:
        await self._has_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent += message.get("body", b"")


def last_frames(text: str) -> Iterable[bytes]:
    return [f"data: {text}\n\n".encode()]


async def a_few_steps() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_reader_who_goes_during_a_stop_does_not_break_off_how_the_source_ends() -> None:
    source, connection = Source(), Connection()
    delivery = Delivery(source.frames(), last_frames, None)
    running = asyncio.create_task(delivery.run(connection.receive, connection.send))
    await source.has_begun.wait()
    await a_few_steps()
    delivery.end("Stopped.")
    await source.is_closing.wait()
    connection.leave()
    await a_few_steps()
    source.may_end.set()
    await asyncio.wait_for(running, 20)
    assert source.is_closed


@pytest.mark.parametrize("cancels", [1, 2, 5])
async def test_a_server_that_cancels_again_does_not_break_off_how_the_source_ends(
    cancels: int,
) -> None:
    source, connection = Source(), Connection()
    delivery = Delivery(source.frames(), last_frames, None)
    running = asyncio.create_task(delivery.run(connection.receive, connection.send))
    await source.has_begun.wait()
    await a_few_steps()
    for _ in range(cancels):
        running.cancel()
        await a_few_steps()
    await source.is_closing.wait()
    assert not running.done()
    source.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert source.is_closed
    await asyncio.wait_for(delivery.ended(), 20)


async def test_a_stop_after_the_store_has_failed_does_not_break_off_how_the_source_ends() -> None:
    class Full(MemoryStore):
        async def append(self, stream: str, frames: object) -> None:
            raise StreamStoreError("The store is full.")

    source, store = Source(), Full()
    await store.create("s", 60)
    producer = Producer("s", source.frames(), last_frames, store, 60)
    running = producer.start()
    await source.is_closing.wait()
    producer.end("Stopped.")
    await a_few_steps()
    source.may_end.set()
    await asyncio.wait_for(running, 20)
    assert source.is_closed
    assert isinstance(producer.failure, StreamStoreError)


async def test_work_is_completed_and_the_cancellation_follows_it() -> None:
    may_end, ended = asyncio.Event(), []

    async def work() -> str:
        await may_end.wait()
        ended.append(True)
        return "done"

    task = asyncio.create_task(completed(work()))
    await a_few_steps()
    for _ in range(3):
        task.cancel()
        await a_few_steps()
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
    assert await completed(work()) == "done"


async def _broken_at_its_close() -> AsyncIterator[AIMessageChunk]:
    try:
        yield AIMessageChunk("One.")
    finally:
        raise RuntimeError("no clean end")


class Unclosable:
    """A source whose ``aclose`` fails."""

    def __init__(self) -> None:
        self._chunks = [AIMessageChunk("One.")]

    def __aiter__(self) -> Unclosable:
        return self

    async def __anext__(self) -> AIMessageChunk:
        if not self._chunks:
            raise StopAsyncIteration
        return self._chunks.pop()

    async def aclose(self) -> None:
        raise RuntimeError("no clean end")


@pytest.mark.parametrize(
    ("make", "reason"), [(Unclosable, "complete"), (_broken_at_its_close, "error")]
)
async def test_a_source_that_fails_at_its_end_does_not_tear_the_connection(
    make: Callable[[], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "chat_web")
    connection = Connection()
    scope = {"type": "http", "method": "GET", "headers": []}
    await ChatResponse(make())(scope, connection.receive, connection.send)
    assert f'"reason":"{reason}"' in connection.sent.decode().splitlines()[-2]
    assert "no clean end" in caplog.text


async def test_the_end_of_the_lifespan_leaves_no_task_that_waits_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Endless:
        def end(self, text: str) -> None:
            """Go on."""

        async def ended(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(shutdown, "_SECONDS", 0.01)
    answer, before = Endless(), asyncio.all_tasks()
    async with shutdown.lifespan():
        shutdown.register(answer)
    await a_few_steps()
    assert asyncio.all_tasks() == before
