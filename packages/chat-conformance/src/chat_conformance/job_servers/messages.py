"""Message batches of Anthropic, as in ``MessageBatch`` of its SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import MessagesSimulator, Simulator
from ..wire_connection import Request
from .job_server import JobServer, Outcome, Unanswered, no_such_path

__all__ = ["MessagesJobServer"]

_BATCHES = "/v1/messages/batches"
_COUNTS: dict[str, type | Unanswered] = {
    "succeeded": Reply,
    "errored": ErrorReply,
    "canceled": Unanswered.CANCELLED,
    "expired": Unanswered.EXPIRED,
}


class MessagesJobServer(JobServer):
    """Anthropic. A batch cannot fail as a whole, and has one word for every end."""

    simulator: ClassVar[Simulator] = MessagesSimulator()
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.RUNNING: "in_progress",
        JobState.WAITING: "in_progress",
        JobState.CANCELLING: "canceling",
        JobState.COMPLETED: "ended",
        JobState.EXPIRED: "ended",
        JobState.CANCELLED: "ended",
    }

    def body_of(self, row: Any) -> dict[str, Any]:
        body: dict[str, Any] = row["params"]
        return body

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(_BATCHES)
        if path == "/msgbatch_1/results":
            return self.lines(self._line)
        if request.method == "POST" and path == "":
            self.rows = json.loads(request.body)["requests"]
        if path == "/msgbatch_1/cancel":
            self.state = JobState.CANCELLING
        if path in ("", "/msgbatch_1", "/msgbatch_1/cancel"):
            return json_answer(self._batch())
        return no_such_path(request)

    def _batch(self) -> dict[str, Any]:
        """The batch; rows are counted as processing until all of it has ended."""
        counts = {name: self.count(kind) if self.is_over else 0 for name, kind in _COUNTS.items()}
        processing = 0 if self.is_over else len(self.rows)
        return {
            "id": "msgbatch_1",
            "type": "message_batch",
            "processing_status": self.word,
            "request_counts": {"processing": processing, **counts},
            "created_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-02T00:00:00Z",
            "results_url": f"{_BATCHES}/msgbatch_1/results" if self.is_over else None,
        }

    def _line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        if isinstance(outcome, Reply):
            result = {"type": "succeeded", "message": self.body(outcome)}
        elif isinstance(outcome, ErrorReply):
            result = {"type": "errored", "error": self.simulator.error(outcome)}
        elif outcome is Unanswered.MISSING:
            return None
        else:
            result = {"type": "canceled" if outcome is Unanswered.CANCELLED else "expired"}
        return {"custom_id": row, "result": result}
