"""Batch jobs of Mistral: files as on the Chat Completions wire, jobs of its own. Pure.

A job asks one model, which it names; its rows do not. Shapes and words are those of ``BatchJob``,
``BatchJobStatus`` and ``CreateBatchJobRequest`` in Mistral's SDK. The vendor's pages differ about
the most rows (a million, or a tenth of it); the larger number is the one that is refused here.
https://docs.mistral.ai/capabilities/batch
https://docs.mistral.ai/resources/known-limitations
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from chat_completions.batch_jobs import CompletionsJobs, count, json_line, text
from chat_completions.entries import entries
from chat_core import APIError
from chat_core.provider import JobCounts, JobRows, JobState, JobStatus

from .dialect import DIALECT

__all__ = ["MistralJobs"]


class MistralJobs(CompletionsJobs):
    """Jobs of Mistral's chat completions."""

    most_rows: ClassVar[int] = 1_000_000
    most_bytes: ClassVar[int] = 512_000_000
    states: ClassVar[Mapping[str, JobState]] = {
        "QUEUED": JobState.WAITING,
        "RUNNING": JobState.RUNNING,
        "SUCCESS": JobState.COMPLETED,
        "FAILED": JobState.FAILED,
        "TIMEOUT_EXCEEDED": JobState.EXPIRED,
        "CANCELLATION_REQUESTED": JobState.CANCELLING,
        "CANCELLED": JobState.CANCELLED,
    }
    jobs: ClassVar[str] = "batch/jobs"

    def __init__(self) -> None:
        super().__init__(DIALECT, root="v1/", endpoint="/v1/chat/completions")

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        own = {name: value for name, value in body.items() if name != "model"}
        return json_line({"custom_id": id, "body": own})

    def request(self, file: str, rows: JobRows) -> dict[str, Any]:
        """See ``CompletionsJobs``."""
        return {"input_files": [file], "model": rows.model}

    def read_status(self, job: Mapping[str, Any], state: JobState) -> JobStatus:
        """See ``CompletionsJobs``."""
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
    why = "; ".join(map(str, reasons)) or "The vendor says that the job failed, and not why."
    return APIError(why)
