"""Datasets and batch inference jobs of Fireworks, as in ``BatchInferenceJob`` of its SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..wire_connection import Request
from .completions import CompletionsJobServer
from .job_server import Unanswered, no_such_path

__all__ = ["FireworksJobServer"]


class FireworksJobServer(CompletionsJobServer):
    """Fireworks, whose API cancels no job."""

    cancels = False
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.WAITING: "VALIDATING",
        JobState.RUNNING: "RUNNING",
        JobState.COMPLETED: "COMPLETED",
        JobState.FAILED: "FAILED",
        JobState.EXPIRED: "EXPIRED",
    }
    url = ""

    def settings(self, url: str) -> dict[str, Any]:
        self.url = url
        return {**super().settings(url), "base_url": f"{url}/inference/v1"}

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1/accounts")
        if path == "":
            return json_answer({"accounts": [{"name": "accounts/pond"}]})
        if path.startswith("/signed/"):
            is_output = path.endswith("output.jsonl")
            return self.lines(self.output_line if is_output else self.error_line)
        if path.endswith(":upload"):
            self.take_upload(request)
            return json_answer({})
        if path.endswith(":getDownloadEndpoint"):
            names = ("error.jsonl", "output.jsonl")
            files = {name: f"{self.url}/v1/accounts/signed/{name}" for name in names}
            return json_answer({"filenameToSignedUrls": files})
        if path == "/pond/datasets":
            return json_answer({"name": f"accounts/pond/datasets/{request.query or 'd'}"})
        if path.startswith("/pond/batchInferenceJobs"):
            return json_answer(self.batch())
        return no_such_path(request)

    def batch(self) -> dict[str, Any]:
        return {
            "name": "accounts/pond/batchInferenceJobs/j1",
            "state": f"JOB_STATE_{self.word}",
            "outputDatasetId": "accounts/pond/datasets/results",
            "status": {"code": "INVALID_ARGUMENT", "message": "no JSON"},
            "jobProgress": {
                "totalInputRequests": len(self.rows),
                "successfullyProcessedRequests": self.count(Reply),
                "failedRequests": self.count(ErrorReply, Unanswered.EXPIRED, Unanswered.CANCELLED),
            },
        }
