"""Docstrings: what a function does, and what is written about each of its parameters.

Three styles are read: Google's (``Args:``), NumPy's (``Parameters`` over a line of dashes) and
Sphinx's (``:param city: the city``). What stands in other sections is left out.
"""

from __future__ import annotations

import re

__all__ = ["split_docstring"]

_PARAMETERS = frozenset(
    {
        "args",
        "arguments",
        "attributes",
        "keyword args",
        "keyword arguments",
        "other parameters",
        "parameters",
        "params",
    }
)
_OTHERS = frozenset(
    {
        "example",
        "examples",
        "note",
        "notes",
        "raises",
        "references",
        "returns",
        "see also",
        "warning",
        "warnings",
        "yields",
    }
)
_FIELDS = frozenset({"arg", "argument", "key", "keyword", "param", "parameter"})
_NAME = re.compile(r"\*{0,2}(\w+)[ \t]*")
_FIELD = re.compile(r":(\w+)\b([^:\n]*):")


def split_docstring(text: str) -> tuple[str, dict[str, str]]:
    """The prose of a docstring before its sections, and what it says of each parameter."""
    lines = text.splitlines()
    prose: list[str] = []
    about: dict[str, str] = {}
    body, kind = prose, ""
    sections = [(kind, body)]
    for number, line in enumerate(lines):
        found = _section(line, lines[number + 1] if number + 1 < len(lines) else "")
        if found:
            kind, body = found, []
            sections.append((kind, body))
        if not found or found == "field":
            body.append(line)
    for kind, body in sections:
        if kind == "google":
            about |= _google(body)
        elif kind == "numpy":
            about |= _numpy(body)
        elif kind == "field":
            about |= _field(body)
    return "\n".join(prose).strip(), about


def _section(line: str, following: str) -> str:
    """What begins with ``line``: a section of parameters in a style, another one, or nothing."""
    stripped = line.strip()
    if stripped.startswith(":") and _FIELD.match(stripped):
        return "field"
    title, colon, rest = stripped.partition(":")
    name = title.lower()
    rule = following.strip()
    if not colon and len(rule) > 2 and not rule.strip("-="):
        return "numpy" if name in _PARAMETERS else "other" if name in _OTHERS else ""
    if colon and name in _PARAMETERS and not rest:
        return "google"
    return "other" if colon and name in _OTHERS else ""


def _google(body: list[str]) -> dict[str, str]:
    """``name (type): text``, the text going on in lines that are further in."""
    about: dict[str, list[str]] = {}
    depth: int | None = None
    latest: list[str] = []
    for line in filter(str.strip, body):
        indent = len(line) - len(line.lstrip())
        entry = _entry(line.strip()) if depth is None or indent <= depth else None
        if entry is not None:
            depth = indent
            latest = about.setdefault(entry[0], [])
            latest.append(entry[1])
        elif depth is not None and indent <= depth:
            break  # prose that follows the list
        else:
            latest.append(line.strip())
    return _joined(about)


def _entry(line: str) -> tuple[str, str] | None:
    """The name and the text of ``name (type): text``; ``None`` for another line."""
    name = _NAME.match(line)
    if name is None:
        return None
    rest = line[name.end() :]
    if rest.startswith("("):
        open_brackets = 0
        for at, character in enumerate(rest):
            open_brackets += (character in "([{") - (character in ")]}")
            if open_brackets == 0:
                rest = rest[at + 1 :].lstrip()
                break
    return (name[1], rest[1:].strip()) if rest.startswith(":") else None


def _numpy(body: list[str]) -> dict[str, str]:
    """``name : type`` or ``name, name``, the text in lines that are further in."""
    about: dict[str, list[str]] = {}
    names: list[str] = []
    depth: int | None = None
    for line in filter(str.strip, body[1:]):  # the first is the line of dashes
        indent = len(line) - len(line.lstrip())
        depth = indent if depth is None else depth
        if indent > depth:
            for name in names:
                about[name].append(line.strip())
            continue
        names = [name.strip(" *") for name in line.partition(":")[0].split(",")]
        for name in names:
            about.setdefault(name, [])
    return _joined(about)


def _field(body: list[str]) -> dict[str, str]:
    """``:param type name: text``; other fields (``:type``, ``:returns:``) say nothing here."""
    text = " ".join(line.strip() for line in body)
    field = _FIELD.match(text)
    words = field[2].split() if field else []
    if (
        field is None
        or not words
        or field[1] not in ("param", "parameter", "arg", "argument", "key")
    ):
        return {}
    return {words[-1].lstrip("*"): text[field.end() :].strip()}


def _joined(about: dict[str, list[str]]) -> dict[str, str]:
    return {name: text for name, parts in about.items() if (text := " ".join(filter(None, parts)))}
