"""``RowCheck``: reads the rows of a source, and says of each whether it has to be asked.

A row is bad if it is no row, has no input that a model takes, or has the id of an earlier row. A
row that has a result must be the row that was asked then, answered by a model of this run; one that
failed and is asked again may have been mended in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from chat_core import Message

from .errors import BadRowError, OtherRunError
from .finished import Finished, Outcome
from .prompt import Prompt
from .rows import Row, digest_of, read_row
from .sources import Source

__all__ = ["Asked", "Plan", "RowCheck", "Survey"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides which rows are asked: prompt, settings and models of the run, and its options.

    ``models`` are the ids of the models that may answer a row without a model of its own, and
    ``fallbacks`` of those that any row may be given to.
    """

    prompt: Prompt
    settings: object = None
    models: frozenset[str] = frozenset()
    fallbacks: frozenset[str] = frozenset()
    retry_failed: bool = False
    skip_bad_rows: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A row that has to be asked, its messages and its digest."""

    row: Row
    messages: list[Message]
    digest: str


@dataclass
class Survey:
    """What was found in the rows so far."""

    rows: int = 0
    finished: int = 0
    failed: int = 0
    """Those of ``finished`` whose result is an error."""
    to_ask: int = 0
    bad_rows: int = 0
    problems: list[str] = field(default_factory=list)
    """The first bad rows, each by its place and what is wrong with it."""


class RowCheck:
    """Goes through the rows of ``source`` once."""

    def __init__(self, source: Source, plan: Plan, finished: Finished) -> None:
        self.survey = Survey()
        self._source = source
        self._plan = plan
        self._finished = finished
        self._places: dict[str, str] = {}

    def rows(self) -> Iterator[Asked | None]:
        """The rows that have to be asked; ``None`` for each other row.

        Raises ``BadRowError`` for a bad row unless they are skipped, and ``OtherRunError``.
        """
        for place, value in self._source.entries():
            try:
                yield self._asked(place, self._read(place, value))
            except BadRowError as error:
                self._note(place, error)
                if not self._plan.skip_bad_rows:
                    raise self.failure() from error
                yield None

    def survey_all(self) -> Survey:
        """Go through all rows at once. Raises as ``rows`` does, but names more of the bad rows."""
        for place, value in self._source.entries():
            try:
                self._asked(place, self._read(place, value))
            except BadRowError as error:
                self._note(place, error)
        if self.survey.bad_rows and not self._plan.skip_bad_rows:
            raise self.failure()
        return self.survey

    def failure(self) -> BadRowError:
        """The error that names the bad rows so far."""
        more = self.survey.bad_rows - len(self.survey.problems)
        named = "; ".join(self.survey.problems) + (f"; and {more:,} more" if more else "")
        return BadRowError(
            f"{self._source.name}, {named}. Nothing of these was sent; skipping bad rows"
            " (skip_bad_rows, --skip-bad-rows) goes on without them."
        )

    def _read(self, place: str, value: object) -> Row:
        if isinstance(value, BadRowError):
            raise value
        row = read_row(value)
        if earlier := self._places.get(row.key):
            raise BadRowError(f"the id {row.id!r} is also that of {earlier}")
        self._places[row.key] = place
        return row

    def _note(self, place: str, error: BadRowError) -> None:
        self.survey.bad_rows += 1
        if len(self.survey.problems) < _SHOWN:
            self.survey.problems.append(f"{place}: {error.message}")

    def _asked(self, place: str, row: Row) -> Asked | None:
        digest = digest_of(row, template=self._plan.prompt.source, settings=self._plan.settings)
        outcome = self._finished.get(row.key)
        if outcome is not None and not (outcome.has_failed and self._plan.retry_failed):
            self._refuse_other_run(place, row, digest, outcome)
            self.survey.rows += 1
            self.survey.finished += 1
            self.survey.failed += outcome.has_failed
            return None
        messages = self._plan.prompt.messages(row.input)
        self.survey.rows += 1
        self.survey.to_ask += 1
        return Asked(row, messages, digest)

    def _refuse_other_run(self, place: str, row: Row, digest: str, outcome: Outcome) -> None:
        path = self._finished.path
        advice = "Nothing was changed; name another output, or give what was given then."
        if outcome.digest != bytes.fromhex(digest):
            raise OtherRunError(
                f"{path} is of another run: it has a result for the id {row.id!r}"
                f" ({self._source.name}, {place}), whose input, settings or template were"
                f" different. {advice}"
            )
        if row.model is not None or outcome.has_failed:
            return
        if outcome.model not in self._plan.models | self._plan.fallbacks:
            raise OtherRunError(
                f"{path} is of another run: the id {row.id!r} was answered by"
                f" {outcome.model!r}, which is no model of this run. {advice}"
            )
