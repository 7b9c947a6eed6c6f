"""Run the conformance suite and write what it found: `docs/support-matrix.md` and `.html`.

Provider × capability, as the laws of the conformance kit find it: works, gap with its reason, not
offered, failed, not run. Where a vendor's key is in the environment its model is also held to the
laws that any server can be held to, live. The files hold no date and no machine, so a run that
finds the same writes the same.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat_conformance.capabilities import CAPABILITIES, MEDIA
from chat_conformance.conformance import LAWS, ChatModelConformance
from chat_conformance.declared import DECLARED

ROOT = Path(__file__).resolve().parent.parent
SUITE = ROOT / "integration-tests" / "test_conformance.py"
MARKDOWN = ROOT / "docs" / "support-matrix.md"
PAGE = ROOT / "docs" / "support-matrix.html"

THEMES = {
    "construction": "construction: no key, no network, nothing given away",
    "requests": "requests carry what was set",
    "answers": "answers, finish reasons, token counts",
    "streams": "streams, however they are cut",
    "history": "conversations in every form",
    "tools": "tools",
    "structured": "structured output",
    "media": "media sent, or refused by name",
    "reasoning": "reasoning",
    "citations": "citations",
    "events": "events and chains",
    "leaving": "leaving hangs up within 0.5 s",
    "together": "batches, threads, event loops",
    "timeouts": "timeouts",
    "errors": "errors by class, status and code",
    "retries": "retries",
    "broken": "broken answers are errors",
    "secrets": "the key stays hidden",
}
"""The kit's themes, and what a row about them is called."""

assert set(THEMES) == {law.theme for law in LAWS.values()}

WORKS, GAP, FAILED, NOT_OFFERED, NOT_RUN = "works", "gap", "failed", "not offered", "not run"
SIGNS = {WORKS: "✓", GAP: "gap", FAILED: "✗", NOT_OFFERED: "–", NOT_RUN: "·"}


@dataclass
class Cell:
    """What is known of one provider in one row."""

    held: int = 0
    gaps: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    offered: bool = True

    def add(self, result: dict[str, Any]) -> None:
        """Count one outcome."""
        if result["outcome"] == "passed":
            self.held += 1
        elif result["outcome"] == "gap":
            self.gaps[result["law"]] = result["reason"].removeprefix("gap: ")
        elif result["outcome"] == "failed":
            self.failed[result["case"]] = result["reason"]
        elif result["reason"].startswith("not offered"):
            self.offered = False

    @property
    def state(self) -> str:
        """One word for it."""
        if self.failed:
            return FAILED
        if self.gaps:
            return GAP
        if self.held:
            return WORKS
        return NOT_RUN if self.offered else NOT_OFFERED


Row = dict[str, Cell]
"""Cells by the name of the conformance class."""


@dataclass(frozen=True)
class Matrix:
    """All rows, by their titles."""

    capabilities: dict[str, Row]
    themes: dict[str, Row]
    servers: dict[str, Row]

    @property
    def failed(self) -> list[str]:
        """What does not hold and is no gap."""
        return sorted(
            {
                f"{name}: {case}: {reason}"
                for row in self.themes.values()
                for name, cell in row.items()
                for case, reason in cell.failed.items()
            }
        )


