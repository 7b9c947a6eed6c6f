"""The schemas that pydantic makes of types, as data: their parts, and copies without some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["CoreSchema", "copied", "parts"]

CoreSchema = dict[str, Any]
"""A schema of pydantic-core, or a part of one."""

_OPAQUE = frozenset({"default", "metadata", "expected", "members", "cls", "serialization"})
"""Keys whose values are no schemas, but the user's own."""


def parts(schema: Any) -> Iterator[CoreSchema]:
    """All dicts in ``schema``, itself included, but for the user's own values."""
    waiting = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting += (value for key, value in item.items() if key not in _OPAQUE)
        elif isinstance(item, list | tuple):
            waiting += item


def copied(schema: Any, change: Callable[[CoreSchema], CoreSchema]) -> Any:
    """``schema`` with what ``change`` makes of each dict in it, outer ones first."""
    if isinstance(schema, dict):
        return {
            key: value if key in _OPAQUE else copied(value, change)
            for key, value in change(schema).items()
        }
    if type(schema) in (list, tuple):
        return type(schema)(copied(each, change) for each in schema)
    return schema
