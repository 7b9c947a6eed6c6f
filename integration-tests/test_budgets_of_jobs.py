"""Budgets of a vendor's batch job: refused before it is sent, reserved, and settled by results."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_batch.jobs import BatchJob, JobState, asubmit, submit
from chat_conformance import declared
from chat_conformance.http_answers import json_answer
from chat_conformance.job_trial import JobTrial
from chat_conformance.modes import AsyncMode, SyncMode
from chat_conformance.script import ErrorReply
from chat_core import APIError, get_chat_model
from chat_core.provider import WireModel
from chat_cost import (
    Amount,
    Budget,
    BudgetExceededError,
    UnknownPriceError,
    job_budget,
    register_price,
    set_process_budget,
    unregister_price,
    with_budget,
)
from chat_cost.with_budget import Spending

ROWS = [{"id": n, "input": f"Name fish {n}."} for n in (1, 2, 3)]


@pytest.fixture(
    params=[(subject, mode) for subject in ("Groq", "Anthropic") for mode in (SyncMode, AsyncMode)],
    ids=lambda param: f"{param[0]}-{param[1].__name__}",
)
def trial(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobTrial]:
    subject, mode = request.param
    monkeypatch.setattr(job_budget, "_jobs", {})
    running = mode()
    with JobTrial(getattr(declared, subject), running) as made:
        yield made
    running.end()


def bounded(trial: JobTrial, budget: Budget) -> WireModel:
    model = trial.new_model(max_tokens=100)
    assert isinstance(model, WireModel)
    return with_budget(model, budget)


def used_by(results: dict[Any, Any]) -> int:
    """The tokens that the answers report."""
    usages = [result.usage for result in results.values() if result.usage is not None]
    return sum((usage["input_tokens"] or 0) + (usage["output_tokens"] or 0) for usage in usages)


def test_a_job_beyond_the_budget_is_refused_with_its_figures_and_not_sent(trial: JobTrial) -> None:
    budget = Budget(max_tokens=250)
    with pytest.raises(
        BudgetExceededError, match=r"batch job of 3 rows.*Nothing was sent"
    ) as caught:
        trial.submit(ROWS, bounded(trial, budget))
    assert caught.value.needed is not None
    assert caught.value.needed > 300
    assert budget.reserved == Amount()
    assert not trial.wire.requests


def test_all_rows_are_reserved_until_their_results_are_read_and_count_once(trial: JobTrial) -> None:
    budget = Budget(max_tokens=1000)
    model = bounded(trial, budget)
    job = trial.submit(ROWS, model)
    assert 300 < budget.reserved.tokens < 500
    assert budget.used_tokens == 0
    trial.server.outcomes["2"] = ErrorReply("context_length")
    trial.server.state = JobState.COMPLETED
    for _ in range(2):
        results, _problem = trial.results(job)
        assert results[2].message is None
        assert budget.reserved == Amount()
        assert budget.used_tokens == used_by(results) > 0


def test_settings_of_a_row_decide_what_is_reserved_for_it(trial: JobTrial) -> None:
    rows = [{**ROWS[0], "settings": {"max_tokens": 900}}, *ROWS[1:]]
    with pytest.raises(BudgetExceededError):
        trial.submit(rows, bounded(trial, Budget(max_tokens=1000)))


@pytest.mark.parametrize("is_of_the_row", [True, False])
def test_a_bound_in_the_extra_body_decides_what_is_reserved(
    trial: JobTrial, is_of_the_row: bool
) -> None:
    model = bounded(trial, Budget(max_tokens=1000))
    extra = {"extra_body": {"max_tokens": 900}}
    rows = [{**ROWS[0], "settings": extra}, *ROWS[1:]] if is_of_the_row else ROWS
    with pytest.raises(BudgetExceededError, match="batch job of 3 rows"):
        trial.submit(rows, model if is_of_the_row else model.bind(**extra))
    assert not trial.wire.requests


def test_a_job_that_the_vendor_refuses_leaves_nothing_reserved(trial: JobTrial) -> None:
    budget = Budget(max_tokens=1000)
    refusal = json_answer({"error": {"message": "no", "type": "x"}}, status=400)
    trial.server.answer = lambda *_: refusal  # type: ignore[method-assign]
    with pytest.raises(APIError):
        trial.submit(ROWS, bounded(trial, budget))
    assert budget.reserved == Amount()


def test_a_job_that_is_cancelled_while_its_rows_are_prepared_leaves_nothing_reserved() -> None:
    budget = Budget(max_tokens=100_000)
    model = with_budget(get_chat_model("groq:any", api_key="k", max_tokens=100), budget)
    begun, goes_on = threading.Event(), threading.Event()

    def rows() -> Iterator[dict[str, Any]]:
        begun.set()
        yield ROWS[0]
        goes_on.wait(10)

    async def cancelled() -> None:
        task = asyncio.create_task(asubmit(model, rows()))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        goes_on.set()

    asyncio.run(cancelled())  # it ends after its threads
    assert budget.reserved == Amount()


def test_an_interruption_while_rows_are_reserved_leaves_nothing_reserved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reserved = iter(range(2))

    def interrupted(*args: Any) -> object:
        if next(reserved, None) is None:
            raise KeyboardInterrupt
        return Spending(*args)

    budget = Budget(max_tokens=1000)
    model = with_budget(get_chat_model("groq:any", api_key="k", max_tokens=100), budget)
    monkeypatch.setattr(job_budget, "Spending", interrupted)
    with pytest.raises(KeyboardInterrupt):
        submit(model, ROWS)
    assert budget.reserved == Amount()


def test_a_job_of_another_process_counts_when_it_is_read_and_is_not_refused(
    trial: JobTrial, tmp_path: Path
) -> None:
    trial.submit(ROWS).save(tmp_path / "job.json")
    trial.server.state = JobState.COMPLETED
    budget = Budget(max_tokens=1)
    job = BatchJob.load(tmp_path / "job.json", model=bounded(trial, budget))
    for _ in range(2):
        results, _problem = trial.results(job)
        assert budget.used_tokens == used_by(results) > 1


def test_money_and_the_budget_of_the_process_hold_too(trial: JobTrial) -> None:
    model = trial.new_model(max_tokens=100)
    money = Budget(max_cost=0.001)
    set_process_budget(money)
    register_price(model.model, provider=model.provider, input=1.0, output=10.0)
    try:
        with pytest.raises(BudgetExceededError, match=r"\$0.001000 does not allow this batch job"):
            trial.submit(ROWS, model)
        assert trial.submit(ROWS, model.bind(max_tokens=20)).ids == (1, 2, 3)
        assert 0.0006 < money.reserved.cost < 0.001
    finally:
        unregister_price(model.model, provider=model.provider)
        set_process_budget(None)


def test_a_job_of_a_model_without_a_price_is_refused_by_a_budget_of_money(trial: JobTrial) -> None:
    with pytest.raises(UnknownPriceError, match="The price of"):
        trial.submit(ROWS, bounded(trial, Budget(max_cost=5.0)).bind(model="no-such-fish"))
    assert not trial.wire.requests