def run(folder: Path, *arguments: str, cwd: Path = ROOT) -> list[dict[str, Any]]:
    """The outcomes of a run of pytest."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "--timeout", "120"]
    command += ["-r", "fE", "--conformance-report", str(report), *arguments]
    subprocess.run(command, cwd=cwd, check=False)
    if not report.is_file():
        sys.exit("the suite did not run")
    found: list[dict[str, Any]] = json.loads(report.read_text())
    return found


def run_live(folder: Path) -> list[dict[str, Any]]:
    """The outcomes of live runs, of the models whose key is in the environment."""
    results = []
    for subject in DECLARED:
        names = subject.live_keys or subject.make_model(base_url="http://127.0.0.1:9").api_key_env
        if any(os.environ.get(name) for name in names):
            # Outside the workspace, whose network guard would refuse it.
            arguments = ("--pyargs", "chat_conformance", "--chat-model", subject.model_id)
            found = run(folder, *arguments, "--backend", "live", cwd=folder)
            results += [{**result, "subject": f"Test{subject.__name__}"} for result in found]
    return results


def build(offline: list[dict[str, Any]], live: list[dict[str, Any]]) -> Matrix:
    """The matrix of all outcomes."""
    matrix = Matrix(
        {name: _row(name) for name in CAPABILITIES},
        {name: _row() for name in THEMES},
        {name: _row() for name in ("offline", "llmock", "live")},
    )
    for result in offline:
        name = result["subject"].removeprefix("Test")
        law = LAWS[result["law"]]
        matrix.themes[law.theme][name].add(result)
        for capability in {*law.needs, *_media_of(result)}:
            matrix.capabilities[capability][name].add(result)
        server = "llmock" if "llmock" in result["case"] else "offline"
        matrix.servers[server][name].add(result)
    for result in live:
        matrix.servers["live"][result["subject"].removeprefix("Test")].add(result)
    for subject in DECLARED:
        matrix.servers["llmock"][subject.__name__].offered = subject.llmock_path is not None
    return matrix


def _row(capability: str = "") -> Row:
    return {
        subject.__name__: Cell(offered=not capability or _offers(subject, capability))
        for subject in DECLARED
    }


def _offers(subject: type[ChatModelConformance], capability: str) -> bool:
    return subject.capabilities is None or capability in subject.capabilities


def _media_of(result: dict[str, Any]) -> list[str]:
    """The kind of media that a case is about, for the law that has a case for each."""
    if result["law"] != "test_media_that_the_model_takes_are_sent":
        return []
    return [kind for kind in MEDIA if result["case"].endswith(f"-{kind}]")]


# --- pages

INTRODUCTION = """\
Written by `make matrix`, which runs the conformance suite; never edited. Every provider is held to
{laws} laws, blocking and on an event loop, through its vendor's SDK over a real socket."""

LEGEND = f"""\
{SIGNS[WORKS]} every law about it holds · {SIGNS[GAP]}: a law is known not to hold, see below ·
{SIGNS[NOT_OFFERED]} the vendor, or its wire, does not offer it (media are then refused by name) ·
{SIGNS[FAILED]} a law does not hold · {SIGNS[NOT_RUN]} not run"""

SERVERS = {
    "offline": "the kit's scripted server",
    "llmock": "llmock",
    "live": "the vendor itself, with a key",
}


def markdown(matrix: Matrix) -> str:
    """The page as Markdown."""
    lines = ["# Support matrix", "", INTRODUCTION.format(laws=len(LAWS)), ""]
    streaming = _streaming(matrix)
    lines += [f"**Which integrations stream token by token?** {streaming}", "", LEGEND, ""]
    for heading, rows, names in (
        ("Capabilities", matrix.capabilities, CAPABILITIES),
        ("Laws by theme", matrix.themes, THEMES),
        ("Held against", matrix.servers, SERVERS),
    ):
        lines += [
            f"## {heading}",
            "",
            *_table(rows, names, counted=rows is not matrix.capabilities),
        ]
        lines.append("")
    lines += ["## Gaps", "", *(_gaps(matrix) or ["None."]), ""]
    return "\n".join(lines)


def _streaming(matrix: Matrix) -> str:
    row = matrix.capabilities["streaming"]
    works = [_label(name) for name, cell in row.items() if cell.state == WORKS]
    if len(works) == len(row):
        return f"All {len(row)}: {', '.join(works)}."
    return f"{', '.join(works) or 'None'}."


def _table(rows: dict[str, Row], titles: dict[str, str], *, counted: bool) -> list[str]:
    names = [subject.__name__ for subject in DECLARED]
    lines = ["| | " + " | ".join(map(_label, names)) + " |", "|---" * (len(names) + 1) + "|"]
    for row, cells in rows.items():
        said = [_said(cells[name], counted=counted) for name in names]
        lines.append(f"| {titles[row]} | {' | '.join(said)} |")
    return lines


