"""Batch jobs of Anthropic: message batches, whose requests travel in one body. Pure.

Shapes are those of ``MessageBatch`` and ``MessageBatchIndividualResponse`` in Anthropic's SDK.
https://platform.claude.com/docs/en/build-with-claude/batch-processing
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    read_line,
)

from .encode import HEADER_PARAMETERS, as_headers
from .errors import error_in_answer

__all__ = ["AnthropicJobs"]

_PATH = "v1/messages/batches"
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


class AnthropicJobs(BatchJobs):
    """Message batches."""

    most_rows: ClassVar[int] = 100_000
    most_bytes: ClassVar[int] = 256_000_000

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        params = {name: value for name, value in body.items() if name not in HEADER_PARAMETERS}
        return json.dumps({"custom_id": id, "params": params}, separators=(",", ":")).encode()

    def headers(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """See ``BatchJobs``. Beta words and the like stand in the body, and travel as headers."""
        return as_headers(body)

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        content = b'{"requests":[' + b",".join(rows.lines) + b"]}"
        batch = yield Operation(
            _PATH, _id, "POST", content=content, headers=rows.headers, is_repeatable=False
        )
        return {"id": batch}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        status: JobStatus = yield Operation(_path(job), _status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        status: JobStatus = yield Operation(f"{_path(job)}/cancel", _status, "POST")
        return status

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        yield from ()
        return [ResultFile(Operation(f"{_path(job)}/results", _answer))]


def _path(job: Mapping[str, Any]) -> str:
    return f"{_PATH}/{quote(job['id'], safe='')}"


def _batch(wire: Any) -> dict[str, Any]:
    """The batch object of an answer. Raises ``APIError`` for an error object, or one without id."""
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if not (isinstance(wire.get("id"), str) and wire["id"]):
        if (error := error_in_answer(wire)) is not None:
            raise error
        raise MalformedResponseError("The answer has no id.", wire=str(wire))
    return wire


def _id(wire: Any) -> str:
    return str(_batch(wire)["id"])


def _status(wire: Any) -> JobStatus:
    batch = _batch(wire)
    counts = {name: _count(batch.get("request_counts"), name) for name in _COUNTS}
    return JobStatus(
        _state(batch, counts),
        JobCounts(
            total=sum(counts.values()),
            succeeded=counts["succeeded"],
            failed=counts["errored"],
            cancelled=counts["canceled"],
            expired=counts["expired"],
        ),
        str(batch.get("processing_status")),
    )


def _state(batch: Mapping[str, Any], counts: Mapping[str, int]) -> JobState:
    """A batch that has ended was cancelled or has expired where rows of it were or have."""
    if batch.get("processing_status") == "canceling":
        return JobState.CANCELLING
    if batch.get("processing_status") != "ended":
        return JobState.RUNNING
    if counts["canceled"]:
        return JobState.CANCELLED
    return JobState.EXPIRED if counts["expired"] else JobState.COMPLETED


def _count(counts: Any, name: str) -> int:
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if type(value) is int else 0


def _answer(line: bytes) -> JobAnswer:
    wire = read_line(line)
    given, result = wire.get("custom_id"), wire.get("result")
    row = given if isinstance(given, str) else None
    if not isinstance(result, dict):
        return JobAnswer(row, error=MalformedResponseError("A row of the results has no result."))
    if result.get("type") == "succeeded":
        return JobAnswer(row, result.get("message"))
    if result.get("type") == "errored":
        wrapped = result.get("error")
        error = error_in_answer(wrapped) if isinstance(wrapped, dict) else None
        return JobAnswer(row, error=error or APIError("The row failed; the vendor says not why."))
    kind = str(result.get("type"))
    return JobAnswer(row, error=APIError(f"The row was not answered: {kind}.", code=kind))
