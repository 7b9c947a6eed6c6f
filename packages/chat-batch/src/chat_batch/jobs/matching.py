"""Answers of a vendor, matched with the rows of a job by their ids. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chat_core import APIError, ChatError, MalformedResponseError
from chat_core.provider import JobAnswer, JobStatus, WireModel, decode_answer

from ..results import Result
from .row_ids import sent_ids

__all__ = ["Matching"]


class Matching:
    """Makes a result of each answer, once for each row.

    Args:
        model: decodes the answers.
        ids: the rows of the job.
    """

    def __init__(self, model: WireModel, ids: Sequence[str | int]) -> None:
        self._model = model
        self._name = f"{model.provider}:{model.model}"
        self._missing = dict(zip(sent_ids(ids), ids, strict=True))
        self._seen: set[str] = set()
        self._problems: list[str] = []

    def result(self, answer: JobAnswer) -> Result | None:
        """The result; ``None`` for an answer to no row of the job, or to one that has a result."""
        if answer.id not in self._missing:
            if answer.id not in self._seen:
                self._note(answer)
            return None
        row = self._missing.pop(answer.id)
        self._seen.add(answer.id)
        try:
            return Result(row, decode_answer(self._model, answer), None, self._name)
        except ChatError as error:
            if isinstance(error, APIError):
                error.provider = error.provider or self._model.provider
            return Result(row, None, error, self._name)

    def rest(self, status: JobStatus) -> Iterator[Result]:
        """A result with an error for each row that has no answer."""
        for row in self._missing.values():
            yield Result(row, None, self._unanswered(status), self._name)
        self._missing = {}

    def problem(self) -> MalformedResponseError | None:
        """The error that names answers to no row of the job; ``None`` where there were none."""
        if not self._problems:
            return None
        named, more = "; ".join(self._problems[:5]), len(self._problems) - 5
        return MalformedResponseError(
            "Every row has its result, and besides the vendor's results hold what answers no row of"
            f" this job: {named}{f'; and {more} more' if more > 0 else ''}.",
            provider=self._model.provider,
        )

    def _note(self, answer: JobAnswer) -> None:
        self._problems.append(f"the id {answer.id!r}" if answer.id else "a line without an id")

    def _unanswered(self, status: JobStatus) -> APIError:
        state, provider = status.state.value, self._model.provider
        if status.error is not None:
            kind = type(status.error)
            return status.error.recast(kind, provider=status.error.provider or provider)
        return APIError(
            f"The vendor has no answer to this row; its job is {state}.",
            provider=provider,
            code=f"job_{state}",
        )
