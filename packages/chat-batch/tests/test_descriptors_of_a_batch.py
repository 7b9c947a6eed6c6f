"""A batch whose process has fewer file descriptors than requests to make at once."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_files import ids_in, questions
from chat_batch import BatchStoppedError, arun_batch, run_batch
from chat_core import AIMessage, APIConnectionError, Message
from chat_core.testing import FakeChatModel
from pydantic import PrivateAttr


class FewConnections(FakeChatModel):
    """Answers at most ``most`` requests at once; any more find no file descriptor."""

    most: int
    _under_way: Counter[str] = PrivateAttr(default_factory=Counter)

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        if self._under_way["now"] >= self.most:
            await asyncio.sleep(0.1)  # a name is looked up
            cause = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            raise APIConnectionError("No file descriptor is left.", is_retryable=False) from cause
        self._under_way["now"] += 1
        await asyncio.sleep(0.001)
        self._under_way["now"] -= 1
        return AIMessage("Hello")


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    """The limit of this process and the highest that it may set; the first is kept."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield soft, hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_row_fails_for_want_of_descriptors_and_one_line_names_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = FewConnections(responses=["Hello"], most=3)
    out = tmp_path / "r.jsonl"
    summary = run_batch(questions(60), model=model, out=out, max_concurrency=20)
    assert (summary.succeeded, summary.failed) == (60, 0)
    assert caplog.messages == [
        "No file descriptor is left. The run goes on with fewer requests at once."
    ]


@pytest.mark.parametrize("rows", [60, 5])  # more and fewer than requests that may be under way
def test_a_run_without_any_descriptor_stops_and_names_it(tmp_path: Path, rows: int) -> None:
    out = tmp_path / "r.jsonl"
    with pytest.raises(BatchStoppedError, match="No file descriptor is left") as caught:
        run_batch(
            questions(rows),
            model=FewConnections(responses=["Hello"], most=0),
            out=out,
            max_concurrency=20,
        )
    assert isinstance(caught.value.__cause__, APIConnectionError)
    assert ids_in(out) == []


def test_a_few_rows_that_find_no_descriptor_are_asked_when_one_is_free(tmp_path: Path) -> None:
    model = FewConnections(responses=["Hello"], most=1)
    summary = run_batch(questions(5), model=model, out=tmp_path / "r.jsonl", max_concurrency=20)
    assert (summary.succeeded, summary.failed) == (5, 0)


class OftenWithoutConnection(FakeChatModel):
    """Finds no file descriptor at every second request."""

    _requests: Counter[str] = PrivateAttr(default_factory=Counter)

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        self._requests["all"] += 1
        if self._requests["all"] % 2:
            cause = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            raise APIConnectionError("No file descriptor is left.", is_retryable=False) from cause
        return AIMessage("Hello")


def test_the_last_task_asks_once_more_each_time_that_it_finds_no_descriptor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = OftenWithoutConnection(responses=["Hello"])
    summary = run_batch(questions(5), model=model, out=tmp_path / "r.jsonl", max_concurrency=1)
    assert (summary.succeeded, summary.failed) == (5, 0)
    assert caplog.messages == []  # it has no fewer requests under way than before


def test_the_limit_of_the_process_is_raised_for_the_requests_of_the_run(
    tmp_path: Path, limits: tuple[int, int]
) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    model = FakeChatModel(responses=["Hello"])
    rows = questions(400)
    asyncio.run(arun_batch(rows, model=model, out=tmp_path / "r.jsonl", max_concurrency=300))
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 400


def test_a_limit_that_cannot_be_raised_enough_is_named_before_the_first_row(
    tmp_path: Path, limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    soft = 256
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
    model = FakeChatModel(responses=["Hello"])
    run_batch(questions(300), model=model, out=tmp_path / "r.jsonl", max_concurrency=250)
    assert "250 requests at once may need" in caplog.messages[0]
    assert "this process may have 256" in caplog.messages[0]