def _said(cell: Cell, *, counted: bool) -> str:
    sign = SIGNS[cell.state]
    return f"{sign} {cell.held}" if counted and cell.held else sign


def _gaps(matrix: Matrix) -> list[str]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in matrix.themes.values():
        for name, cell in row.items():
            for law, reason in cell.gaps.items():
                found[name, reason].add(law)
    return [
        f"- **{_label(name)}**: {reason} ({', '.join(f'`{law}`' for law in sorted(laws))})"
        for (name, reason), laws in sorted(found.items())
    ]


def _label(name: str) -> str:
    subject = next(each for each in DECLARED if each.__name__ == name)
    provider = subject.model_id.partition(":")[0]
    api = subject.settings.get("api")
    return f"{provider} ({api})" if api else provider


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: center }
th:first-child, td:first-child { text-align: left }
thead th { position: sticky; top: 0; background: #f6f6f6 }
.works { background: #e4f5e4 } .gap { background: #fdf1cf } .failed { background: #f9d5d5 }
.not-offered, .not-run { color: #888 }
details { margin: .3rem 0 } code { font-size: 90% }
"""


def page(matrix: Matrix) -> str:
    """The page as HTML that needs nothing else."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Support matrix</title>',
        f"<style>{STYLE}</style></head><body><h1>Support matrix</h1>",
        f"<p>{html.escape(INTRODUCTION.format(laws=len(LAWS)))}</p>",
        "<p><strong>Which integrations stream token by token?</strong>"
        f" {html.escape(_streaming(matrix))}</p>",
        f"<p>{html.escape(LEGEND)}</p>",
        "<h2>Capabilities</h2>",
        _html_table(matrix.capabilities, CAPABILITIES, counted=False),
        "<h2>Laws by theme</h2>",
        _html_table(matrix.themes, THEMES, counted=True),
        "<h2>Held against</h2>",
        _html_table(matrix.servers, SERVERS, counted=True),
        "<h2>The laws</h2>",
        *_html_laws(),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _html_table(rows: dict[str, Row], titles: dict[str, str], *, counted: bool) -> str:
    names = [subject.__name__ for subject in DECLARED]
    head = "".join(f"<th>{html.escape(_label(name))}</th>" for name in names)
    body = []
    for row, cells in rows.items():
        found = "".join(_html_cell(cells[name], counted=counted) for name in names)
        body.append(f"<tr><th>{html.escape(titles[row])}</th>{found}</tr>")
    rest = "\n".join(body)
    return f"<table><thead><tr><th></th>{head}</tr></thead>\n<tbody>\n{rest}\n</tbody></table>"


def _html_cell(cell: Cell, *, counted: bool) -> str:
    reasons = {**cell.gaps, **cell.failed}
    told = html.escape("; ".join(f"{law}: {reason}" for law, reason in sorted(reasons.items())))
    title = f' title="{told}"' if told else ""
    kind = cell.state.replace(" ", "-")
    return f'<td class="{kind}"{title}>{html.escape(_said(cell, counted=counted))}</td>'


def _html_laws() -> list[str]:
    lines = []
    for theme, title in THEMES.items():
        laws = [law for law in LAWS.values() if law.theme == theme]
        lines.append(f"<details><summary>{html.escape(title)} ({len(laws)})</summary><ul>")
        lines += [
            f"<li><code>{law.name}</code>: {html.escape(law.sentence.replace('``', ''))}</li>"
            for law in laws
        ]
        lines.append("</ul></details>")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        matrix = build(run(Path(folder), "-n", "2", str(SUITE)), run_live(Path(folder)))
    MARKDOWN.write_text(markdown(matrix))
    PAGE.write_text(page(matrix))
    print(f"wrote {MARKDOWN.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")
    if matrix.failed:
        sys.exit("\n".join(["does not hold:", *matrix.failed]))


if __name__ == "__main__":
    main()
