from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_server import hold_within, read_events, seconds_to_disconnect, serve, text_of
from chat_conformance import OfflineServer, Reply
from chat_conformance.http_answers import Stall
from chat_core import AIMessageChunk, StreamEvent, events_from_sse
from chat_web import (
    ChatResponse,
    MemoryStore,
    RedisStore,
    ResumableStreams,
    SQLiteStore,
    StreamStoreError,
)
from chat_web.stores.store import StreamStore
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STORY = "The lamp burned low while the harbour slept, and the boats turned on their ropes."
ENDLESS = Reply("The lamp ", Stall())
GROQ = "groq:llama-3.3-70b-versatile"


@contextmanager
def answers(
    source: Callable[[], Any], store: StreamStore, *, keep_running: float = 30.0
) -> Iterator[str]:
    """A server whose ``/`` asks, and whose ``/STREAM`` goes on or, with DELETE, stops."""
    streams = ResumableStreams(store, keep_running=keep_running)

    async def ask(_: Request) -> Response:
        return ChatResponse(source(), resumable=streams)

    async def resume(request: Request) -> Response:
        if request.method == "DELETE":
            await streams.stop(request.path_params["stream"])
            return Response(status_code=204)
        return ChatResponse.resume(streams, stream=request.path_params["stream"])

    @asynccontextmanager
    async def close_store(_: Starlette) -> AsyncIterator[None]:
        yield
        await store.aclose()

    routes = [Route("/", ask), Route("/{stream}", resume, methods=["GET", "DELETE"])]
    with serve(Starlette(routes=routes, lifespan=close_store)) as url:
        yield url


def begin(url: str, count: int, **request: Any) -> list[str]:
    """The ids of the first ``count`` frames of a new answer; then the reader leaves."""
    ids: list[str] = []
    with httpx.stream("GET", url, timeout=20, **request) as response:
        for line in response.iter_lines():
            if line.startswith("id: "):
                ids.append(line[4:])
                if len(ids) == count:
                    break
    return ids


def words(count: int = 20, pause: float = 0.02) -> Callable[[], Any]:
    async def stream() -> AsyncIterator[AIMessageChunk]:
        for number in range(count):
            await asyncio.sleep(pause)
            yield AIMessageChunk(f"{number} ")

    return stream


def reason(events: list[StreamEvent]) -> Any:
    return events[-1]["data"]["reason"]


NUMBERS = "".join(f"{number} " for number in range(20))


def test_a_reader_who_comes_back_gets_the_rest_once() -> None:
    with answers(words(), MemoryStore()) as url:
        ids = begin(url, 8)
        stream = ids[0].partition(".")[0]
        rest = read_events(f"{url}/{stream}", headers={"Last-Event-ID": ids[-1]})
        whole = read_events(f"{url}/{stream}")
    assert text_of(whole) == NUMBERS
    assert text_of(rest) == "".join(f"{n} " for n in range(7, 20))
    assert reason(rest) == reason(whole) == "complete"


def test_an_event_source_comes_back_to_the_address_that_asked() -> None:
    with OfflineServer(STORY, pause=0.02) as vendor:
        store = MemoryStore()
        with answers(lambda: vendor.model(GROQ).astream("x"), store) as url:
            ids = begin(url, 5)
            rest = read_events(url, headers={"Last-Event-ID": ids[-1]})
            assert len(vendor.wire.requests) == 1
    assert STORY.endswith(text_of(rest))
    assert reason(rest) == "complete"


def test_the_header_names_the_stream_at_every_connection() -> None:
    with answers(words(3), MemoryStore()) as url:
        first = httpx.get(url, timeout=60)
        stream = first.headers["x-stream-id"]
        assert f"id: {stream}.1\n" in first.text
        assert httpx.get(f"{url}/{stream}", timeout=60).headers["x-stream-id"] == stream
        again = httpx.get(url, headers={"Last-Event-ID": f"{stream}.2"})
        assert again.headers["x-stream-id"] == stream


def test_several_readers_read_one_answer() -> None:
    with answers(words(), MemoryStore()) as url:
        stream = begin(url, 1)[0].partition(".")[0]
        with httpx.Client() as client:
            opened = [client.stream("GET", f"{url}/{stream}") for _ in range(3)]
            bodies = [each.__enter__() for each in opened]
            texts = [text_of(list(events_from_sse(body.iter_bytes()))) for body in bodies]
            for each in opened:
                each.__exit__(None, None, None)
    assert texts == [NUMBERS] * 3


def test_the_answer_stops_when_the_reader_stays_away() -> None:
    with OfflineServer(ENDLESS) as vendor:
        source = lambda: vendor.model(GROQ).astream("x")  # noqa: E731
        with answers(source, MemoryStore(), keep_running=0.3) as url:
            stream = begin(url, 2)[0].partition(".")[0]
            assert vendor.wire.wait_for_disconnect(30)
            events = read_events(f"{url}/{stream}")
    assert events[-1]["data"] == {
        "reason": "aborted",
        "text": "The answer was stopped because no reader was there.",
    }


