"""Batch jobs of the plain wire: what a good model says of them, and the server that has them.

POST jobs {"rows": [{"row": id, "ask": body}]}     GET jobs/j1     POST jobs/j1/cancel
    → {"job": "j1", "state": word, "total", "right", "wrong", "why"}
GET jobs/j1/answers, a line a row
    → {"row": id, "reply": body}   {"row": id, "status": n, "reply": error}   {"row", "lost"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.job_servers import JobServer, Outcome, Unanswered, no_such_path
from chat_conformance.script import ErrorReply, Reply
from chat_conformance.simulators import Simulator
from chat_conformance.wire_connection import Request
from chat_core import APIError, InvalidRequestError, MalformedResponseError
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
from plain_simulator import PlainSimulator

WORDS = {
    JobState.WAITING: "queued",
    JobState.RUNNING: "busy",
    JobState.COMPLETED: "done",
    JobState.FAILED: "broken",
    JobState.EXPIRED: "late",
    JobState.CANCELLING: "stopping",
    JobState.CANCELLED: "stopped",
}


class PlainJobs(BatchJobs):
    """The jobs of a good model."""

    states: ClassVar[Mapping[str, JobState]] = {word: state for state, word in WORDS.items()}
    new_state: ClassVar[JobState] = JobState.RUNNING

    def row(self, id: str, body: Mapping[str, Any]) -> bytes:
        return json.dumps({"row": id, "ask": body}).encode()

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        content = b'{"rows":[' + b",".join(rows.lines) + b"]}"
        job = yield Operation("jobs", _job, "POST", content=content, is_repeatable=False)
        return {"id": job["job"]}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        status: JobStatus = yield Operation(f"jobs/{job['id']}", self.read_status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        status: JobStatus = yield Operation(f"jobs/{job['id']}/cancel", self.read_status, "POST")
        return status

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        yield from ()
        return [ResultFile(Operation(f"jobs/{job['id']}/answers", self.read_answer))]

    def read_status(self, wire: Any) -> JobStatus:
        job = _job(wire)
        state = self.states.get(job["state"], self.new_state)
        counts = JobCounts(total=job["total"], succeeded=job["right"], failed=job["wrong"])
        error = InvalidRequestError(job["why"]) if state is JobState.FAILED else None
        return JobStatus(state, counts, job["state"], error)

    def read_answer(self, line: bytes) -> JobAnswer:
        wire = read_line(line)
        if "lost" in wire:
            return JobAnswer(wire["row"], error=APIError(f"The row was {wire['lost']}."))
        return JobAnswer(wire.get("row"), wire.get("reply"), wire.get("status", 200))


def _job(wire: Any) -> dict[str, Any]:
    if "job" not in wire:
        raise MalformedResponseError("The answer names no job.", wire=str(wire))
    return dict(wire)


class PlainJobServer(JobServer):
    """The vendor of the plain wire."""

    simulator: ClassVar[Simulator] = PlainSimulator()
    words: ClassVar[Mapping[JobState, str]] = WORDS

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(row["row"])

    def body_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = row["ask"]
        return body

    def stray_line(self, row: str) -> dict[str, Any]:
        return {"row": row, "lost": "x"}

    def answer(self, request: Request) -> Answer:
        if request.path == "/jobs/j1/answers":
            return self.lines(self._line)
        if request.method == "POST" and request.path == "/jobs":
            self.rows = json.loads(request.body)["rows"]
        elif request.path == "/jobs/j1/cancel":
            self.state = JobState.CANCELLING
        elif request.path not in ("/jobs", "/jobs/j1"):
            return no_such_path(request)
        counts = {"total": len(self.rows), "right": self.count(Reply)}
        counts |= {"wrong": self.count(ErrorReply)}
        return json_answer({"job": "j1", "state": self.word, "why": "no JSON", **counts})

    def _line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        if isinstance(outcome, Reply):
            return {"row": row, "reply": self.body(outcome)}
        if isinstance(outcome, ErrorReply):
            status, reply = self.simulator.status(outcome), self.simulator.error(outcome)
            return {"row": row, "status": status, "reply": reply}
        return None if outcome is Unanswered.MISSING else {"row": row, "lost": outcome.value}
