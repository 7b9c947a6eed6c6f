"""``Counts``: how far a batch has come, and ``BatchSummary``: how it ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .results import Result

__all__ = ["BatchSummary", "Counts"]


@dataclass
class Counts:
    """How far a batch has come; the batch changes it as it goes.

    Args:
        total: the rows of the input; ``None`` where they are not known before they are read.
        finished_before: rows that had a result when the run began, and are not asked.
        failed_before: those of them whose result is an error.
        bad_rows: rows that could not be read and are skipped.
        succeeded, failed: rows of this run.
        input_tokens, output_tokens: of the answers of this run, as far as vendors report them.
        cost: US dollars of the answers whose price is known.
        unpriced: answers whose price is not known.
        models: how many rows each model answered.
        started: when the run began, in seconds of ``time.monotonic``.
        requests_per_minute, tokens_per_minute: the limits of the run; ``None`` for no limit.
    """

    total: int | None = None
    finished_before: int = 0
    failed_before: int = 0
    bad_rows: int = 0
    succeeded: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    models: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def add(self, result: Result, cost: float | None) -> None:
        """Count one more result, which costs ``cost`` US dollars."""
        if result.error is not None:
            self.failed += 1
            return
        self.succeeded += 1
        self.models[result.model] += 1
        if (usage := result.usage) is not None:
            self.input_tokens += usage.get("input_tokens") or 0
            self.output_tokens += usage.get("output_tokens") or 0
        if cost is None:
            self.unpriced += 1
        else:
            self.cost += cost

    @property
    def known_cost(self) -> float | None:
        """US dollars of all answers; ``None`` where the price of one is not known, or of none."""
        return None if self.unpriced or not self.succeeded else self.cost

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Rows a second."""
        return (self.succeeded + self.failed) / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last row; ``None`` where that is not known.

        At the rate so far, or that of the limits where this is lower: the rows of a first minute
        may all be asked at once.
        """
        asked = self.succeeded + self.failed
        if self.total is None or not asked:
            return None
        left = self.total - self.finished_before - asked
        return left / min([self.rate, *self._allowed_rates(asked)])

    def note_limits(self, limiters: Sequence[object]) -> None:
        """Add up the limits of all ``limiters``; one without a limit leaves none."""
        for name in ("requests_per_minute", "tokens_per_minute"):
            limits = [getattr(limiter, name, None) for limiter in limiters]
            setattr(self, name, None if None in limits else sum(filter(None, limits)))

    def _allowed_rates(self, asked: int) -> list[float]:
        """Rows a second that each limit allows, with as many tokens a row as until now."""
        rates = []
        if self.requests_per_minute:
            rates.append(self.requests_per_minute / 60)
        tokens = self.input_tokens + self.output_tokens
        if self.tokens_per_minute and tokens:
            rates.append(self.tokens_per_minute * asked / tokens / 60)
        return rates


@dataclass(frozen=True)
class BatchSummary:
    """What a run of a batch did.

    Args:
        out: the output file.
        rows: rows of the input that have a result now.
        finished_before: rows among them that had a result before, and were not asked.
        succeeded, failed: rows that were asked in this run.
        bad_rows: rows that could not be read and were skipped.
        input_tokens, output_tokens: of this run's answers, as far as vendors report them.
        cost: US dollars of this run's answers; ``None`` where the price of one is not known.
        seconds: how long the run took.
        models: how many rows of this run each model answered.
        problems: the first bad rows, each by its place and what is wrong with it.
        failed_before: rows of ``finished_before`` whose result is an error.
    """

    out: Path
    rows: int
    finished_before: int
    succeeded: int
    failed: int
    bad_rows: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float
    models: dict[str, int]
    problems: tuple[str, ...] = ()
    failed_before: int = 0

    @classmethod
    def of(cls, counts: Counts, out: Path, problems: tuple[str, ...]) -> BatchSummary:
        """The summary of a run that has come as far as ``counts``."""
        return cls(
            out=out,
            rows=counts.finished_before + counts.succeeded + counts.failed,
            finished_before=counts.finished_before,
            succeeded=counts.succeeded,
            failed=counts.failed,
            bad_rows=counts.bad_rows,
            input_tokens=counts.input_tokens,
            output_tokens=counts.output_tokens,
            cost=counts.known_cost,
            seconds=counts.seconds,
            models=dict(counts.models),
            problems=problems,
            failed_before=counts.failed_before,
        )
