"""The rate limiter: never more than allowed, never longer than needed, one queue for everybody."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core.errors import APITimeoutError, InvalidParameterError, RateLimitError
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.usage import UsageMetadata
from chat_core.rate_limits import buckets as rate_quotas
from chat_core.rate_limits import limiter as rate_limit
from chat_core.rate_limits.limiter import Permit, RateLimiter
from hypothesis import given, settings
from hypothesis import strategies as st
from letters_model import LettersModel, letters


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000.0 + self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(rate_limit, "time", made)
    return made


def run_through(
    limiter: RateLimiter, clock: Clock, arrivals: Sequence[tuple[float, int]]
) -> list[Any]:
    """Let requests of so many characters queue at their times; when each started, in order.

    Each sleeps for exactly the returned seconds, and asks again then.
    """
    began = clock.now
    waiting: list[tuple[float, int, Permit]] = []
    starts: list[tuple[float, Permit]] = []
    todo = sorted(enumerate(arrivals), key=lambda pair: pair[1][0])
    while todo or waiting:
        if todo and (not waiting or began + todo[0][1][0] <= min(waiting)[0]):
            number, (moment, characters) = todo.pop(0)
            clock.now = max(clock.now, began + moment)
            permit = limiter.request_permit({"text": "a " * (characters // 2)}, None)
        else:
            waiting.sort(key=lambda entry: entry[:2])
            clock.now, number, permit = waiting.pop(0)
        seconds = limiter.wait(permit)
        if seconds:
            waiting.append((clock.now + seconds, number, permit))
        else:
            starts.append((clock.now, permit))
    return starts


ROUNDING = 1e-6
ARRIVALS = st.lists(st.tuples(st.floats(0, 300), st.integers(0, 4000)), min_size=1, max_size=60)


@given(arrivals=ARRIVALS, limit=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_no_sixty_seconds_see_more_requests_than_allowed(
    arrivals: list[tuple[float, int]], limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(rate_limit, "time", clock)
        starts = run_through(RateLimiter(requests_per_minute=limit), clock, arrivals)
    moments = [moment for moment, _ in starts]
    assert len(moments) == len(arrivals)
    for first, later in zip(moments, moments[limit:], strict=False):
        assert later - first >= 60 - ROUNDING


@given(arrivals=ARRIVALS, limit=st.integers(600, 5000))
@settings(max_examples=60, deadline=None)
def test_no_sixty_seconds_see_more_tokens_than_allowed_but_for_a_single_giant(
    arrivals: list[tuple[float, int]], limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(rate_limit, "time", clock)
        starts = run_through(RateLimiter(tokens_per_minute=limit), clock, arrivals)
    assert len(starts) == len(arrivals)
    for i, (first, permit) in enumerate(starts):
        spent = sum(
            t.cost.input + t.cost.output for m, t in starts[i:] if m - first < 60 - ROUNDING
        )
        assert spent <= limit + 1e-6 or spent == permit.cost.input + permit.cost.output


def test_no_request_waits_below_the_limit(clock: Clock) -> None:
    starts = run_through(RateLimiter(requests_per_minute=3), clock, [(0, 4)] * 3 + [(61, 4)] * 3)
    assert [moment - 1000 for moment, _ in starts] == [0, 0, 0, 61, 61, 61]


def test_those_who_wait_start_as_soon_as_a_minute_has_room_and_in_their_order(
    clock: Clock,
) -> None:
    arrivals = [(0.0, 4), (10.0, 4), (20.0, 4), (21.0, 4), (22.0, 4)]
    starts = run_through(RateLimiter(requests_per_minute=2), clock, arrivals)
    assert [moment - 1000 for moment, _ in starts] == pytest.approx([0, 10, 60, 70, 120], abs=0.1)
    assert [permit.number for _, permit in starts] == [0, 1, 2, 3, 4]


def test_a_slack_lengthens_the_minute_and_travels_with_the_limiter(clock: Clock) -> None:
    limiter = pickle.loads(pickle.dumps(RateLimiter(requests_per_minute=1, slack=0.5)))
    limiter.acquire()
    permit = limiter.request_permit({}, None)
    clock.now += 60.4
    assert limiter.wait(permit) == pytest.approx(0.1)
    clock.now += 0.1
    assert limiter.wait(permit) == 0
    wrongs: list[Any] = [-1, float("nan"), float("inf"), "1"]
    for wrong in wrongs:
        with pytest.raises(InvalidParameterError, match="slack is a number of seconds"):
            RateLimiter(requests_per_minute=1, slack=wrong)


def test_a_place_that_is_given_up_lets_the_next_one_in(clock: Clock) -> None:
    limiter = RateLimiter(requests_per_minute=1)
    first, second, third = (limiter.request_permit({}, None) for _ in range(3))
    assert limiter.wait(first) == 0
    assert limiter.wait(second) > 0
    limiter.end(second)
    clock.now += 60
    assert limiter.wait(third) == 0


def usage(input: int | None, output: int | None) -> list[AIMessageChunk]:
    return [AIMessageChunk(usage_metadata=UsageMetadata(input_tokens=input, output_tokens=output))]


def test_reported_usage_corrects_the_estimate(clock: Clock) -> None:
    limiter = RateLimiter(tokens_per_minute=1000, learn=False)
    permit = limiter.request_permit(
        {"text": "a " * 400}, 700
    )  # 201 + 700 tokens, as far as anybody knows
    assert limiter.wait(permit) == 0
    permit.note(usage(150, None))
    permit.note(usage(None, 50))
    limiter.end(permit)
    other = limiter.request_permit({"text": "a " * 400}, 700)
    assert limiter.wait(other) == 0
    third = limiter.request_permit({"text": "a " * 400}, 700)
    assert limiter.wait(third) == 0, "answers of 50 tokens were seen, so 700 are not expected"


def test_usage_that_comes_after_its_minute_changes_nothing(clock: Clock) -> None:
    limiter = RateLimiter(tokens_per_minute=1000, learn=False)
    early, late = limiter.request_permit({}, 900), limiter.request_permit({}, 900)
    assert limiter.wait(early) == 0
    clock.now += 61
    assert limiter.wait(late) == 0
    early.note(usage(0, 0))
    limiter.end(early)
    assert limiter.wait(limiter.request_permit({}, 900)) > 0


def test_encoded_media_is_not_counted_as_text(clock: Clock) -> None:
    limiter = RateLimiter(tokens_per_minute=1000, learn=False)
    permit = limiter.request_permit(
        {"parts": [{"image": "QUJD" * 100_000}, {"text": "What is it?"}]}, 10
    )
    assert permit.cost.input < 10


def test_a_vendors_remaining_requests_are_spread_over_the_time_they_take_to_come_back(
    clock: Clock,
) -> None:
    limiter = RateLimiter()
    permit = limiter.request_permit({}, None)
    assert limiter.wait(permit) == 0
    limiter.answered(
        permit,
        {
            "x-ratelimit-limit-requests": "60",
            "x-ratelimit-remaining-requests": "2",
            "x-ratelimit-reset-requests": "58s",
        },
    )
    starts = run_through(limiter, clock, [(0, 4)] * 4)
    assert [moment - 1000 for moment, _ in starts] == pytest.approx([0, 0, 1, 2], abs=0.05)


def test_a_vendors_token_limit_counts_the_side_it_names(clock: Clock) -> None:
    limiter = RateLimiter()
    permit = limiter.request_permit({}, None)
    limiter.wait(permit)
    limiter.answered(
        permit,
        {
            "acme-ratelimit-input-tokens-limit": "6000",
            "acme-ratelimit-input-tokens-remaining": "0",
            "acme-ratelimit-input-tokens-reset": "60",
        },
    )
    assert limiter.wait(limiter.request_permit({}, 4000)) == 0
    long = limiter.request_permit({"text": "a " * 400}, 1)  # 201 tokens at 100 a second
    assert limiter.wait(long) == pytest.approx(1.0)
    clock.now += 2.1
    assert limiter.wait(long) == 0


def test_what_is_on_its_way_is_not_spent_twice(clock: Clock) -> None:
    limiter = RateLimiter()
    permits = [limiter.request_permit({}, None) for _ in range(3)]
    head = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "2",
        "x-ratelimit-reset-requests": "58",
    }
    assert limiter.wait(permits[0]) == 0
    limiter.answered(permits[0], head)
    assert limiter.wait(permits[1]) == limiter.wait(permits[2]) == 0
    limiter.answered(permits[1], {**head, "x-ratelimit-remaining-requests": "1"})
    late = limiter.request_permit({}, None)
    assert limiter.wait(late) > 0, "the vendor's 1 does not know yet of the one on its way"
    limiter.answered(permits[2], {**head, "x-ratelimit-remaining-requests": "1"})
    assert limiter.wait(late) == 0


def test_a_limit_that_takes_too_long_for_any_wait_is_left_to_the_vendor(clock: Clock) -> None:
    limiter = RateLimiter()
    permit = limiter.request_permit({}, None)
    limiter.wait(permit)
    limiter.answered(
        permit, {"x-ratelimit-limit-requests-day": "50", "x-ratelimit-remaining-requests-day": "0"}
    )
    assert limiter.wait(limiter.request_permit({}, None)) == 0


def test_headers_count_for_nothing_where_the_user_says_so(clock: Clock) -> None:
    limiter = RateLimiter(learn=False)
    permit = limiter.request_permit({}, None)
    limiter.wait(permit)
    limiter.answered(
        permit, {"ratelimit-limit": "60", "ratelimit-remaining": "0", "ratelimit-reset": "60"}
    )
    assert limiter.wait(limiter.request_permit({}, None)) == 0


def test_where_the_vendor_asks_to_wait_everybody_waits_but_never_for_hours(clock: Clock) -> None:
    limiter = RateLimiter()
    limiter.hold(3600)
    assert limiter.wait(limiter.request_permit({}, None)) == 0
    limiter.hold(5)
    permit = limiter.request_permit({}, None)
    assert limiter.wait(permit) == pytest.approx(5)
    clock.now += 5
    assert limiter.wait(permit) == 0


@pytest.mark.parametrize(
    ("limits", "apart"),
    [
        ({}, 0.02),
        ({"requests_per_minute": 600}, 0.02),
        ({"requests_per_minute": 6000}, 0.01),
        ({"requests_per_minute": 60_000, "tokens_per_minute": 6_000_000}, 0.005),
        ({"tokens_per_minute": 60_000_000}, 0.0005),
    ],
)
def test_after_a_wait_that_the_vendor_asked_for_requests_start_as_fast_as_the_limits_allow(
    clock: Clock, limits: dict[str, Any], apart: float
) -> None:
    limiter = RateLimiter(**limits)
    limiter.hold(5)
    permits = [limiter.request_permit({"text": "word"}, 498) for _ in range(101)]
    assert limiter.wait(permits[0]) == pytest.approx(5)
    assert limiter.wait(permits[100]) == pytest.approx(5 + 100 * apart)


def test_requests_that_leave_from_the_end_of_the_queue_are_not_added_up_each_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = 0

    class Counted(rate_quotas.WaitingCosts):
        def append(self, cost: rate_quotas.Cost) -> None:
            nonlocal added
            added += 1
            super().append(cost)

    monkeypatch.setattr(rate_limit, "WaitingCosts", Counted)
    limiter = RateLimiter(tokens_per_minute=1000)
    permits = [limiter.request_permit({"text": "word"}, 10) for _ in range(1000)]
    for permit in reversed(permits):
        limiter.end(permit)
    assert 1000 <= added <= 2000


@given(
    words=st.lists(st.integers(0, 5000), min_size=1, max_size=200),
    leaving=st.sets(st.integers(0, 199)),
)
@settings(max_examples=60, deadline=None)
def test_the_tokens_ahead_of_a_request_are_those_of_the_requests_that_still_wait(
    words: list[int], leaving: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_limit, "time", Clock())
        limiter = RateLimiter(tokens_per_minute=60_000_000)
        limiter.hold(5)
        permits = [limiter.request_permit({"text": "a " * count}, None) for count in words]
        for place in leaving:
            limiter.end(permits[place % len(permits)])
        gone = {place % len(permits) for place in leaving}
        late = limiter.request_permit({}, None)
        ahead = 0.0
        for permit in [*(p for place, p in enumerate(permits) if place not in gone), late]:
            assert limiter.wait(permit) == pytest.approx(5 + ahead / 1_000_000)
            ahead += permit.cost.input + permit.cost.output


@pytest.mark.parametrize("limit", [0, -1, 0.5, float("nan")])
def test_a_limit_below_one_is_refused(limit: float) -> None:
    with pytest.raises(InvalidParameterError, match="requests_per_minute"):
        RateLimiter(requests_per_minute=limit)
    with pytest.raises(InvalidParameterError, match="tokens_per_minute"):
        RateLimiter(tokens_per_minute=limit)


def test_a_copy_elsewhere_has_the_same_limits_and_counts_by_itself(clock: Clock) -> None:
    limiter = RateLimiter(requests_per_minute=1, tokens_per_minute=500, learn=False)
    limiter.acquire()
    for other in (pickle.loads(pickle.dumps(limiter)), copy.deepcopy(limiter)):
        assert repr(other) == repr(limiter)
        other.acquire()


# --- on a model, over a socket


@pytest.fixture
def short_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute that is over after 0.4 seconds."""
    monkeypatch.setattr(rate_quotas, "WINDOW", 0.4)


