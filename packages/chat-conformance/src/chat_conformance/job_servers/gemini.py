"""Batch jobs of the Gemini API and of Vertex AI, as ``google/genai/batches.py`` reads them.

On the Gemini API rows and answers travel within the job. On Vertex AI they lie in a bucket, which
the JSON API of Cloud Storage serves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import GeminiSimulator, Simulator
from ..wire_connection import Request
from .job_server import GONE, JobServer, Outcome, Unanswered, no_such_path

__all__ = ["GeminiJobServer", "VertexJobServer"]

_FAILED = (ErrorReply, Unanswered.EXPIRED, Unanswered.CANCELLED)
_NO_JSON = {"code": 3, "status": "INVALID_ARGUMENT", "message": "no JSON"}


class GeminiJobServer(JobServer):
    """The Gemini API."""

    has_lines = False
    simulator: ClassVar[Simulator] = GeminiSimulator()
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.WAITING: "PENDING",
        JobState.RUNNING: "RUNNING",
        JobState.COMPLETED: "SUCCEEDED",
        JobState.FAILED: "FAILED",
        JobState.EXPIRED: "EXPIRED",
        JobState.CANCELLING: "CANCELLING",
        JobState.CANCELLED: "CANCELLED",
    }

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(row["metadata"]["key"])

    def body_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = row["request"]
        return body

    def stray_line(self, row: str) -> dict[str, Any]:
        return {"error": {"code": 400, "message": "x"}, "metadata": {"key": row}}

    def answer(self, request: Request) -> Answer:
        if request.path.endswith(":batchGenerateContent"):
            self.rows = json.loads(request.body)["batch"]["inputConfig"]["requests"]["requests"]
        elif request.path.endswith("/batches/b1:cancel"):
            self.state = JobState.CANCELLING
            return json_answer({})
        elif not request.path.endswith("/batches/b1"):
            return no_such_path(request)
        elif self.is_gone:
            return json_answer({"error": {"code": 404, "message": GONE}}, 404)
        return json_answer(self._batch())

    def _batch(self) -> dict[str, Any]:
        stats = {
            "requestCount": str(len(self.rows)),
            "successfulRequestCount": str(self.count(Reply)),
            "failedRequestCount": str(self.count(*_FAILED)),
        }
        facts: dict[str, Any] = {"state": f"BATCH_STATE_{self.word}", "batchStats": stats}
        if self.is_over:
            answers = [self.row_answer(self.id_of(row)) for row in reversed(self.rows)]
            found = [json.loads(line) for line in self.damaged]
            found += [each for each in answers if each is not None]
            facts["output"] = {"inlinedResponses": {"inlinedResponses": found}}
        job = {"name": "batches/b1", "metadata": facts, "done": self.is_over}
        return {**job, **({"error": _NO_JSON} if self.state is JobState.FAILED else {})}

    def row_answer(self, row: str) -> dict[str, Any] | None:
        """The answer to a row, with the row's key."""
        outcome = self.outcome(row)
        key = {"metadata": {"key": row}}
        if isinstance(outcome, Reply):
            return {"response": self.body(outcome), **key}
        if isinstance(outcome, ErrorReply):
            return {**self.simulator.error(outcome), **key}
        if outcome is Unanswered.MISSING:
            return None
        return {"error": {"code": 499, "status": "CANCELLED", "message": outcome.value}, **key}


class VertexJobServer(GeminiJobServer):
    """Vertex AI, whose jobs and bucket both ask for the token of the credentials."""

    has_lines = True
    storage = "gs://pond/rows"
    own_parts = frozenset({"model", "labels"})
    jobs: ClassVar[str] = "/v1beta1/projects/p1/locations/global/batchPredictionJobs"
    made: Mapping[str, Any]

    def settings(self, url: str) -> dict[str, Any]:
        from google.oauth2 import credentials  # installed where the provider is

        make: Any = credentials.Credentials  # which google-auth has not typed
        return {"base_url": url, "project": "p1", "credentials": make("a-token")}

    def environment(self, url: str) -> dict[str, str]:
        return {"STORAGE_EMULATOR_HOST": url}

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(row["request"]["labels"]["chat-batch-row"])

    def stray_line(self, row: str) -> dict[str, Any]:
        return {"request": {"labels": {"chat-batch-row": row}}, "response": {}}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != "Bearer a-token":
            return json_answer({"error": {"code": 401, "message": "no token"}}, 401)
        if request.path.partition("/b/")[0] in ("/upload/storage/v1", "/storage/v1"):
            return self._bucket(request)
        if request.method == "POST" and request.path == self.jobs:
            self.made = json.loads(request.body)
        elif request.path == f"{self.jobs}/b1:cancel":
            self.state = JobState.CANCELLING
            return json_answer({})
        elif request.path != f"{self.jobs}/b1":
            return no_such_path(request)
        return json_answer(self._job())

    def _bucket(self, request: Request) -> Answer:
        if request.method == "POST":
            self.take_lines(request.body)
            return json_answer({"kind": "storage#object", "name": request.query["name"]})
        if request.path != "/storage/v1/b/pond/o":
            return self.lines(self._line)
        folder = request.query["prefix"]
        if "pageToken" in request.query:
            return json_answer({"items": [{"name": f"{folder}predictions.jsonl"}]})
        return json_answer({"items": [{"name": f"{folder}log.txt"}], "nextPageToken": "2"})

    def _job(self) -> dict[str, Any]:
        folder = self.made["outputConfig"]["gcsDestination"]["outputUriPrefix"]
        job: dict[str, Any] = {
            "name": f"{self.jobs.removeprefix('/v1beta1/')}/b1",
            "state": f"JOB_STATE_{self.word}",
            "outputInfo": {"gcsOutputDirectory": f"{folder}/prediction-model-1"},
            "completionStats": {
                "successfulCount": str(self.count(Reply)),
                "failedCount": str(self.count(*_FAILED)),
            },
        }
        return {**job, **({"error": _NO_JSON} if self.state is JobState.FAILED else {})}

    def _line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        answer = self.row_answer(row)
        if answer is None:
            return None
        request = next(each["request"] for each in self.rows if self.id_of(each) == row)
        error = f"Bad Request: {json.dumps({'error': answer.get('error')})}"
        return {
            "status": error if "error" in answer else "",
            "request": request,
            "response": answer.get("response", {}),
        }
