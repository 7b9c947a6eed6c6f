"""Branches side by side: really at once, bounded, and ended together when one fails or all are
left.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.chains.parsers import StrOutputParser
from chat_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough
from chat_core.testing import FakeChatModel

if TYPE_CHECKING:
    from collections.abc import Iterator


class Meeting:
    """A function step that returns once ``count`` calls of it run at the same time."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def __call__(self, value: Any) -> Any:
        self._barrier.wait(30)
        return value


def test_branches_run_at_the_same_time_in_threads() -> None:
    meeting = Meeting(3)
    both = RunnableParallel(a=meeting, b=meeting, c=meeting)
    assert both.invoke(1) == {"a": 1, "b": 1, "c": 1}
    assert len(list(both.stream(1))) == 3
    assert list(both.stream_events(1))[-1]["data"]["output"] == {"a": 1, "b": 1, "c": 1}


async def test_branches_run_at_the_same_time_in_tasks() -> None:
    barrier = asyncio.Barrier(2)

    async def meet(value: int) -> int:
        await asyncio.wait_for(barrier.wait(), 30)
        return value

    both = RunnableParallel(a=meet, b=meet)
    assert await both.ainvoke(1) == {"a": 1, "b": 1}
    assert len([c async for c in both.astream(1)]) == 2


def test_max_concurrency_bounds_how_many_branches_run_at_once() -> None:
    running, most = 0, 0
    lock, meeting = threading.Lock(), Meeting(2)

    def count(_: Any) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting(None)
        with lock:
            running -= 1

    many = RunnableParallel({str(n): count for n in range(6)})
    many.invoke("x", {"max_concurrency": 2})
    assert most == 2
    list(many.with_config(max_concurrency=2).stream("x"))
    assert most == 2


def test_every_branch_gets_all_chunks_while_the_model_still_talks() -> None:
    model = FakeChatModel(responses=["one two three"])

    def count(chunks: Iterator[str]) -> Iterator[int]:
        yield sum(1 for _ in chunks)

    chain = model | StrOutputParser() | RunnableParallel(text=RunnablePassthrough(), n=count)
    chunks = list(chain.stream("x"))
    assert [c["text"] for c in chunks if "text" in c] == ["one ", "two ", "three"]
    assert [c["n"] for c in chunks if "n" in c] == [3]
    assert chain.invoke("x")["text"] == "one two three"


def test_the_first_failure_ends_the_other_branches() -> None:
    ended = threading.Event()

    def endless(chunks: Iterator[Any]) -> Iterator[str]:
        try:
            while True:
                yield "x"
                time.sleep(0.001)
        finally:
            ended.set()

    def failing(_: Any) -> None:
        time.sleep(0.02)
        raise ValueError("branch b")

    both = RunnableParallel(a=RunnablePassthrough() | endless, b=failing)
    with pytest.raises(ValueError, match="branch b"):
        list(both.stream("x"))
    assert ended.wait(30)


async def test_the_first_failure_cancels_the_other_tasks() -> None:
    cancelled = asyncio.Event()

    async def waiting(_: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    async def failing(_: Any) -> None:
        raise ValueError("branch b")

    both = RunnableParallel(a=waiting, b=failing)
    with pytest.raises(ValueError, match="branch b"):
        await both.ainvoke("x")
    assert cancelled.is_set()
    cancelled.clear()
    with pytest.raises(ValueError, match="branch b"):
        [c async for c in both.astream("x")]
    assert cancelled.is_set()
    assert len(asyncio.all_tasks()) == 1


async def test_cancelling_the_caller_cancels_every_branch() -> None:
    cancelled: list[str] = []

    begun: list[str] = []

    def waiting(name: str) -> Any:
        async def wait(_: Any) -> None:
            begun.append(name)
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.append(name)

        return wait

    both = RunnableParallel(a=waiting("a"), b=waiting("b"))
    task = asyncio.create_task(both.ainvoke("x"))
    while len(begun) < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cancelled) == ["a", "b"]
    assert len(asyncio.all_tasks()) == 1


def test_a_failing_source_fails_in_every_branch_and_never_looks_whole() -> None:
    def breaking(chunks: Iterator[Any]) -> Iterator[str]:
        yield "one"
        raise RuntimeError("source")

    seen: list[str] = []

    def collect(chunks: Iterator[str]) -> Iterator[str]:
        seen.append("".join(chunks))
        yield seen[-1]

    chain = RunnablePassthrough() | breaking | RunnableParallel(a=collect, b=collect)
    with pytest.raises(RuntimeError, match="source"):
        list(chain.stream("x"))
    assert seen == []


def test_a_slow_reader_stops_the_branches() -> None:
    made = 0

    def endless(chunks: Iterator[Any]) -> Iterator[int]:
        nonlocal made
        while True:
            made += 1
            yield made

    both = RunnableParallel(a=RunnablePassthrough() | endless, b=RunnableLambda(lambda x: x))
    stream = iter(both.stream("x"))
    next(stream)
    stopped_at = -1
    while made != stopped_at and made < 100:
        stopped_at = made
        time.sleep(0.1)
    assert made < 100
    stream.close()