def test_models_threads_and_event_loops_share_one_limiter(short_minute: None) -> None:
    limiter = RateLimiter(requests_per_minute=4)
    with WireServer(handler=lambda request: letters("a")) as server:
        model = LettersModel(base_url=server.url, rate_limiter=limiter)
        derived = model.bind(temperature=0.5)

        async def ask() -> None:
            async with LettersModel(base_url=server.url, rate_limiter=limiter) as other:
                await asyncio.gather(*(_drain(other) for _ in range(4)))

        began = time.monotonic()
        threads = [
            threading.Thread(target=lambda m=m: list(m.stream("hi")))
            for m in (model, derived, model, derived)
        ]
        for thread in threads:
            thread.start()
        asyncio.run(ask())
        for thread in threads:
            thread.join()
        model.close()
        assert len(server.requests) == 8
    assert time.monotonic() - began >= 0.4


async def _drain(model: LettersModel) -> None:
    async for _ in model.astream("hi"):
        pass


def test_a_refusal_holds_the_other_requests_back() -> None:
    limiter = RateLimiter()
    busy = json_answer({}, 429, headers={"retry-after": "0.3"})
    with WireServer([busy, letters("a")]) as server:
        model = LettersModel(base_url=server.url, rate_limiter=limiter)
        other = LettersModel(base_url=server.url, rate_limiter=limiter)
        began = time.monotonic()
        with pytest.raises(RateLimitError):
            model.invoke("hi")
        assert "".join(chunk.content for chunk in other.stream("hi")) == "a"
        assert time.monotonic() - began >= 0.3
        model.close()
        other.close()


