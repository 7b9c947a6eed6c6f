"""``BatchJobs``: what a provider says of its vendor's batch jobs, as pure functions.

A batch job is a list of requests that the vendor answers within a day or so. What takes several
requests (to upload a file, then to make a job of it) is a generator of ``Operation``s: it yields
one, and is sent what that means (``steps.py``). A class of this kind does no I/O; ``chat-batch``
performs the operations.

    def submit(self, rows):
        file = yield Operation("files", read_id, method="POST", …)
        return (yield Operation("batches", read_job, method="POST", body={"input": file}))
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import APIError, InvalidParameterError, MalformedResponseError
from ..json_text import JSONObject, parse_json
from ..messages.chunks import settle
from ..wire.decoder import decode_reply, read_refusal
from ..wire.operation import Operation
from .steps import Steps

if TYPE_CHECKING:
    from ..messages.message import AIMessage
    from .wire_model import WireModel

__all__ = [
    "BatchJobs",
    "JobAnswer",
    "JobCounts",
    "JobRows",
    "JobState",
    "JobStatus",
    "ResultFile",
    "decode_answer",
    "encode_row",
    "read_line",
]


class JobState(Enum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is answered; rows that were answered before have results."""
        return self not in (JobState.WAITING, JobState.RUNNING, JobState.CANCELLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """Rows of a job; what the vendor does not count is ``None``."""

    total: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    cancelled: int | None = None
    expired: int | None = None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the vendor says of a job.

    Attributes:
        state: how far it is.
        counts: its rows.
        raw_state: the vendor's own word for the state.
        error: why the whole job failed.
        results: where the results lie, for ``BatchJobs.results``.
    """

    state: JobState
    counts: JobCounts = JobCounts()
    raw_state: str = ""
    error: APIError | None = None
    results: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """The vendor's answer to one row.

    Args:
        id: the row that it answers; ``None`` where that cannot be read.
        body: the JSON that an answer of the same request would be.
        status: the HTTP status that it stands for.
        error: why there is no answer, where the vendor says so without a body.
        request_id: the vendor's id of the request.
    """

    id: str | None
    body: object = field(default=None, repr=False)
    status: int = 200
    error: APIError | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class JobRows:
    """The rows of a job, encoded.

    Args:
        ids: the ids, in the order of the lines.
        lines: what ``BatchJobs.row`` makes of each row.
        model: the model that is asked, as the vendor names it.
        name: letters, digits and hyphens; no other job has it.
        headers: headers that some of the rows need.
        storage: the folder of the user's storage (``gs://…``, ``s3://…``) that the rows are put
            into and the answers are read from; ``None`` for vendors that keep them themselves.
        role: the role that reads and writes there for the vendor.
    """

    ids: Sequence[str]
    lines: Sequence[bytes] = field(repr=False)
    model: str
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    storage: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class ResultFile:
    """Where answers are.

    Args:
        operation: asks for them. Its ``read`` makes a ``JobAnswer`` of each line, or, of an answer
            that is one JSON document, a list of them.
        is_lines: whether it is read line by line.
    """

    operation: Operation[Any]
    is_lines: bool = True


class BatchJobs(ABC):
    """The batch jobs of one vendor. All methods are pure.

    ``job`` is what ``submit`` has returned: JSON that is kept in a file, and holds no secret.
    """

    most_rows: ClassVar[int | None] = None
    """The most rows of one job."""
    most_bytes: ClassVar[int | None] = None
    """The most bytes of all rows of one job."""
    storage: ClassVar[str] = ""
    """How the address of the user's storage begins (``"gs://"``), where the vendor needs it."""
    needs_role: ClassVar[bool] = False
    """Whether the vendor reaches the storage by a role that the user names."""

    @abstractmethod
    def row(self, id: str, body: JSONObject) -> bytes:
        """One row as one line of JSON. ``id`` has letters, digits, ``_`` and ``-``, at most 64."""

    def headers(self, body: JSONObject) -> Mapping[str, str]:
        """The headers that a row needs; those of all rows are joined with commas."""
        return {}

    @abstractmethod
    def submit(self, rows: JobRows) -> Steps[JSONObject]:
        """Hand ``rows`` over. Returns the job."""

    @abstractmethod
    def status(self, job: JSONObject) -> Steps[JobStatus]:
        """Ask how far the job is."""

    @abstractmethod
    def cancel(self, job: JSONObject) -> Steps[JobStatus]:
        """Ask the vendor to stop. Rows that were answered keep their results."""

    @abstractmethod
    def results(
        self, job: JSONObject, status: JobStatus, ids: Sequence[str]
    ) -> Steps[Sequence[ResultFile]]:
        """Find the answers of a job that is over; ``ids`` are those of its rows, in order."""


def encode_row(model: WireModel, input: object) -> JSONObject:
    """The body that ``model.invoke(input)`` would send. Raises like ``invoke``.

    Raises ``InvalidParameterError`` for headers or a query that are bound to the model alone: a
    row of a job has a body and nothing else.
    """
    options = model._call_options(model._options)  # noqa: SLF001 - its own module
    for name in ("extra_headers", "extra_query"):
        if getattr(options, name):
            raise InvalidParameterError(f"A row of a batch job cannot carry {name}; leave it out.")
    messages = model._read(input)  # noqa: SLF001
    return model._whole_body(messages, options, stream=False)  # noqa: SLF001


def decode_answer(model: WireModel, answer: JobAnswer) -> AIMessage:
    """The message of ``answer``. Raises the ``ChatError`` that it stands for."""
    if answer.error is not None:
        raise answer.error
    body = json.dumps(answer.body).encode()
    if answer.status >= 300:
        read = model._error_from_response  # noqa: SLF001 - its own module
        error = read_refusal(read, answer.status, {}, body)
        error.request_id = error.request_id or answer.request_id
        raise error
    options = model._call_options(model._options)  # noqa: SLF001
    message = settle(decode_reply(model._decoder_for(options), body))  # noqa: SLF001
    if answer.request_id:
        message.response_metadata.setdefault("request_id", answer.request_id)
    return message


def read_line(line: bytes) -> JSONObject:
    """The JSON object on a line. Raises ``MalformedResponseError`` for a line that holds none."""
    try:
        wire = parse_json(line)
    except ValueError as error:
        raise MalformedResponseError("A line of the results is not JSON.", wire=line) from error
    if not isinstance(wire, dict):
        raise MalformedResponseError("A line of the results is no JSON object.", wire=line)
    return wire
