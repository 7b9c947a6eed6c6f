"""Budgets: refused before sending, reserved under way, settled by what was used."""

from __future__ import annotations

import asyncio
import pickle
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from chat_core import ChatError, InvalidParameterError
from chat_cost import (
    Amount,
    Budget,
    BudgetExceededError,
    UnknownPriceError,
    set_process_budget,
    with_budget,
)
from spending_model import SpendingModel


def sent(model: SpendingModel) -> int:
    return len(model._sent)


def test_what_the_vendor_counts_is_used_and_the_next_request_is_refused_before_it_is_sent() -> None:
    budget = Budget(max_tokens=100)
    model = with_budget(SpendingModel(max_tokens=50), budget)
    model.invoke("hi")
    assert (budget.used_tokens, budget.reserved.tokens) == (30, 0)
    model.invoke("hi")
    with pytest.raises(BudgetExceededError) as caught:
        model.invoke("hi")
    assert sent(model) == 2
    error = caught.value
    assert (error.limit, error.maximum, error.used, error.needed) == ("max_tokens", 100, 60, 51)
    assert "100 tokens" in str(error)
    assert "60 tokens are used" in str(error)
    assert error.retry_after is None


def test_money_is_bounded_by_the_price_of_the_answers() -> None:
    budget = Budget(max_cost=0.0002)
    model = with_budget(SpendingModel(max_tokens=50), budget)
    model.invoke("hi")
    assert budget.used_cost == pytest.approx(0.00005)
    with pytest.raises(BudgetExceededError, match=r"\$0\.000200") as caught:
        model.invoke("hi", max_tokens=100)
    assert caught.value.needed == pytest.approx(0.000201)
    model.invoke("hi")


@pytest.mark.parametrize("streams", [True, False])
def test_a_refused_stream_raises_at_its_first_step(streams: bool) -> None:
    model = with_budget(SpendingModel(), Budget(max_tokens=5))
    with pytest.raises(BudgetExceededError):
        list(model.stream("hi")) if streams else model.invoke("hi")
    assert sent(model) == 0


def test_a_refusal_is_not_tried_again_and_a_fallback_takes_over() -> None:
    tried: list[int] = []
    budget = Budget(max_tokens=5)
    reserve = budget.reserve

    def counting(needed: Amount, what: str = "this request") -> Any:
        tried.append(1)
        return reserve(needed, what)

    budget.reserve = counting  # type: ignore[method-assign]
    model = with_budget(SpendingModel(), budget)
    with pytest.raises(BudgetExceededError):
        model.with_retry().invoke("hi")
    assert tried == [1]
    other = SpendingModel(text="from the other")
    assert "other" in model.with_fallbacks([other]).invoke("hi").content


def test_a_refusal_is_an_error_of_the_run_and_travels() -> None:
    model = with_budget(SpendingModel(), Budget(max_tokens=5))
    names: list[str] = []
    with pytest.raises(ChatError):
        names.extend(event["event"] for event in model.stream_events("hi"))
    assert names == ["on_chat_model_start", "on_chat_model_error"]
    with pytest.raises(BudgetExceededError) as caught:
        model.invoke("hi")
    assert pickle.loads(pickle.dumps(caught.value)).needed == caught.value.needed


# --- at the same time


def refused(results: Sequence[object]) -> int:
    return sum(isinstance(result, BudgetExceededError) for result in results)


def test_threads_together_do_not_exceed_a_budget() -> None:
    budget = Budget(max_tokens=10 * 41)
    model = with_budget(SpendingModel(max_tokens=40, input=1, output=40), budget)
    results = model.batch(["hi"] * 40, max_concurrency=16, return_exceptions=True)
    assert refused(results) == 30
    assert sent(model) == 10
    assert (budget.used_tokens, budget.reserved) == (410, Amount(0, 0.0))


async def test_tasks_together_do_not_exceed_a_budget() -> None:
    budget = Budget(max_cost=5 * 81 / 1_000_000)
    model = with_budget(SpendingModel(max_tokens=40, input=1, output=40), budget)
    results = await model.abatch(["hi"] * 20, return_exceptions=True)
    assert refused(results) == 15
    assert budget.used_cost == pytest.approx(5 * 81 / 1_000_000)


