"""Writes the table of speed into the root README, from what `make bench` measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from workspace import ROOT

MEASURED = ROOT / "docs" / "benchmarks.json"
BEGIN = "<!-- speed: written from docs/benchmarks.json by make docs-output -->"
END = "<!-- end of speed -->"
_SECTION = re.compile(f"{BEGIN}\n.*?{END}", re.DOTALL)
_WHO = {
    "raw": "raw",
    "ours": "chat-core",
    "sdk": "vendor's SDK",
    "langchain": "LangChain",
    "pydantic_ai": "pydantic-ai",
}
_OTHERS = (
    ("chain", "prompt, model and parser with events, µs a chunk", "openai.text.1000.8"),
    ("together", "500 streams at once, µs a chunk", "500 at once"),
    ("batch", "a batch of 1,000, µs a prompt", "1000 prompts"),
    ("import", "import and first model, ms", "import and build, groq"),
    ("latency", "first chunk on an open connection, ms of time", "one chunk"),
    ("memory", "500 streams at once, MB", "500 at once"),
)
_STREAM = re.compile(r"(.+), text, ([18]) a segment")


def with_speed(readme: str) -> str:
    """The README with the table as measured last.

    Raises:
        LookupError: the README has no place for the table.
    """
    if not _SECTION.search(readme):
        raise LookupError(f"the root README has no lines {BEGIN} and {END}")
    section = "\n".join([BEGIN, "", *_table(json.loads(MEASURED.read_text())["rows"]), "", END])
    return _SECTION.sub(lambda _: section, readme)


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "CPU time, if nothing else is named; the lowest of each row is bold. *raw* is the HTTP"
    yield "library and a JSON parser alone, without types, errors, tool calls or retries."
    yield ""
    yield f"| what | {' | '.join(_WHO.values())} |"
    yield f"|---|{'---:|' * len(_WHO)}"
    for title, costs in _costs(rows):
        best = min(costs.values())
        cells = (_cell(costs.get(who), best) for who in _WHO)
        yield f"| {title} | {' | '.join(cells)} |"


def _cell(cost: float | None, best: float) -> str:
    if cost is None:
        return ""
    shown = f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"
    return f"**{shown}**" if cost == best else shown


def _costs(rows: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, float]]]:
    """Title of each row, and what each contestant took."""
    streams: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["measure"] == "stream" and (match := _STREAM.fullmatch(row["case"])):
            events = "one event" if match[2] == "1" else "8 events"
            title = f"{match[1]}, {events} a segment, µs a chunk"
            if row["entry"] in _WHO:
                streams.setdefault(title, {})[row["entry"]] = row["cost"]["middle"]
    yield from sorted(streams.items(), key=lambda item: "one event" in item[0])
    for measure, title, case in _OTHERS:
        found = {
            row["entry"].partition(".")[0]: row["cost"]["middle"]
            for row in rows
            if (row["measure"], row["case"]) == (measure, case)
            and row["entry"].partition(".")[0] in _WHO
            and not row["entry"].endswith(".aiohttp")
        }
        if found:
            yield title, found
