"""Batch jobs of Mistral: files as on the Chat Completions wire, jobs of its own. Pure.

A job asks one model, which it names; its rows do not. Shapes are those of ``BatchJob`` and
``CreateBatchJobRequest`` in Mistral's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from chat_completions.batch_jobs import ReadsAnswers, count, json_line, segment, text, upload
from chat_completions.entries import entries
from chat_core import APIError
from chat_core.provider import (
    BatchJobs,
    JobCounts,
    JobRows,
    JobState,
    JobStatus,
    Operation,
    ResultFile,
    Steps,
)

from .dialect import DIALECT

__all__ = ["MistralJobs"]

_STATES = {
    "QUEUED": JobState.WAITING,
    "RUNNING": JobState.RUNNING,
    "SUCCESS": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "TIMEOUT_EXCEEDED": JobState.EXPIRED,
    "CANCELLATION_REQUESTED": JobState.CANCELLING,
    "CANCELLED": JobState.CANCELLED,
}


class MistralJobs(BatchJobs):
    """Jobs of Mistral's chat completions."""

    most_rows: ClassVar[int] = 1_000_000
    most_bytes: ClassVar[int] = 512_000_000

    def __init__(self) -> None:
        self._read = ReadsAnswers(DIALECT)

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        own = {name: value for name, value in body.items() if name != "model"}
        return json_line({"custom_id": id, "body": own})

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        file = yield upload("v1/files", rows.lines, self._read)
        body = {"input_files": [file], "model": rows.model, "endpoint": "/v1/chat/completions"}
        path = "v1/batch/jobs"
        job = yield Operation(path, self._read.id, "POST", body, is_repeatable=False)
        return {"id": job, "input_file": file}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        status: JobStatus = yield Operation(f"v1/batch/jobs/{segment(job['id'])}", self._status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        path = f"v1/batch/jobs/{segment(job['id'])}/cancel"
        status: JobStatus = yield Operation(path, self._status, "POST")
        return status

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        yield from ()
        files = filter(None, (status.results.get(name) for name in ("output", "errors")))
        path = "v1/files/{}/content"
        return [
            ResultFile(Operation(path.format(segment(file)), self._read.answer)) for file in files
        ]

    def _status(self, wire: Any) -> JobStatus:
        job = self._read.object(wire)
        state = _STATES.get(job.get("status") or "", JobState.RUNNING)
        return JobStatus(
            state,
            JobCounts(
                total=count(job.get("total_requests")),
                succeeded=count(job.get("succeeded_requests")),
                failed=count(job.get("failed_requests")),
            ),
            str(job.get("status")),
            _failure(job) if state is JobState.FAILED else None,
            {"output": text(job.get("output_file")), "errors": text(job.get("error_file"))},
        )


def _failure(job: Mapping[str, Any]) -> APIError:
    """Why the vendor gave the job up."""
    reasons = [reason for entry in entries(job.get("errors")) if (reason := entry.get("message"))]
    said = "; ".join(map(str, reasons)) or "The vendor says that the job failed, and not why."
    return APIError(said)
