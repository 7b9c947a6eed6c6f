"""Where the repository is published, and what links of a README become on an index page.

The address is a constant of the root `pyproject.toml` (`[tool.release]`), empty as long as the
repository has no public place. With an address, relative links become absolute, and each
distribution gets its project URLs. Without one, the text of a link is followed by the path of the
file, since a relative link of an index page leads nowhere.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workspace import ROOT

LINK = re.compile(r"(!?)\[([^\]]+)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|#")


@dataclass(frozen=True)
class Place:
    """The public place of the repository."""

    repository: str
    """Its address, such as `https://git.example/team/chat`; empty if it has none."""
    files: str
    """The address of a file, with `{repository}`, `{version}` and `{path}` in it."""

    def address(self, path: str, version: str) -> str:
        """The address of a file of the repository, at the tag of a version."""
        return self.files.format(repository=self.repository, version=version, path=path)


def read_place(project: Path = ROOT / "pyproject.toml") -> Place:
    """The place that `[tool.release]` names."""
    with project.open("rb") as file:
        table = tomllib.load(file)["tool"]["release"]
    return Place(table["repository"].rstrip("/"), table["files"])


def published_readme(text: str, folder: str, version: str, place: Place) -> str:
    """A README as an index page shows it: no relative link is left.

    Args:
        text: the README of the repository.
        folder: the folder that it is in, relative to the root: `packages/chat-groq`.
        version: of the distribution.
        place: where the repository is published.
    """

    def link(match: re.Match[str]) -> str:
        mark, label, target = match.groups()
        if _ABSOLUTE.match(target):
            return match[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(folder, path))
        if place.repository:
            return f"{mark}[{label}]({place.address(path, version)}{'#' * bool(anchor)}{anchor})"
        return f"{label} (`{path}`)"

    return map_prose(text, lambda prose: LINK.sub(link, prose))


def map_prose(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` applied to each stretch of it outside fenced code."""
    stretches: list[tuple[bool, str]] = []
    fenced = False
    for line in text.splitlines(keepends=True):
        is_fence = bool(_FENCE.match(line))
        is_code = fenced or is_fence
        fenced ^= is_fence
        if stretches and stretches[-1][0] == is_code:
            stretches[-1] = (is_code, stretches[-1][1] + line)
        else:
            stretches.append((is_code, line))
    return "".join(part if is_code else change(part) for is_code, part in stretches)


def relative_links(text: str) -> list[str]:
    """The targets of all relative links and pictures outside fenced code, without anchors."""
    found: list[str] = []

    def collect(prose: str) -> str:
        targets = [match[3] for match in LINK.finditer(prose)]
        found.extend(each.partition("#")[0] for each in targets if not _ABSOLUTE.match(each))
        return prose

    map_prose(text, collect)
    return found
