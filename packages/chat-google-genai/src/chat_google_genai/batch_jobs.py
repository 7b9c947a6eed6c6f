"""Batch jobs of the Gemini API, whose requests and answers travel in the job itself. Pure.

Shapes are those that Google's SDK sends and reads (``google/genai/batches.py``). Answers stand in
the order of the requests; the key of a request comes back in most of them.
https://ai.google.dev/gemini-api/docs/batch-api
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from chat_core import APIError, MalformedResponseError
from chat_core.provider import (
    BatchJobs,
    JobAnswer,
    JobCounts,
    JobRows,
    JobState,
    JobStatus,
    Operation,
    ResultFile,
    Steps,
)

from .errors import error_from_object, find_error

__all__ = ["GeminiJobs", "count", "job_state", "mapping"]

_STATES = {
    "PENDING": JobState.WAITING,
    "QUEUED": JobState.WAITING,
    "RUNNING": JobState.RUNNING,
    "SUCCEEDED": JobState.COMPLETED,
    "PARTIALLY_SUCCEEDED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "CANCELLING": JobState.CANCELLING,
    "CANCELLED": JobState.CANCELLED,
    "EXPIRED": JobState.EXPIRED,
}
"""States without ``BATCH_STATE_`` or ``JOB_STATE_`` in front."""


class GeminiJobs(BatchJobs):
    """Jobs of ``batchGenerateContent`` with inline requests."""

    states: ClassVar[Mapping[str, JobState]] = _STATES
    """See ``_STATES``; any other word is one of a running job."""
    most_bytes: ClassVar[int] = 20_000_000

    def __init__(self, provider: str) -> None:
        self.provider = provider

    def path(self, job: Mapping[str, Any]) -> str:
        """Where the job lies."""
        return quote(job["name"], safe="/")

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        line = {"request": body, "metadata": {"key": id}}
        return json.dumps(line, separators=(",", ":")).encode()

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        head = json.dumps({"displayName": rows.name})[:-1].encode()
        content = b"".join(
            [
                b'{"batch":' + head + b',"inputConfig":{"requests":{"requests":[',
                b",".join(rows.lines),
                b"]}}}}",
            ]
        )
        path = f"{rows.model}:batchGenerateContent"
        name = yield Operation(path, self.name, "POST", content=content, is_repeatable=False)
        return {"name": name}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        status: JobStatus = yield Operation(self.path(job), self.read_status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``. The answer to a cancellation is empty, so the job is asked for too."""
        yield Operation(f"{self.path(job)}:cancel", self._nothing, "POST", {})
        return (yield from self.status(job))

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        yield from ()
        answers = Operation(self.path(job), partial(self._answers, ids))
        return [ResultFile(answers, is_lines=False)]

    def object(self, wire: Any) -> dict[str, Any]:
        """The operation that an answer is. Raises ``APIError`` for one without a name."""
        if not isinstance(wire, dict):
            raise TypeError(f"a JSON {type(wire).__name__}, not an object")
        if not isinstance(wire.get("name"), str):
            if (error := find_error(wire, is_bare=True)) is not None:
                raise error_from_object(error, provider=self.provider)
            raise MalformedResponseError("The answer names no batch.", wire=str(wire))
        return wire

    def error(self, wire: Any) -> APIError:
        """The error of a job or of a row."""
        known = wire if isinstance(wire, dict | str) else str(wire)
        return error_from_object(known, provider=self.provider)

    def name(self, wire: Any) -> str:
        """The name of the job that an answer is; raises like ``object``."""
        return str(self.object(wire)["name"])

    def _nothing(self, wire: Any) -> None:
        error = find_error(wire, is_bare=True)
        if error is not None:
            raise error_from_object(error, provider=self.provider)

    def read_status(self, wire: Any) -> JobStatus:
        """How far the job is that an answer is."""
        job = self.object(wire)
        facts = mapping(job.get("metadata"))
        word = str(facts.get("state"))
        state = job_state(word)
        stats = mapping(facts.get("batchStats"))
        error = job.get("error")
        return JobStatus(
            state,
            JobCounts(
                total=count(stats.get("requestCount")),
                succeeded=count(stats.get("successfulRequestCount")),
                failed=count(stats.get("failedRequestCount")),
            ),
            word,
            self.error(error) if error else None,
        )

    def _answers(self, ids: Sequence[str], wire: Any) -> list[JobAnswer]:
        job = self.object(wire)
        places = (mapping(job.get("metadata")).get("output"), job.get("response"))
        outputs = (mapping(place).get("inlinedResponses") for place in places)
        found = next((o for o in outputs if o), None)
        answers = mapping(found).get("inlinedResponses")
        if not isinstance(answers, list):
            return []
        by_order = ids if len(answers) == len(ids) else ()
        return [self._answer(n, each, by_order) for n, each in enumerate(answers)]

    def _answer(self, number: int, wire: Any, by_order: Sequence[str]) -> JobAnswer:
        answer = mapping(wire)
        key = mapping(answer.get("metadata")).get("key")
        row = key if isinstance(key, str) else by_order[number] if by_order else None
        if error := answer.get("error"):
            return JobAnswer(row, error=self.error(error))
        if answer.get("response") is None:
            return JobAnswer(row, error=APIError("The row has neither answer nor error."))
        return JobAnswer(row, answer["response"])


def job_state(word: str) -> JobState:
    """The state that Google calls ``word``; any word that is not known is one of a running job."""
    return _STATES.get(word.partition("_STATE_")[2], JobState.RUNNING)


def mapping(value: Any) -> Mapping[str, Any]:
    """``value``, or nothing where it is no object."""
    return value if isinstance(value, dict) else {}


def count(value: Any) -> int | None:
    """A number of rows, which Google writes as text."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None
