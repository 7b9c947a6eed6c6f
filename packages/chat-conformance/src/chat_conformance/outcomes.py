"""The report of a run: keeps every test's outcome, prints a summary, and writes JSON if asked to.

The summary is a few lines for each model, after pytest's own:

    groq:llama-3.3-70b-versatile (TestGroq): 174 of 178 laws hold
      not offered: file_url, refusal
      gap: test_a_redirect_is_not_followed: the SDK follows (https://…)
      not run: this model streams (1)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Outcomes", "summary"]

Outcome = dict[str, Any]
"""``subject``, ``model``, ``law``, ``case``, ``outcome`` and ``reason``, all strings; a failure has
``rule``, ``usual`` and ``remedy`` too, and ``seen`` if a request was sent."""

_LESSON = frozenset({"rule", "seen", "usual", "remedy"})

_NOT_OFFERED = "not offered: "


class Outcomes:
    """A plugin for one run; with xdist only that of the main process sees reports."""

    def __init__(self) -> None:
        self._kept: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what is worth reporting: the call, or a set-up that skipped or failed."""
        if report.when != "call" and report.passed:
            return
        properties = dict(report.user_properties)
        facts = properties.get("conformance")
        if isinstance(facts, dict):
            lesson = {name: properties[name] for name in _LESSON & properties.keys()}
            self._kept.append({**facts, **_outcome(report), **lesson})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report."""
        path = session.config.getoption("conformance_report")
        if path and not hasattr(session.config, "workerinput"):
            Path(path).write_text(json.dumps(self._kept, indent=1) + "\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what held and what did not, and why."""
        if self._kept:
            terminalreporter.section("conformance")
            for line in summary(self._kept):
                terminalreporter.line(line)


def _outcome(report: pytest.TestReport) -> dict[str, str]:
    if hasattr(report, "wasxfail"):
        return {"outcome": "gap", "reason": report.wasxfail.removeprefix("reason: ")}
    if report.skipped:
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return {"outcome": "skipped", "reason": why.removeprefix("Skipped: ")}
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message if crash is not None else str(report.longrepr)
        return {"outcome": "failed", "reason": why.strip().partition("\n")[0]}
    return {"outcome": "passed", "reason": ""}


def summary(outcomes: list[Outcome]) -> Iterator[str]:
    """The lines of the summary, model by model."""
    by_subject: dict[tuple[str, str], list[Outcome]] = {}
    for each in outcomes:
        by_subject.setdefault((each["model"], each["subject"]), []).append(each)
    for (model, subject), own in sorted(by_subject.items()):
        yield from _model_summary(f"{model or 'no model'} ({subject})", own)


def _model_summary(title: str, outcomes: list[Outcome]) -> Iterator[str]:
    kinds: dict[str, list[Outcome]] = {"passed": [], "gap": [], "failed": [], "skipped": []}
    for each in outcomes:
        kinds[each["outcome"]].append(each)
    wrong = {each["law"] for each in (*kinds["failed"], *kinds["gap"])}
    tried = {each["law"] for each in kinds["passed"]} | wrong
    yield f"{title}: {len(tried - wrong)} of {len(tried)} laws that apply hold"
    reasons = Counter(each["reason"] for each in kinds["skipped"])
    absent = {
        name
        for reason in reasons
        if reason.startswith(_NOT_OFFERED)
        for name in reason.removeprefix(_NOT_OFFERED).split(", ")
    }
    if absent:
        yield f"  {_NOT_OFFERED}{', '.join(sorted(absent))}"
    for law, reason in sorted({(each["law"], each["reason"]) for each in kinds["gap"]}):
        yield f"  gap: {law}: {reason.removeprefix('gap: ')}"
    for law in sorted({each["law"] for each in kinds["failed"]}):
        yield f"  does not hold: {law}"
    for reason, number in sorted(reasons.items()):
        if not reason.startswith((_NOT_OFFERED, "offered: ")):
            yield f"  not run: {reason} ({number})"
