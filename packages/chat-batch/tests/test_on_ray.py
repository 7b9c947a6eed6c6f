"""What a run on Ray is made of, in one process and without Ray."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

import pytest
from batch_files import questions
from chat_batch import run_batch_on_ray
from chat_batch.check import Asked
from chat_batch.on_ray import run as ray_run
from chat_batch.on_ray import worker as ray_worker
from chat_batch.on_ray.collector import Collector, pickled_error, pickled_result
from chat_batch.on_ray.worker import Setup, _Worker
from chat_batch.options import OpenById
from chat_batch.results import Result, result_line
from chat_batch.rows import read_row
from chat_core import (
    AIMessage,
    ChatError,
    HumanMessage,
    InvalidParameterError,
    MissingAPIKeyError,
    RateLimiter,
    RateLimitError,
)
from chat_core.testing import FakeChatModel


class Handle:
    """An object as a handle of Ray's: ``handle.method.remote(…)`` is awaited."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._actor, name)

        class Method:
            @staticmethod
            def remote(*arguments: Any) -> Any:
                return method(*arguments)

        return Method


def asked_rows(count: int) -> list[Asked]:
    rows = map(read_row, questions(count))
    return [Asked(row, [HumanMessage(row.input)], row.key) for row in rows]


def setup(model: Any, **changes: Any) -> Setup:
    return Setup("run", model, (), OpenById(changes), max_concurrency=4)


def taken(collector: Collector) -> list[Result]:
    new, _ = asyncio.run(collector.take(0))
    return [pickle.loads(data) for data in new]


def test_the_first_result_of_a_row_counts() -> None:
    collector = Collector()
    asyncio.run(collector.add([("1", b"first"), ("2", b"other")]))
    asyncio.run(collector.add([("1", b"second")]))
    assert asyncio.run(collector.take(0)) == ([b"first", b"other"], None)
    assert asyncio.run(collector.take(0)) == ([], None)


def test_a_piece_that_is_started_again_asks_the_rows_without_a_result() -> None:
    collector = Collector()
    worker = _Worker(setup(FakeChatModel(responses=["Trout"])), None)
    done = Result("row-1", AIMessage("Carp"), None, "fake")
    asyncio.run(collector.add([("row-1", pickled_result(done))]))
    assert worker.ask(asked_rows(3), Handle(collector)) == 2
    results = {result.id: result.message for result in taken(collector)}
    assert {key: message.content for key, message in results.items() if message} == {
        "row-0": "Trout",
        "row-1": "Carp",
        "row-2": "Trout",
    }
    assert worker.ask(asked_rows(3), Handle(collector)) == 0
    worker.close()


def test_a_worker_starts_nothing_once_the_run_is_stopped() -> None:
    collector = Collector()
    asyncio.run(collector.stop())
    worker = _Worker(setup(FakeChatModel(responses=["Trout"])), None)
    assert worker.ask(asked_rows(3), Handle(collector)) == 0
    assert taken(collector) == []
    worker.close()


def test_a_model_that_no_row_can_be_asked_of_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    collector = Collector()
    worker = _Worker(setup("groq:any"), None)
    worker.ask(asked_rows(3), Handle(collector))
    new, cause = asyncio.run(collector.take(0))
    assert not new
    assert isinstance(pickle.loads(cause or b""), MissingAPIKeyError)
    worker.close()


def test_models_stay_from_one_piece_to_the_next_of_a_run() -> None:
    first = ray_worker._worker(setup("offline:demo"), None)
    assert ray_worker._worker(setup("offline:demo"), None) is first
    other = ray_worker._worker(Setup("other", "offline:demo", (), OpenById({}), 4), None)
    assert list(ray_worker._workers.values()) == [other]
    other.close()
    ray_worker._workers.clear()


class OddError(ChatError):
    """An error that cannot be made again from its pickle."""

    def __init__(self, *, first: int, second: int) -> None:
        super().__init__(f"{first} is not {second}")

    def __reduce__(self) -> Any:
        return (OddError, ())


def test_errors_of_any_class_reach_the_driver() -> None:
    refusal = RateLimitError("Slow down", provider="groq", status=429, retry_after=3.0)
    result = Result("1", None, refusal, "groq:any", attempts=4, digest="d")
    again = pickle.loads(pickled_result(result))
    assert result_line(again) == result_line(result)
    odd = pickle.loads(pickled_result(Result("1", None, OddError(first=1, second=2), "m")))
    assert str(odd.error) == "OddError: 1 is not 2"
    assert str(pickle.loads(pickled_error(ValueError("seven")))) == "ValueError: seven"


def without_ray(name: str) -> Any:
    if name.partition(".")[0] == "ray":
        raise ImportError(name)
    return __import__(name)


def test_without_ray_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_run, "import_module", without_ray)
    with pytest.raises(InvalidParameterError, match=r'pip install "chat-batch\[ray\]"'):
        run_batch_on_ray(questions(1), model="offline:demo", out=tmp_path / "r.jsonl")


def test_a_limiter_of_a_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chat_core import get_chat_model

    monkeypatch.setattr(ray_run, "import_module", lambda _: pickle)
    model = get_chat_model("groq:any", rate_limiter=RateLimiter(requests_per_minute=3))
    with pytest.raises(InvalidParameterError, match="give the limits to the run"):
        run_batch_on_ray(questions(1), model=model, out=tmp_path / "r.jsonl")


def test_a_model_that_cannot_be_pickled_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_run, "import_module", lambda _: pickle)
    with pytest.raises(InvalidParameterError, match="travel to its workers"):
        run_batch_on_ray(
            questions(1),
            model="offline:demo",
            out=tmp_path / "r.jsonl",
            open_model=lambda _: FakeChatModel(responses=["Trout"]),
        )
