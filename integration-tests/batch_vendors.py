"""The vendors' batch endpoints on loopback, written from the types of their SDKs.

Each is told what becomes of each row, and answers a whole job with it: the upload, the job, its
status, its cancellation and its results.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any, ClassVar

from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.wire_connection import Request
from chat_conformance.wire_server import WireServer

__all__ = ["FACTORIES", "Gemini", "Outcome", "Vendor"]

Outcome = tuple[str, str]
"""What becomes of a row: ``("ok", text)``, ``("error", message)``, ``("expired", "")``, or
``("cancelled", "")``, or ``("lost", "")`` for a row that the vendor's results do not have."""


@dataclass
class Vendor:
    """One vendor's endpoints. ``states`` are its answers to the question how far the job is."""

    provider: str
    settings: dict[str, Any]
    states: list[str]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    extra_lines: list[bytes] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    model: str = "perch-1"
    default: Outcome = ("ok", "A fish.")

    storage: ClassVar[str | None] = None
    role: ClassVar[str | None] = None

    def server(self) -> WireServer:
        """The server; its URL is ``settings_at``'s."""
        return WireServer(handler=self._handle, check=None)

    def _handle(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def settings_at(self, url: str) -> dict[str, Any]:
        return {"api_key": "a-key", "max_retries": 0, **self.settings, "base_url": self.base(url)}

    def base(self, url: str) -> str:
        return url

    def places(self) -> dict[str, str]:
        """The arguments of ``submit`` about storage."""
        found = {"storage": self.storage, "role": self.role}
        return {name: value for name, value in found.items() if value is not None}

    def next_state(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def outcome(self, row: str) -> Outcome:
        return self.outcomes.get(row, self.default)

    def lines(self, write: Callable[[str, Outcome], dict[str, Any] | None]) -> Answer:
        """The results, the last row first, as JSON Lines."""
        ids = [self.id_of(row) for row in reversed(self.rows)]
        made = [write(each, self.outcome(each)) for each in ids]
        lines = [json.dumps(each).encode() for each in made if each is not None]
        return Answer(body=b"\n".join([*lines, *self.extra_lines]) + b"\n")

    def id_of(self, row: dict[str, Any]) -> str:
        return str(row["custom_id"])

    def take_file(self, request: Request) -> None:
        head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        parts: Any = message_from_bytes(head + request.body).get_payload()
        file = next(part for part in parts if part.get_filename())
        self.rows = [json.loads(line) for line in file.get_payload(decode=True).splitlines()]

    def count(self, *kinds: str) -> int:
        return sum(self.outcome(self.id_of(row))[0] in kinds for row in self.rows)


def completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "c1",
        "object": "chat.completion",
        "model": "perch-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def response(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "m1", "role": "assistant", "content": [part]}
    return {
        "id": "r1",
        "object": "response",
        "status": "completed",
        "model": "perch-1",
        "output": [item],
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
    }


class OpenAI(Vendor):
    """``/files`` and ``/batches`` as in the types of the ``openai`` and ``groq`` SDKs."""

    root = "/v1"
    write_answer = staticmethod(completion)

    def base(self, url: str) -> str:
        return f"{url}/v1" if self.provider == "openai" else url

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(self.root)
        if path == "/files":
            self.take_file(request)
            return json_answer({"id": "file-1", "object": "file", "purpose": "batch"})
        if path == "/files/out/content":
            return self.lines(self._output)
        if path == "/files/err/content":
            return self.lines(self._errors)
        if path == "/batches/batch_1/cancel":
            self.states = ["cancelling", "cancelled"]
        if path.startswith("/batches"):
            return json_answer(self.batch(self.next_state()))
        return json_answer({"error": {"message": f"no {path}"}}, 404)

    def batch(self, state: str) -> dict[str, Any]:
        failed = [{"code": "invalid_json_line", "message": "no JSON", "line": 2}]
        return {
            "id": "batch_1",
            "object": "batch",
            "status": state,
            "input_file_id": "file-1",
            "output_file_id": "out" if self.count("ok") else None,
            "error_file_id": "err" if self.count("error", "expired", "cancelled") else None,
            "errors": {"object": "list", "data": failed} if state == "failed" else None,
            "request_counts": {
                "total": len(self.rows),
                "completed": self.count("ok"),
                "failed": self.count("error", "expired", "cancelled"),
            },
        }

    def _output(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        if outcome[0] != "ok":
            return None
        body = self.write_answer(outcome[1])
        answered = {"status_code": 200, "request_id": f"req-{row}", "body": body}
        return {"id": "b1", "custom_id": row, "response": answered, "error": None}

    def _errors(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        if outcome[0] == "error":
            body = {"error": {"message": outcome[1], "code": "context_length_exceeded"}}
            refused = {"status_code": 400, "request_id": f"req-{row}", "body": body}
            return {"id": "b1", "custom_id": row, "response": refused, "error": None}
        if outcome[0] in ("expired", "cancelled"):
            error = {"code": f"batch_{outcome[0]}", "message": f"The batch has {outcome[0]}."}
            return {"id": "b1", "custom_id": row, "response": None, "error": error}
        return None


class OpenAIResponses(OpenAI):
    write_answer = staticmethod(response)


class Azure(OpenAI):
    """The same below the resource's address, with a version of the API and a key of Azure."""

    root = "/openai"

    def settings_at(self, url: str) -> dict[str, Any]:
        settings = {**super().settings_at(url), "azure_endpoint": url}
        del settings["base_url"]
        return settings

    def answer(self, request: Request) -> Answer:
        is_known = request.headers.get("api-key") or request.headers.get("authorization")
        if not is_known or request.query != {"api-version": "2025-04-01-preview"}:
            return json_answer({"error": {"message": f"no {request.path}"}}, 404)
        return super().answer(request)


class Groq(OpenAI):
    root = "/openai/v1"


class Mistral(OpenAI):
    """``/v1/batch/jobs`` as in ``BatchJob`` of the ``mistralai`` SDK."""

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/v1/batch/jobs/batch_1/cancel":
            self.states = ["CANCELLATION_REQUESTED", "CANCELLED"]
        if path.startswith("/v1/batch/jobs"):
            return json_answer(self.batch(self.next_state()))
        return super().answer(request)

    def batch(self, state: str) -> dict[str, Any]:
        return {
            "id": "batch_1",
            "object": "batch",
            "status": state,
            "input_files": ["file-1"],
            "output_file": "out" if self.count("ok") else None,
            "error_file": "err" if self.count("error", "expired", "cancelled") else None,
            "errors": [{"message": "no JSON", "count": 1}] if state == "FAILED" else [],
            "total_requests": len(self.rows),
            "succeeded_requests": self.count("ok"),
            "failed_requests": self.count("error", "expired", "cancelled"),
        }


class Anthropic(Vendor):
    """``/v1/messages/batches`` as in ``MessageBatch`` of the ``anthropic`` SDK."""

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1/messages/batches")
        if path == "/msgbatch_1/results":
            return self.lines(self._result)
        if request.method == "POST" and path == "":
            self.rows = json.loads(request.body)["requests"]
        if path == "/msgbatch_1/cancel":
            self.states = ["canceling", "ended"]
        state = self.next_state()
        counts = {
            "processing": 0 if state == "ended" else len(self.rows),
            "succeeded": self.count("ok"),
            "errored": self.count("error"),
            "canceled": self.count("cancelled"),
            "expired": self.count("expired"),
        }
        if state != "ended":
            counts = {name: n if name == "processing" else 0 for name, n in counts.items()}
        return json_answer(
            {
                "id": "msgbatch_1",
                "type": "message_batch",
                "processing_status": state,
                "request_counts": counts,
                "results_url": "https://api.anthropic.com/elsewhere",
            }
        )

    def _result(self, row: str, outcome: Outcome) -> dict[str, Any] | None:
        kind, text = outcome
        if kind == "lost":
            return None
        result: dict[str, Any] = {"type": {"cancelled": "canceled"}.get(kind, kind)}
        if kind == "ok":
            message = {
                "id": "m1",
                "type": "message",
                "role": "assistant",
                "model": "perch-1",
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 3, "output_tokens": 2},
            }
            result = {"type": "succeeded", "message": message}
        if kind == "error":
            error = {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}
            result = {"type": "errored", "error": {"type": "error", "error": error}}
        return {"custom_id": row, "result": result}


class Gemini(Vendor):
    """``:batchGenerateContent`` and ``batches/`` as ``google/genai/batches.py`` reads them."""

    def id_of(self, row: dict[str, Any]) -> str:
        return str(row["metadata"]["key"])

    def answer(self, request: Request) -> Answer:
        if request.path.endswith(":batchGenerateContent"):
            self.rows = json.loads(request.body)["batch"]["inputConfig"]["requests"]["requests"]
        if request.path.endswith(":cancel"):
            self.states = ["CANCELLING", "CANCELLED"]
            return json_answer({})
        state = self.next_state()
        answers = [self._answer(self.id_of(row)) for row in self.rows]
        answers = [each for each in answers if each is not None]
        answers += [json.loads(line) for line in self.extra_lines]
        stats = {
            "requestCount": str(len(self.rows)),
            "successfulRequestCount": str(self.count("ok")),
            "failedRequestCount": str(self.count("error", "expired", "cancelled")),
        }
        facts: dict[str, Any] = {"state": f"BATCH_STATE_{state}", "batchStats": stats}
        over = state not in ("PENDING", "RUNNING", "CANCELLING")
        if over:
            facts["output"] = {"inlinedResponses": {"inlinedResponses": answers}}
        failed = {"code": 3, "status": "INVALID_ARGUMENT", "message": "no JSON"}
        job = {"name": "batches/b1", "metadata": facts, "done": over}
        return json_answer({**job, **({"error": failed} if state == "FAILED" else {})})

    def _answer(self, row: str) -> dict[str, Any] | None:
        kind, text = self.outcome(row)
        if kind == "lost":
            return None
        if kind != "ok":
            message = "exceeds the maximum number of tokens allowed" if text else kind
            error = {"code": 400, "status": "INVALID_ARGUMENT", "message": message}
            return {"error": error, "metadata": {"key": row}}
        content = {"role": "model", "parts": [{"text": text}]}
        usage = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}
        answer = {
            "candidates": [{"content": content, "finishReason": "STOP"}],
            "usageMetadata": usage,
            "modelVersion": "perch-1",
        }
        return {"response": answer, "metadata": {"key": row}}


class Fireworks(OpenAI):
    """Datasets and batch inference jobs as in the ``fireworks`` SDK."""

    def base(self, url: str) -> str:
        self.url = url
        return f"{url}/inference/v1"

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1/accounts")
        if path == "":
            return json_answer({"accounts": [{"name": "accounts/pond"}]})
        if path.startswith("/signed/"):
            return self.lines(self._output if path.endswith("output.jsonl") else self._errors)
        if path.endswith(":upload"):
            self.take_file(request)
            return json_answer({})
        if path.endswith(":getDownloadEndpoint"):
            names = ("error.jsonl", "output.jsonl")
            files = {name: f"{self.url}/v1/accounts/signed/{name}" for name in names}
            return json_answer({"filenameToSignedUrls": files})
        if path == "/pond/datasets":
            return json_answer({"name": f"accounts/pond/datasets/{request.query or 'd'}"})
        return json_answer(self.batch(self.next_state()))

    def batch(self, state: str) -> dict[str, Any]:
        return {
            "name": "accounts/pond/batchInferenceJobs/j1",
            "state": f"JOB_STATE_{state}",
            "outputDatasetId": "accounts/pond/datasets/results",
            "status": {"code": "INVALID_ARGUMENT", "message": "no JSON"},
            "jobProgress": {
                "totalInputRequests": len(self.rows),
                "successfullyProcessedRequests": self.count("ok"),
                "failedRequests": self.count("error", "expired", "cancelled"),
            },
        }


_AZURE = {"api_version": "2025-04-01-preview"}
_OPENAI_STATES = ("validating", "in_progress", "completed")


FACTORIES: dict[str, Callable[[], Vendor]] = {
    "openai": lambda: OpenAI("openai", {}, [*_OPENAI_STATES]),
    "openai-responses": lambda: OpenAIResponses("openai", {"api": "responses"}, [*_OPENAI_STATES]),
    "azure-openai": lambda: Azure("azure-openai", _AZURE, [*_OPENAI_STATES]),
    "groq": lambda: Groq("groq", {}, [*_OPENAI_STATES]),
    "mistralai": lambda: Mistral("mistralai", {}, ["QUEUED", "RUNNING", "SUCCESS"]),
    "anthropic": lambda: Anthropic("anthropic", {}, ["in_progress", "in_progress", "ended"]),
    "google-genai": lambda: Gemini("google-genai", {}, ["PENDING", "RUNNING", "SUCCEEDED"]),
    "fireworks": lambda: Fireworks("fireworks", {}, ["VALIDATING", "RUNNING", "COMPLETED"]),
}
"""A new vendor under each name; of its states the first answers the making of the job."""
