"""Batch jobs of Mistral: files as on the Chat Completions wire, ``BatchJob`` of its SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import MistralSimulator, Simulator
from ..wire_connection import Request
from .completions import CompletionsJobServer
from .job_server import Unanswered

__all__ = ["MistralJobServer"]

_JOB = "/v1/batch/jobs/batch_1"


class MistralJobServer(CompletionsJobServer):
    """Mistral."""

    simulator: ClassVar[Simulator] = MistralSimulator()
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.WAITING: "QUEUED",
        JobState.RUNNING: "RUNNING",
        JobState.COMPLETED: "SUCCESS",
        JobState.FAILED: "FAILED",
        JobState.EXPIRED: "TIMEOUT_EXCEEDED",
        JobState.CANCELLING: "CANCELLATION_REQUESTED",
        JobState.CANCELLED: "CANCELLED",
    }

    def settings(self, url: str) -> dict[str, Any]:
        return {**super().settings(url), "base_url": url}

    def answer(self, request: Request) -> Answer:
        if request.path == f"{_JOB}/cancel":
            self.state = JobState.CANCELLING
        if request.path in ("/v1/batch/jobs", _JOB, f"{_JOB}/cancel"):
            return json_answer(self.batch())
        return super().answer(request)

    def file(self, size: int) -> dict[str, Any]:
        found = super().file(size)
        return {**found, "sample_type": "batch_request", "source": "upload"}

    def batch(self) -> dict[str, Any]:
        is_failed = self.state is JobState.FAILED
        failed = (ErrorReply, Unanswered.EXPIRED, Unanswered.CANCELLED)
        return {
            "id": "batch_1",
            "object": "batch",
            "endpoint": self.endpoint,
            "status": self.word,
            "input_files": ["file-1"],
            "output_file": "out" if self.count(Reply) else None,
            "error_file": "err" if self.count(*failed) else None,
            "errors": [{"message": "no JSON", "count": 1}] if is_failed else [],
            "created_at": 1,
            "total_requests": len(self.rows),
            "completed_requests": self.count(Reply, *failed),
            "succeeded_requests": self.count(Reply),
            "failed_requests": self.count(*failed),
        }
