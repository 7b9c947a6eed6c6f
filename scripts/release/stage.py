"""Copies a distribution to where it is built, as it is to be published.

The copy holds what an sdist is made of and nothing else. Its README has no relative link, and its
project file has the project's URLs if the repository has a public place.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from workspace import ROOT, Distribution

from .place import Place, published_readme

FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
FOLDERS = ("src", "tests")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.py[co]", ".*")


def version_of(distribution: Distribution) -> str:
    """The `__version__` of its package, read without importing it.

    Raises:
        LookupError: the package assigns no string to `__version__`.
    """
    path = version_file(distribution)
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id="__version__")], value=ast.Constant(value=str(version))
            ):
                return version
    raise LookupError(f'{path} has no line __version__ = "…", which is where the version stands')


def version_file(distribution: Distribution) -> Path:
    """The one file that holds the version of a distribution."""
    return distribution.folder / "src" / distribution.package / "__init__.py"


def stage(distribution: Distribution, into: Path, place: Place) -> Path:
    """Copy a distribution into a new folder below `into`; return that folder.

    Raises:
        FileNotFoundError: one of `FILES` is missing.
    """
    staged = into / distribution.name
    staged.mkdir()
    for name in FILES:
        source = distribution.folder / name
        if not source.is_file():
            raise FileNotFoundError(f"{source} is missing; every distribution has one")
        shutil.copyfile(source, staged / name)
    for name in FOLDERS:
        if (distribution.folder / name).is_dir():
            shutil.copytree(distribution.folder / name, staged / name, ignore=_IGNORED)
    version = version_of(distribution)
    folder = distribution.folder.relative_to(ROOT).as_posix()
    readme = staged / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(published_readme(text, folder, version, place), encoding="utf-8")
    if place.repository:
        with (staged / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(_urls(place, folder, version))
    return staged


def _urls(place: Place, folder: str, version: str) -> str:
    urls = {
        "Homepage": place.repository,
        "Documentation": place.address(f"{folder}/README.md", version),
        "Changelog": place.address(f"{folder}/CHANGELOG.md", version),
    }
    lines = "".join(f'{name} = "{address}"\n' for name, address in urls.items())
    return f"\n[project.urls]\n{lines}"
