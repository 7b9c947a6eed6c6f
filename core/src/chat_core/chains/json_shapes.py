"""The shape of a JSON schema: its values are given as JSON, and its texts grow.

What the schema holds to certain values (an enum, a constant, a format, a pattern) is shown once it
is whole. Nothing is validated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..json_text import JSON, JSONObject
from .partial_json import MISSING
from .shapes import OpenContainer, Shape

__all__ = ["JSONShape", "json_shape"]

_CHOICES = ("anyOf", "oneOf", "allOf")
_CERTAIN = frozenset({"enum", "const", "format", "pattern"})


def json_shape(schema: JSONObject) -> JSONShape:
    """The shape of ``schema``, in which references begin with ``#/``."""
    return JSONShape([schema], schema)


class JSONShape(Shape):
    """A value that follows one of ``schemas``, which are parts of ``root``."""

    def __init__(self, schemas: list[JSON], root: JSONObject) -> None:
        super().__init__()
        self._schemas = [each for schema in schemas for each in _choices(schema, root, set())]
        self._root = root
        self._inner: dict[str | None, JSONShape] = {}
        self._grows = not any(
            schema.keys() & _CERTAIN and _may_be_text(schema) for schema in self._schemas
        )

    def whole(self, value: JSON) -> Any:
        return value

    def text(self, start: str) -> Any:
        return start if self._grows else MISSING

    def begin(self, container: JSON) -> OpenContainer:
        return _OpenJSON(container, self)

    def inner(self, key: str | None) -> JSONShape:
        """The shape of the value at ``key``, of the items of a list for ``None``."""
        found = self._inner.get(key)
        if found is None:
            schemas = [each for schema in self._schemas for each in _inner_of(schema, key)]
            found = self._inner[key] = JSONShape(schemas, self._root)
        return found


class _OpenJSON(OpenContainer):
    def __init__(self, container: JSON, shape: JSONShape) -> None:
        super().__init__(container)
        self._shape = shape

    def inner(self, key: str | None) -> Shape:
        return self._shape.inner(key)

    def value(self, key: str | None, child: Any) -> Any:
        shown = self.container.copy()
        if child is MISSING:
            return shown
        if key is None:
            shown.append(child)
        else:
            shown[key] = child
        return shown


def _choices(schema: JSON, root: JSONObject, seen: set[str]) -> Iterator[JSONObject]:
    """``schema`` and everything that it refers to or chooses from."""
    if not isinstance(schema, dict):
        return
    yield schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        yield from _choices(_referred(reference, root), root, seen | {reference})
    for name in _CHOICES:
        for each in schema.get(name) or ():
            yield from _choices(each, root, seen)


def _referred(reference: str, root: JSONObject) -> JSON:
    found: JSON = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _may_be_text(schema: JSONObject) -> bool:
    kind = schema.get("type", "string")
    return "string" in kind if isinstance(kind, list) else kind == "string"


def _inner_of(schema: JSONObject, key: str | None) -> Iterator[JSON]:
    if key is None:
        yield schema.get("items")
        yield from schema.get("prefixItems") or ()
        return
    properties = schema.get("properties")
    if isinstance(properties, dict) and key in properties:
        yield properties[key]
        return
    yield schema.get("additionalProperties")
    patterns = schema.get("patternProperties")
    if isinstance(patterns, dict):
        yield from patterns.values()
