"""The report of a run as one page of HTML, without scripts and without other files."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from .outcomes import summary

__all__ = ["html_report"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.7rem}"
    "dt{font-weight:600}dd{margin:0 0 .5rem}:root{color-scheme:light dark}"
)

_LESSON = {
    "rule": "Rule",
    "reason": "What failed",
    "seen": "Seen",
    "usual": "Usually comes from",
    "remedy": "What to do",
}


def html_report(model: str, outcomes: list[dict[str, Any]]) -> str:
    """The page: the summary, each failure with its lesson, and the outcome of every law."""
    return "\n".join(_page(model, outcomes))


def _page(model: str, outcomes: list[dict[str, Any]]) -> Iterator[str]:
    title = f"Conformance of {escape(model)}"
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    yield f"<style>{_STYLE}</style><h1>{title}</h1>"
    yield f"<pre>{escape(chr(10).join(summary(outcomes)))}</pre>"
    failures = [each for each in outcomes if each["outcome"] == "failed"]
    yield "<h2>What does not hold</h2>" if failures else "<p>All laws that apply hold.</p>"
    for failure in failures:
        yield f"<h3>{escape(failure['case'])}</h3><dl>"
        for name, label in _LESSON.items():
            if failure.get(name):
                yield f"<dt>{label}<dd><pre>{escape(failure[name])}</pre>"
        yield "</dl>"
    yield "<h2>All laws</h2><table><tr><th>law<th>outcome<th>reason"
    for each in outcomes:
        cells = (each["case"], each["outcome"], each["reason"])
        yield "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells)
    yield "</table></html>"
