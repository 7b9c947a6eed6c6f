"""Batch jobs of the Chat Completions wire: a file of requests, a job, files of answers. Pure.

OpenAI and Groq have the same jobs; Mistral has the same files. Shapes and words are those of
``Batch`` in OpenAI's SDK, which also states the limits of a file (``batch_create_params.py``).
https://platform.openai.com/docs/guides/batch
https://console.groq.com/docs/batch
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import quote

from chat_core import APIError, InvalidParameterError, MalformedResponseError
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
    multipart_form,
    read_line,
)

from .dialect import Dialect
from .entries import entries
from .errors import error_in_answer, find_error

__all__ = [
    "CompletionsJobs",
    "ReadsAnswers",
    "count",
    "json_line",
    "part",
    "segment",
    "text",
    "upload",
]

_STATES = {
    "validating": JobState.WAITING,
    "in_progress": JobState.RUNNING,
    "finalizing": JobState.RUNNING,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "expired": JobState.EXPIRED,
    "cancelling": JobState.CANCELLING,
    "cancelled": JobState.CANCELLED,
}


class ReadsAnswers:
    """Reads what servers of this wire answer about jobs.

    Args:
        dialect: what the vendor's error codes mean.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def object(self, wire: Any) -> dict[str, Any]:
        """The object of an answer. Raises ``APIError`` for an error object or one without id."""
        if not isinstance(wire, dict):
            raise TypeError(f"a JSON {type(wire).__name__}, not an object")
        if not text(wire.get("id")):
            if (error := find_error(wire)) is not None:
                raise error_in_answer(error, self._dialect)
            raise MalformedResponseError("The answer has no id.", wire=str(wire))
        return wire

    def id(self, wire: Any) -> str:
        """The id of an answer's object; raises like ``object``."""
        return str(self.object(wire)["id"])

    def answer(self, line: bytes) -> JobAnswer:
        """The answer on a line of a file of results or of errors."""
        wire = read_line(line)
        row, response = text(wire.get("custom_id")), wire.get("response")
        if isinstance(response, dict) and response.get("body") is not None:
            status = count(response.get("status_code")) or 200
            request_id = text(response.get("request_id"))
            return JobAnswer(row, response["body"], status, None, request_id)
        return JobAnswer(row, error=self.error(wire.get("error")))

    def error(self, value: Any) -> APIError:
        """The error of a row that has no answer: a row whose job ended before it, among others."""
        if isinstance(value, dict) and value.get("code") in ("batch_expired", "batch_cancelled"):
            return APIError(str(value.get("message") or value["code"]), code=value["code"])
        found = find_error({"error": value}) if value else None
        if found is None:
            return MalformedResponseError("A line of the results has neither answer nor error.")
        return error_in_answer(found, self._dialect)


class CompletionsJobs(BatchJobs):
    """Jobs whose requests are lines of an uploaded file.

    Args:
        dialect: what the vendor's error codes mean.
        root: what stands in front of ``files``.
        endpoint: where each row is sent to, as the vendor names it.
    """

    most_rows: ClassVar[int] = 50_000
    most_bytes: ClassVar[int] = 200_000_000
    states: ClassVar[Mapping[str, JobState]] = _STATES
    """What the vendor's words for states mean; any other word is one of a running job."""
    jobs: ClassVar[str] = "batches"
    """Where jobs are, below ``root``."""

    def __init__(self, dialect: Dialect, *, root: str, endpoint: str) -> None:
        self._read = ReadsAnswers(dialect)
        self._root = root
        self._endpoint = endpoint

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        line = {"custom_id": id, "method": "POST", "url": self._endpoint, "body": body}
        return json_line(line)

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        file = yield upload(f"{self._root}files", rows.lines, self._read)
        body = {"endpoint": self._endpoint, **self.request(file, rows)}
        path = f"{self._root}{self.jobs}"
        job = yield Operation(path, self._read.id, "POST", body, is_repeatable=False)
        return {"id": job, "input_file_id": file, "endpoint": self._endpoint}

    def request(self, file: str, rows: JobRows) -> dict[str, Any]:
        """The request for a job of the rows in ``file``, but for its endpoint."""
        return {"input_file_id": file, "completion_window": "24h"}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``. Raises ``InvalidParameterError`` for a job of another endpoint."""
        status: JobStatus = yield Operation(self._path(job), self._status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``; raises like ``status``."""
        status: JobStatus = yield Operation(f"{self._path(job)}/cancel", self._status, "POST")
        return status

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        yield from ()
        files = filter(None, (status.results.get(name) for name in ("output", "errors")))
        path = f"{self._root}files/{{}}/content"
        return [
            ResultFile(Operation(path.format(segment(file)), self._read.answer)) for file in files
        ]

    def _path(self, job: Mapping[str, Any]) -> str:
        endpoint = job.get("endpoint", self._endpoint)
        if endpoint != self._endpoint:
            raise InvalidParameterError(
                f"The job's rows are requests of {endpoint}, and the model sends those of"
                f" {self._endpoint}; give the model the api= that the job was submitted with."
            )
        return f"{self._root}{self.jobs}/{segment(job['id'])}"

    def _status(self, wire: Any) -> JobStatus:
        job = self._read.object(wire)
        return self.read_status(
            job, self.states.get(text(job.get("status")) or "", JobState.RUNNING)
        )

    def read_status(self, job: Mapping[str, Any], state: JobState) -> JobStatus:
        """How far ``job`` is, whose word for it means ``state``."""
        counts = part(job, "request_counts")
        return JobStatus(
            state,
            JobCounts(
                total=count(counts.get("total")),
                succeeded=count(counts.get("completed")),
                failed=count(counts.get("failed")),
            ),
            str(job.get("status")),
            self._failure(job) if state is JobState.FAILED else None,
            {"output": text(job.get("output_file_id")), "errors": text(job.get("error_file_id"))},
        )

    def _failure(self, batch: Mapping[str, Any]) -> APIError:
        """Why the vendor refused the job as a whole."""
        errors = batch.get("errors")
        found = entries(errors.get("data")) if isinstance(errors, dict) else []
        if not found:
            return APIError("The vendor says that the job failed, and not why.")
        first = found[0]
        line = f" (line {first['line']} of the rows)" if first.get("line") else ""
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        error = self._read.error({**first, "type": "invalid_request_error"})
        error.message = f"{error.message}{line}{more}"
        error.args = (error.message,)
        return error


def upload(path: str, lines: Sequence[bytes], read: ReadsAnswers) -> Operation[str]:
    """The upload of ``lines`` as a file for a job; its value is the file's id."""
    content = b"\n".join(lines) + b"\n"
    form, content_type = multipart_form(
        {"purpose": "batch"},
        name="file",
        filename=f"rows-{sha256(content).hexdigest()[:12]}.jsonl",
        content=content,
        content_type="application/jsonl",
    )
    return Operation(path, read.id, "POST", content=form, content_type=content_type)


def json_line(value: Mapping[str, object]) -> bytes:
    """``value`` as one line of JSON, without its end of line."""
    return json.dumps(value, separators=(",", ":")).encode()


def count(value: object) -> int | None:
    """A number of rows; ``None`` for anything else."""
    return value if type(value) is int else None


def part(wire: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object in a field of ``wire``; nothing where there is none."""
    value = wire.get(name)
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A text that is not empty; ``None`` for anything else."""
    return value if isinstance(value, str) and value else None


def segment(id: str) -> str:
    """An id as one segment of a path."""
    return quote(id, safe="")
