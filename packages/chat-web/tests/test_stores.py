"""Every store keeps the rules of ``StreamStore``."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from chat_core import InvalidParameterError
from chat_web import (
    MemoryStore,
    RedisStore,
    SQLiteStore,
    StreamGoneError,
    StreamStore,
    StreamStoreError,
)
from chat_web.stores.store import PAGE
from fakeredis import FakeAsyncRedis

MakeStore: TypeAlias = Callable[..., StreamStore]

REDIS_URL = os.environ.get("CHAT_WEB_REDIS_URL")
"""A real Redis server, which ``make redis-check`` starts; otherwise a fake in this process."""


def frames(*texts: str) -> list[bytes]:
    return [f"data: {text}\n\n".encode() for text in texts]


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MakeStore]:
    made: list[StreamStore] = []

    def build(**settings: Any) -> StreamStore:
        if request.param == "memory":
            store: StreamStore = MemoryStore(**settings)
        elif request.param == "sqlite":
            store = SQLiteStore(tmp_path / "streams.db", **settings)
        elif REDIS_URL:
            store = RedisStore(REDIS_URL, prefix=f"test-{time.time_ns()}:", **settings)
        else:
            store = RedisStore(client=FakeAsyncRedis(), **settings)
        made.append(store)
        return store

    yield build
    for store in made:
        await store.aclose()


async def test_frames_come_back_in_order_from_any_place(make: MakeStore) -> None:
    store = make()
    await store.create("s", 30)
    await store.append("s", frames("a", "b"))
    await store.append("s", frames("c"))
    page = await store.read("s", 1, 0)
    assert list(page.frames) == frames("b", "c")
    assert (page.is_end, page.is_alive) == (False, True)
    await store.end("s")
    page = await store.read("s", 3, 0)
    assert (list(page.frames), page.is_end, page.is_alive) == ([], True, True)


async def test_streams_are_kept_apart(make: MakeStore) -> None:
    store = make()
    for stream in ("one", "two"):
        await store.create(stream, 30)
        await store.append(stream, frames(stream))
    assert list((await store.read("two", 0, 0)).frames) == frames("two")


async def test_a_long_stream_is_read_page_by_page(make: MakeStore) -> None:
    store = make()
    await store.create("s", 30)
    await store.append("s", frames(*map(str, range(PAGE + 1))))
    await store.end("s")
    first = await store.read("s", 0, 0)
    assert (len(first.frames), first.is_end) == (PAGE, False)
    second = await store.read("s", PAGE, 0)
    assert (list(second.frames), second.is_end) == (frames(str(PAGE)), True)


async def test_a_reader_waits_for_the_next_frame(make: MakeStore) -> None:
    store = make()
    await store.create("s", 30)
    reading = asyncio.create_task(store.read("s", 0, 30))
    await asyncio.sleep(0.05)
    await store.append("s", frames("late"))
    assert list((await asyncio.wait_for(reading, 20)).frames) == frames("late")


async def test_a_reader_waits_no_longer_than_it_wants(make: MakeStore) -> None:
    store = make()
    await store.create("s", 30)
    page = await asyncio.wait_for(store.read("s", 0, 0.1), 20)
    assert not page.frames
    assert not page.is_end


async def test_a_reader_that_waits_learns_of_the_end(make: MakeStore) -> None:
    store = make()
    await store.create("s", 30)
    reading = asyncio.create_task(store.read("s", 0, 30))
    await asyncio.sleep(0.05)
    await store.end("s")
    assert (await asyncio.wait_for(reading, 20)).is_end


@pytest.mark.parametrize("after", [3, -1, 10**9])
async def test_a_place_that_was_never_reached_is_gone(make: MakeStore, after: int) -> None:
    store = make()
    await store.create("s", 30)
    await store.append("s", frames("a", "b"))
    with pytest.raises(StreamGoneError):
        await store.read("s", after, 0)


async def test_frames_beyond_the_bound_are_gone_from_the_oldest_on(make: MakeStore) -> None:
    store = make(max_bytes=300)
    await store.create("s", 30)
    await store.append("s", frames("x" * 92, "y" * 92))  # 100 bytes each
    await store.append("s", frames("z" * 92, "w" * 92))
    with pytest.raises(StreamGoneError, match="no longer kept"):
        await store.read("s", 0, 0)
    page = await store.read("s", 1, 0)
    assert [frame[6:7] for frame in page.frames] == [b"y", b"z", b"w"]


async def test_one_frame_larger_than_the_bound_is_kept(make: MakeStore) -> None:
    store = make(max_bytes=10)
    await store.create("s", 30)
    await store.append("s", frames("a"))
    await store.append("s", frames("b" * 100))
    assert list((await store.read("s", 1, 0)).frames) == frames("b" * 100)


async def test_an_unknown_stream_is_gone(make: MakeStore) -> None:
    store = make()
    for call in (
        store.append("none", frames("a")),
        store.end("none"),
        store.read("none", 0, 0),
        store.announce_reader("none", 0, 1),
        store.announce_producer("none", 1),
        store.request_stop("none"),
    ):
        with pytest.raises(StreamGoneError):
            await call


async def try_again_slower(trial: Callable[[str, float], Awaitable[None]]) -> None:
    """Run ``trial`` on a stream; where a busy machine was late, again with longer times.

    ``trial`` takes the stream's name and the unit of its times in seconds.
    """
    try:
        await trial("fast", 0.1)
    except (AssertionError, StreamGoneError):
        await trial("slow", 2.5)


async def test_a_stream_is_gone_some_time_after_its_end(make: MakeStore) -> None:
    async def trial(stream: str, unit: float) -> None:
        store = make(seconds_kept=2 * unit)
        await store.create(stream, unit)
        await store.append(stream, frames("a"))
        await store.end(stream)
        assert (await store.read(stream, 0, 0)).is_end
        await asyncio.sleep(5 * unit)
        with pytest.raises(StreamGoneError):
            await store.read(stream, 0, 0)

    await try_again_slower(trial)


async def test_a_producer_that_is_silent_is_dead(make: MakeStore) -> None:
    async def trial(stream: str, unit: float) -> None:
        store = make()
        await store.create(stream, unit)
        assert (await store.read(stream, 0, 0)).is_alive
        await asyncio.sleep(2 * unit)
        assert not (await store.read(stream, 0, 0)).is_alive
        await store.announce_producer(stream, 30)
        assert (await store.read(stream, 0, 0)).is_alive

    await try_again_slower(trial)


async def test_the_producer_learns_what_readers_want(make: MakeStore) -> None:
    async def trial(stream: str, unit: float) -> None:
        store = make()
        await store.create(stream, 30)
        await store.append(stream, frames("a", "b", "c"))
        wishes = await store.announce_producer(stream, 30)
        assert (wishes.is_wanted, wishes.stop, wishes.read_to) == (False, False, 0)
        await store.announce_reader(stream, 3, 2 * unit)
        await store.announce_reader(stream, 1, unit)
        wishes = await store.announce_producer(stream, 30)
        assert (wishes.is_wanted, wishes.stop, wishes.read_to) == (True, False, 3)
        await store.request_stop(stream)
        await asyncio.sleep(3 * unit)
        wishes = await store.announce_producer(stream, 30)
        assert (wishes.is_wanted, wishes.stop) == (False, True)

    await try_again_slower(trial)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_new_stream_takes_the_place_of_the_oldest_that_has_ended(
    kind: str, tmp_path: Path
) -> None:
    store: StreamStore
    if kind == "memory":
        store = MemoryStore(max_streams=2)
    else:
        store = SQLiteStore(tmp_path / "streams.db", max_streams=2)
    for stream in ("first", "second"):
        await store.create(stream, 30)
    with pytest.raises(StreamStoreError, match="too many answers"):
        await store.create("third", 5)
    await store.end("second")
    await store.create("third", 5)
    with pytest.raises(StreamGoneError):
        await store.read("second", 0, 0)
    assert (await store.read("first", 0, 0)).is_alive
    await store.aclose()


@pytest.mark.parametrize("name", ["max_bytes", "max_streams", "seconds_kept"])
def test_a_bound_that_is_not_positive_is_refused(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"{name} is a positive number; got 0"):
        MemoryStore(**{name: 0})


async def test_two_connections_to_one_file_see_the_same_streams(tmp_path: Path) -> None:
    writer, reader = (SQLiteStore(tmp_path / "streams.db") for _ in range(2))
    await writer.create("s", 30)
    reading = asyncio.create_task(reader.read("s", 0, 30))
    await asyncio.sleep(0.05)
    await writer.append("s", frames("a"))
    assert list((await asyncio.wait_for(reading, 20)).frames) == frames("a")
    await writer.aclose()
    await reader.aclose()


async def test_a_file_of_another_kind_or_version_is_a_failure_of_the_store(
    tmp_path: Path,
) -> None:
    (tmp_path / "text").write_text("This is no database, although it is long enough. " * 9)
    with sqlite3.connect(tmp_path / "newer") as newer:
        newer.execute("PRAGMA user_version = 7")
    newer.close()
    for path in (tmp_path / "text", tmp_path / "newer", tmp_path / "none" / "streams.db"):
        with pytest.raises(StreamStoreError, match="cannot keep answers") as failure:
            await SQLiteStore(path).create("s", 30)
        assert isinstance(failure.value.__cause__, sqlite3.Error)


async def test_a_damaged_file_that_is_removed_is_begun_anew_without_a_restart(
    tmp_path: Path,
) -> None:
    path = tmp_path / "streams"
    store = SQLiteStore(path)
    await store.create("s", 30)
    await store.append("s", [b"x" * 9000])
    await store.aclose()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 20_000)
    for _ in range(2):
        with pytest.raises(StreamStoreError):
            await store.append("s", frames("a"))
    for each in tmp_path.iterdir():
        each.unlink()
    await store.create("t", 5)
    await store.append("t", frames("a"))
    assert list((await store.read("t", 0, 0)).frames) == frames("a")
    await store.aclose()


async def test_a_redis_that_is_down_is_a_failure_of_the_store() -> None:
    store = RedisStore("redis://127.0.0.1:1/0")
    with pytest.raises(StreamStoreError, match="cannot keep answers"):
        await store.create("s", 30)
    await store.aclose()


def test_redis_takes_a_url_or_a_client() -> None:
    with pytest.raises(InvalidParameterError, match="a url, or a client"):
        RedisStore()
    for url in ("", "http://x", "redis://127.0.0.1:none"):
        with pytest.raises(InvalidParameterError, match="url is the address of a Redis server"):
            RedisStore(url)


@pytest.mark.parametrize("path", ["", None, 5])
def test_a_file_without_a_path_is_refused(path: Any) -> None:
    with pytest.raises(InvalidParameterError, match="path is the path of a file"):
        SQLiteStore(path)


async def test_nothing_is_kept_in_memory_of_a_stream_that_the_place_has_lost(
    tmp_path: Path,
) -> None:
    client = FakeAsyncRedis()
    in_file, in_redis = SQLiteStore(tmp_path / "streams.db"), RedisStore(client=client)
    for store in (in_file, in_redis):
        await store.create("s", 60)
    with sqlite3.connect(tmp_path / "streams.db") as file:
        file.execute("DELETE FROM streams")
    await client.flushall()
    for store in (in_file, in_redis):
        with pytest.raises(StreamGoneError):
            await store.append("s", frames("a"))
        await store.aclose()
    assert not in_file._own
    assert not in_redis._sizes
