"""Several models, fallbacks, retries and rate limits of a batch."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chat_cost
import pytest
from batch_files import MODEL, echo, questions, results_by_id
from chat_batch import Batch, BatchStoppedError, Row, arun_batch, digest_of, run_batch
from chat_batch.check import Asked
from chat_batch.engine import seconds_before_retry
from chat_batch.options import OpenById
from chat_batch.pool import Pool
from chat_batch.prompt import Prompt
from chat_batch.results import Result
from chat_conformance import ErrorReply, OfflineServer
from chat_core import (
    AIMessage,
    AuthenticationError,
    ChatModel,
    InvalidParameterError,
    Message,
    OverloadedError,
    RateLimiter,
    RateLimitError,
    ServerError,
    UsageMetadata,
    get_chat_model,
)
from chat_core.testing import FakeChatModel


@dataclass
class Calls:
    """What a scripted model was asked, and what it still has to raise."""

    failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0


class Scripted(ChatModel):
    """A model that answers after ``pause`` seconds, or raises what ``calls`` still holds.

    It answers when ``until`` returns true, where it is given.
    """

    provider = "scripted"
    pause: float = 0.0
    until: Any = None
    calls: Any = None

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        raise NotImplementedError

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        calls: Calls = self.calls
        calls.asked.append(messages[-1].content)
        calls.under_way += 1
        calls.most_under_way = max(calls.under_way, calls.most_under_way)
        try:
            await asyncio.sleep(self.pause)
            while self.until is not None and not self.until():
                await asyncio.sleep(0.01)
            if calls.failures:
                raise calls.failures.pop(0)
            return AIMessage("An answer.", response_metadata={"finish_reason": "stop"})
        finally:
            calls.under_way -= 1


def scripted(name: str, *failures: Exception, **settings: Any) -> Scripted:
    """A model that first raises ``failures``."""
    return Scripted(model=name, calls=Calls([*failures]), **settings)


def test_rows_are_spread_by_free_capacity(tmp_path: Path) -> None:
    fast = scripted("fast", pause=0.01)
    slow = scripted("slow", until=lambda: len(fast.calls.asked) > 40)
    summary = run_batch(
        questions(60), model=[slow, fast], out=tmp_path / "r.jsonl", max_concurrency=8
    )
    assert summary.succeeded == 60
    assert 40 < len(fast.calls.asked) < 60  # the slow model had its places, and no more
    assert summary.models == {
        "scripted:fast": len(fast.calls.asked),
        "scripted:slow": len(slow.calls.asked),
    }


def test_no_more_requests_are_under_way_than_allowed(tmp_path: Path) -> None:
    model = scripted("one", pause=0.005)
    run_batch(questions(40), model=model, out=tmp_path / "r.jsonl", max_concurrency=3)
    assert model.calls.most_under_way == 3


def test_a_row_that_failed_goes_to_the_fallbacks_in_turn(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    first = scripted("first", ValueError("x"), ValueError("y"))
    second = scripted("second", ValueError("z"))
    third = scripted("third", AuthenticationError("no", status=401))
    run_batch(questions(3), model=first, out=out, fallback=[second, third], max_concurrency=1)
    found = results_by_id(out)
    assert "ValueError: z" in str(found["row-0"].error)  # the key of the third was wrong
    assert found["row-1"].model == "scripted:second"
    assert found["row-2"].model == "scripted:first"


def test_a_package_that_cannot_be_imported_ends_the_run_and_leaves_no_row_failed(
    tmp_path: Path,
) -> None:
    out = tmp_path / "r.jsonl"
    model = scripted("first", ImportError("cannot import name 'trout'"))
    with pytest.raises(BatchStoppedError, match="cannot import name 'trout'") as caught:
        run_batch(questions(3), model=model, out=out, max_concurrency=1)
    assert isinstance(caught.value.__cause__, ImportError)
    assert not out.exists()
    assert run_batch(questions(3), model=scripted("first"), out=out).succeeded == 3


def test_a_wrong_key_ends_the_run_and_leaves_no_row_failed(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    with OfflineServer([ErrorReply("authentication")]) as server:
        with pytest.raises(BatchStoppedError) as stopped:
            run_batch(questions(100), model=server.model(MODEL), out=out, max_concurrency=4)
        assert len(server.calls) <= 4
    assert isinstance(stopped.value.__cause__, AuthenticationError)
    assert stopped.value.summary.failed == 0
    assert not out.exists()


def test_a_model_with_a_wrong_key_leaves_its_rows_to_the_others(tmp_path: Path) -> None:
    closed = scripted("closed", *[AuthenticationError("no", status=401)] * 9)
    other = scripted("open")
    summary = run_batch(
        questions(20), model=[closed, other], out=tmp_path / "r.jsonl", max_concurrency=2
    )
    assert (summary.succeeded, summary.failed) == (20, 0)
    assert len(closed.calls.asked) <= 2


def test_a_row_that_waits_for_its_retry_holds_no_place(tmp_path: Path) -> None:
    found: list[Result] = []
    for wait in (0.4, 3.0, 9.0):  # a busy machine may need longer than the first for the other rows
        out = tmp_path / f"{wait}.jsonl"
        model = scripted("one", ServerError("down", status=500, retry_after=wait))
        summary = run_batch(questions(30), model=model, out=out, max_concurrency=1)
        assert summary.succeeded == 30
        found = list(results_by_id(out).values())
        assert results_by_id(out)["row-0"].attempts == 2
        if found[-1].id == "row-0" and found[-1].seconds < 0.3:
            break
    assert found[-1].id == "row-0"
    assert found[-1].seconds < 0.3


def test_while_a_vendor_asks_to_wait_no_row_is_sent_to_it(tmp_path: Path) -> None:
    limited = scripted("limited", RateLimitError("slow", status=429, retry_after=0.4))
    started = time.monotonic()
    summary = run_batch(questions(10), model=limited, out=tmp_path / "r.jsonl", max_concurrency=1)
    assert summary.succeeded == 10
    assert len(limited.calls.asked) == 11
    assert 0.4 <= time.monotonic() - started < 20

    limited = scripted("limited", RateLimitError("slow", status=429, retry_after=30))
    other = scripted("other")
    summary = run_batch(
        questions(10), model=[limited, other], out=tmp_path / "r2.jsonl", max_concurrency=1
    )
    assert (summary.succeeded, len(limited.calls.asked)) == (10, 1)


def test_the_models_own_number_of_retries_holds(tmp_path: Path) -> None:
    with OfflineServer([ErrorReply("server_error")]) as server:
        model = server.model(MODEL).bind(max_retries=1)
        out = tmp_path / "r.jsonl"
        assert run_batch(questions(1), model=model, out=out).failed == 1
        assert len(server.requests) == 2
    assert results_by_id(out)["row-0"].attempts == 2


@pytest.mark.parametrize(
    ("error", "failed", "seconds"),
    [
        (RateLimitError("x", retry_after=120), 1, 120),
        (RateLimitError("x", retry_after=120), 3, None),
        (RateLimitError("x", retry_after=7200), 1, None),
        (OverloadedError("x", retry_after=1), 2, 1),
        (AuthenticationError("x"), 1, None),
        (ValueError("x"), 1, None),
    ],
)
def test_a_batch_waits_longer_than_a_single_call(
    error: Exception, failed: int, seconds: float | None
) -> None:
    assert seconds_before_retry(error, failed=failed, retries=2) == seconds


def test_a_row_with_a_model_of_its_own_is_finished_whatever_models_the_run_has(
    tmp_path: Path,
) -> None:
    out = tmp_path / "r.jsonl"
    rows = [{"id": 1, "input": "a", "model": "quick"}]

    def open_model(name: str) -> ChatModel:
        return scripted("one") if name == "quick" else get_chat_model(name)

    run_batch(rows, model="offline:demo", out=out, open_model=open_model)
    again = run_batch(rows, model="offline:think", out=out, open_model=open_model)
    assert again.finished_before == 1


def test_the_pieces_of_a_batch_travel_to_another_process() -> None:
    limiter = RateLimiter(requests_per_minute=5)
    pool = Pool([get_chat_model("groq:any")], [], OpenById({"temperature": 0}), limiter)
    again = pickle.loads(pickle.dumps(pool))
    assert again.backends(None, 0)[0].name == MODEL
    assert again.backends("groq:other", 0)[0].model.temperature == 0
    prompt = pickle.loads(pickle.dumps(Prompt("Name a {kind}")))
    row = pickle.loads(pickle.dumps(Row(1, {"kind": "fish"}, {"temperature": 0})))
    asked = pickle.loads(pickle.dumps(Asked(row, prompt.messages(row.input), digest_of(row))))
    assert asked.messages[0].content == "Name a fish"


def priced_answers(count: int) -> list[AIMessage]:
    usage = UsageMetadata(input_tokens=100, output_tokens=50, total_tokens=150)
    return [AIMessage("An answer.", usage_metadata=usage) for _ in range(count)]


@pytest.fixture
def price() -> Iterator[None]:
    """A fake model costs 1 dollar for a million tokens in, 2 for a million out."""
    chat_cost.register_price("fake", input=1.0, output=2.0)
    yield
    chat_cost.unregister_price("fake")


@pytest.mark.usefixtures("price")
def test_prices_of_answers_are_in_results_and_summary(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    model = FakeChatModel(model="fake", responses=priced_answers(3))
    summary = run_batch(questions(3), model=model, out=out)
    assert summary.cost == pytest.approx(3 * 200e-6)
    usage = results_by_id(out)["row-0"].usage
    assert usage is not None
    assert usage["cost"] == pytest.approx(200e-6)


@pytest.mark.usefixtures("price")
def test_a_used_up_budget_ends_the_run_and_leaves_no_row_failed(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    model = FakeChatModel(model="fake", responses=priced_answers(9), max_tokens=50)
    limited = chat_cost.with_budget(model, chat_cost.Budget(max_tokens=400))
    with pytest.raises(BatchStoppedError) as stopped:
        run_batch(questions(9), model=limited, out=out, max_concurrency=3)
    assert isinstance(stopped.value.__cause__, chat_cost.BudgetExceededError)
    assert stopped.value.summary.failed == 0
    assert 0 < stopped.value.summary.succeeded < 9


async def test_a_second_stop_does_not_wait_for_answers(tmp_path: Path) -> None:
    slow = scripted("slow", pause=60)
    batch = Batch(questions(5), model=slow, out=tmp_path / "r.jsonl", max_concurrency=2)
    running = asyncio.create_task(batch.run())
    while len(slow.calls.asked) < 2:
        await asyncio.sleep(0.01)
    batch.stop("Enough")
    await asyncio.sleep(0.05)
    assert not running.done()
    batch.stop("Enough")
    with pytest.raises(BatchStoppedError, match=r"Enough\. The run has ended before"):
        await asyncio.wait_for(running, 30)
    assert slow.calls.under_way == 0


async def test_models_given_by_id_are_closed_and_those_of_the_user_are_not(tmp_path: Path) -> None:
    closed: list[str] = []

    class Closing(Scripted):
        async def aclose(self) -> None:
            closed.append(self.model)

    def open_model(name: str) -> ChatModel:
        return Closing(model=name, calls=Calls())

    rows = [*questions(2), {"id": "own", "input": "x", "model": "third"}]
    await arun_batch(
        rows,
        model=["first", open_model("mine")],
        fallback="second",
        out=tmp_path / "r.jsonl",
        open_model=open_model,
    )
    assert sorted(closed) == ["first", "second", "third"]


async def test_limits_hold_for_models_that_take_no_limiter_too(tmp_path: Path) -> None:
    local = scripted("local")
    running = asyncio.create_task(
        arun_batch(questions(6), model=local, out=tmp_path / "r.jsonl", requests_per_minute=4)
    )
    while len(local.calls.asked) < 4:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(local.calls.asked) == 4


async def test_models_of_the_library_wait_for_the_limiter_of_the_run(tmp_path: Path) -> None:
    limiter = RateLimiter(requests_per_minute=2)
    out = tmp_path / "r.jsonl"
    with OfflineServer(echo) as server:
        running = asyncio.create_task(
            arun_batch(questions(6), model=server.model(MODEL), out=out, rate_limiter=limiter)
        )
        while len(server.requests) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert len(server.requests) == 2


def test_a_model_with_the_key_of_one_call_is_refused_before_any_row_is_asked(
    tmp_path: Path,
) -> None:
    keyed: Any = FakeChatModel(responses=["x"]).bind(idempotency_key="order-1")
    for more in ({"model": keyed}, {"model": MODEL, "fallback": [keyed]}):
        with pytest.raises(InvalidParameterError, match="idempotency_key names one call"):
            run_batch(questions(2), out=tmp_path / "results.jsonl", **more)
    assert not (tmp_path / "results.jsonl").exists()
