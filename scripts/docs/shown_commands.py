"""Checks the commands that pages show and nothing executes: names of packages and of variables.

A package is one of this repository, or one that it is tested with (`constraints.txt`). A variable
is one that the code of a package names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache

from page_snippets import Fence, fences
from workspace import CONSTRAINTS, distributions

__all__ = ["wrong_names"]

_SHELLS = ("bash", "sh", "console", "powershell")
_EXPORT = re.compile(r"^\s*(?:export\s+(\w+)=|\$env:(\w+)\s*=|setx\s+(\w+)\s)", re.MULTILINE)
_INSTALL = re.compile(r"^\s*(?:python -m |uv )?pip install (.+)$", re.MULTILINE)
_CONSTANT = re.compile(r"""["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']""")
_OF_HTTP = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""What the HTTP libraries read."""


def wrong_names(text: str) -> Iterator[tuple[int, str]]:
    """The names in a page's commands that do not exist, each with the line of its block."""
    for fence in fences(text):
        if fence.language in _SHELLS:
            for what in (*_unknown_packages(fence), *_unknown_variables(fence)):
                yield fence.line, what


def _unknown_packages(fence: Fence) -> Iterator[str]:
    for line in _INSTALL.findall(fence.text):
        by_name = re.sub(r"(-e|--editable|-r|--requirement|-c|--constraint)[ =]\S+", "", line)
        for word in shlex.split(by_name, comments=True):
            name = re.split(r"[\[<>=~!@;]", word)[0].strip()
            if name and not name.startswith(("-", ".", "/", "$")) and name not in _packages():
                yield f"no package {name!r} is known"


def _unknown_variables(fence: Fence) -> Iterator[str]:
    for names in _EXPORT.findall(fence.text):
        name = next(filter(None, names))
        if name not in _variables():
            yield f"no package reads the variable {name!r}"


@cache
def _packages() -> frozenset[str]:
    pins = CONSTRAINTS.read_text().splitlines()
    tested = {pin.partition("==")[0].lower() for pin in pins if not pin.startswith("#")}
    return frozenset(tested | {each.name for each in distributions()})


@cache
def _variables() -> frozenset[str]:
    sources = [path for each in distributions() for path in (each.folder / "src").rglob("*.py")]
    return frozenset(_OF_HTTP.union(*(_CONSTANT.findall(path.read_text()) for path in sources)))
