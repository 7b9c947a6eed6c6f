"""Example values of a JSON schema: the same schema always gives the same value.

Rules, the first that applies:

- ``const``, the first of ``examples``, ``default``, the first of ``enum``.
- The first of ``anyOf`` or ``oneOf`` that is not null; all of ``allOf`` together.
- An object has all of its properties, one nested in itself only the required ones; an array has one
  item or ``minItems`` of them.
- A string is an example of its ``format``, or the property's name, cut or filled up to its bounds.
  ``pattern`` is not read: a schema with one needs ``examples``.
- A number is 1, or the nearest value within its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..json_text import JSON, JSONObject

__all__ = ["example_value"]

_FORMATS = {
    "date": "2024-05-01",
    "date-time": "2024-05-01T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
}

_DEPTH = 2
"""How often a definition may stand within itself before only what is required is written."""


def example_value(schema: JSONObject, name: str = "value") -> JSON:
    """A value that fits ``schema``; ``name`` is what a string without other rules says."""
    return _Examples(schema).of(schema, name, {})


class _Examples:
    """Example values of the parts of one schema, whose definitions ``$ref`` names."""

    def __init__(self, root: JSONObject) -> None:
        self._root = root

    def of(self, schema: object, name: str, nested: Mapping[str, int]) -> JSON:
        """``nested`` counts for each ``$ref`` how often it is being followed."""
        if not isinstance(schema, dict):
            return name  # ``true``: anything fits
        if "$ref" in schema:
            ref = str(schema["$ref"])
            nested = {**nested, ref: nested.get(ref, 0) + 1}
            found = self._definition(ref)
            return self.of({**found, **_without(schema, "$ref")}, name, nested)
        for key in ("const", "default"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self.of(self._choice(schema, key, nested), name, nested)
        if schema.get("allOf"):
            return self.of(self._together(schema), name, nested)
        return self._of_type(schema, name, nested)

    def _of_type(self, schema: JSONObject, name: str, nested: Mapping[str, int]) -> JSON:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind == "object" or (kind is None and "properties" in schema):
            return self._object(schema, nested)
        if kind == "array":
            return self._array(schema, name, nested)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        return {"boolean": True, "null": None}.get(str(kind), _string(schema, name))

    def _object(self, schema: JSONObject, nested: Mapping[str, int]) -> JSONObject:
        required = schema.get("required") or ()
        properties = schema.get("properties") or {}
        return {
            key: self.of(inner, key, nested)
            for key, inner in properties.items()
            if key in required or not _is_deep(nested)
        }

    def _array(self, schema: JSONObject, name: str, nested: Mapping[str, int]) -> list[JSON]:
        first = [self.of(item, name, nested) for item in schema.get("prefixItems") or ()]
        least = schema.get("minItems", 0)
        count = max(least, 0 if _is_deep(nested) or first else 1)
        count = min(count, schema.get("maxItems", count))
        items = schema.get("items", {})
        return first + [self.of(items, name, nested) for _ in range(count - len(first))]

    def _choice(self, schema: JSONObject, key: str, nested: Mapping[str, int]) -> JSONObject:
        """The first alternative that is not null; null where a definition is deep in itself."""
        choices = [one for one in schema[key] if isinstance(one, dict)] or [{}]
        nulls = [one for one in choices if one.get("type") == "null"]
        others = [one for one in choices if one not in nulls]
        wanted = (nulls + others if _is_deep(nested) else others + nulls)[0]
        return {**_without(schema, key), **wanted}

    def _together(self, schema: JSONObject) -> JSONObject:
        whole = _without(schema, "allOf")
        for given in schema["allOf"]:
            part = self._definition(given["$ref"]) if "$ref" in given else given
            properties = {**whole.get("properties", {}), **part.get("properties", {})}
            required = [*whole.get("required", ()), *part.get("required", ())]
            whole = {**whole, **part}
            if properties:
                whole |= {"properties": properties, "required": required}
        return whole

    def _definition(self, ref: str) -> JSONObject:
        found: Any = self._root
        for step in ref.removeprefix("#").strip("/").split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}


def _is_deep(nested: Mapping[str, int]) -> bool:
    return any(count >= _DEPTH for count in nested.values())


def _without(schema: JSONObject, key: str) -> JSONObject:
    return {name: value for name, value in schema.items() if name != key}


def _string(schema: JSONObject, name: str) -> str:
    text = _FORMATS.get(str(schema.get("format")), name)
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]


def _number(schema: JSONObject, *, whole: bool) -> float:
    step = schema.get("multipleOf") or (1 if whole else None)
    low = schema.get("minimum", -math.inf)
    high = schema.get("maximum", math.inf)
    if "exclusiveMinimum" in schema:
        low = max(low, schema["exclusiveMinimum"] + (step or 1e-3))
    if "exclusiveMaximum" in schema:
        high = min(high, schema["exclusiveMaximum"] - (step or 1e-3))
    value = min(max(1, low), high)
    if step:
        value = math.ceil(value / step) * step
        value = value if value <= high else value - step
    return int(value) if whole else value
