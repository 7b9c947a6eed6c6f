"""Put every provider to every fault, print the table, and write it to docs/faults.md.

Each cell is real traffic over a loopback socket through the vendor's own SDK: whole answers and
streams, blocking and on an event loop. Exits with 1 if anything ended otherwise than it must.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from chat_conformance import ChatModelConformance
from chat_conformance.declared import DECLARED
from chat_conformance.faults import FAULTS, Trials
from chat_conformance.loopback import refuse_everything_but_loopback
from chat_core.testing import first_retry_after

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
HOLDS, MISSES, NOT_APPLICABLE = "✓", "✗", "·"

INTRODUCTION = """\
# Faults

What goes wrong between a model and its vendor, and what comes of it. Each cell is real traffic over
a socket, from a server that answers in the vendor's wire with the fault of the row: as a whole
answer and as a stream, in blocking code and on an event loop. `make faults` runs it all again,
writes this page, and fails if anything ends otherwise.

The columns are providers; `openai` stands twice, for Chat Completions and for Responses.
✓ ends as it must · the wire cannot express it ✗ does not

What holds for every cell besides: errors are of `chat_core.errors` and keep their cause; after the
first chunk they carry `.partial`, every letter that had arrived; nothing hangs; no short answer is
passed off as a whole one; the key is in no message and no traceback.
"""

Row = tuple[str, ...]


def judge(subject: type[ChatModelConformance]) -> dict[str, list[str] | None]:
    """Fault → what one provider misses; ``None`` where its wire cannot express the fault."""
    refuse_everything_but_loopback()
    with first_retry_after(0.01), Trials(subject) as trials:
        return {
            fault.name: trials.misses(fault) if trials.applies_to(fault) else None
            for faults in FAULTS.values()
            for fault in faults
        }


def column(subject: type[ChatModelConformance]) -> str:
    """A provider's name at the head of its column."""
    provider = subject.model_id.partition(":")[0]
    return " ".join([provider, *map(str, subject.settings.values())])


def cell(found: list[str] | None) -> str:
    """One cell of the table."""
    return NOT_APPLICABLE if found is None else MISSES if found else HOLDS


def page(verdicts: list[dict[str, list[str] | None]]) -> Iterator[str]:
    """The page, line by line."""
    yield INTRODUCTION
    for theme, faults in FAULTS.items():
        yield f"## {theme}\n"
        yield f"| fault | ends in | {' | '.join(map(column, DECLARED))} |"
        yield f"|---|---|{':-:|' * len(DECLARED)}"
        for fault in faults:
            cells = [cell(verdict[fault.name]) for verdict in verdicts]
            yield f"| {fault.name} | {fault.shown} | {' | '.join(cells)} |"
        yield ""
    yield total(verdicts)


def total(verdicts: list[dict[str, list[str] | None]]) -> str:
    """How many cells hold."""
    cells = [cell(found) for verdict in verdicts for found in verdict.values()]
    tried = len(cells) - cells.count(NOT_APPLICABLE)
    return f"{cells.count(HOLDS)} of {tried} cells end as they must."


def table(verdicts: list[dict[str, list[str] | None]]) -> Iterator[str]:
    """The table for a terminal."""
    for number, subject in enumerate(DECLARED):
        yield f"{'│ ' * number}┌ {column(subject)}"
    for theme, faults in FAULTS.items():
        yield f"{'│ ' * len(DECLARED)}  {theme}"
        for fault in faults:
            cells = " ".join(cell(verdict[fault.name]) for verdict in verdicts)
            yield f"{cells}     {fault.name} → {fault.shown}"
    for subject, verdict in zip(DECLARED, verdicts, strict=True):
        for name, found in verdict.items():
            for miss in found or ():
                yield f"{MISSES} {column(subject)}: {name}: {miss}"
    yield total(verdicts)


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(DECLARED))) as processes:
        verdicts = list(processes.map(judge, DECLARED))
    print("\n".join(table(verdicts)))
    PAGE.write_text("\n".join(page(verdicts)) + "\n")
    return 1 if any(found for verdict in verdicts for found in verdict.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
