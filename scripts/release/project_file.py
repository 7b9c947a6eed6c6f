"""Reads what a release needs of a distribution's `pyproject.toml`."""

from __future__ import annotations

import tomllib
from typing import Any

from workspace import Distribution


def project_of(distribution: Distribution) -> dict[str, Any]:
    """The table `[project]`."""
    with (distribution.folder / "pyproject.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)["project"]
    return found


def requirements_of(distribution: Distribution) -> list[tuple[str, str]]:
    """Every requirement, with the extra that it belongs to, or an empty text."""
    project = project_of(distribution)
    found = [(requirement, "") for requirement in project["dependencies"]]
    for extra, requirements in project.get("optional-dependencies", {}).items():
        found += [(requirement, extra) for requirement in requirements]
    return found
