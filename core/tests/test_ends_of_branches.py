"""A branch that ends with any exception ends its siblings, and the exception is raised at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough

if TYPE_CHECKING:
    from collections.abc import Callable

    from chat_core.runnables import Runnable

ERRORS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit, ValueError)


def in_a_dict(step: Runnable[Any, Any], other: Runnable[Any, Any]) -> tuple[Any, Any]:
    return RunnableParallel(a=step, b=other), 1


def beside_full_queues(step: Runnable[Any, Any], other: Runnable[Any, Any]) -> tuple[Any, Any]:
    def many(value: Any) -> Any:
        for _ in range(40):
            yield "x"

    return RunnableParallel(a=RunnableLambda(many), b=step, c=other), 1


def in_assign(step: Runnable[Any, Any], other: Runnable[Any, Any]) -> tuple[Any, Any]:
    return RunnablePassthrough.assign(a=step, b=other), {}


def in_a_map(step: Runnable[Any, Any], other: Runnable[Any, Any]) -> tuple[Any, Any]:
    steps = [step, other]
    return RunnableLambda(lambda position: steps[position]).map(), [0, 1]


SHAPES = (in_a_dict, beside_full_queues, in_assign, in_a_map)


def blocking(error: type[BaseException]) -> tuple[Runnable[Any, Any], Runnable[Any, Any]]:
    started = threading.Event()

    def failing(_: Any) -> None:
        started.wait(30)
        raise error

    def waiting(_: Any) -> None:
        started.set()

    return RunnableLambda(failing), RunnableLambda(waiting)


def on_a_loop(
    error: type[BaseException], ended: list[str]
) -> tuple[Runnable[Any, Any], Runnable[Any, Any]]:
    started: list[str] = []

    async def failing(_: Any) -> None:
        while not started:
            await asyncio.sleep(0.001)
        raise error

    async def waiting(_: Any) -> None:
        started.append("waiting")
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("waiting")

    # The first function is never called: these chains run on a loop alone.
    return RunnableLambda(len, failing), RunnableLambda(len, waiting)


def read_all(stream: Any) -> None:
    for _ in stream:
        pass


async def aread_all(stream: Any) -> None:
    async for _ in stream:
        pass


@pytest.mark.timeout(100)
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_branch_raises_is_raised_in_blocking_code(
    shape: Callable[..., tuple[Any, Any]], error: type[BaseException]
) -> None:
    calls = (
        lambda chain, given: chain.invoke(given),
        lambda chain, given: read_all(chain.stream(given)),
        lambda chain, given: read_all(chain.stream_events(given)),
        lambda chain, given: chain.batch([given, given], max_concurrency=1),
    )
    for call in calls:
        chain, given = shape(*blocking(error))
        with pytest.raises(error):
            call(chain, given)


@pytest.mark.timeout(100)
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_branch_raises_on_a_loop_ends_its_siblings_and_is_raised(
    shape: Callable[..., tuple[Any, Any]], error: type[BaseException]
) -> None:
    calls = (
        lambda chain, given: chain.ainvoke(given),
        lambda chain, given: aread_all(chain.astream(given)),
        lambda chain, given: aread_all(chain.astream_events(given)),
        lambda chain, given: chain.abatch([given]),
    )

    async def run(call: Callable[..., Any], chain: Any, given: Any) -> None:
        await asyncio.wait_for(call(chain, given), 30)

    for call in calls:
        ended: list[str] = []
        chain, given = shape(*on_a_loop(error, ended))
        with pytest.raises(error):
            asyncio.run(run(call, chain, given))
        assert ended == ["waiting"]


@pytest.mark.timeout(100)
def test_an_input_of_a_batch_that_is_cancelled_ends_the_batch() -> None:
    async def run(step: Any, options: dict[str, bool]) -> None:
        await asyncio.wait_for(step.abatch([0, 1], **options), 30)

    for options in ({}, {"return_exceptions": True}):
        ended: list[str] = []
        steps = on_a_loop(asyncio.CancelledError, ended)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run(RunnableLambda(steps.__getitem__), options))
        assert ended == ["waiting"]


@pytest.mark.timeout(100)
async def test_a_task_of_a_branch_that_is_cancelled_from_outside_ends_the_others() -> None:
    ended: list[str] = []
    _, waiting = on_a_loop(ValueError, ended)
    own: list[asyncio.Task[Any]] = []

    async def cancelled(_: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        own.append(task)
        await asyncio.sleep(60)

    chain = RunnableParallel(a=RunnableLambda(len, cancelled), b=waiting)
    running = asyncio.create_task(chain.ainvoke(1))
    while not own:
        await asyncio.sleep(0.001)
    own[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 30)
    assert ended == ["waiting"]


@pytest.mark.timeout(100)
def test_siblings_that_cannot_be_interrupted_hold_the_error_up_once() -> None:
    """All of them together for a second, not each of them."""
    release = threading.Event()

    def stubborn(_: Any) -> None:
        release.wait(60)

    def failing(_: Any) -> None:
        raise SystemExit(3)

    steps: dict[str, Any] = {str(number): stubborn for number in range(8)}
    timer = threading.Timer(7, release.set)
    timer.start()
    with pytest.raises(SystemExit):
        RunnableParallel(steps, failing=failing).invoke(1)
    assert not release.is_set()
    timer.cancel()
    release.set()


async def test_a_second_cancellation_does_not_break_off_how_branches_end() -> None:
    may_end = asyncio.Event()
    ended: list[bool] = []

    async def branch(_: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            ended.append(True)

    async def a_few_steps() -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    step = RunnableParallel(a=RunnableLambda(branch), b=RunnableLambda(branch))
    running = asyncio.create_task(step.ainvoke(1))
    await a_few_steps()
    for _ in range(3):
        running.cancel()
        await a_few_steps()
    assert not running.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == [True, True]
