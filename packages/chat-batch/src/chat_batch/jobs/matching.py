"""Answers of a vendor, matched with the rows of a job by their ids. No I/O.

- The first answer to a row is its result. A file that is read again after a broken download brings
  answers that are known; within one file, or in another one, a second answer is a problem.
- A line that cannot be read, or that answers no row of the job, costs no row its result: it is
  named in ``problem`` when all files are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chat_core import APIError, ChatError, MalformedResponseError
from chat_core.provider import JobAnswer, JobStatus, Operation, WireModel, decode_answer

from ..results import Result
from .row_ids import sent_ids

__all__ = ["Matching", "by_line"]

_NAMED = 5
"""How many problems of a file are named; the others are counted."""


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
        self._file_of: dict[str, int] = {}
        self._files: list[_File] = []

    def begin(self, *, again: bool = False) -> None:
        """The next file is read from its start, or, with ``again``, the last one once more."""
        if again:
            self._files.pop()
        self._files.append(_File())

    def result(self, answer: JobAnswer) -> Result | None:
        """The result; ``None`` for an answer to no row of the job, or to one that has a result."""
        file, number = self._files[-1], len(self._files)
        key = answer.id
        if key is None or key not in self._missing:
            if key is None or key not in self._file_of:
                file.note(_unmatched(answer))
            elif key in file.read or self._file_of[key] != number:
                file.note(f"the id {key!r} again")
            else:  # the file is read a second time
                file.read.add(key)
            return None
        row = self._missing.pop(key)
        self._file_of[key] = number
        file.read.add(key)
        try:
            return Result(row, decode_answer(self._model, answer), None, self._name)
        except ChatError as error:
            if isinstance(error, APIError):
                error.provider = error.provider or self._model.provider
            return Result(row, None, error, self._name)

    def rest(self, status: JobStatus) -> Iterator[Result]:
        """A result with an error for each row that has no answer.

        Raises ``MalformedResponseError`` if no row has an answer, and the vendor's results hold
        something else or should hold some: they are not those of this job, or not whole.
        """
        if not self._file_of and (problem := self._foreign(status)) is not None:
            raise problem
        for row in self._missing.values():
            yield Result(row, None, self._unanswered(status), self._name)
        self._missing = {}

    def problem(self) -> MalformedResponseError | None:
        """The error that names what answers no row of the job; ``None`` where there is none."""
        if not (found := self._strays()):
            return None
        return self._malformed(
            "Every row has its result, and besides the vendor's results hold what answers no row of"
            f" this job: {found}."
        )

    def _foreign(self, status: JobStatus) -> MalformedResponseError | None:
        if found := self._strays():
            return self._malformed(
                f"The vendor's results answer no row of this job; they hold {found}."
            )
        if not status.counts.succeeded:
            return None
        return self._malformed(
            f"The vendor has answered {status.counts.succeeded:,} rows of this job, and its results"
            " hold none of them."
        )

    def _strays(self) -> str:
        """What answers no row, as a list in words; ``""`` for nothing."""
        named = [text for file in self._files for text in file.named]
        more = sum(file.strays for file in self._files) - len(named[:_NAMED])
        return "; ".join(named[:_NAMED]) + (f"; and {more:,} more" if more else "")

    def _malformed(self, message: str) -> MalformedResponseError:
        return MalformedResponseError(message, provider=self._model.provider)

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


@dataclass(slots=True)
class _File:
    """What one file of results holds besides results.

    Attributes:
        read: the ids of rows that were read in it.
        named: its first problems, in words.
        strays: how many there are.
    """

    read: set[str] = field(default_factory=set)
    named: list[str] = field(default_factory=list)
    strays: int = 0

    def note(self, text: str) -> None:
        """Count a problem."""
        self.strays += 1
        if len(self.named) < _NAMED:
            self.named.append(text)


def by_line(operation: Operation[JobAnswer]) -> Operation[JobAnswer]:
    """``operation``, whose ``read`` makes an answer of a line that cannot be read, too."""
    return replace(operation, read=_tolerant(operation.read))


def _tolerant(read: Callable[[Any], JobAnswer]) -> Callable[[Any], JobAnswer]:
    def read_any(line: bytes) -> JobAnswer:
        try:
            return read(line)
        except MalformedResponseError as error:
            return JobAnswer(None, error=error)

    return read_any


def _unmatched(answer: JobAnswer) -> str:
    if answer.id is not None:
        return f"the id {answer.id!r}"
    if isinstance(answer.error, MalformedResponseError) and answer.error.wire:
        return f"a line that cannot be read ({answer.error.wire:.60})"
    return "a line without an id"
