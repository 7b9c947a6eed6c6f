"""Whether a rule of the price library names a model exactly, and not another of a similar name.

The library finds models by rules such as "starts with ``claude-opus-4-1``", which also take names
that it does not know. Here a rule names a model if it

- equals it, or is a regular expression from the beginning to the end of the name;
- is its beginning or a part of it, and the rest marks a version of the same model: a date, a
  number of three or four digits, ``latest``, ``preview``, ``v1:0``, the id of a fine-tuned model;
  before it may stand a path, a region or the maker, as Bedrock and Vertex AI write them.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["equals", "is_version_of", "names"]

_VERSION = re.compile(
    r"(?:[-@](?:latest|preview(?:-\d\d-\d\d(?:\d\d)?)?|\d{8}|20\d\d-\d\d-\d\d|\d{3,4}|v\d+))*"
    r"(?::\d+)?"
)
_REST_OF_DATE = re.compile(r"\d{4}(?:[-@]v\d+)?(?::\d+)?|\d\d-\d\d(?::[^:]*){0,3}")
"""What follows a rule that ends within a date, such as ``-2025`` or ``-2024-``."""
_PART_OF_DATE = re.compile(r".*-20\d\d-?")
_MAKER = re.compile(r"(?:.*[/:])?(?:[a-z]{2,6}(?:-gov)?\.)?(?:[a-z0-9]+\.)?")


def equals(rule: Any, name: str) -> bool:
    """Whether ``rule`` is the name ``name``, or a regular expression of the whole of it."""
    if text := getattr(rule, "equals", None):
        return bool(text.lower() == name)
    if pattern := getattr(rule, "regex", None):
        is_whole = pattern.startswith("^") and pattern.endswith("$") and "(?!" not in pattern
        return is_whole and re.search(pattern, name) is not None
    return any(equals(part, name) for part in getattr(rule, "or_", ()))


def names(rule: Any, name: str) -> bool:
    """Whether ``rule`` names the model ``name``, with or without a mark of its version."""
    if not rule.is_match(name):
        return False
    if parts := getattr(rule, "or_", None) or getattr(rule, "and_", None):
        return any(names(part, name) for part in parts)
    if text := getattr(rule, "starts_with", None):
        return _is_version(text.lower(), name[len(text) :])
    if text := getattr(rule, "contains", None):
        before, _, after = name.rpartition(text.lower())
        return _MAKER.fullmatch(before) is not None and _is_version(text.lower(), after)
    if text := getattr(rule, "ends_with", None):
        return _MAKER.fullmatch(name[: -len(text)]) is not None
    return equals(rule, name)


def _is_version(rule: str, rest: str) -> bool:
    if _PART_OF_DATE.fullmatch(rule):
        return _REST_OF_DATE.fullmatch(rest) is not None
    if rule.endswith(("-", "@")):
        rest = rule[-1] + rest
    return _VERSION.fullmatch(rest) is not None


def is_version_of(model: str, answered: str) -> bool:
    """Whether ``answered`` is ``model`` itself or that name with a mark of a version."""
    model, answered = model.lower(), answered.lower()
    return answered.startswith(model) and _is_version(model, answered[len(model) :])