def test_a_call_barrier_is_reserved_until_its_answer_is_there() -> None:
    budget = Budget(max_tokens=100)
    model = with_budget(SpendingModel(max_tokens=60), budget)
    model._barrier = threading.Barrier(2)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(model.invoke, "hi")
        deadline = time.monotonic() + 30
        while not budget.reserved.tokens and time.monotonic() < deadline:
            time.sleep(0.001)
        assert budget.reserved.tokens == 61
        with pytest.raises(BudgetExceededError, match="61 tokens reserved by calls under way"):
            model.invoke("hi")
        model._barrier.wait(30)
        first.result()
    assert (budget.used_tokens, budget.reserved.tokens) == (30, 0)


def test_two_models_share_a_budget() -> None:
    budget = Budget(max_tokens=100)
    one, other = (with_budget(SpendingModel(max_tokens=40), budget) for _ in range(2))
    one.invoke("hi")
    other.invoke("hi")
    assert budget.used_tokens == 60
    with pytest.raises(BudgetExceededError):
        one.invoke("hi")


# --- what is counted


def run(model: SpendingModel) -> Budget:
    budget = Budget(max_tokens=2000)
    with_budget(model, budget).invoke("hi")
    return budget


def test_an_error_before_the_first_chunk_returns_the_reservation() -> None:
    budget = Budget(max_tokens=2000)
    model = with_budget(SpendingModel(fails_after=0), budget)
    with pytest.raises(ConnectionError):
        model.invoke("hi")
    with pytest.raises(ConnectionError):
        list(model.stream("hi"))
    assert budget.used_tokens == budget.reserved.tokens == 0


@pytest.mark.parametrize(
    ("usage_first", "tokens"),
    [(False, 1 + 2), (True, 10 + 2)],
    ids=["by the estimate", "by the vendor's count of the input"],
)
@pytest.mark.parametrize("leave", ["close", "break", "error"])
def test_a_stream_that_does_not_end_counts_what_has_arrived(
    usage_first: bool, tokens: int, leave: str
) -> None:
    budget = Budget(max_tokens=2000)
    broken = 2 if leave == "error" else None
    model = with_budget(SpendingModel(usage_first=usage_first, fails_after=broken), budget)
    words = 0
    with model.stream("hi") as stream:
        try:
            for chunk in stream:
                words += bool(chunk.content)
                if words == 2 and leave != "error":
                    break
        except ConnectionError:
            assert leave == "error"
    assert (budget.used_tokens, budget.reserved.tokens) == (tokens, 0)


