"""``run_batch`` and ``arun_batch``: one run over all rows, from the input to the summary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from os import PathLike
from typing import Protocol

from chat_core import ChatError, ChatModel, InvalidParameterError
from typing_extensions import Unpack

from .check import Asked, Plan, RowCheck, Survey
from .cost import cost_of
from .counts import BatchSummary, Counts
from .descriptors import allow_descriptors
from .engine import Engine
from .errors import BatchStoppedError, OutputError
from .feed import Feed
from .finished import Finished
from .journal import Journal
from .options import (
    BatchOptions,
    Models,
    OpenById,
    asked_settings,
    check_options,
    find_limiter,
    limiters_of,
    open_models,
    path_of,
    whole_number,
)
from .output_paths import is_table, journal_path
from .pool import Pool, name_of
from .progress import shown_progress
from .prompt import Prompt
from .results import Result, result_line
from .sources import find_source
from .tables import check_table, write_table

__all__ = ["AnyEngine", "Batch", "arun_batch", "refuse_running_loop", "run_batch"]

_MAX_CONCURRENCY = 32


class AnyEngine(Protocol):
    """Asks rows, here or elsewhere; ``stopped_by`` is the error that has ended it."""

    stopped_by: Exception | None

    async def run(self) -> None:
        """Ask every row, or those before the run is stopped."""

    def stop(self, cause: Exception | None = None) -> None:
        """Start no more requests. A second call ends those that are under way at once."""


class Batch:
    """A run of a batch; ``run`` does it once, ``stop`` ends it early, ``counts`` is how far it is.

    The arguments are those of ``run_batch``. Raises ``InvalidParameterError`` for those that cannot
    be right, ``ChatError`` for a model that cannot be made.
    """

    def __init__(
        self,
        rows: object,
        *,
        model: Models,
        out: str | PathLike[str],
        **options: Unpack[BatchOptions],
    ) -> None:
        check_options(options)
        self.out = path_of("out", out)
        self.counts = Counts()
        self.problems: tuple[str, ...] = ()
        self._options = options
        self._max_concurrency = whole_number(
            "max_concurrency", options.get("max_concurrency", _MAX_CONCURRENCY)
        )
        self._max_errors = options.get("max_errors")
        if self._max_errors is not None:
            whole_number("max_errors", self._max_errors)
        self._progress_every = options.get("progress_every", 0.0)
        check_table(self.out)
        prompt = Prompt(options.get("template"))
        self._opened: list[ChatModel] = []
        self._source = find_source(rows, has_template=prompt.source is not None)
        self._pool, models, fallbacks = self._open_models(model)
        self._plan = Plan(
            prompt,
            settings=asked_settings(models[0]),
            models=frozenset(map(name_of, models)),
            fallbacks=frozenset(map(name_of, fallbacks)),
            retry_failed=options.get("retry_failed", False),
            skip_bad_rows=options.get("skip_bad_rows", False),
        )
        self._check: RowCheck | None = None
        self._engine: AnyEngine | None = None
        self._reason = ""

    def _open_models(self, model: Models) -> tuple[Pool, list[ChatModel], list[ChatModel]]:
        """The pool, and the models and fallbacks that are in it."""
        by_id = OpenById(self._options.get("settings") or {})
        open_model = self._options.get("open_model") or by_id

        def open_and_note(name: str) -> ChatModel:
            self._opened.append(open_model(name))
            return self._opened[-1]

        models = open_models(model, open_and_note)
        fallbacks = open_models(self._options.get("fallback", ()), open_and_note)
        if not models:
            raise InvalidParameterError("A batch needs a model; model= has none.")
        self._limiter = find_limiter(self._options, [*models, *fallbacks])
        self.counts.note_limits(limiters_of(self._limiter, models))
        return Pool(models, fallbacks, open_model, self._limiter), models, fallbacks

    async def run(self) -> BatchSummary:
        """Ask every row that has no result; each result is added to the output as it arrives.

        Raises ``BadRowError`` and ``OtherRunError``, before anything is sent where the rows can be
        read twice; ``OutputError`` for an output that cannot be opened; and ``BatchStoppedError``
        for a run that ended before its last row.
        """
        path = journal_path(self.out)
        is_new = not path.exists()
        try:
            with Journal(path) as journal:
                async with shown_progress(self.counts, every=self._progress_every):
                    await self._ask_all(journal)
            if is_table(self.out) and not isinstance(self._cause(), OutputError):
                await asyncio.to_thread(write_table, self.out)
        finally:
            if is_new and path.exists() and not path.stat().st_size:
                path.unlink()
            await self._pool.aclose()
            for model in self._opened:
                await model.aclose()
        return self._end()

    def stop(self, reason: str) -> None:
        """Start no more requests and wait a moment for those under way; called again, do not wait.

        ``reason`` is the first half of the message of the ``BatchStoppedError``.
        """
        self._reason = self._reason or reason
        if self._engine is not None:
            self._engine.stop()

    @property
    def is_stopping(self) -> bool:
        """Whether the run is being stopped."""
        return bool(self._reason)

    async def _ask_all(self, journal: Journal) -> None:
        finished = await asyncio.to_thread(Finished, journal.path)
        repeatable = self._source.is_repeatable
        if repeatable:
            survey = RowCheck(self._source, self._plan, finished)
            found = await asyncio.to_thread(survey.survey_all)
            self.counts.total = found.rows
            self._count_finished(found)
            to_ask = found.to_ask
        else:
            to_ask = self._max_concurrency
        self._check = RowCheck(self._source, self._plan, finished)
        self._engine = self._make_engine(
            self._check.rows(),
            partial(self._take, journal),
            max(1, min(self._max_concurrency, to_ask)),
        )
        if self._reason:
            self._engine.stop()
        await self._engine.run()

    def _make_engine(
        self,
        rows: Iterator[Asked | None],
        on_result: Callable[[Result], None],
        max_concurrency: int,
    ) -> AnyEngine:
        """What asks ``rows``, with at most ``max_concurrency`` requests under way."""
        allow_descriptors(max_concurrency)
        feed = Feed(rows, waits=not self._source.is_repeatable)
        return Engine(feed, self._pool, on_result, max_concurrency=max_concurrency)

    def _take(self, journal: Journal, result: Result) -> None:
        """Add one result to the output and to the counts. Raises ``OutputError``."""
        try:
            line = result_line(result)
        except (ValueError, TypeError, RecursionError) as failure:
            error = ChatError(f"The answer has no place in JSON ({failure}).")
            result = replace(result, message=None, error=error)
            line = result_line(result)
        journal.append(line)
        self.counts.add(result, cost_of(result))
        self._follow()
        if (on_progress := self._options.get("on_progress")) is not None:
            on_progress(self.counts)
        is_enough = self._max_errors is not None and self.counts.failed >= self._max_errors
        if is_enough and not self.is_stopping:
            self.stop(f"{self.counts.failed:,} rows have failed, as many as may (max_errors)")

    def _cause(self) -> Exception | None:
        """The error that has ended the run, if one did."""
        return None if self._engine is None else self._engine.stopped_by

    def _follow(self) -> None:
        """Take over what the rows that were read so far have shown."""
        if self._check is None:
            return
        found = self._check.survey
        self.counts.bad_rows, self.problems = found.bad_rows, tuple(found.problems)
        if not self._source.is_repeatable:
            self._count_finished(found)

    def _count_finished(self, found: Survey) -> None:
        self.counts.finished_before, self.counts.failed_before = found.finished, found.failed

    def _end(self) -> BatchSummary:
        """The summary. Raises ``BatchStoppedError`` where rows are left, and for bad rows."""
        self._follow()
        summary = BatchSummary.of(self.counts, self.out, self.problems)
        cause = self._cause()
        if cause is None and not self._reason:
            return summary
        raise BatchStoppedError(
            f"{self._reason or str(cause).rstrip('.')}. {self._what_is_kept()}", summary=summary
        ) from cause

    def _what_is_kept(self) -> str:
        """A sentence about what a run that was stopped has done."""
        asked = self.counts.succeeded + self.counts.failed
        before = self.counts.finished_before
        if not asked and not before:
            return "The run has ended before its first row; the same command begins again."
        earlier = f", and {before:,} before" if before and not asked else ""
        return (
            f"The run has ended after {asked:,} rows{earlier}, all of which are in"
            f" {journal_path(self.out)}; the same command goes on from there."
        )


def refuse_running_loop(instead: str) -> None:
    """Raise ``InvalidParameterError`` that names ``instead`` where an event loop runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise InvalidParameterError(
        f"An event loop runs here, as in a notebook: {instead} takes the same."
    )


