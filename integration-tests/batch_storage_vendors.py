"""The vendors whose batch jobs read a bucket of the user's, on loopback: jobs and bucket in one.

Written from the types of their SDKs, as ``batch_vendors`` is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from batch_vendors import FACTORIES as _OTHERS
from batch_vendors import Gemini, Outcome, Vendor
from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.wire_connection import Request

__all__ = ["FACTORIES", "VARIABLES"]

VARIABLES = (
    "STORAGE_EMULATOR_HOST",
    *(f"AWS_ENDPOINT_URL_{service}" for service in ("BEDROCK", "BEDROCK_RUNTIME", "S3")),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
)
"""Variables of the environment that vendors set: their servers, and keys that are none."""


class Vertex(Gemini):
    """``batchPredictionJobs`` as ``google/genai/batches.py`` reads them, and a bucket.

    The bucket is the JSON API of Cloud Storage; both ask for the token of the credentials.
    """

    storage = "gs://pond/rows"
    jobs = "/v1beta1/projects/p1/locations/global/batchPredictionJobs"

    def id_of(self, row: dict[str, Any]) -> str:
        return str(row["request"]["labels"]["chat-batch-row"])

    def settings_at(self, url: str) -> dict[str, Any]:
        from google.oauth2 import credentials

        make: Any = credentials.Credentials  # which google-auth has not typed
        os.environ["STORAGE_EMULATOR_HOST"] = url
        given = {"project": "p1", "credentials": make("a-token")}
        return {"max_retries": 0, "base_url": url, **given}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != "Bearer a-token":
            return json_answer({"error": {"code": 401, "message": "no token"}}, 401)
        if request.path == "/upload/storage/v1/b/pond/o":
            self.rows = [json.loads(line) for line in request.body.splitlines()]
            return json_answer({"kind": "storage#object", "name": request.query["name"]})
        if request.path == "/storage/v1/b/pond/o":
            return json_answer(self._page(request.query))
        if request.path.startswith("/storage/v1/b/pond/o/"):
            return self.lines(self._answer_line)
        if request.method == "POST" and request.path == self.jobs:
            self.made = json.loads(request.body)
        if request.path == f"{self.jobs}/b1:cancel":
            self.states = ["CANCELLING", "CANCELLED"]
            return json_answer({})
        if request.path not in (self.jobs, f"{self.jobs}/b1"):
            return json_answer({"error": {"code": 404, "message": f"no {request.path}"}}, 404)
        return json_answer(self.batch(self.next_state()))

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        """The folder of the answers, one object a page."""
        if "pageToken" in query:
            return {"items": [{"name": f"{query['prefix']}predictions.jsonl"}]}
        return {"items": [{"name": f"{query['prefix']}log.txt"}], "nextPageToken": "2"}

    def batch(self, state: str) -> dict[str, Any]:
        folder = self.made["outputConfig"]["gcsDestination"]["outputUriPrefix"]
        job: dict[str, Any] = {
            "name": f"{self.jobs.removeprefix('/v1beta1/')}/b1",
            "state": f"JOB_STATE_{state}",
            "outputInfo": {"gcsOutputDirectory": f"{folder}/prediction-model-1"},
            "completionStats": {
                "successfulCount": str(self.count("ok")),
                "failedCount": str(self.count("error", "expired", "cancelled")),
            },
        }
        failed = {"code": 3, "message": "no JSON"}
        return {**job, **({"error": failed} if state == "FAILED" else {})}

    def _answer_line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        answer = self._answer(row)
        if answer is None:
            return None
        request = next(each["request"] for each in self.rows if self.id_of(each) == row)
        error = f"Bad Request: {json.dumps({'error': answer.get('error')})}"
        return {
            "status": error if "error" in answer else "",
            "request": request,
            "response": answer.get("response", {}),
        }


class Bedrock(Vendor):
    """The control plane as in botocore's model of ``bedrock``, and S3 with signed requests."""

    storage = "s3://pond/rows/"
    role = "arn:aws:iam::111122223333:role/batch"
    arn = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abcdefgh1234"

    def id_of(self, row: dict[str, Any]) -> str:
        return str(row["recordId"])

    def settings_at(self, url: str) -> dict[str, Any]:
        for service in ("BEDROCK", "BEDROCK_RUNTIME", "S3"):
            os.environ[f"AWS_ENDPOINT_URL_{service}"] = url
        os.environ |= {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a-secret"}
        return {"max_retries": 0, "region": "us-east-1"}

    def answer(self, request: Request) -> Answer:
        is_of_s3 = request.path.startswith("/pond/")
        scope = f"/us-east-1/{'s3' if is_of_s3 else 'bedrock'}/aws4_request"
        if scope not in request.headers.get("authorization", ""):
            return json_answer({"message": "no signature"}, 403)
        return self._storage(request) if is_of_s3 else self._control(request)

    def _storage(self, request: Request) -> Answer:
        digest = sha256(request.body).hexdigest()
        if request.headers.get("x-amz-content-sha256") != digest:
            return Answer(status=400, body=b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
        if request.method == "PUT":
            self.rows = [json.loads(line) for line in request.body.splitlines()]
            return Answer(body=b"")
        folder = self.made["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        file = f"{folder.removeprefix('s3:/')}abcdefgh1234/rows.jsonl.out"
        if request.path == file and self.count("ok", "error"):
            return self.lines(self._line)
        return Answer(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")

    def _control(self, request: Request) -> Answer:
        path = unquote(request.path).removeprefix("/model-invocation-job")
        if path == "":
            self.made = json.loads(request.body)
            self.next_state()
            return json_answer({"jobArn": self.arn})
        if path == f"/{self.arn}/stop":
            self.states = ["Stopping", "Stopped"]
            return json_answer({})
        if path != f"/{self.arn}":
            return json_answer({"message": f"no {path}"}, 404)
        return json_answer(self.batch(self.next_state()))

    def batch(self, state: str) -> dict[str, Any]:
        return {
            "jobArn": self.arn,
            "status": state,
            "message": "no JSON" if state == "Failed" else None,
            "totalRecordCount": len(self.rows),
            "processedRecordCount": self.count("ok", "error"),
            "successRecordCount": self.count("ok"),
            "errorRecordCount": self.count("error"),
        }

    def _line(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        kind, text = outcome
        if kind == "error":
            error = {"errorCode": 400, "errorMessage": "Input is too long for requested model."}
            return {"recordId": row, "modelInput": {}, "error": error}
        if kind != "ok":
            return None
        answer = {
            "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        }
        return {"recordId": row, "modelInput": {}, "modelOutput": answer}


_BEDROCK_STATES = ("Submitted", "Validating", "InProgress", "Completed")

FACTORIES: dict[str, Callable[[], Vendor]] = {
    **_OTHERS,
    "google-vertexai": lambda: Vertex("google-vertexai", {}, ["PENDING", "RUNNING", "SUCCEEDED"]),
    "bedrock": lambda: Bedrock("bedrock", {}, [*_BEDROCK_STATES]),
}
"""A new vendor under each name: these two and those of ``batch_vendors``."""