def test_retries_take_turns_too(short_minute: None) -> None:
    limiter = RateLimiter(requests_per_minute=1)
    busy = json_answer({}, 429, headers={"retry-after": "0"})
    with WireServer([busy, letters("a")]) as server:
        model = LettersModel(base_url=server.url, rate_limiter=limiter, max_retries=1)
        began = time.monotonic()
        assert "".join(chunk.content for chunk in model.stream("hi")) == "a"
        assert time.monotonic() - began >= 0.4
        model.close()


def test_the_wait_for_a_turn_is_no_part_of_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    for timeout in (0.3, 3.0):  # a busy machine may need longer than the first
        monkeypatch.setattr(rate_quotas, "WINDOW", timeout * 1.3)
        limiter = RateLimiter(requests_per_minute=1)
        with WireServer([letters("a"), letters("b")]) as server:
            model = LettersModel(base_url=server.url, rate_limiter=limiter, timeout=timeout)
            try:
                for text in "ab":
                    assert "".join(chunk.content for chunk in model.stream("hi")) == text
            except APITimeoutError:
                if timeout == 3.0:
                    raise
            else:
                return
            finally:
                model.close()


async def test_a_task_that_is_cancelled_in_the_queue_leaves_its_place() -> None:
    limiter = RateLimiter(requests_per_minute=1)
    with WireServer([letters("a")]) as server:
        async with LettersModel(base_url=server.url, rate_limiter=limiter) as model:
            await _drain(model)
            waiting = asyncio.create_task(_drain(model))
            while not limiter._queue:
                await asyncio.sleep(0.01)
            assert len(limiter._queue) == 1
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert limiter._queue == []


