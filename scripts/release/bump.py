"""Gives every distribution of the workspace a new version.

One version for all: the `__version__` of each package, the ranges between ours, the range in the
template of new providers, and the headings of the changelogs.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from workspace import ROOT, Distribution, distributions

from .stage import version_file, version_of
from .version_numbers import compatible_range, sort_key

TEMPLATE = Path("packages", "chat-conformance", "src", "chat_conformance").joinpath(
    "new_package", "template", "pyproject.toml.tmpl"
)
UNRELEASED = "## [Unreleased]"
NOTHING = "Nothing changed here; released together with the other distributions."


def bump(version: str, *, root: Path = ROOT) -> list[Path]:
    """Write the new version everywhere; return the changed files.

    Nothing is written unless everything can be.

    Raises:
        ValueError: the version is malformed, or not newer than that of every distribution.
        LookupError: a changelog has no heading for what is not released yet.
    """
    workspace = distributions(root)
    for each in workspace:
        if sort_key(version) <= sort_key(version_of(each)):
            raise ValueError(f"{each.name} has version {version_of(each)}; {version} is not newer")
    names = [each.name for each in workspace]
    texts: dict[Path, str] = {}
    for each in workspace:
        texts |= _numbered(each, version, names)
    if (root / TEMPLATE).is_file():
        texts[root / TEMPLATE] = with_ranges((root / TEMPLATE).read_text(), version, names)
    changed = [path for path, text in texts.items() if text != path.read_text(encoding="utf-8")]
    for path in changed:
        path.write_text(texts[path], encoding="utf-8")
    return changed


def _numbered(distribution: Distribution, version: str, names: list[str]) -> dict[Path, str]:
    source, project = version_file(distribution), distribution.folder / "pyproject.toml"
    changelog = distribution.folder / "CHANGELOG.md"
    line = f'__version__ = "{version_of(distribution)}"'
    return {
        source: source.read_text(encoding="utf-8").replace(line, f'__version__ = "{version}"', 1),
        project: with_ranges(project.read_text(encoding="utf-8"), version, names),
        changelog: released(changelog.read_text(encoding="utf-8"), version, changelog),
    }


def with_ranges(project: str, version: str, names: list[str]) -> str:
    """A project file whose requirements of the named distributions have the version's range."""
    ours = "|".join(map(re.escape, names))
    pattern = re.compile(rf'"({ours})(\[[\w,-]+\])?\s*[><=~!][^";]*([";])')
    return pattern.sub(rf'"\1\g<2>{compatible_range(version)}\3', project)


def released(changelog: str, version: str, path: Path) -> str:
    """A changelog whose unreleased changes stand under the version and today's date.

    Raises:
        LookupError: it has no heading `## [Unreleased]`.
    """
    before, heading, after = changelog.partition(f"{UNRELEASED}\n")
    if not heading:
        raise LookupError(f"{path} has no heading {UNRELEASED!r}, under which changes are listed")
    changes, mark, older = after.partition("\n## [")
    today = datetime.now(UTC).date().isoformat()
    changes = changes.strip() or NOTHING
    return f"{before}{heading}\n## [{version}] - {today}\n\n{changes}\n{mark}{older}"
