"""Guards of the hot path that no machine's speed can move: counted calls, and kept chunks.

``sys.setprofile`` sees every call of a Python function and of a C function. A chunk may cost so
many of them and no more; a longer stream costs as many per chunk as a short one.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from itertools import islice
from typing import Any

import pytest
from chat_core.messages.chunks import AIMessageChunk, MessageBuilder, arguments_delta, text_delta
from chat_core.models.streams import AsyncChatStream, ChatStream
from chat_core.wire.decoder import StreamReader
from letters import LettersDecoder
from letters_model import LettersModel

_FRAME = b'data: {"t":"moon "}\n\n'
_NAMED = b'event: letter\ndata: {"t":"moon "}\n\n'


def calls_of(work: Callable[[], Any]) -> int:
    """How many Python and C functions ``work`` calls."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    gc.disable()  # a collection calls what other tests have left behind
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def per_chunk(work: Callable[[int], Any]) -> float:
    """What one chunk more costs: start and end of the stream fall away."""
    return (calls_of(lambda: work(2000)) - calls_of(lambda: work(1000))) / 1000


def read(frame: bytes, per_segment: int) -> Callable[[int], None]:
    def work(chunks: int) -> None:
        reader = StreamReader(LettersDecoder())
        for _ in range(chunks // per_segment):
            reader.feed(frame * per_segment)
        assert reader.failure is None

    return work


def segments(chunks: int, size: int) -> list[list[AIMessageChunk]]:
    return [[AIMessageChunk("moon ")] * size for _ in range(chunks // size)]


@pytest.mark.parametrize(("frame", "most"), [(_FRAME, 8), (_NAMED, 8)])
def test_reading_one_of_many_frames_costs_few_calls(frame: bytes, most: float) -> None:
    # from_json, feed, validate_chunk, two constructors and what the test's own decoder asks.
    assert per_chunk(read(frame, 8)) <= most


def test_a_segment_of_its_own_costs_each_frame_few_calls_more() -> None:
    assert per_chunk(read(_FRAME, 1)) <= per_chunk(read(_FRAME, 8)) + 8.5


def test_handing_a_chunk_on_and_remembering_it_costs_few_calls() -> None:
    async def drain(chunks: int) -> None:
        async def source() -> AsyncGenerator[Sequence[AIMessageChunk], None]:
            for segment in pieces:
                yield segment

        pieces = segments(chunks, 100)
        async for _ in AsyncChatStream(source()):
            pass

    def run(chunks: int) -> None:
        coroutine = drain(chunks)
        with pytest.raises(StopIteration):
            coroutine.send(None)

    assert per_chunk(run) <= 4.5  # three of them fold the chunk


def test_handing_a_chunk_on_costs_blocking_code_no_more() -> None:
    def run(chunks: int) -> None:
        def source() -> Generator[Sequence[AIMessageChunk], None, None]:
            yield from segments(chunks, 100)

        for _ in ChatStream(source()):
            pass

    assert per_chunk(run) <= 4.5


def own_frames_of(work: Callable[[], Any]) -> int:
    """How many frames of core's own functions and generators ``work`` enters."""
    frames = 0

    def count(frame: Any, event: str, _argument: Any) -> None:
        nonlocal frames
        frames += event == "call" and "/chat_core/" in frame.f_code.co_filename

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return frames


class InStep:
    """A server that sends a chunk once the one before it has been read, so none come together."""

    def __init__(self, chunks: int) -> None:
        self._frames = [_FRAME] * chunks + [b'data: {"end":"stop"}\n\n']
        self.may_send = threading.Semaphore(1)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, self._listener:
            while b'"x"' not in connection.recv(65536):
                pass
            connection.sendall(_HEAD)
            for frame in self._frames:
                assert self.may_send.acquire(timeout=60)
                connection.sendall(frame)


_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def read_in_blocking_code(server: InStep) -> None:
    for _ in LettersModel(base_url=server.url).stream("x"):
        server.may_send.release()


def read_on_a_loop(server: InStep) -> None:
    async def read() -> None:
        async for _ in LettersModel(base_url=server.url).astream("x"):
            server.may_send.release()

    asyncio.run(read())


@pytest.mark.parametrize(("read_all", "most"), [(read_in_blocking_code, 16), (read_on_a_loop, 18)])
def test_a_chunk_passes_few_frames_of_ours_from_the_socket_to_the_user(
    read_all: Callable[[InStep], None], most: float
) -> None:
    """Each chunk in a segment of its own, which costs the most."""

    def frames(chunks: int) -> int:
        server = InStep(chunks)
        return own_frames_of(lambda: read_all(server))

    assert 5 <= (frames(200) - frames(100)) / 100 <= most


def test_merging_a_delta_costs_few_calls() -> None:
    def merge(chunk: AIMessageChunk) -> Callable[[int], None]:
        def run(chunks: int) -> None:
            MessageBuilder().extend([chunk] * chunks)

        return run

    assert per_chunk(merge(text_delta("moon ", 0))) <= 1
    assert per_chunk(merge(text_delta("moon "))) <= 3
    assert per_chunk(merge(arguments_delta("moon ", 0))) <= 1


def test_a_stream_ten_times_as_long_costs_each_chunk_no_more_calls() -> None:
    def run(chunks: int) -> None:
        reader = StreamReader(LettersDecoder())
        builder = MessageBuilder()
        for _ in range(chunks):
            for chunk in reader.feed(_FRAME):
                builder.add(chunk)
        assert len(builder.message().content) == chunks * len("moon ")

    assert calls_of(lambda: run(10_000)) <= calls_of(lambda: run(1_000)) * 10


async def test_a_stream_that_nobody_asks_keeps_few_chunks() -> None:
    async def source() -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        for number in range(1000):
            yield [AIMessageChunk(f"moon {number} ")]
            await asyncio.sleep(0)

    gc.collect()
    before = {id(thing) for thing in gc.get_objects()}
    stream = AsyncChatStream(source())
    async for _ in stream:
        pass
    gc.collect()
    kept = [t for t in gc.get_objects() if type(t) is AIMessageChunk and id(t) not in before]
    assert len(list(islice(kept, 200))) <= 130
    assert stream.message.content.startswith("moon 0 moon 1 ")