class AddedUp(RateLimiter):
    """Adds up the seconds that requests are to wait."""

    waits = 0.0

    def wait(self, permit: Permit) -> float:
        seconds = super().wait(permit)
        self.waits += seconds
        return seconds


def test_headers_of_a_real_answer_are_learned_from() -> None:
    limiter = AddedUp()
    head = {"ratelimit-limit": "60", "ratelimit-remaining": "1", "ratelimit-reset": "59"}
    answers = [sse([{"t": "a"}, {"end": "stop"}], headers=head) for _ in range(3)]
    with WireServer(answers) as server:
        model = LettersModel(base_url=server.url, rate_limiter=limiter)
        list(model.stream("hi"))
        list(model.stream("hi"))
        assert limiter.waits == 0
        model.close()
    [learned] = limiter._learned.values()
    assert learned._rate == pytest.approx(1.0)


async def test_a_turn_can_be_taken_by_hand(clock: Clock) -> None:
    limiter = RateLimiter(tokens_per_minute=100)
    limiter.acquire(60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await limiter.aacquire(60)
    await limiter.aacquire(40)


@pytest.mark.parametrize("tokens", [float("nan"), float("inf"), -1, "x", None])
def test_a_cost_that_is_no_number_of_tokens_is_refused(tokens: Any) -> None:
    limiter = RateLimiter(tokens_per_minute=50)
    with pytest.raises(InvalidParameterError, match="tokens is a number"):
        limiter.acquire(tokens)
