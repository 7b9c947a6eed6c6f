"""Batch prediction jobs of Vertex AI, for Gemini models. Pure.

The rows are put into the user's bucket as a file, and the answers are read from there, by the JSON
API of Cloud Storage. Answers come in any order and have no key, but they hold their request; so a
label of each request says which row it is.

Shapes of jobs are those that Google's SDK sends and reads (``google/genai/batches.py``).
https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-from-cloud-storage
https://cloud.google.com/storage/docs/json_api/v1/objects
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import quote

from chat_core import APIError, InvalidParameterError
from chat_core.provider import (
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
from chat_google_genai.batch_jobs import GeminiJobs, count, job_state, mapping
from chat_google_genai.errors import error_from_object, find_error

__all__ = ["VertexJobs", "check_model"]

_LABEL = "chat-batch-row"
_LABELS_VALUE = re.compile(r"[a-z0-9_-]{1,63}")


def check_model(resource: str) -> None:
    """Raise ``InvalidParameterError`` unless Google or the user has made the model ``resource``."""
    is_model = "publishers/google/models/" in f"/{resource}" or (
        resource.startswith("projects/")
        and "/models/" in resource
        and "/publishers/" not in resource
    )
    if not is_model:
        raise InvalidParameterError(
            f"The model {resource!r} cannot have batch jobs here: on Vertex AI Google's models can,"
            " and tuned ones by their whole name (projects/…/models/ID). chat_batch.run_batch and"
            " `chat batch` ask any model row by row."
        )


class VertexJobs(GeminiJobs):
    """Jobs whose rows and answers lie in a bucket.

    Args:
        provider: the provider that errors name.
        storage: the address of Cloud Storage.
    """

    storage: ClassVar[str] = "gs://"
    most_rows: ClassVar[int] = 200_000
    most_bytes: ClassVar[int] = 1_000_000_000

    def __init__(self, provider: str, storage: str) -> None:
        super().__init__(provider)
        self._storage = storage

    def path(self, job: Mapping[str, Any]) -> str:
        """See ``GeminiJobs``. The project and the location are those of the model.

        Raises ``LookupError`` for a job without the place of its answers.
        """
        _ = job["answers"]
        return f"batchPredictionJobs/{quote(job['name'].rpartition('/')[2], safe='')}"

    def row(self, id: str, body: Mapping[str, Any]) -> bytes:
        """See ``BatchJobs``."""
        labels = {**mapping(body.get("labels")), _LABEL: _label(id)}
        request = {name: value for name, value in body.items() if name != "model"}
        line = {"request": {**request, "labels": labels}}
        return json.dumps(line, separators=(",", ":")).encode()

    def submit(self, rows: JobRows) -> Steps[dict[str, Any]]:
        """See ``BatchJobs``."""
        assert rows.storage is not None
        folder = f"{rows.storage.rstrip('/')}/{rows.name}"
        bucket, name = _parts(f"{folder}/rows.jsonl")
        yield Operation(
            f"{self._storage}/upload/storage/v1/b/{bucket}/o",
            self._nothing,
            "POST",
            content=b"\n".join(rows.lines) + b"\n",
            content_type="application/jsonl",
            query={"uploadType": "media", "name": name},
        )
        body = {
            "displayName": rows.name,
            "model": rows.model,
            "inputConfig": {
                "instancesFormat": "jsonl",
                "gcsSource": {"uris": [f"{folder}/rows.jsonl"]},
            },
            "outputConfig": {
                "predictionsFormat": "jsonl",
                "gcsDestination": {"outputUriPrefix": f"{folder}/answers"},
            },
        }
        made = yield Operation("batchPredictionJobs", self.name, "POST", body, is_repeatable=False)
        return {"name": made, "answers": f"{folder}/answers"}

    def results(
        self, job: Mapping[str, Any], status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """See ``BatchJobs``."""
        bucket, folder = _parts(status.results.get("folder") or job["answers"])
        objects = f"{self._storage}/storage/v1/b/{bucket}/o"
        query = {"prefix": f"{folder.rstrip('/')}/"}
        found: list[str] = []
        while True:
            names, following = yield Operation(objects, self._page, query=query)
            found += [name for name in names if name.endswith(".jsonl")]
            if following is None:
                break
            query = {**query, "pageToken": following}
        read = partial(self._answer_on, {_label(row): row for row in ids})
        paths = (f"{objects}/{quote(name, safe='')}" for name in found)
        return [ResultFile(Operation(path, read, query={"alt": "media"})) for path in paths]

    def read_status(self, wire: Any) -> JobStatus:
        """See ``GeminiJobs``."""
        job = self.object(wire)
        word = str(job.get("state"))
        state = job_state(word)
        stats = mapping(job.get("completionStats"))
        done, failed, rest = (count(stats.get(f"{n}Count")) for n in _COUNTED)
        error = job.get("error")
        return JobStatus(
            state,
            JobCounts(
                total=None if done is None else done + (failed or 0) + (rest or 0),
                succeeded=done,
                failed=None if done is None else failed or 0,
            ),
            word,
            self.error(error) if error and state is JobState.FAILED else None,
            {"folder": mapping(job.get("outputInfo")).get("gcsOutputDirectory")},
        )

    def _page(self, wire: Any) -> tuple[list[str], str | None]:
        """The names of objects on a page of a list, and the token of the page after it."""
        self._nothing(wire)
        items = mapping(wire).get("items")
        found = items if isinstance(items, list) else []
        names = [str(mapping(item).get("name") or "") for item in found]
        return names, mapping(wire).get("nextPageToken") or None

    def _answer_on(self, rows: Mapping[str, str], line: bytes) -> JobAnswer:
        """The answer on a line of a file; ``rows`` are the ids by their labels."""
        wire = read_line(line)
        label = mapping(mapping(wire.get("request")).get("labels")).get(_LABEL)
        row = rows.get(str(label), label if isinstance(label, str) else None)
        if response := mapping(wire.get("response")):
            return JobAnswer(row, response)
        return JobAnswer(row, error=self._error(wire.get("status")))

    def _error(self, status: Any) -> APIError:
        """The error of a row: words, and mostly the JSON of an error after them."""
        if not isinstance(status, str) or not status:
            return APIError("The row has neither answer nor error.", provider=self.provider)
        try:
            wire = json.loads(status[status.index("{") :])
        except ValueError:
            wire = None
        return error_from_object(find_error(wire, is_bare=True) or status, provider=self.provider)


_COUNTED = ("successful", "failed", "incomplete")


def _label(id: str) -> str:
    """``id`` as the value of a label, which has no capital letters and at most 63 characters."""
    return id if _LABELS_VALUE.fullmatch(id) else f"row-{sha256(id.encode()).hexdigest()[:40]}"


def _parts(address: str) -> tuple[str, str]:
    """The bucket, and the name in it, of ``gs://bucket/name``."""
    bucket, _, name = address.removeprefix("gs://").partition("/")
    return quote(bucket, safe=""), name
