"""Rules for tools and schemas that the wires of OpenAI's kin share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import listed

__all__ = ["FUNCTION_NAME", "open_places"]

FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""The names of functions and schemas at OpenAI (API reference: "Must be a-z, A-Z, 0-9, or contain
underscores and dashes, with a maximum length of 64")."""

_NESTED = ("items", "additionalProperties", "contains", "not", "if", "then", "else")
_NAMED = ("properties", "$defs", "definitions", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


def _schemas(schema: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """``schema`` and every schema in it, each with its place."""
    if not isinstance(schema, Mapping):
        return
    yield where, schema
    for key in _NESTED:
        yield from _schemas(schema.get(key), f"{where}.{key}")
    for key in _NAMED:
        named = schema.get(key)
        if isinstance(named, Mapping):
            for name, each in named.items():
                yield from _schemas(each, f"{where}.{key}.{name}")
    for key in _LISTS:
        for position, each in enumerate(listed(schema.get(key))):
            yield from _schemas(each, f"{where}.{key}[{position}]")


def open_places(schema: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Each object in ``schema`` that a strict schema may not have: open, or with a key optional.

    The source is OpenAI's guide to structured outputs: ``additionalProperties`` is false, and
    ``required`` lists every property.
    """
    for place, each in _schemas(schema, where):
        properties = each.get("properties")
        if not isinstance(properties, Mapping) and each.get("type") != "object":
            continue
        if each.get("additionalProperties") is not False:
            yield place, "additionalProperties is not false"
        required = each.get("required")
        missing = set(properties or ()) - set(required if isinstance(required, list) else ())
        if missing:
            yield place, f"not required: {', '.join(sorted(missing))}"
