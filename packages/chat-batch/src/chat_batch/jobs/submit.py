"""``submit``: rows become the requests that ``invoke`` would send, and then a job of the vendor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple, Self
from uuid import uuid4

from chat_core import ChatModel, InvalidParameterError, RunnableSequence, get_chat_model
from chat_core.provider import (
    BatchJobs,
    JobRows,
    WireModel,
    aperform_steps,
    encode_row,
    perform_steps,
)

from ..cost import reserve_job
from ..errors import BadRowError
from ..rows import Row, read_row
from ..sources import find_source
from .job import BatchJob
from .row_ids import sent_ids

__all__ = ["asubmit", "submit"]

_FOLDER = re.compile(
    r"[a-z0-9]+://[a-z0-9][a-z0-9._-]+[a-z0-9](/(?!\.\.?(/|$))[A-Za-z0-9!_*'().-]+)*/?"
)
"""A bucket, and folders of characters that need no escape in either storage, but no ``..``."""


def submit(
    model: object,
    rows: object,
    *,
    storage: str | None = None,
    role: str | None = None,
    **settings: Any,
) -> BatchJob:
    """Hand ``rows`` to the vendor of ``model`` as one job; nothing is answered yet.

    Args:
        model: a model, with tools or a schema bound to it if it is to have them; a chain of
            ``with_structured_output``, of which the model is taken; or the id of a model.
        rows: a file of JSON Lines, CSV or Parquet, or an iterable of ``{"id": …, "input": …}``.
            ``settings`` of a row are bound to the model for it alone.
        storage: for Vertex AI and Bedrock, the folder that the rows are put into and the answers
            are read from: ``"gs://BUCKET/FOLDER"``, ``"s3://BUCKET/FOLDER"``.
        role: for Bedrock, the ARN of the role that reads and writes there.
        settings: settings of a model that is named by an id.

    Raises ``BadRowError``, naming the row; ``InvalidParameterError`` for a vendor without batch
    jobs, for a wrong ``storage`` or ``role``, and for more rows or bytes than a job of the vendor
    may have, before anything is sent; ``BudgetExceededError`` where a budget of the model does not
    allow all rows together;
    ``APIError`` where the vendor refuses.
    """
    given = _Storage(storage, role)
    with _Reservation() as reserved:
        asked, jobs, encoded, ids = _prepared(model, rows, given, settings, reserved)
        job = BatchJob(asked, perform_steps(asked, jobs.submit(encoded)), ids)
        reserved.submitted(job)
    return job


async def asubmit(
    model: object,
    rows: object,
    *,
    storage: str | None = None,
    role: str | None = None,
    **settings: Any,
) -> BatchJob:
    """``submit`` on an event loop; the rows are read and encoded in a thread."""
    from asyncio import to_thread

    given = _Storage(storage, role)
    with _Reservation() as reserved:
        prepared = await to_thread(_prepared, model, rows, given, settings, reserved)
        asked, jobs, encoded, ids = prepared
        job = BatchJob(asked, await aperform_steps(asked, jobs.submit(encoded)), ids)
        reserved.submitted(job)
    return job


class _Reservation:
    """What a budget reserves for a job: a block that submits it, and releases it if that raises.

    A thread may still prepare the job when its task was cancelled; what it reserves is released.
    """

    def __init__(self) -> None:
        self._budget: Any = None
        self._is_given_up = False

    def __enter__(self) -> Self:
        return self

    def reserve(self, rows: list[tuple[str, ChatModel, dict[str, Any]]], model: ChatModel) -> None:
        """Reserve what ``rows`` may use. Raises ``BudgetExceededError``."""
        self._budget = reserve_job(model, rows)
        if self._is_given_up:
            self._release()

    def submitted(self, job: BatchJob) -> None:
        """The vendor has taken the job; its results settle what is reserved."""
        if self._budget is not None:
            self._budget.submitted(job.name)

    def _release(self) -> None:
        if self._budget is not None:
            self._budget.release()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._is_given_up = True
            self._release()


class _Storage(NamedTuple):
    """Where rows and answers of a job lie, and who may reach them there for the vendor."""

    address: str | None
    role: str | None

    def check(self, jobs: BatchJobs, provider: str) -> None:
        """Raise ``InvalidParameterError`` unless this is what the vendor needs."""
        if jobs.storage:
            begins = isinstance(self.address, str) and self.address.startswith(jobs.storage)
            if not begins or not _FOLDER.fullmatch(str(self.address)):
                raise InvalidParameterError(
                    f"A batch job of {provider!r} needs a folder of yours: pass"
                    f" storage={jobs.storage + 'BUCKET/FOLDER'!r}; got {self.address!r}."
                )
        elif self.address is not None:
            raise InvalidParameterError(
                f"A batch job of {provider!r} needs no storage; leave storage= out."
            )
        if jobs.needs_role != bool(self.role):
            takes = "needs a role: pass role=<its ARN>" if jobs.needs_role else "takes no role="
            raise InvalidParameterError(f"A batch job of {provider!r} {takes}.")


def _prepared(
    model: object,
    rows: object,
    storage: _Storage,
    settings: dict[str, Any],
    reserved: _Reservation,
) -> tuple[WireModel, BatchJobs, JobRows, list[str | int]]:
    """What is submitted, and the ids of its rows; what they may use is reserved."""
    asked = _model(model, settings)
    jobs = asked.batch_jobs()
    storage.check(jobs, asked.provider)
    read = list(_rows(rows, asked))
    if not read:
        raise InvalidParameterError("A batch job needs rows; there are none.")
    if jobs.most_rows is not None and len(read) > jobs.most_rows:
        raise InvalidParameterError(
            f"A batch job of {asked.provider!r} has at most {jobs.most_rows:,} rows; these are"
            f" {len(read):,}. Submit several jobs."
        )
    ids: list[str | int] = [row.id for row in read]
    bodies: list[tuple[str, ChatModel, dict[str, Any]]] = []
    encoded = _encoded(asked, jobs, read, sent_ids(ids), bodies.append)
    encoded = replace(encoded, storage=storage.address, role=storage.role)
    reserved.reserve(bodies, asked)
    return asked, jobs, encoded, ids


def _model(model: object, settings: dict[str, Any]) -> WireModel:
    if isinstance(model, str):
        model = get_chat_model(model, **settings)
    elif settings:
        raise InvalidParameterError(
            f"{', '.join(settings)} would have no effect beside a model that is made already."
        )
    if isinstance(model, RunnableSequence) and isinstance(model.steps[0], ChatModel):
        model = model.steps[0]
    if isinstance(model, WireModel):
        return model
    if isinstance(model, ChatModel):
        raise InvalidParameterError(
            f"{type(model).__name__} cannot submit batch jobs: it has no vendor."
            " chat_batch.run_batch and `chat batch` ask any model row by row."
        )
    raise InvalidParameterError(f"model is a chat model or the id of one; got {model!r:.60}.")


def _rows(rows: object, model: WireModel) -> Iterable[Row]:
    """The rows. Raises ``BadRowError`` for one that cannot be read, and for an id given twice."""
    places: dict[str, str] = {}
    source = find_source(rows, has_template=False)
    for place, value in source.entries():
        try:
            if isinstance(value, BadRowError):
                raise value
            row = read_row(value)
            if earlier := places.get(row.key):
                raise BadRowError(f"the id {row.id!r} is also that of {earlier}")
            if row.model not in (None, model.model, f"{model.provider}:{model.model}"):
                raise BadRowError(f"its model is {row.model!r}; a job asks one model")
        except BadRowError as error:
            end = "" if error.message.endswith("?") else "."
            raise BadRowError(
                f"{source.name}, {place}: {error.message}{end} Nothing was sent."
            ) from error
        places[row.key] = place
        yield row


def _encoded(
    model: WireModel,
    jobs: BatchJobs,
    rows: list[Row],
    ids: list[str],
    note: Callable[[tuple[str, ChatModel, dict[str, Any]]], None],
) -> JobRows:
    """The rows as the vendor takes them; ``note`` gets the id, the model and the body of each.

    Raises ``InvalidParameterError`` for too many bytes.
    """
    lines: list[bytes] = []
    headers: dict[str, list[str]] = {}
    size, name = 0, ""
    for row, sent in zip(rows, ids, strict=True):
        line, bound, body = _line(model, jobs, row, sent)
        note((row.key, bound, body))
        name = name or str(body.get("model") or model.model)
        for header, value in jobs.headers(body).items():
            known = headers.setdefault(header, [])
            known += [word for word in value.split(",") if word not in known]
        lines.append(line)
        size += len(lines[-1]) + 1
        if jobs.most_bytes is not None and size > jobs.most_bytes:
            raise InvalidParameterError(
                f"A batch job of {model.provider!r} has at most {jobs.most_bytes:,} bytes; the"
                f" first {len(lines):,} of {len(rows):,} rows have {size:,}. Submit several jobs."
            )
    joined = {header: ",".join(words) for header, words in headers.items()}
    return JobRows(ids, lines, name, f"chat-batch-{uuid4().hex[:20]}", joined)


def _line(
    model: WireModel, jobs: BatchJobs, row: Row, sent: str
) -> tuple[bytes, WireModel, dict[str, Any]]:
    """A row as the vendor takes it, its model, and the body in it. Raises ``BadRowError``."""
    try:
        bound = model.bind(**row.settings) if row.settings else model
        if bound.model != model.model:
            raise InvalidParameterError(f"its model is {bound.model!r}; a job asks one model.")
        body = encode_row(bound, row.input)
        return jobs.row(sent, body), bound, body
    except InvalidParameterError as error:
        raise BadRowError(f"The row {row.id!r}: {error.message} Nothing was sent.") from error
