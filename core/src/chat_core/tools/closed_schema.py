"""JSON schemas in the subset of vendors that compile a schema into a grammar.

What the subset lacks and merely narrows a value (``minimum``, ``pattern``, ``maxLength`` …) moves
into the description, where the model reads it; the parser of the answer checks it. What gives a
value its shape and is missing (open-ended objects, tuples, recursion) cannot be expressed and is
refused. Anthropic and Amazon Bedrock take this subset.
"""

from __future__ import annotations

import json
from typing import Any

from ..errors import InvalidParameterError

__all__ = ["to_closed_schema"]

_KEPT = frozenset({"type", "enum", "const", "title", "description", "default", "required", "$ref"})
_IGNORED = frozenset({"$schema", "$id", "$comment", "additionalProperties"})
_LISTS = ("anyOf", "allOf")
_MAPS = ("properties", "$defs", "definitions")
_SHAPES = ("patternProperties", "prefixItems", "not", "if", "dependentSchemas", "contains")
_FORMATS = frozenset(
    {
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "uri",
        "ipv4",
        "ipv6",
        "uuid",
    }
)


class _InexpressibleError(Exception):
    """The subset cannot express what the message names."""


def to_closed_schema(schema: dict[str, Any], vendor: str) -> dict[str, Any]:
    """``schema`` in the subset; it is not changed.

    Args:
        schema: a JSON schema.
        vendor: the vendor's name, for the error.

    Raises ``InvalidParameterError`` naming the place that the subset cannot express.
    """
    try:
        _refuse_recursion(schema)
        return _convert(schema, "the schema")
    except _InexpressibleError as error:
        raise InvalidParameterError(
            f"{vendor} cannot hold an answer to {error}. Use with_structured_output(...,"
            " method='function_calling'), a tool without strict=True, or another schema."
        ) from None


def _convert(schema: dict[str, Any], where: str) -> dict[str, Any]:
    for shape in _SHAPES:
        if shape in schema:
            raise _InexpressibleError(f"{shape!r} at {where}")
    wire: dict[str, Any] = {}
    notes: dict[str, Any] = {}
    for key, value in schema.items():
        name = "anyOf" if key == "oneOf" else key
        if name in _KEPT:
            wire[name] = value
        elif name in _MAPS:
            wire[name] = {k: _convert(_object(v), f"{where}.{k}") for k, v in value.items()}
        elif name in _LISTS:
            wire[name] = [_convert(_object(v), f"{where}.{name}[{n}]") for n, v in enumerate(value)]
        elif name == "items" and isinstance(value, dict):
            wire[name] = _convert(value, f"{where}.items")
        elif (name == "minItems" and value in (0, 1)) or (name == "format" and value in _FORMATS):
            wire[name] = value
        elif name not in _IGNORED:
            notes[name] = value
    if wire.get("type") == "object" or "properties" in wire:
        _close(wire, schema, where)
    if notes:
        _note(wire, notes)
    return wire


def _close(wire: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    if not wire.get("properties") and schema.get("additionalProperties", True) is not False:
        raise _InexpressibleError(f"the open-ended object at {where} (its keys are not named)")
    wire["additionalProperties"] = False


def _note(wire: dict[str, Any], notes: dict[str, Any]) -> None:
    text = ", ".join(f"{key}: {json.dumps(value)}" for key, value in notes.items())
    before = wire.get("description")
    wire["description"] = f"{before} ({text})" if before else text


def _object(schema: Any) -> dict[str, Any]:
    return schema if isinstance(schema, dict) else {}  # ``true`` allows anything, as ``{}`` does


def _refuse_recursion(schema: dict[str, Any]) -> None:
    definitions: dict[str, Any] = {
        f"#/{group}/{name}": body
        for group in ("$defs", "definitions")
        for name, body in (schema.get(group) or {}).items()
    }
    definitions["#"] = {k: v for k, v in schema.items() if k not in ("$defs", "definitions")}
    done: set[str] = set()

    def visit(ref: str, path: tuple[str, ...]) -> None:
        if ref in path:
            raise _InexpressibleError(f"the recursion in {ref}")
        if ref in done:
            return
        if ref not in definitions:
            raise _InexpressibleError(f"the reference {ref!r} (not in this schema's $defs)")
        for inner in _references(definitions[ref]):
            visit(inner, (*path, ref))
        done.add(ref)

    visit("#", ())


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = value.get("$ref")
        found = [own] if isinstance(own, str) else []
        return found + [ref for item in value.values() for ref in _references(item)]
    if isinstance(value, list):
        return [ref for item in value for ref in _references(item)]
    return []