async def arun_batch(
    rows: object, *, model: Models, out: str | PathLike[str], **options: Unpack[BatchOptions]
) -> BatchSummary:
    """``run_batch`` on an event loop."""
    return await Batch(rows, model=model, out=out, **options).run()


def run_batch(
    rows: object, *, model: Models, out: str | PathLike[str], **options: Unpack[BatchOptions]
) -> BatchSummary:
    """Ask a model every row, and write each result to ``out`` as it arrives.

    A row that has a result in ``out`` is not asked again, so that the same call goes on where an
    earlier one ended, however it ended.

    Args:
        rows: a file of JSON Lines, CSV or Parquet, ``"-"`` for standard input, or an iterable of
            ``{"id": …, "input": …}`` or ``Row``.
        model: the id of a model, a model, or several, over which the rows are spread.
        out: a file of JSON Lines, to which results are added; CSV or Parquet is written at the end.
        options: see ``BatchOptions``.

    Raises ``BadRowError`` for rows that cannot be read, ``OtherRunError`` for an output of other
    rows, ``OutputError`` for one that cannot be opened, and ``BatchStoppedError`` for a run that
    ended before its last row.
    """
    refuse_running_loop("await arun_batch(…)")
    return asyncio.run(arun_batch(rows, model=model, out=out, **options))
