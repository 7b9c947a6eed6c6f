"""Batch jobs of Bedrock: rows in S3, a model invocation job of Converse, answers in S3. Pure.

Shapes of jobs are those of botocore's model of the service (``CreateModelInvocationJob``,
``GetModelInvocationJob``, ``StopModelInvocationJob``). The answers to ``rows.jsonl`` are written to
a folder that has the id of the job, as ``rows.jsonl.out``.
Rows cannot have tools or a schema of their answers. How few and how many rows a job may have is a
quota of the account; the vendor checks it.
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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
    read_line,
)

from .errors import error_in_answer
from .names import PROVIDER

__all__ = ["BedrockJobs"]

_ROLE = r"arn:aws[a-z-]*:iam::\d*:role/.+"

_STATES = {
    "Submitted": JobState.WAITING,
    "Validating": JobState.WAITING,
    "Scheduled": JobState.WAITING,
    "InProgress": JobState.RUNNING,
    "Completed": JobState.COMPLETED,
    "PartiallyCompleted": JobState.COMPLETED,
    "Failed": JobState.FAILED,
    "Stopping": JobState.CANCELLING,
    "Stopped": JobState.CANCELLED,
    "Expired": JobState.EXPIRED,
}


class BedrockJobs(BatchJobs):
    """Model invocation jobs whose rows are requests of Converse.

    Args:
        region: the region of the model, of its jobs and of the bucket.
        control: the address of Bedrock's control plane there.
        storage: the address of S3 there.
    """

    states: ClassVar[Mapping[str, JobState]] = _STATES
    """What the vendor's words for states mean; any other word is one of a running job."""
    storage: ClassVar[str] = "s3://"
    needs_role: ClassVar[bool] = True
    most_bytes: ClassVar[int] = 1_000_000_000

    def __init__(self, region: str, control: str, storage: str) -> None:
        self._region = region
        self._jobs = f"{control}/model-invocation-job"
        self._storage = storage

    def row(self, id: str, body: Mapping[str, Any]) -> bytes:
        """See ``BatchJobs``. Raises ``InvalidParameterError`` for tools and for a schema."""
        if "toolConfig" in body or "textFormat" in body.get("outputConfig", {}):
            raise InvalidParameterError(
                "Bedrock's batch jobs take neither tools nor a schema; chat_batch.run_batch and"
                " `chat batch` do."
            )
        request = {name: value for name, value in body.items() if name != "modelId"}
        line = {"recordId": id, "modelInput": request}
        return json.dumps(line, separators=(",", ":")).encode()

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        assert rows.storage is not None
        if not re.fullmatch(_ROLE, str(rows.role)):
            raise InvalidParameterError(
                "role is the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME; got"
                f" {rows.role!r}. Nothing was sent."
            )
        folder = f"{rows.storage.rstrip('/')}/{rows.name}"
        yield Operation(
            self._object(f"{folder}/rows.jsonl"),
            _nothing,
            "PUT",
            content=b"\n".join(rows.lines) + b"\n",
            content_type="application/jsonl",
        )
        body = {
            "jobName": rows.name,
            "clientRequestToken": rows.name,  # so that a repeated request makes one job
            "roleArn": rows.role,
            "modelId": rows.model,
            "modelInvocationType": "Converse",
            "inputDataConfig": {
                "s3InputDataConfig": {
                    "s3InputFormat": "JSONL",
                    "s3Uri": f"{folder}/rows.jsonl",
                }
            },
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"{folder}/answers/"}},
        }
        arn = yield Operation(self._jobs, _arn, "POST", body)
        return {"id": arn, "answers": f"{folder}/answers"}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``. Raises ``InvalidParameterError`` for a job in another region."""
        status: JobStatus = yield Operation(self._job(job), _status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``. The answer to a stop is empty, so the job is asked for too."""
        yield Operation(f"{self._job(job)}/stop", _nothing, "POST")
        return (yield from self.status(job))

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``. A job that has processed no row has written no file."""
        yield from ()
        if status.state is JobState.FAILED or status.results.get("processed") == 0:
            return []
        name = f"{job['answers']}/{job['id'].rpartition('/')[2]}/rows.jsonl.out"
        return [ResultFile(Operation(self._object(name), _answer))]

    def _job(self, job: Mapping[str, Any]) -> str:
        """The address of the job. Raises ``LookupError`` for one without the place of answers."""
        region, _ = job["id"].split(":")[3], job["answers"]
        if region != self._region:
            raise InvalidParameterError(
                f"The job is in {region!r} and the model in {self._region!r}; give the model"
                f" region={region!r}."
            )
        return f"{self._jobs}/{quote(job['id'], safe='~')}"

    def _object(self, uri: str) -> str:
        """The address of the object ``s3://bucket/name``, with the bucket in the path."""
        return f"{self._storage}/{quote(uri.removeprefix('s3://'), safe='/~')}"


def _nothing(wire: Any) -> None:
    if isinstance(wire, dict) and (error := error_in_answer(wire)) is not None:
        raise error


def _checked(wire: Any) -> dict[str, Any]:
    """The object with the ARN of a job. Raises ``APIError`` for an error or one without."""
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if not isinstance(arn := wire.get("jobArn"), str) or arn.count(":") < 5:
        _nothing(wire)
        raise MalformedResponseError("The answer names no job.", provider=PROVIDER, wire=str(wire))
    return wire


def _arn(wire: Any) -> str:
    return str(_checked(wire)["jobArn"])


def _status(wire: Any) -> JobStatus:
    job = _checked(wire)
    word = str(job.get("status"))
    state = _STATES.get(word, JobState.RUNNING)
    reason = str(job.get("message") or "The vendor says that the job failed, and not why.")
    return JobStatus(
        state,
        JobCounts(
            total=_count(job, "total"),
            succeeded=_count(job, "success"),
            failed=_count(job, "error"),
        ),
        word,
        APIError(reason, provider=PROVIDER) if state is JobState.FAILED else None,
        {"processed": _count(job, "processed")},
    )


def _count(job: Mapping[str, Any], kind: str) -> int | None:
    found = job.get(f"{kind}RecordCount")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _answer(line: bytes) -> JobAnswer:
    wire = read_line(line)
    row = wire.get("recordId")
    row = row if isinstance(row, str) else None
    error = wire.get("error")
    if isinstance(error, dict):
        code = error.get("errorCode")
        status = code if isinstance(code, int) and code >= 300 else 400
        reason = error.get("errorMessage") or f"The row failed (error {code}), without a message."
        return JobAnswer(row, {"message": str(reason)}, status)
    if wire.get("modelOutput") is None:
        text = "A line of the results has neither answer nor error."
        return JobAnswer(row, error=MalformedResponseError(text, provider=PROVIDER))
    return JobAnswer(row, wire["modelOutput"])
