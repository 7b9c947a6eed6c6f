"""Back-pressure and leaving: a slow reader slows the producer, one who leaves leaves nothing."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.wire_server import WireServer
from chat_core.chains.parsers import StrOutputParser
from chat_core.messages.chunks import AIMessageChunk
from chat_core.runnables import Runnable, RunnableLambda, RunnableParallel, RunnablePassthrough
from chat_core.runnables.engine.event_queue import LIMIT
from chat_core.testing import FakeChatModel
from letters_model import LettersModel, letters, stalling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator

    from chat_core.messages.message import Message
    from chat_core.models.model import ChatModel


class Long(FakeChatModel):
    """Streams ``count`` chunks and counts how many it has made."""

    count: int = 100_000
    made: int = 0

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        for _ in range(self.count):
            self.__dict__["made"] += 1
            yield [AIMessageChunk("x" * 50)]

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        for segment in self._stream(messages):
            yield segment


def long() -> Long:
    return Long(responses=["-"])


def asking(model: ChatModel) -> dict[str, Runnable[Any, Any]]:
    """The ways in which a model can stand in a chain."""

    def ask(text: str) -> str:
        return model.invoke(text).content

    async def aask(text: str) -> str:
        return (await model.ainvoke(text)).content

    return {
        "alone": model,
        "in a sequence": RunnablePassthrough() | model | StrOutputParser(),
        "in a function": RunnableLambda(ask, aask),
        "in a blocking function": RunnableLambda(ask),
        "in a branch": RunnableParallel(a=model, b=len),
        "before a blocking generator": RunnablePassthrough() | model | passing,
    }


def passing(chunks: Iterator[Any]) -> Iterator[Any]:
    yield from chunks


PLACES = list(asking(long()))


@pytest.mark.parametrize("place", PLACES)
async def test_a_reader_who_stops_reading_stops_the_producer(place: str) -> None:
    model = long()
    stream = asking(model)[place].astream_events("x").__aiter__()
    for _ in range(10):
        await anext(stream)
    stopped_at = -1
    while model.made != stopped_at:  # one that is not stopped makes all 100,000
        stopped_at = model.made
        await asyncio.sleep(0.3)
    assert stopped_at <= LIMIT * 2 < 1000
    await stream.aclose()


@pytest.mark.parametrize("place", PLACES)
def test_a_blocking_reader_who_stops_reading_stops_the_producer(place: str) -> None:
    model = long()
    with asking(model)[place].stream_events("x") as stream:
        for _ in range(10):
            next(stream)
        stopped_at = -1
        while model.made != stopped_at:
            stopped_at = model.made
            time.sleep(0.3)
        assert stopped_at <= LIMIT * 2 < 1000


async def test_memory_stays_flat_over_a_long_stream_with_a_slow_reader() -> None:
    model = Long(responses=["-"], count=30_000)
    chain = model | RunnableLambda(lambda message: len(message.content))
    peaks: list[int] = []
    read = 0
    tracemalloc.start()
    try:
        async for _ in chain.astream_events("x", exclude_types=["prompt"]):
            read += 1
            if read % 100 == 0:
                await asyncio.sleep(0)
            if read % 5_000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    text = 50 * 30_000  # the answer itself is kept, by the model's run and by the chain's
    assert max(peaks) < 3 * text  # the chunks alone would be ten times the text


def waiting() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


async def until_no_task_waits() -> None:
    """Fail if a task is left; HTTP libraries leave a generator for the loop to close."""
    for _ in range(500):
        if not waiting():
            return
        await asyncio.sleep(0.01)
    assert waiting() == set()


@pytest.mark.parametrize("place", PLACES)
async def test_leaving_an_event_stream_closes_the_response_and_leaves_no_task(place: str) -> None:
    with WireServer(stalling("a", "b")) as server:
        async with LettersModel(base_url=server.url) as model:
            stream = asking(model)[place].astream_events("x")
            async for event in stream:
                if event["event"] == "on_chat_model_stream":
                    break
            await stream.aclose()
            assert server.wait_for_disconnect(10)
            await until_no_task_waits()


@pytest.mark.parametrize("place", PLACES)
def test_leaving_a_blocking_event_stream_closes_the_response_at_once(place: str) -> None:
    with WireServer(stalling("a", "b")) as server, LettersModel(base_url=server.url) as model:
        before = set(threading.enumerate())
        stream = asking(model)[place].stream_events("x")
        for event in stream:
            if event["event"] == "on_chat_model_stream":
                break
        stream.close()  # the server would be silent for ever
        assert server.wait_for_disconnect(10)
        for thread in set(threading.enumerate()) - before:
            thread.join(20)
            assert not (thread.name == "chat-core-step" and thread.is_alive())


@pytest.mark.parametrize("place", ["alone", "in a sequence", "in a function", "in a branch"])
async def test_break_alone_closes_the_response(place: str) -> None:
    with WireServer(stalling("a", "b")) as server:
        async with LettersModel(base_url=server.url) as model:
            async for event in asking(model)[place].astream_events("x"):
                if event["event"] == "on_chat_model_stream":
                    break
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert server.wait_for_disconnect(10)
            await until_no_task_waits()


async def test_cancelling_the_reader_closes_the_response() -> None:
    with WireServer(stalling("a")) as server:
        async with LettersModel(base_url=server.url) as model:
            chain = RunnablePassthrough() | model | StrOutputParser()
            received = asyncio.Event()

            async def read() -> None:
                async for event in chain.astream_events("x"):
                    if event["event"] == "on_parser_stream":
                        received.set()

            reading = asyncio.create_task(read())
            await asyncio.wait_for(received.wait(), 30)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert server.wait_for_disconnect(10)
            await until_no_task_waits()


@pytest.mark.parametrize("place", ["alone", "in a sequence"])
def test_the_start_of_a_model_is_delivered_before_its_request_is_sent(place: str) -> None:
    with WireServer(letters("a")) as server, LettersModel(base_url=server.url) as model:
        events = iter(asking(model)[place].stream_events("x"))
        while next(events)["event"] != "on_chat_model_start":
            pass
        assert not server.exchanges
        list(events)
        assert len(server.exchanges) == 1


def test_a_left_chain_stream_closes_the_response() -> None:
    with WireServer(stalling("a")) as server, LettersModel(base_url=server.url) as model:
        both = RunnableParallel(a=model, b=model | StrOutputParser())
        server.queue(stalling("b"))
        stream = iter(both.stream("x"))
        next(stream)
        next(stream)
        stream.close()
        assert server.wait_for_disconnect(10)
        gc.collect()


def test_a_branch_that_is_left_sends_no_further_request() -> None:
    left = threading.Event()
    ended = threading.Event()

    def stubborn(text: str) -> str:
        assert left.wait(30)
        try:
            return model.invoke(text).content
        finally:
            ended.set()

    with WireServer(letters("a")) as server, LettersModel(base_url=server.url) as model:
        stream = iter(RunnableParallel(a=stubborn, b=len).stream("x"))
        assert next(stream) == {"b": 1}
        threading.Timer(0.05, left.set).start()
        stream.close()
        assert ended.wait(30)
        assert not server.exchanges


def test_every_event_may_be_read_in_another_thread() -> None:
    model = Long(responses=["-"], count=LIMIT * 3)
    chain = RunnableLambda(str.upper) | asking(model)["in a function"]
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two:
        stream = chain.stream_events("x")
        assert one.submit(next, stream).result(30)  # as a web server's thread pool does
        for _ in range(LIMIT * 2):
            assert two.submit(next, stream).result(30)
        stream.close()


def test_an_abandoned_function_is_ended_and_never_asks_again() -> None:
    ended = threading.Event()

    def ask(text: str) -> str:
        try:
            return model.invoke(text).content
        finally:
            ended.set()

    server = WireServer(handler=lambda request: stalling("a"))
    with server, LettersModel(base_url=server.url, max_retries=3) as model:
        for event in RunnableLambda(ask).stream_events("x"):
            if event["event"] == "on_chat_model_stream":
                break
        assert ended.wait(30)
        time.sleep(0.1)
        assert len(server.exchanges) == 1
