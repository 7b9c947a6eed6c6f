"""One limiter for many processes, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from chat_batch.pool import Backend
from chat_batch.shared_limiter import SLACK, SharedLimiter, SharedLimits, for_many
from chat_core import AIMessage, HumanMessage, Message, RateLimiter, UsageMetadata
from chat_core.testing import FakeChatModel
from pydantic import PrivateAttr


class Clock:
    """A time that moves only when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_two_processes_share_the_requests_of_a_minute(clock: Clock) -> None:
    limits = SharedLimits(RateLimiter(requests_per_minute=2))
    assert limits.wait("a-0", 10, None) == limits.wait("b-0", 10, None) == 0
    assert limits.wait("a-1", 10, None) > 0
    clock.now += 61
    assert limits.wait("a-1", 10, None) == 0


def test_asking_again_keeps_the_place_in_the_queue(clock: Clock) -> None:
    limits = SharedLimits(RateLimiter(requests_per_minute=1))
    limits.wait("a-0", 0, None)
    first, second = (limits.wait(name, 0, None) for name in ("b-0", "a-1"))
    assert 0 < first <= second
    for _ in range(6):
        clock.now += 9
        limits.wait("a-1", 0, None)
        limits.wait("b-0", 0, None)
    clock.now += 9
    assert limits.wait("a-1", 0, None) > 0, "b-0 came first"
    assert limits.wait("b-0", 0, None) == 0


def test_the_place_of_a_vanished_process_is_given_to_the_next(clock: Clock) -> None:
    limits = SharedLimits(RateLimiter(requests_per_minute=1))
    limits.wait("a-0", 0, None)
    limits.wait("vanished-0", 0, None)
    for _ in range(6):
        assert limits.wait("b-0", 0, None) > 0
        clock.now += 10
    assert limits.wait("b-0", 0, None) == 0
    assert len(limits) == 2


def test_tokens_are_corrected_by_the_usage_that_comes_back(clock: Clock) -> None:
    limits = SharedLimits(RateLimiter(tokens_per_minute=1000))
    assert limits.wait("a-0", 400, 900) == 0
    assert limits.wait("b-0", 400, 900) > 0
    limits.end("a-0", UsageMetadata(input_tokens=100, output_tokens=5))
    limits.end("b-0", None)
    assert limits.wait("b-1", 400, 500) == 0


@pytest.mark.parametrize(("learn", "holds"), [(True, True), (False, False)])
def test_the_wait_that_one_vendor_asks_for_holds_every_process(
    clock: Clock, learn: bool, holds: bool
) -> None:
    limits = SharedLimits(RateLimiter(learn=learn))
    limits.hold(5.0)
    assert (limits.wait("b-0", 0, None) > 0) is holds
    clock.now += 6
    assert limits.wait("b-0", 0, None) == 0


class Reached:
    """``SharedLimits`` in this process, as a limiter reaches them elsewhere."""

    def __init__(self, limits: SharedLimits) -> None:
        self.limits = limits
        self.held: list[float] = []

    async def wait(self, name: str, characters: int, max_tokens: int | None) -> float:
        return min(0.001, self.limits.wait(name, characters, max_tokens))

    async def end(self, name: str, usage: Any) -> None:
        self.limits.end(name, usage)

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


def test_a_limiter_waits_here_until_the_limits_let_its_request_start() -> None:
    limits = SharedLimits(RateLimiter(requests_per_minute=3))
    limiters = [SharedLimiter(Reached(limits)) for _ in range(2)]
    started: list[int] = []

    async def ask(number: int) -> None:
        messages = [HumanMessage("Name a fish")]
        async with limiters[number % 2].permit(messages, None) as permit:
            started.append(number)
            permit.usage = UsageMetadata(input_tokens=3, output_tokens=1)

    async def ask_all() -> None:
        tasks = [asyncio.create_task(ask(number)) for number in range(6)]
        while len(started) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(ask_all())
    assert len(started) == 3
    assert len(limits) == 0, "cancelled requests give their places back"


class PreparedModel(FakeChatModel):
    """Notes when it is prepared and when it is asked."""

    _steps: list[str] = PrivateAttr(default_factory=list)

    async def aprepare(self) -> None:
        self._steps.append("prepare")

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        self._steps.append("ask")
        return AIMessage("Hello")


def test_a_model_is_prepared_once_before_its_first_permit() -> None:
    model = PreparedModel(responses=["Hello"])
    steps = model._steps

    class Noted(Reached):
        async def wait(self, name: str, characters: int, max_tokens: int | None) -> float:
            steps.append("permit")
            return 0.0

    async def ask_twice() -> None:
        limiter = SharedLimiter(Noted(SharedLimits(RateLimiter())))
        backend = Backend(model, shared=limiter)
        for _ in range(2):
            await backend.ask([HumanMessage("Hi")], {})

    asyncio.run(ask_twice())
    assert steps == ["prepare", "permit", "ask", "permit", "ask"]


def test_a_minute_of_many_processes_counts_the_time_from_permit_to_request(clock: Clock) -> None:
    limits = SharedLimits(for_many(RateLimiter(requests_per_minute=1)))
    assert limits.wait("a-0", 0, None) == 0
    clock.now += 60
    assert limits.wait("b-0", 0, None) == pytest.approx(SLACK)
    clock.now += SLACK
    assert limits.wait("b-0", 0, None) == 0
