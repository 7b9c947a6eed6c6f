"""Batches: order, bounds, exceptions, and leaving half-way."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.runnables import RunnableLambda
from chat_core.testing import FakeChatModel


def slow_square(n: int) -> int:
    time.sleep(0.01 * (5 - n))
    return n * n


async def aslow_square(n: int) -> int:
    await asyncio.sleep(0.01 * (5 - n))
    return n * n


SQUARE: RunnableLambda[int, int] = RunnableLambda(slow_square, aslow_square)


def fail_on_two(n: int) -> int:
    if n == 2:
        raise ValueError("two")
    return n


async def test_outputs_come_in_the_order_of_the_inputs() -> None:
    assert SQUARE.batch([0, 1, 2, 3]) == [0, 1, 4, 9]
    assert await SQUARE.abatch([0, 1, 2, 3]) == [0, 1, 4, 9]
    assert SQUARE.batch([]) == []
    assert await SQUARE.abatch([]) == []


async def test_completed_ones_come_first_with_their_positions() -> None:
    is_read, is_read_on_a_loop = threading.Event(), asyncio.Event()

    def square(n: int) -> int:
        assert n or is_read.wait(30)
        return n * n

    async def asquare(n: int) -> int:
        assert n or await is_read_on_a_loop.wait()
        return n * n

    step = RunnableLambda(square, asquare)
    done = step.batch_as_completed([0, 4])
    assert next(done) == (1, 16)
    is_read.set()
    assert list(done) == [(0, 0)]
    adone = step.abatch_as_completed([0, 4])
    assert await anext(adone) == (1, 16)
    is_read_on_a_loop.set()
    assert [pair async for pair in adone] == [(0, 0)]


async def test_max_concurrency_bounds_threads_and_tasks() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def enter() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)

    def leave() -> None:
        nonlocal running
        with lock:
            running -= 1

    pair = threading.Barrier(2)

    def work(_: int) -> None:
        enter()
        pair.wait(30)
        leave()

    async def awork(_: int) -> None:
        enter()
        await asyncio.sleep(0.01)
        leave()

    step = RunnableLambda(work, awork)
    step.batch([1] * 8, max_concurrency=2)
    assert most == 2
    step.batch([1] * 8, {"max_concurrency": 2})
    assert most == 2
    await step.abatch([1] * 8, max_concurrency=2)
    assert most == 2
    await step.abatch([1] * 8)
    assert most == 8


async def test_the_first_exception_is_raised_or_all_are_returned() -> None:
    step = RunnableLambda(fail_on_two)
    with pytest.raises(ValueError, match="two"):
        step.batch([1, 2, 3])
    with pytest.raises(ValueError, match="two"):
        await step.abatch([1, 2, 3])
    outputs = step.batch([1, 2, 3], return_exceptions=True)
    assert outputs[0::2] == [1, 3]
    assert isinstance(outputs[1], ValueError)
    aoutputs = await step.abatch([1, 2, 3], return_exceptions=True)
    assert isinstance(aoutputs[1], ValueError)


def test_every_input_may_have_its_own_config() -> None:
    model = FakeChatModel(responses=["a"])
    batch = RunnableLambda(lambda _: model.batch(["x", "y"], [{"tags": ["1"]}, {"tags": ["2"]}]))
    starts = [e for e in batch.stream_events("x") if e["event"] == "on_chat_model_start"]
    assert sorted(e["tags"][0] for e in starts) == ["1", "2"]
    assert {len(e["parent_ids"]) for e in starts} == {1}


@pytest.mark.parametrize(
    ("inputs", "options", "complaint"),
    [
        ("text", {}, "takes a list of inputs; got 'text'"),
        ([1, 2], {"config": [{}]}, "2 inputs and 1 configs"),
        ([1], {"max_concurrency": 0}, "max_concurrency is at least 1; got 0"),
    ],
)
def test_a_batch_that_cannot_be_right_is_refused(
    inputs: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        SQUARE.batch(inputs, **options)


async def test_leaving_a_batch_half_way_cancels_the_rest() -> None:
    cancelled = asyncio.Event()

    async def work(n: int) -> int:
        if n == 0:
            return 0
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return n

    results: Any = RunnableLambda(work).abatch_as_completed([0, 1])
    assert await anext(results) == (0, 0)
    await results.aclose()
    assert cancelled.is_set()
    assert len(asyncio.all_tasks()) == 1
