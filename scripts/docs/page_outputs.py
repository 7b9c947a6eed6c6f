"""Executes pages and compares what they print with the output that they show, or rewrites it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from page_regions import with_regions
from page_server import environment
from page_snippets import Snippet, snippets, with_outputs
from workspace import ROOT

__all__ = ["Execution", "differences", "execute", "rewrite"]

SECONDS = 120


@dataclass(frozen=True)
class Execution:
    """What the snippets of a page printed, by line, and why the page stopped early, if it did."""

    outputs: dict[int, str]
    failure: str


def execute(page: Path) -> Execution:
    """Execute a page in a process of its own, in an empty folder, without a network."""
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, str(Path(__file__).parent / "page_run.py")]
        work = Path(folder) / "work"
        work.mkdir()
        try:
            finished = subprocess.run(
                [*command, str(page), str(result)],
                cwd=work,
                env={**environment(), "HOME": folder},
                check=False,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Execution({}, f"the page was not done after {SECONDS} seconds")
        if not result.is_file():
            code = finished.returncode
            return Execution(
                {}, f"the page ended its process, code {code}: {finished.stderr[-2000:]}"
            )
        found = json.loads(result.read_text())
    outputs = {int(line): text for line, text in found["outputs"].items()}
    return Execution(outputs, found["failure"])


def differences(page: Path) -> list[str]:
    """What is wrong with a page, each with the page's path and the line; empty for a right page."""
    execution = execute(page)
    name = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
    text = page.read_text()
    found = []
    if with_regions(text) != text:
        found.append(f"{name}: a generated part is out of date (make docs-output writes it)")
    for snippet in snippets(text):
        if snippet.line in execution.outputs:
            found += _difference(str(name), snippet, execution.outputs[snippet.line])
    if execution.failure:
        found.append(f"{name}: {execution.failure}")
    return found


def rewrite(page: Path) -> str:
    """Write generated parts and outputs into a page; return why it failed, or nothing."""
    text = with_regions(page.read_text())
    page.write_text(text)
    execution = execute(page)
    changed = with_outputs(text, {n: _lines(o) for n, o in execution.outputs.items()})
    page.write_text(changed)
    return execution.failure


def _difference(name: str, snippet: Snippet, printed: str) -> list[str]:
    indent = len(snippet.indent)
    shown = "" if snippet.output is None else snippet.output.text
    shown = "\n".join(line[indent:].rstrip() for line in shown.splitlines())
    printed = _lines(printed)
    if shown == printed:
        return []
    line = snippet.output.line if snippet.output else snippet.line
    diff = unified_diff(
        shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm="", n=2
    )
    return [
        f"{name}:{line}: the output is another (make docs-output writes it)\n" + "\n".join(diff)
    ]


def _lines(text: str) -> str:
    """Text without white space at the ends of lines, and without blank lines at its end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()
