"""A file of a batch job that was changed by hand is refused when it is read, not later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_batch.jobs import BatchJob
from chat_core import InvalidParameterError

JOB: dict[str, Any] = {
    "kind": "chat-batch job",
    "version": 1,
    "model": "groq:llama-3.3-70b-versatile",
    "settings": {"base_url": "http://127.0.0.1:1"},
    "job": {"id": "batch_7"},
    "ids": ["fish", "bird", 3],
}


def load(path: Path, text: str) -> BatchJob:
    path.write_text(text)
    return BatchJob.load(path)


def test_a_job_is_read_without_a_key_and_without_a_request(tmp_path: Path) -> None:
    job = load(tmp_path / "job.json", json.dumps(JOB))
    assert (job.id, job.ids) == ("batch_7", ("fish", "bird", 3))


@pytest.mark.parametrize("job", [{}, {"id": None}, {"id": 7}, {"id": ""}, {"name": "batch_7"}])
@pytest.mark.parametrize("model", ["groq:any", "openai:gpt-4o", "anthropic:claude-haiku-4-5"])
def test_a_job_that_names_none_is_refused(model: str, job: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="'job' does not name a job"):
        load(tmp_path / "job.json", json.dumps({**JOB, "model": model, "job": job}))


@pytest.mark.parametrize("ids", [[], [None], [1.5], [True], [["a"]], ["a", "a"], [7, "7"]])
def test_ids_that_are_none_of_rows_are_refused(ids: list[Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="'ids' are not those of rows"):
        load(tmp_path / "job.json", json.dumps({**JOB, "ids": ids}))


def test_json_nested_too_deeply_is_no_job(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="no file of a batch job"):
        load(tmp_path / "job.json", "[" * 100_000)


@pytest.mark.parametrize("path", [None, 7, ["job.json"]])
def test_a_path_that_is_none_is_refused(path: Any, tmp_path: Path) -> None:
    job = load(tmp_path / "job.json", json.dumps(JOB))
    for use in (job.save, BatchJob.load):
        with pytest.raises(InvalidParameterError, match="is a path; got"):
            use(path)


@pytest.mark.parametrize("seconds", [0, -1, "1", True, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["poll", "timeout"])
def test_waiting_takes_seconds_above_zero(name: str, seconds: Any, tmp_path: Path) -> None:
    job = load(tmp_path / "job.json", json.dumps(JOB))
    with pytest.raises(InvalidParameterError, match=f"{name} is a number of seconds above 0"):
        job.wait(**{name: seconds})
