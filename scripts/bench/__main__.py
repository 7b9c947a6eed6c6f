"""Measure speed and memory beside raw HTTP, the vendors' SDKs, LangChain and pydantic-ai.

Prints how each target fares and writes docs/benchmarks.md, .json and .svg; a quick run does not.
"""

from __future__ import annotations

import argparse
import json
import time

from contest import Contest
from measures import MEASURES, Row
from picture import picture
from report import as_json, conditions, line, markdown, terminal
from targets import verdicts
from workspace import ROOT


def main() -> None:
    """Hold the contests that the command line names, by default all."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("measures", nargs="*", help=f"of: {', '.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="smaller loads, three rounds")
    options = parser.parse_args()
    unknown = set(options.measures) - MEASURES.keys()
    if unknown:
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    rounds = 3 if options.quick else options.rounds
    rows: list[Row] = []
    with Contest(rounds) as contest:
        for name in options.measures or MEASURES:
            started = time.monotonic()
            hold, full, quick = MEASURES[name]
            for row in hold(contest, quick if options.quick else full):
                rows.append(row)
                print(line(row), flush=True)
            print(f"{name}: {time.monotonic() - started:.0f} s\n", flush=True)
    found = list(verdicts(rows))
    print(terminal(found))
    if not options.quick:
        write(rows, conditions(rounds), is_full=not options.measures)


def write(rows: list[Row], condition: str, *, is_full: bool) -> None:
    """Write the page, its data and its picture. Without `is_full`, what was measured now replaces
    those measures alone.
    """
    page = ROOT / "docs" / "benchmarks.md"
    measured = {row.measure for row in rows}
    of_runs = dict.fromkeys(measured, condition)
    if not is_full:
        data = json.loads(page.with_suffix(".json").read_text())
        before = [Row.from_json(row) for row in data["rows"]]
        rows = [row for row in before if row.measure not in measured] + rows
        of_runs = {**data["conditions"], **of_runs}
    found = list(verdicts(rows))
    page.write_text(markdown(rows, found, of_runs))
    page.with_suffix(".json").write_text(as_json(rows, found, of_runs))
    page.with_suffix(".svg").write_text(picture(rows))
    print(f"written: {page.relative_to(ROOT)}, .json, .svg")


if __name__ == "__main__":
    main()
