"""Turns a page of the repository into a page of the site: tabs, and links to what the site has.

- Between `<!-- tabs -->` and `<!-- /tabs -->` each line that is one bold title starts a tab.
- A link to a page of the site is kept, one to another file of the repository leads to a page that
  shows the file. `Sources` collects these files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from workspace import ROOT

__all__ = ["Sources", "how_to_order", "site_path", "site_text", "source_page", "title"]

_TABS = re.compile(r"^<!-- tabs -->$(.*?)^<!-- /tabs -->$", re.MULTILINE | re.DOTALL)
_TAB = re.compile(r"^\*\*([^*\n]+)\*\*$", re.MULTILINE)
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s]+)(\))")
_FENCED = re.compile(r"(^ *(`{3,}).*?^ *\2 *$)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\|.*$", re.MULTILINE)
_FIRST = tuple(
    "stream tools structured-output reasoning media history errors batch cache cost web"
    " connections observability".split()
)
"""The how-to pages that a newcomer reads in this order."""
_CODE = re.compile(r"`[^`\n]+`")
_OF_ROOT = {
    "README.md": "repository.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}


class Sources:
    """The files of the repository that pages link to and that are no pages themselves."""

    def __init__(self) -> None:
        self.files: set[Path] = set()

    def place(self, file: Path) -> str:
        """Where the page that shows `file` is in the site."""
        self.files.add(file)
        return f"source/{file.relative_to(ROOT)}.md"


def site_path(file: Path) -> str | None:
    """Where a Markdown page of the repository is in the site; `None` for one that it lacks."""
    path = file.relative_to(ROOT)
    if path.parts[0] == "docs":
        return str(path.relative_to("docs"))
    if str(path) in _OF_ROOT:
        return _OF_ROOT[str(path)]
    package = "chat-core" if path.parts[0] == "core" else path.parts[1:2] and path.parts[1]
    if path.name == "README.md" and path.parts[0] in ("core", "packages"):
        return f"packages/{package}.md"
    if path.name == "CHANGELOG.md" and path.parts[0] in ("core", "packages"):
        return f"changes/{package}.md"
    return None


def title(text: str) -> str:
    """The first heading of a page. Raises `ValueError` if it has none."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not found:
        raise ValueError("the page has no heading of the first level")
    return found[1].replace("`", "")


def how_to_order(pages: Iterable[Path]) -> list[Path]:
    """The how-to pages: those of `_FIRST`, then the others by their titles."""
    places = {name: place for place, name in enumerate(_FIRST)}
    return sorted(pages, key=lambda p: (places.get(p.stem, len(places)), title(p.read_text())))


def site_text(file: Path, sources: Sources) -> str:
    """The text of a page as the site has it. Raises `ValueError` for a link to nothing."""
    place = site_path(file)
    assert place is not None
    text = _TABS.sub(lambda found: _tabs(found[1]), file.read_text())
    parts = _FENCED.split(text)
    # Of every three parts the first is outside of blocks, the second a block, the third its ticks.
    for number in range(0, len(parts), 3):
        shown = _ROW.sub(_plain_pipes, _COMMENT.sub("", parts[number]))
        parts[number] = _LINK.sub(lambda found: _link(found, file, place, sources), shown)
    return "".join(part for number, part in enumerate(parts) if number % 3 != 2)


def source_page(file: Path) -> str:
    """A page that shows a file."""
    text = file.read_text()
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", text)), 3)
    language = {".py": "python", ".toml": "toml", ".json": "json"}.get(file.suffix, "text")
    head = "---\nsearch:\n  exclude: true\n---\n\n"
    return f"{head}# {file.relative_to(ROOT)}\n\n{ticks}{language}\n{text.rstrip()}\n{ticks}\n"


def _tabs(text: str) -> str:
    """Tabs in the site's syntax: the titles, and below each its content, indented."""
    before, *found = _TAB.split(text)
    if before.strip():
        raise ValueError(f"text before the first tab: {before.strip()[:60]!r}")
    pairs = zip(found[::2], found[1::2], strict=True)
    return "\n".join(f'=== "{name}"\n\n{_indented(content)}' for name, content in pairs)


def _indented(content: str) -> str:
    lines = content.strip("\n").splitlines()
    return "\n".join(f"    {line}" if line.strip() else "" for line in lines) + "\n"


def _plain_pipes(row: re.Match[str]) -> str:
    """A row of a table for the site's Markdown, which takes no backslash before a pipe in code."""
    return _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0])


def _link(found: re.Match[str], file: Path, place: str, sources: Sources) -> str:
    opening, target, closing = found.groups()
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return found[0]
    path, hash_sign, anchor = target.partition("#")
    there = (file.parent / path).resolve()
    if there.is_dir() and (there / "README.md").is_file():
        there /= "README.md"
    if not there.is_file() or not there.is_relative_to(ROOT):
        raise ValueError(f"{file.relative_to(ROOT)}: the link {target!r} leads to nothing")
    goal = _goal(there, sources)
    start = PurePosixPath(place).parent
    return f"{opening}{os.path.relpath(goal, start)}{hash_sign}{anchor}{closing}"


def _goal(file: Path, sources: Sources) -> str:
    """Where a file of the repository is in the site."""
    docs = ROOT / "docs"
    if file.suffix == ".html" and file.with_suffix(".md").is_file():
        file = file.with_suffix(".md")
    if file.suffix == ".md" and (goal := site_path(file)):
        return goal
    if file.is_relative_to(docs) and file.suffix in (".svg", ".png", ".json"):
        return str(file.relative_to(docs))
    return sources.place(file)