def test_the_answer_goes_on_while_the_reader_is_away() -> None:
    ended = threading.Event()

    async def source() -> AsyncIterator[AIMessageChunk]:
        async for chunk in words(10, 0.05)():
            yield chunk
        ended.set()

    with answers(source, MemoryStore(), keep_running=30) as url:
        stream = begin(url, 2)[0].partition(".")[0]
        assert ended.wait(30)
        events = read_events(f"{url}/{stream}")
    assert reason(events) == "complete"


def test_an_answer_that_may_not_go_on_ends_with_its_reader() -> None:
    with OfflineServer(ENDLESS) as vendor:
        source = lambda: vendor.model(GROQ).astream("x")  # noqa: E731
        with answers(source, MemoryStore(), keep_running=0) as url:
            hold_within(0.5, lambda: seconds_to_disconnect(url, vendor))


def test_a_stop_ends_the_call_and_the_stream() -> None:
    with OfflineServer(ENDLESS) as vendor:
        source = lambda: vendor.model(GROQ).astream("x")  # noqa: E731
        with answers(source, MemoryStore()) as url:
            hold_within(0.5, lambda: stop_after_the_first_piece(url, vendor))


def stop_after_the_first_piece(url: str, vendor: OfflineServer) -> float:
    """Stop an answer that is being read; the seconds until its call to the vendor is closed."""
    before = len(vendor.wire.requests)
    with httpx.stream("GET", url, timeout=20) as response:
        pieces = response.iter_bytes()
        first = next(pieces)
        assert vendor.wire.wait_for_requests(before + 1, 20)
        httpx.delete(f"{url}/{response.headers['x-stream-id']}", timeout=20)
        stopped = time.monotonic()
        assert vendor.wire.wait_for_disconnect(30)
        seconds = time.monotonic() - stopped
        events = list(events_from_sse([first, *pieces]))
    assert events[-1]["data"] == {"reason": "aborted", "text": "The answer was stopped."}
    return seconds


@pytest.mark.parametrize("last_id", ["unknown-stream.3", "nonsense", "x.y.z", "1", "ä.1", "s.-1"])
def test_an_id_that_is_gone_is_an_error_event(last_id: str) -> None:
    with answers(words(), MemoryStore()) as url:
        [event] = read_events(url, headers={"Last-Event-ID": last_id.encode()})
    assert event["data"]["reason"] == "error"
    assert "StreamGoneError" in str(event["data"]["error"])
    assert "Ask again." in str(event["data"]["error"])


@pytest.mark.parametrize("stream", ["%00", "%0D%0Ax:1", "%F0%9F%90%9F", "a" * 99, "a.b"])
def test_an_address_that_names_no_stream_is_an_error_event(stream: str) -> None:
    with answers(words(), MemoryStore()) as url:
        response = httpx.get(f"{url}/{stream}", timeout=60)
    (event,) = events_from_sse([response.content])
    assert "There is no such answer" in str(event["data"]["error"])
    assert "x-stream-id" not in response.headers


