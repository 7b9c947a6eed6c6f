"""Writes `docs/tested-together.md`: the versions that are tested with each other.

Everything on the page follows from the project files and `constraints.txt`, so that it cannot say
anything else than what `make test`, `make oldest` and `make pythons` run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from compatibility import PYTHONS, oldest_pins
from workspace import CONSTRAINTS, ROOT, Distribution, distributions

from .contents import REQUIREMENT
from .project_file import requirements_of
from .stage import version_of

PAGE = ROOT / "docs" / "tested-together.md"
_INTRODUCTION = """\
# Tested together

Written by `make docs-output` from the project files and `constraints.txt`; a test compares. Each
row is a requirement of a distribution: the range that its users may install, the version that every
test runs with (`make test`), and the oldest one (`make oldest`, which raises it where another
requirement needs a newer one). `make newest` runs the tests with the newest releases, whatever they
are that day; `make pythons` on each Python named here that the machine has. `make release-check`
installs each built distribution alone, with the versions in the column *tested*.

All distributions of this repository have one version and are released together. Between them the
range ends before the next minor version, from 1.0 on before the next major version.
"""


def page() -> str:
    """The text of the page."""
    versions = ", ".join(PYTHONS)
    rows = [row for each in distributions() for row in _rows(each)]
    table = [
        "| distribution | requires | range | tested | oldest |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join([_INTRODUCTION, f"Python: {versions}.", "", *table, ""])


def _rows(distribution: Distribution) -> Iterator[str]:
    ours = {each.name: version_of(each) for each in distributions()}
    pins = {_plain(name): version for name, version in _pins(CONSTRAINTS)}
    title = f"{distribution.name} {version_of(distribution)}"
    for requirement, extra in requirements_of(distribution):
        match = REQUIREMENT.match(requirement)
        assert match is not None, requirement
        name = match["name"]
        tested = ours.get(name) or pins.get(_plain(name), "")
        oldest = "".join(oldest_pins([requirement])).partition("==")[2]
        shown = f"{name}, with the extra `{extra}`" if extra else name
        limits = match["range"] or "any"
        yield f"| {title} | {shown} | `{limits}` | {tested} | {oldest or tested} |"
        title = ""


def _pins(constraints: Path) -> Iterator[tuple[str, str]]:
    for line in constraints.read_text(encoding="utf-8").splitlines():
        name, mark, version = line.partition("==")
        if mark:
            yield name, version


def _plain(name: str) -> str:
    """A name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
