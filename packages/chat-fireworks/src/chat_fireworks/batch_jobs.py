"""Batch jobs of Fireworks: a dataset of requests, a job, a dataset of answers. Pure.

Shapes are those of ``BatchInferenceJob`` and ``Dataset`` in Fireworks' SDK. Jobs and datasets
belong to an account, which is asked for where no account is named. Answers are downloaded from
addresses that are signed.
A dataset may be larger than the limit here, which is that of an upload in one request.
https://docs.fireworks.ai/guides/batch-inference
https://docs.fireworks.ai/api-reference/upload-dataset-files
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from chat_completions.batch_jobs import ReadsAnswers, count, json_line, part, text
from chat_completions.entries import entries
from chat_completions.errors import error_in_answer, find_error
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

from .dialect import FIREWORKS

__all__ = ["FireworksJobs"]

_STATES = {
    "CREATING": JobState.WAITING,
    "CREATING_INPUT_DATASET": JobState.WAITING,
    "VALIDATING": JobState.WAITING,
    "PENDING": JobState.WAITING,
    "RE_QUEUEING": JobState.WAITING,
    "COMPLETED": JobState.COMPLETED,
    "EARLY_STOPPED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "EXPIRED": JobState.EXPIRED,
    "CANCELLING": JobState.CANCELLING,
    "CANCELLED": JobState.CANCELLED,
    "DELETING": JobState.CANCELLED,
    "DELETING_CLEANING_UP": JobState.CANCELLED,
}
"""States without ``JOB_STATE_`` in front; all others are running."""


class FireworksJobs(BatchJobs):
    """Batch inference jobs.

    Args:
        account: the id of the account; ``None`` for the first that the key may use.
    """

    most_bytes: ClassVar[int] = 150_000_000

    def __init__(self, account: str | None) -> None:
        self._account = account
        self._read = ReadsAnswers(FIREWORKS)

    def row(self, id: str, body: Mapping[str, object]) -> bytes:
        """See ``BatchJobs``."""
        own = {name: value for name, value in body.items() if name != "model"}
        return json_line({"custom_id": id, "body": own})

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``. The ids are ours, so that nothing is made twice."""
        account = self._account or (yield Operation("/v1/accounts", _first_account))
        root, name = f"/v1/accounts/{quote(account, safe='')}", rows.name
        facts = {"format": "CHAT", "exampleCount": str(len(rows.lines)), "userUploaded": {}}
        dataset = {"datasetId": name, "dataset": facts}
        yield Operation(f"{root}/datasets", _named, "POST", dataset)
        form, content_type = multipart_form(
            {},
            name="file",
            filename=f"{name}.jsonl",
            content=b"\n".join(rows.lines) + b"\n",
            content_type="application/jsonl",
        )
        path = f"{root}/datasets/{name}:upload"
        yield Operation(path, _checked, "POST", content=form, content_type=content_type)
        body = {
            "model": rows.model,
            "inputDatasetId": f"accounts/{account}/datasets/{name}",
            "outputDatasetId": f"accounts/{account}/datasets/{name}-results",
        }
        query = {"batchInferenceJobId": name}
        jobs = f"{root}/batchInferenceJobs"
        yield Operation(jobs, _named, "POST", body, query=query, is_repeatable=False)
        return {"account": account, "id": name}

    def status(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """See ``BatchJobs``."""
        path = f"{_root(job)}/batchInferenceJobs/{quote(job['id'], safe='')}"
        status: JobStatus = yield Operation(path, _status)
        return status

    def cancel(self, job: Mapping[str, Any]) -> Steps[JobStatus]:
        """Raise ``InvalidParameterError``: the vendor's API cannot."""
        yield from ()
        raise InvalidParameterError(
            "Fireworks' API cancels no batch job. Its command does: firectl cancel"
            f" batch-inference-job {job['id']}."
        )

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        output = status.results.get("dataset") or f"{job['id']}-results"
        path = f"{_root(job)}/datasets/{quote(output, safe='')}:getDownloadEndpoint"
        urls: list[str] = yield Operation(path, _signed)
        return [ResultFile(Operation(url, self._answer)) for url in urls]

    def _answer(self, line: bytes) -> JobAnswer:
        wire = read_line(line)
        row, response = text(wire.get("custom_id")), wire.get("response")
        if isinstance(response, dict) and "body" not in response:
            return JobAnswer(row, response)  # the answer itself, without a status around it
        return self._read.answer(line)


def _root(job: Mapping[str, Any]) -> str:
    return f"/v1/accounts/{quote(job['account'], safe='')}"


def _checked(wire: Any) -> dict[str, Any]:
    """The object of an answer. Raises ``APIError`` for an error object."""
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := find_error(wire)) is not None:
        raise error_in_answer(error, FIREWORKS)
    return wire


def _named(wire: Any) -> str:
    if not (name := text(_checked(wire).get("name"))):
        raise MalformedResponseError("The answer has no name.", wire=str(wire))
    return name


def _first_account(wire: Any) -> str:
    for account in entries(_checked(wire).get("accounts")):
        if name := text(account.get("name")):
            return name.removeprefix("accounts/")
    raise MalformedResponseError(
        "The key belongs to no account; set FIREWORKS_ACCOUNT_ID.", wire=str(wire)
    )


def _signed(wire: Any) -> list[str]:
    """The addresses of a dataset's files; those of errors last."""
    files = _checked(wire).get("filenameToSignedUrls")
    if not isinstance(files, dict):
        return []
    return [url for _, url in sorted(files.items(), key=lambda file: "error" in file[0].lower())]


def _status(wire: Any) -> JobStatus:
    job = _checked(wire)
    word = str(job.get("state"))
    state = _STATES.get(word.removeprefix("JOB_STATE_"), JobState.RUNNING)
    progress, reason = part(job, "jobProgress"), part(job, "status")
    dataset = text(job.get("outputDatasetId")) or ""
    return JobStatus(
        state,
        JobCounts(
            total=count(progress.get("totalInputRequests")),
            succeeded=count(progress.get("successfullyProcessedRequests")),
            failed=count(progress.get("failedRequests")),
        ),
        word,
        APIError(text(reason.get("message")) or word, code=text(reason.get("code")))
        if state is JobState.FAILED
        else None,
        {"dataset": dataset.rpartition("/")[2]},
    )
