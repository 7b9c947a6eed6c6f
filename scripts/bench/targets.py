"""The targets: what fast means, as ratios, and whether the measured rows meet it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from measures import Row

Figure = Callable[[Row], float]


@dataclass(frozen=True)
class Target:
    """A limit that the worst of some rows has to keep."""

    what: str
    limit: float
    unit: str
    measure: str
    entry: str
    reference: str
    case: str = ""
    """A regular expression for the cases that count."""
    is_cost: bool = False
    """Whether the cost itself is limited rather than its ratio."""
    at_least: bool = False

    def figure(self, row: Row) -> float:
        """What is compared with the limit: the median."""
        if self.is_cost:
            return row.cost.middle
        return 1 / row.ratio.middle if self.at_least else row.ratio.middle


@dataclass(frozen=True)
class Verdict:
    """A target and the row that is farthest from it or nearest to missing it."""

    target: Target
    row: Row

    @property
    def figure(self) -> float:
        """The measured value."""
        return self.target.figure(self.row)

    @property
    def is_met(self) -> bool:
        """Whether the limit is kept."""
        if self.target.at_least:
            return self.figure >= self.target.limit
        return self.figure <= self.target.limit


_SLOW_SDKS = "^(?!anthropic)"

TARGETS = (
    Target(
        "interpreter's start to the first chunk, CPU by bare httpx2 and one pydantic model", 1.3,
        "×", "first", "ours", "bare",
    ),
    Target(
        "longest stand-still of the loop at the first async request", 50, "ms", "still", "ours",
        "bare", is_cost=True,
    ),
    Target(
        "import and build, by a bare pydantic model of ten fields", 1.25, "×", "import", "ours",
        "bare pydantic",
    ),
    Target(
        "CPU of one more call by raw, one after another", 1.25, "×", "call", "ours", "raw",
        "one after another",
    ),
    Target("the same, 100 at once", 1.25, "×", "call", "ours", "raw", "100 at once"),
    Target("`astream` by raw bytes + JSON", 1.5, "×", "stream", "ours", "raw", "8 a segment"),
    Target(
        "the same, events one by one", 1.5, "×", "stream", "ours", "raw", "1 a segment"
    ),
    Target(
        "`astream` by the SDK's typed stream", 0.15, "×", "stream", "ours", "sdk",
        _SLOW_SDKS + ".*8 a segment",
    ),
    Target(
        "the same, events one by one", 0.15, "×", "stream", "ours", "sdk",
        _SLOW_SDKS + ".*1 a segment",
    ),
    Target(
        "the same, anthropic", 0.5, "×", "stream", "ours", "sdk",
        "^anthropic.*8 a segment",
    ),
    Target(
        "the same, anthropic, events one by one", 0.5, "×", "stream", "ours", "sdk",
        "^anthropic.*1 a segment",
    ),
    Target("`astream_events` by `astream`", 1.5, "×", "stream", "ours.events", "ours"),
    Target(
        "prompt, model, parser with events by LangChain", 0.15, "×", "chain", "ours.chain",
        "langchain.chain",
    ),
    Target(
        "import and build a model", 150, "ms CPU", "import", "ours", "bare pydantic", is_cost=True
    ),
    Target(
        "500 streams at once, chunks per CPU second by raw", 1.0, "×", "together", "ours", "raw",
        "500", at_least=True,
    ),
    Target(
        "aiohttp engine by raw bytes + JSON, events one by one", 0.6, "×", "engine",
        "ours.aiohttp", "raw", "1 a segment",
    ),
    Target(
        "aiohttp engine, 500 streams at once, chunks per CPU second by raw", 2.0, "×", "engine",
        "ours.aiohttp", "raw", "500", at_least=True,
    ),
    Target(
        "memory of 500 streams above idle", 100, "MB", "memory", "ours", "raw", "500", is_cost=True
    ),
    Target("ten times as long, folded", 10.5, "×", "growth", "ours.fold", ""),
)  # fmt: skip


def verdicts(rows: Sequence[Row]) -> Iterator[Verdict]:
    """For each target that was measured, its worst row."""
    for target in TARGETS:
        counted = [
            row
            for row in rows
            if (row.measure, row.entry) == (target.measure, target.entry)
            and target.reference in ("", row.reference)
            and re.search(target.case, row.case)
        ]
        if counted:
            pick = min if target.at_least else max
            yield Verdict(target, pick(counted, key=target.figure))
