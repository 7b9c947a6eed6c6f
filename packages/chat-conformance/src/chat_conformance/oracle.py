"""The vendor's SDK as the judge of a request's head: method, address, query and headers.

A provider that builds its own heads is compared with the installed SDK: both send to one server,
with the same settings and the same environment, and ``head_of`` of both requests must be equal.
``variables_read`` and ``parameters_of`` say what a comparison has to cover.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wire_connection import Request

__all__ = ["head_of", "parameters_of", "variables_read"]

_NOT_COMPARED = {"accept-encoding", "connection", "content-length", "host", "user-agent"}
"""Headers that say who sends and what it can decode, or that depend on the body."""

_TELEMETRY = ("x-stainless-", "x-goog-api-client")
"""Beginnings of headers in which an SDK reports about itself."""

_READS = ("environ", "getenv", "env_")
"""Words in a file that may read a variable of the environment."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def head_of(request: Request) -> dict[str, Any]:
    """What of a received request has to equal the SDK's."""
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in _NOT_COMPARED and not name.startswith(_TELEMETRY)
    }
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": headers,
    }


def parameters_of(client: type) -> set[str]:
    """The names of the arguments that an SDK's client is made with, private ones left out."""
    names = set(inspect.signature(client).parameters)
    return {name for name in names if not name.startswith("_")}


@cache
def variables_read(package: str) -> frozenset[str]:
    """The names of the variables of the environment that a package's source reads.

    Found are texts such as ``OPENAI_API_KEY`` that are given to ``os.environ``, ``os.getenv`` or a
    function with ``env`` in its name, there or through a constant. The package's tests are left
    out.
    """
    spec = find_spec(package)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    trees = [tree for place in places for tree in _trees(place)]
    constants = dict(pair for tree in trees for pair in _constants(tree))
    return frozenset(name for tree in trees for name in _variables(tree, constants))


def _trees(place: Path) -> Iterator[ast.Module]:
    """The files below ``place`` that may read the environment, and those with constants of it."""
    for file in sorted(place.rglob("*.py")):
        if "tests" in file.relative_to(place).parts:
            continue
        text = file.read_text(encoding="utf-8")
        if any(word in text.lower() for word in _READS):
            yield _parsed(text)


def _parsed(text: str) -> ast.Module:
    """The tree of a file. Python 3.11 may count depths wrongly where two threads parse at once."""
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign):
            targets: list[ast.expr] = [statement.target]
        elif isinstance(statement, ast.Assign):
            targets = statement.targets
        else:
            continue
        value = statement.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from ((t.id, value.value) for t in targets if isinstance(t, ast.Name))


def _variables(tree: ast.Module, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            given = [node.slice] if _name(node.value) == "environ" else []
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).lower()
            given = node.args if "env" in called else []
        else:
            continue
        for each in given:
            is_text = isinstance(each, ast.Constant)
            text = each.value if is_text else constants.get(_name(each), "")  # type: ignore[attr-defined]
            if isinstance(text, str) and _VARIABLE.fullmatch(text):
                yield text


def _name(node: ast.expr) -> str:
    """The last part of a dotted name; empty for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
