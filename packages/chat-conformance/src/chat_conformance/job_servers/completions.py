"""Files and batches of the Chat Completions wire: OpenAI, by both APIs, Azure and Groq.

Shapes are those of ``Batch`` and ``BatchError`` in the SDKs ``openai`` and ``groq``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import CompletionsSimulator, ResponsesSimulator, Simulator
from ..wire_connection import Request
from .job_server import JobServer, Outcome, Unanswered, no_such_path

__all__ = ["AzureJobServer", "CompletionsJobServer", "GroqJobServer", "ResponsesJobServer"]

_FAILED = (ErrorReply, Unanswered.EXPIRED, Unanswered.CANCELLED)


class CompletionsJobServer(JobServer):
    """OpenAI, by Chat Completions."""

    simulator: ClassVar[Simulator] = CompletionsSimulator()
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.WAITING: "validating",
        JobState.RUNNING: "in_progress",
        JobState.COMPLETED: "completed",
        JobState.FAILED: "failed",
        JobState.EXPIRED: "expired",
        JobState.CANCELLING: "cancelling",
        JobState.CANCELLED: "cancelled",
    }
    root: ClassVar[str] = "/v1"
    endpoint: ClassVar[str] = "/v1/chat/completions"

    def settings(self, url: str) -> dict[str, Any]:
        return {**super().settings(url), "base_url": f"{url}/v1"}

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(self.root)
        if path == "/files":
            self.take_upload(request)
            return json_answer(self.file(len(request.body)))
        if path == "/files/out/content":
            return self.lines(self.output_line)
        if path == "/files/err/content":
            return self.lines(self.error_line)
        if path == "/batches/batch_1/cancel":
            self.state = JobState.CANCELLING
        if path in ("/batches", "/batches/batch_1", "/batches/batch_1/cancel"):
            return json_answer(self.batch())
        return no_such_path(request)

    def file(self, size: int) -> dict[str, Any]:
        """The file with the rows."""
        facts = {"object": "file", "bytes": size, "created_at": 1, "filename": "rows.jsonl"}
        return {"id": "file-1", **facts, "purpose": "batch"}

    def batch(self) -> dict[str, Any]:
        """The job. Each of its two files is there if a row is in it."""
        failed = [{"code": "invalid_json_line", "message": "no JSON", "line": 2}]
        is_failed = self.state is JobState.FAILED
        return {
            "id": "batch_1",
            "object": "batch",
            "endpoint": self.endpoint,
            "completion_window": "24h",
            "created_at": 1,
            "status": self.word,
            "input_file_id": "file-1",
            "output_file_id": "out" if self.count(Reply) else None,
            "error_file_id": "err" if self.count(*_FAILED) else None,
            "errors": {"object": "list", "data": failed} if is_failed else None,
            "request_counts": {
                "total": len(self.rows),
                "completed": self.count(Reply),
                "failed": self.count(*_FAILED),
            },
        }

    def output_line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        """The line of a row in the file of answers."""
        if not isinstance(outcome, Reply):
            return None
        answered = {"status_code": 200, "request_id": f"req-{row}", "body": self.body(outcome)}
        return {"id": "b1", "custom_id": row, "response": answered, "error": None}

    def error_line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        """The line of a row in the file of errors."""
        line: dict[str, Any] = {"id": "b1", "custom_id": row, "response": None, "error": None}
        if isinstance(outcome, ErrorReply):
            status, body = self.simulator.status(outcome), self.simulator.error(outcome)
            refused = {"status_code": status, "request_id": f"req-{row}", "body": body}
            return {**line, "response": refused}
        if outcome in (Unanswered.EXPIRED, Unanswered.CANCELLED):
            word = outcome.value
            return {**line, "error": {"code": f"batch_{word}", "message": f"This was {word}."}}
        return None


class ResponsesJobServer(CompletionsJobServer):
    """OpenAI, by Responses."""

    simulator: ClassVar[Simulator] = ResponsesSimulator()
    endpoint = "/v1/responses"


class AzureJobServer(CompletionsJobServer):
    """Azure: the same below the resource's address, with a version of the API."""

    root = "/openai"
    version: ClassVar[str] = "2025-04-01-preview"

    def settings(self, url: str) -> dict[str, Any]:
        return {"api_key": "a-key", "azure_endpoint": url, "api_version": self.version}

    def answer(self, request: Request) -> Answer:
        is_known = request.headers.get("api-key") or request.headers.get("authorization")
        if is_known and request.query == {"api-version": self.version}:
            return super().answer(request)
        return no_such_path(request)


class GroqJobServer(CompletionsJobServer):
    """Groq: the same below ``/openai/v1``."""

    root = "/openai/v1"

    def settings(self, url: str) -> dict[str, Any]:
        return {**super().settings(url), "base_url": url}
