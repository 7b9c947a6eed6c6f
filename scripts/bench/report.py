"""The report: rows and verdicts as a page of Markdown, as JSON and for the terminal."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence

from measures import Row
from targets import Verdict

_INTRO = """\
# Benchmarks

Written by `make bench`, which makes its own environments, starts a server in a process of its own
and lets all contestants take their turn in every round, each in its own process. Ratios are taken
within a round; figures are medians with their quartiles in brackets. Nothing here is a timed test:
the tests that guard the hot path count calls (`core/tests/test_work_per_chunk.py`) and modules
(`integration-tests/test_import_budget.py`).

`raw` is the floor: the HTTP library below the vendor's SDK, a split at blank lines and
pydantic-core's JSON parser, without types, errors or tool calls. Where every event travels in a
segment of its own, reading HTTP is most of what everybody pays, so no ratio to an SDK can fall
below that of `raw`. `ours` is `astream` unless a way is named; `sdk` is the vendor's typed
stream. `objects` are instances of a class with three fields, asked for by OpenAI's schema mode and
given as they grow; `dicts` are what LangChain gives for the same schema as JSON; `first_title` and
`first_of_dicts` count what the server has sent when the first field has text. CPU is that of the
whole client process. `make bench BENCH="calls first"` measures some tables anew and leaves the
others as they are; below each title stand the conditions of its run.
"""

_TITLES = {
    "stream": "One stream",
    "chain": "prompt | model | parser, with events",
    "objects": "Structured output that grows while it streams",
    "first field": "The first field of an object",
    "together": "Streams at once on one model",
    "memory": "Memory of streams at once",
    "engine": "HTTP engines of event loops",
    "growth": "Longer streams, folded into a message",
    "latency": "A call on an open connection",
    "call": "CPU of one more call",
    "batch": "Batches",
    "import": "First import and first model, in a fresh interpreter",
    "first": "First chunk, in a fresh interpreter",
    "still": "Longest stand-still of a loop at its first request",
}


def conditions(rounds: int) -> str:
    """The interpreter, the rounds and the load of a run, which moves all but the counts."""
    busy, cores = os.getloadavg()[2], os.cpu_count()
    return (
        f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds,"
        f" load {busy:.1f} on {cores} cores (1 to 2 is the benchmark's own)."
    )


def markdown(
    rows: Sequence[Row], verdicts: Sequence[Verdict], conditions: Mapping[str, str]
) -> str:
    """The page. `conditions` are those of each measure's run."""
    parts = [_INTRO, "![CPU per chunk](benchmarks.svg)", "", "## Targets", ""]
    parts += _target_table(verdicts)
    for measure, title in _TITLES.items():
        found = [row for row in rows if row.measure == measure]
        if found:
            parts += ["", f"## {title}", "", conditions[measure], "", *_table(found)]
    return "\n".join(parts) + "\n"


def _target_table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "| what | target | measured, worst case | met | worst at |"
    yield "|---|---|---|---|---|"
    for verdict in verdicts:
        target = verdict.target
        sign = "≥" if target.at_least else "≤"
        met = "yes" if verdict.is_met else "**no**"
        yield (
            f"| {target.what} | {sign} {target.limit:g} {target.unit} |"
            f" {_number(verdict.figure)} {target.unit} | {met} | {verdict.row.case} |"
        )


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield f"| case | who | {rows[0].unit} | by | ratio |"
    yield "|---|---|---|---|---|"
    for row in rows:
        if row.entry == row.reference:
            yield f"| {row.case} | {row.entry} | {_number(row.cost.middle)} | | |"
        else:
            spread = f"({_number(row.ratio.low)} to {_number(row.ratio.high)})"
            yield (
                f"| {row.case} | {row.entry} | {_number(row.cost.middle)} |"
                f" {row.reference} | {_number(row.ratio.middle)} {spread} |"
            )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def as_json(rows: Sequence[Row], verdicts: Sequence[Verdict], conditions: Mapping[str, str]) -> str:
    """The same as data."""
    told = [
        {
            "what": verdict.target.what,
            "limit": verdict.target.limit,
            "unit": verdict.target.unit,
            "measured": verdict.figure,
            "met": verdict.is_met,
            "worst": verdict.row.case,
        }
        for verdict in verdicts
    ]
    data = {"targets": told, "rows": [row.as_json() for row in rows]}
    parts = [f'"{name}": [\n{_lines(items)}\n]' for name, items in data.items()]
    parts.append(f'"conditions": {json.dumps(conditions, ensure_ascii=False, indent=0)}')
    return "{" + ",\n".join(parts) + "}\n"


def _lines(items: Sequence[object]) -> str:
    """One item a line, so that two runs can be compared."""
    return ",\n".join([json.dumps(item, ensure_ascii=False) for item in items])


def line(row: Row) -> str:
    """A row for the terminal."""
    return (
        f"{row.measure:9}{row.case:38}{row.entry:16}{row.cost.middle:9.2f} {row.unit:18}"
        f"{row.ratio.middle:8.2f} × {row.reference}"
    )


def terminal(verdicts: Sequence[Verdict]) -> str:
    """The verdicts, one a line."""
    lines = []
    for verdict in verdicts:
        target = verdict.target
        sign = "≥" if target.at_least else "≤"
        lines.append(
            f"{'met   ' if verdict.is_met else 'MISSED'} {_number(verdict.figure):>6} {target.unit}"
            f" ({sign} {target.limit:g})  {target.what}; worst at {verdict.row.case}"
        )
    return "\n".join(lines)
