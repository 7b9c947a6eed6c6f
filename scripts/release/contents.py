"""What a built wheel and sdist must hold, and must not."""

from __future__ import annotations

import email
import re
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path, PurePosixPath

from workspace import Distribution, distributions

from .place import relative_links
from .stage import FILES, version_of
from .version_numbers import compatible_range

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(\[[\w,-]+\])?\s*\(?(?P<range>[^;)\s]*)")
_NO_PLACE_IN_A_WHEEL = {"tests", "conftest.py", "__pycache__"}


def problems(distribution: Distribution, folder: Path) -> list[str]:
    """What is wrong with the built files of a distribution; empty if nothing is."""
    version = version_of(distribution)
    stem = f"{distribution.package}-{version}"
    wheel, sdist = folder / f"{stem}-py3-none-any.whl", folder / f"{stem}.tar.gz"
    missing = [f"{path.name} was not built" for path in (wheel, sdist) if not path.is_file()]
    if missing:
        return missing
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = email.message_from_bytes(archive.read(f"{stem}.dist-info/METADATA"))
    found = [*_in_wheel(distribution, stem, names), *_in_metadata(distribution, version, metadata)]
    with tarfile.open(sdist) as archive:
        members = set(archive.getnames())
    found += [f"sdist lacks {name}" for name in FILES if f"{stem}/{name}" not in members]
    found += [
        f"sdist lacks src/{name}"
        for name in sorted(_sources(distribution))
        if f"{stem}/src/{name}" not in members
    ]
    return [f"{distribution.name}: {each}" for each in found]


def _sources(distribution: Distribution) -> set[str]:
    source = distribution.folder / "src"
    files = (each for each in source.rglob("*") if each.is_file() and each.suffix != ".pyc")
    return {each.relative_to(source).as_posix() for each in files}


def _in_wheel(distribution: Distribution, stem: str, names: set[str]) -> Iterator[str]:
    sources = _sources(distribution)
    own = {name for name in names if not name.startswith(f"{stem}.dist-info/")}
    for name in sorted(sources - own):
        yield f"wheel lacks {name}"
    for name in sorted(own - sources):
        yield f"wheel holds {name}, which is no source"
    for name in sorted(own):
        if not _NO_PLACE_IN_A_WHEEL.isdisjoint(PurePosixPath(name).parts):
            yield f"wheel holds {name}: tests belong into the sdist alone"
    for name in (f"{distribution.package}/py.typed", f"{stem}.dist-info/licenses/LICENSE"):
        if name not in names:
            yield f"wheel lacks {name}"


def _in_metadata(distribution: Distribution, version: str, metadata: Message) -> Iterator[str]:
    expected = {
        "Name": distribution.name,
        "Version": version,
        "License-Expression": "MIT",
        "License-File": "LICENSE",
        "Description-Content-Type": "text/markdown",
    }
    for field, value in expected.items():
        if metadata[field] != value:
            yield f"metadata: {field} is {metadata[field]!r} and should be {value!r}"
    for field in ("Summary", "Requires-Python", "Classifier"):
        if not metadata[field]:
            yield f"metadata: {field} is missing"
    own = {each.name for each in distributions()}
    for requirement in metadata.get_all("Requires-Dist", []):
        match = REQUIREMENT.match(requirement)
        if match is None or match["name"] not in own:
            continue
        if set(match["range"].split(",")) != set(compatible_range(version).split(",")):
            yield f"it requires {requirement}; between ours it is {compatible_range(version)}"
    links = relative_links(str(metadata.get_payload()))
    if links:
        yield f"the README has relative links, which lead nowhere on an index page: {links}"
