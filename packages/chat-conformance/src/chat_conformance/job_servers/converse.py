"""Model invocation jobs of Bedrock as in botocore's model of the service, and S3 beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import unquote

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import ConverseSimulator, Simulator
from ..wire_connection import Request
from .job_server import JobServer, Outcome

__all__ = ["ConverseJobServer"]


class ConverseJobServer(JobServer):
    """Bedrock: both services ask for requests that are signed, each for itself."""

    simulator: ClassVar[Simulator] = ConverseSimulator()
    words: ClassVar[Mapping[JobState, str]] = {
        JobState.WAITING: "Submitted",
        JobState.RUNNING: "InProgress",
        JobState.COMPLETED: "Completed",
        JobState.FAILED: "Failed",
        JobState.EXPIRED: "Expired",
        JobState.CANCELLING: "Stopping",
        JobState.CANCELLED: "Stopped",
    }
    takes_tools = False
    storage = "s3://pond/rows/"
    role = "arn:aws:iam::111122223333:role/batch"
    arn: ClassVar[str] = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abcdefgh1234"
    own_parts = frozenset({"modelId"})
    made: Mapping[str, Any]

    def settings(self, url: str) -> dict[str, Any]:
        return {"region": "us-east-1"}

    def environment(self, url: str) -> dict[str, str]:
        services = ("BEDROCK", "BEDROCK_RUNTIME", "S3")
        found = {f"AWS_ENDPOINT_URL_{service}": url for service in services}
        return {**found, "AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a-secret"}

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(row["recordId"])

    def body_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = row["modelInput"]
        return body

    def stray_line(self, row: str) -> dict[str, Any]:
        return {"recordId": row, "error": {"errorCode": 400, "errorMessage": "x"}}

    def answer(self, request: Request) -> Answer:
        is_of_s3 = request.path.startswith("/pond/")
        scope = f"/us-east-1/{'s3' if is_of_s3 else 'bedrock'}/aws4_request"
        if scope not in request.headers.get("authorization", ""):
            return json_answer({"message": "no signature"}, 403)
        return self._bucket(request) if is_of_s3 else self._control(request)

    def _bucket(self, request: Request) -> Answer:
        digest = sha256(request.body).hexdigest()
        if request.headers.get("x-amz-content-sha256") != digest:
            return Answer(status=400, body=b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
        if request.method == "PUT":
            self.take_lines(request.body)
            return Answer(body=b"")
        folder = self.made["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        file = f"{folder.removeprefix('s3:/')}abcdefgh1234/rows.jsonl.out"
        if request.path == file and self.count(Reply, ErrorReply) and not self.is_gone:
            return self.lines(self._line)
        return Answer(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")

    def _control(self, request: Request) -> Answer:
        path = unquote(request.path).removeprefix("/model-invocation-job")
        if path == "":
            self.made = json.loads(request.body)
            return json_answer({"jobArn": self.arn})
        if path == f"/{self.arn}/stop":
            self.state = JobState.CANCELLING
            return json_answer({})
        if path != f"/{self.arn}":
            return json_answer({"message": f"no {path}"}, 404)
        return json_answer(self._job())

    def _job(self) -> dict[str, Any]:
        return {
            "jobArn": self.arn,
            "status": self.word,
            "message": "no JSON" if self.state is JobState.FAILED else None,
            "totalRecordCount": len(self.rows),
            "processedRecordCount": self.count(Reply, ErrorReply),
            "successRecordCount": self.count(Reply),
            "errorRecordCount": self.count(ErrorReply),
        }

    def _line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        line = {"recordId": row, "modelInput": {}}
        if isinstance(outcome, Reply):
            return {**line, "modelOutput": self.body(outcome)}
        if not isinstance(outcome, ErrorReply):
            return None
        code, words = self.simulator.status(outcome), self.simulator.error(outcome)["message"]
        return {**line, "error": {"errorCode": code, "errorMessage": words}}