async def test_an_empty_name_of_a_stream_is_an_error_event() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    response = ChatResponse.resume(ResumableStreams(MemoryStore()), stream="")
    await response({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert b"There is no such answer" in b"".join(each.get("body", b"") for each in sent)


def test_an_id_of_another_stream_is_an_error_event() -> None:
    with answers(words(3), MemoryStore()) as url:
        one, other = (begin(url, 1)[0] for _ in range(2))
        [event] = read_events(f"{url}/{one.partition('.')[0]}", headers={"Last-Event-ID": other})
    assert "There is no such answer" in str(event["data"]["error"])


def test_a_slow_reader_slows_the_source_of_a_resumable_answer() -> None:
    made = 0

    async def endless() -> AsyncIterator[AIMessageChunk]:
        nonlocal made
        while True:
            made += 1
            yield AIMessageChunk("x" * 4096)

    store = MemoryStore(max_bytes=200_000)
    with answers(endless, store) as url, httpx.stream("GET", url, timeout=60) as response:
        pieces = response.iter_bytes()
        next(pieces)
        before = -1
        while made != before and made < 20_000:
            before = made
            time.sleep(0.4)
        for _ in range(20):
            next(pieces)
        assert 0 < made < 20_000


def test_no_frame_is_lost_on_a_reader_who_is_away_for_longer_than_the_store_keeps() -> None:
    with answers(words(400, 0.002), MemoryStore(max_bytes=100_000)) as url:
        ids = begin(url, 3)
        time.sleep(1.5)
        rest = read_events(url, headers={"Last-Event-ID": ids[-1]})
    assert text_of(rest) == "".join(f"{n} " for n in range(2, 400))


REDIS_URL = os.environ.get("CHAT_WEB_REDIS_URL")


def sqlite_stores(folder: Path) -> list[StreamStore]:
    return [SQLiteStore(folder / "streams.db") for _ in range(2)]


def redis_stores(_: Path) -> list[StreamStore]:
    return [RedisStore(REDIS_URL, prefix=f"test-{os.getpid()}:") for _ in range(2)]


NEEDS_REDIS = pytest.mark.skipif(not REDIS_URL, reason="no Redis server: make redis-check runs it")


@pytest.mark.parametrize(
    "make_stores", [sqlite_stores, pytest.param(redis_stores, marks=NEEDS_REDIS)]
)
def test_another_process_reads_and_stops_the_answer(
    make_stores: Callable[[Path], list[StreamStore]], tmp_path: Path
) -> None:
    """Two applications with stores of their own on one place, as two processes have."""
    with OfflineServer(ENDLESS) as vendor:
        source = lambda: vendor.model(GROQ).astream("x")  # noqa: E731
        first, second = make_stores(tmp_path)
        with answers(source, first) as url, answers(source, second) as other:
            with httpx.stream("GET", url, timeout=60) as response:
                stream = response.headers["x-stream-id"]
                pieces = response.iter_bytes()
                next(pieces)
                assert vendor.wire.wait_for_requests(1)
            with httpx.stream("GET", f"{other}/{stream}", timeout=60) as response:
                pieces = response.iter_bytes()
                taken = [next(pieces)]
                httpx.delete(f"{other}/{stream}", timeout=60)
                assert vendor.wire.wait_for_disconnect(30)
                events = list(events_from_sse([*taken, *pieces]))
    assert events[-1]["data"]["text"] == "The answer was stopped."
    assert len(vendor.wire.requests) == 1


def test_a_reader_in_another_process_keeps_the_answer_going(tmp_path: Path) -> None:
    source = words(30, 0.1)
    events: list[StreamEvent] = []
    for number in range(4):  # a busy machine may bring the second reader too late
        first, second = (SQLiteStore(tmp_path / f"{number}.db") for _ in range(2))
        with answers(source, first, keep_running=0.5) as url, answers(source, second) as other:
            stream = begin(url, 2)[0].partition(".")[0]
            events = read_events(f"{other}/{stream}")
        if reason(events) == "complete":
            break
    assert reason(events) == "complete"
    assert text_of(events) == "".join(f"{n} " for n in range(30))


class SlowStore(MemoryStore):
    """Needs a while to end a stream."""

    async def end(self, stream: str) -> None:
        await asyncio.sleep(0.3)
        await super().end(stream)


def test_a_stop_at_the_very_end_leaves_the_answer_whole() -> None:
    with answers(words(2, 0), SlowStore()) as url, httpx.stream("GET", url, timeout=60) as response:
        stream = response.headers["x-stream-id"]
        for line in response.iter_lines():
            if line == "event: end":
                break
        assert httpx.delete(f"{url}/{stream}", timeout=60).status_code == 204
        assert reason(read_events(f"{url}/{stream}")) == "complete"


class BrokenStore(MemoryStore):
    """Fails from its ``works``-th use on."""

    def __init__(self, works: int) -> None:
        super().__init__()
        self.works = works

    def _use(self) -> None:
        self.works -= 1
        if self.works < 0:
            raise StreamStoreError("The server cannot keep answers at the moment.")

    async def create(self, stream: str, alive: float) -> None:
        self._use()
        await super().create(stream, alive)

    async def append(self, stream: str, frames: Any) -> None:
        self._use()
        await super().append(stream, frames)


def test_a_store_that_is_down_costs_the_resumption_and_not_the_answer() -> None:
    with answers(words(), BrokenStore(0)) as url:
        events = read_events(url)
    assert text_of(events) == NUMBERS
    assert reason(events) == "complete"


def test_a_store_that_fails_during_the_answer_is_an_error_event() -> None:
    with answers(words(), BrokenStore(5)) as url:
        events = read_events(url)
    assert reason(events) == "error"
    assert "cannot keep answers" in str(events[-1]["data"]["error"])


async def test_an_answer_whose_process_died_is_an_error_event() -> None:
    store = MemoryStore()
    await store.create("dead", 0.05)
    await store.append("dead", [b"id: dead.1\ndata: x\n\n"])
    await asyncio.sleep(0.1)
    streams = ResumableStreams(store)
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> Any:
        await asyncio.sleep(60)

    scope = {"type": "http", "method": "GET", "headers": [(b"last-event-id", b"dead.1")]}
    await ChatResponse.resume(streams, stream="dead")(scope, receive, send)
    assert b"The server that wrote this answer has stopped." in b"".join(sent)