async def test_a_cancelled_task_counts_what_has_arrived() -> None:
    budget = Budget(max_tokens=2000)
    model = with_budget(SpendingModel(), budget)
    async with model.astream("hi") as stream:
        await stream.__anext__()
        assert budget.reserved.tokens == 1001
    assert (budget.used_tokens, budget.reserved.tokens) == (1 + 1, 0)
    task = asyncio.create_task(model.ainvoke("hi"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (budget.used_tokens, budget.reserved.tokens) == (2, 0)


def test_an_answer_from_a_cache_uses_nothing() -> None:
    assert run(SpendingModel(cached=True)).used_tokens == 0


def test_an_answer_without_counts_uses_the_estimate() -> None:
    assert run(SpendingModel(output=None)).used_tokens == 1 + 5


def test_without_a_bound_the_output_is_taken_to_be_as_long_as_the_user_says() -> None:
    model = SpendingModel()
    with_budget(model, Budget(max_tokens=1001)).invoke("hi")
    with pytest.raises(BudgetExceededError):
        with_budget(model, Budget(max_tokens=1000)).invoke("hi")
    with_budget(model, Budget(max_tokens=300, unbounded_output=200)).invoke("hi")


# --- prices that are unknown


def test_a_model_of_unknown_price_is_refused_under_a_budget_of_money() -> None:
    model = with_budget(SpendingModel(model="cost-9"), Budget(max_cost=1))
    with pytest.raises(UnknownPriceError, match="register_price"):
        model.invoke("hi")
    assert sent(model) == 0


def test_or_its_tokens_alone_are_counted() -> None:
    budget = Budget(max_cost=1, max_tokens=2000, unknown_price="count-tokens")
    model = with_budget(SpendingModel(model="cost-9"), budget)
    model.invoke("hi")
    assert (budget.used_tokens, budget.used_cost) == (30, 0)


def test_an_answer_of_a_model_without_a_price_counts_what_was_reserved() -> None:
    class Gateway(SpendingModel):
        provider = "openai"

    budget = Budget(max_cost=1)
    model = Gateway(model="gpt-4o", answered="nowhere-listed", max_tokens=50)
    with_budget(model, budget).invoke("hi")
    assert budget.used_cost == pytest.approx((1 * 2.5 + 50 * 10) / 1_000_000)


# --- windows, processes


def test_what_has_left_the_window_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(sys.modules[Budget.__module__], "time", clock)
    budget = Budget(max_tokens=100, window=60)
    model = with_budget(SpendingModel(max_tokens=75), budget)
    model.invoke("hi")
    with pytest.raises(BudgetExceededError) as caught:
        model.invoke("hi")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after == 60
    now += 61
    model.invoke("hi")
    assert budget.used_tokens == 30


def test_a_budget_of_the_process_bounds_every_model_until_it_is_taken_away() -> None:
    budget = Budget(max_tokens=50)
    set_process_budget(budget)
    SpendingModel(max_tokens=30).invoke("hi")
    with pytest.raises(BudgetExceededError):
        SpendingModel(max_tokens=30).invoke("hi")
    set_process_budget(Budget(max_tokens=5000))
    SpendingModel(max_tokens=30).invoke("hi")
    set_process_budget(None)
    SpendingModel(max_tokens=30).invoke("hi")
    assert budget.used_tokens == 30


def test_a_pickled_budget_goes_on_from_what_was_used() -> None:
    budget = Budget(max_tokens=100, window=9)
    budget.reserve(Amount(40)).settle(Amount(25))
    budget.reserve(Amount(40))
    copy = pickle.loads(pickle.dumps(budget))
    assert (copy.used_tokens, copy.reserved.tokens, budget.reserved.tokens) == (25, 0, 40)
    copy.reserve(Amount(75))
    assert repr(copy) == "Budget(max_tokens=100, window=9, used_tokens=25, used_cost=0)"


def test_a_budget_can_be_used_by_hand_and_begun_anew() -> None:
    budget = Budget(max_tokens=100)
    reservation = budget.reserve(Amount(tokens=100))
    reservation.settle(Amount(tokens=70))
    reservation.settle(Amount(tokens=70))
    assert budget.used_tokens == 70
    budget.reset()
    assert budget.used_tokens == 0
    budget.reserve(Amount(tokens=100))


@pytest.mark.parametrize("used", [Amount(float("nan")), Amount(-5), Amount(0, -0.5), (1, 1), None])
def test_what_is_no_amount_is_not_counted_and_the_reservation_stands(used: Any) -> None:
    budget = Budget(max_tokens=100)
    reservation = budget.reserve(Amount(40))
    with pytest.raises(InvalidParameterError, match="used is an Amount"):
        reservation.settle(used)
    assert (budget.used_tokens, budget.reserved) == (0, Amount(40, 0.0))
    reservation.settle(Amount(30))
    assert (budget.used_tokens, budget.reserved) == (30, Amount(0, 0.0))


def test_a_count_that_cannot_be_right_gives_way_to_the_estimate() -> None:
    budget = Budget(max_tokens=9000)
    with_budget(SpendingModel(input=None), budget).invoke("hi")
    estimated = budget.used_tokens
    budget.reset()
    with_budget(SpendingModel(input=-7), budget).invoke("hi")
    assert budget.used_tokens == estimated
    assert budget.reserved == Amount(0, 0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Budget, "max_tokens=, max_cost= or both"),
        (lambda: Budget(max_tokens=-1), "max_tokens is a number, 0 or more"),
        (lambda: Budget(max_cost=float("nan")), "max_cost is a number"),
        (lambda: Budget(max_tokens="9"), "max_tokens is a number"),  # type: ignore[arg-type]
        (lambda: Budget(max_tokens=1, window=0), "window is more than 0"),
        (lambda: Budget(max_tokens=1, unknown_price="guess"), "'refuse' or 'count-tokens'"),  # type: ignore[arg-type]
        (lambda: Budget(max_tokens=10**400), "max_tokens is a number"),
        (lambda: Budget(max_tokens=1).reserve(5), "needed is an Amount"),  # type: ignore[arg-type]
        (lambda: Budget(max_tokens=1).reserve(Amount(-5)), "needed is an Amount"),
        (lambda: Budget(max_tokens=1).reserve(Amount(0, float("nan"))), "numbers, 0 or more"),
        (lambda: Budget(max_tokens=1).reserve(Amount(float("inf"))), "needed is an Amount"),
        (lambda: with_budget(SpendingModel(), 5), "budget is a Budget; got 5"),  # type: ignore[arg-type]
        (lambda: set_process_budget(5), "budget is a Budget; got 5"),  # type: ignore[arg-type]
    ],
)
def test_a_limit_that_is_none_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        make()


def test_a_budget_of_nothing_shows_that_it_is_one() -> None:
    assert "max_cost=0" in repr(Budget(max_cost=0))
