"""Builds the site: pages of the repository and of the reference, made into `site/` by Zensical."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from reference import reference_pages
from site_pages import Sources, how_to_order, site_path, site_text, source_page, title
from workspace import ROOT, distributions

__all__ = ["SITE", "build", "navigation", "pages"]

SITE = ROOT / "site"
STAGE = ROOT / "build" / "site"
ASSETS = Path(__file__).parent / "assets"
CONFIGURATION = Path(__file__).parent / "zensical.toml"

Item: TypeAlias = "dict[str, str | list[Item]] | str"

SECTIONS: dict[str, tuple[str, ...]] = {
    "Behaviour": (
        "support-matrix.md",
        "laws.md",
        "faults.md",
        "benchmarks.md",
        "rate-limits.md",
        "scale.md",
    ),
    "Project": (
        "architecture.md",
        "decisions/README.md",
        "support-policy.md",
        "tested-together.md",
        "security.md",
        "contributing.md",
        "write-a-provider.md",
        "mistakes.md",
        "repository.md",
    ),
}


def pages() -> dict[str, Path]:
    """The pages of the repository that the site has, by their place in it."""
    patterns = ("*.md", "docs/**/*.md", "core/*.md", "packages/*/*.md")
    files = [file for pattern in patterns for file in sorted(ROOT.glob(pattern))]
    return {place: file for file in files if (place := site_path(file))}


def build() -> Path:
    """Build the site anew; return its folder. Raises `ValueError` and `CalledProcessError`."""
    shutil.rmtree(STAGE, ignore_errors=True)
    docs = STAGE / "docs"
    staged = pages()
    texts = {f"reference/{path}": text for path, text in reference_pages().items()}
    sources = Sources()
    texts |= {place: site_text(file, sources) for place, file in staged.items()}
    texts |= {sources.place(file): source_page(file) for file in sorted(sources.files)}
    for place, text in texts.items():
        _write(docs / place, text)
    for picture in [*ROOT.glob("docs/**/*.svg"), *ROOT.glob("docs/**/*.png")]:
        copied = docs / picture.relative_to(ROOT / "docs")
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, copied)
    shutil.copytree(ASSETS, docs / "assets")
    titles = {place: title(text) for place, text in texts.items()}
    _write(STAGE / "zensical.toml", configuration(navigation(titles)))
    _run_zensical()
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(STAGE / "site", SITE)
    return SITE


def navigation(titles: dict[str, str]) -> list[Item]:
    """The sections of the site, made from its pages: a new how-to page is in it by itself."""
    ordered = how_to_order(ROOT.glob("docs/how-to/*.md"))
    how_to = [place for page in ordered if (place := site_path(page)) in titles]
    moving = sorted(place for place in titles if place.startswith("moving/"))
    decisions = sorted(place for place in titles if place.startswith("decisions/0"))
    reference = sorted(place for place in titles if place.startswith("reference/"))
    models = [place for place in reference if "/providers/" in place]
    listed = {name: [p for p in places if p in titles] for name, places in SECTIONS.items()}
    return [
        {"Start": "index.md"},
        {"How-to": [{titles[place]: place} for place in how_to]},
        {"Moving over": [{titles[place]: place} for place in moving]},
        {
            "Reference": [
                "reference/index.md",
                "reference/parameters.md",
                {"Providers": [{titles[place]: place} for place in models]},
                {"Core": [_named(place, titles) for place in reference if _is_core(place)]},
                *(place for place in reference if "/chat-" in place),
            ]
        },
        {"Behaviour": list(listed["Behaviour"])},
        {
            "Project": [
                *(_named(place, titles) for place in listed["Project"]),
                {"Decisions": list(decisions)},
                {"Packages": _of_distributions("packages", titles)},
                {"Changes": _of_distributions("changes", titles)},
            ]
        },
    ]


def configuration(items: list[Item]) -> str:
    """The configuration of the generator, with the navigation."""
    return CONFIGURATION.read_text().replace("nav = []", f"nav = {_toml(items)}")


def _toml(item: Item | list[Item]) -> str:
    if isinstance(item, str):
        return json.dumps(item, ensure_ascii=False)
    if isinstance(item, list):
        return f"[{', '.join(map(_toml, item))}]"
    return f"{{ {', '.join(f'{_toml(key)} = {_toml(value)}' for key, value in item.items())} }}"


def _named(place: str, titles: dict[str, str]) -> Item:
    return {titles[place]: place}


def _is_core(place: str) -> bool:
    name = place.removeprefix("reference/")
    return "/" not in name and not name.startswith(("chat-", "index", "parameters"))


def _of_distributions(folder: str, titles: dict[str, str]) -> list[Item]:
    places = ((each.name, f"{folder}/{each.name}.md") for each in distributions())
    return [{name: place} for name, place in places if place in titles]


def _run_zensical() -> None:
    command = [sys.executable, "-m", "zensical", "build", "--clean", "-f", "zensical.toml"]
    finished = subprocess.run(command, cwd=STAGE, check=False, capture_output=True, text=True)
    for line in _reported(finished.stdout + finished.stderr):
        print(line)
    finished.check_returncode()


def _reported(output: str) -> Iterator[str]:
    """The generator's lines without those about docstrings of settings, which have no signature."""
    for line in output.splitlines():
        if not line.startswith("griffe:") or ("signature" not in line and "annotation" not in line):
            yield line


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
