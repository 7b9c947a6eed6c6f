"""Rows of the support matrix about packages around a model: do their tests hold for a provider?

The tests are those of `integration-tests/` that run over all declared providers; the name of the
provider's class stands in brackets behind the name of a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from chat_conformance.declared import DECLARED
from matrix import PACKAGES, Cell, Row

_SUBJECT = re.compile(r"\[(?:.*-)?(\w+)\]$")


def package_rows(report: Path) -> dict[str, Row]:
    """The rows, from the JUnit report of a run of `PACKAGES`."""
    names = {subject.__name__ for subject in DECLARED}
    rows: dict[str, Row] = {module: {name: Cell() for name in names} for module in PACKAGES}
    for case in ElementTree.parse(report).iter("testcase"):
        found = _SUBJECT.search(case.get("name", ""))
        row = rows.get(case.get("classname", "").rpartition(".")[2])
        if row is not None and found and found[1] in names:
            _add(row[found[1]], case.get("name", ""), list(case))
    return rows


def _add(cell: Cell, name: str, ends: Iterable[ElementTree.Element]) -> None:
    problems = [end.get("message", "") for end in ends if end.tag in ("failure", "error")]
    if problems:
        cell.failed[name] = problems[0]
    elif not any(end.tag == "skipped" for end in ends):
        cell.held += 1
