"""Schemas of a tool's arguments in the form that vendors take: an object at the root.

Vendors refuse arguments whose root has no ``type: object``, some also ``anyOf``, ``oneOf`` and
``allOf`` there; ``$ref`` hides the type. What has the same meaning in another form is rewritten: a
reference is replaced by what it refers to, and the alternatives' properties become properties of
one object, required where every alternative requires them. What is lost by that goes into the
description, where the model reads it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..errors import InvalidParameterError
from .references import kept_alternatives

__all__ = ["object_schema", "with_object_root"]

_ALTERNATIVES = ("anyOf", "oneOf")
_ROOT_ONLY = ("$defs", "definitions")
_MAX_DEPTH = 20


def with_object_root(schema: Any) -> dict[str, Any]:
    """``schema`` as it is if its root is an object, else as ``object_schema`` writes it.

    Raises ``InvalidParameterError`` if no object fits it.
    """
    if isinstance(schema, dict) and schema.get("type") == "object" and "$ref" not in schema:
        return schema
    return object_schema(schema)


def object_schema(schema: Any) -> dict[str, Any]:
    """``schema`` with ``type: object`` at the root; it is not changed.

    Raises ``InvalidParameterError`` if no object fits it.
    """
    root = _flat(schema, schema, 0) if isinstance(schema, dict) else None
    if root is None:
        raise InvalidParameterError(
            "The arguments of a tool are an object; this schema describes something else:"
            f" {json.dumps(schema, default=str):.200}. Use a schema with type 'object'."
        )
    for group in _ROOT_ONLY:
        if group in schema:
            root[group] = schema[group]
    return kept_alternatives(root, schema)


def _flat(schema: Any, root: dict[str, Any], depth: int) -> dict[str, Any] | None:
    """``schema`` as one object schema; ``None`` if no object fits it."""
    if not isinstance(schema, dict):
        return None if schema is False else {"type": "object"}
    if depth > _MAX_DEPTH:
        raise InvalidParameterError("The schema's root refers to itself without an end.")
    kind = schema.get("type", "object")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return None
    skipped = {"$ref", "allOf", *_ALTERNATIVES, *(_ROOT_ONLY if depth == 0 else ())}
    flat = {key: value for key, value in schema.items() if key not in skipped}
    flat["type"] = "object"
    parts = [_resolve(schema["$ref"], root)] if "$ref" in schema else []
    parts += schema.get("allOf") or ()
    for part in parts:
        added = _flat(part, root, depth + 1)
        if added is None:
            return None
        flat = _both(flat, added)
    for word in _ALTERNATIVES:
        if schema.get(word):
            found = [_flat(part, root, depth + 1) for part in schema[word]]
            branches = [branch for branch in found if branch is not None]
            if not branches:
                return None
            flat = _described(_both(flat, _either(branches)), word, schema[word])
    return flat


def _resolve(ref: Any, root: dict[str, Any]) -> Any:
    """What a reference inside the schema (``#/$defs/Name``) refers to."""
    found: Any = root
    if not isinstance(ref, str) or not ref.startswith("#"):
        raise _unknown(ref)
    for part in ref[1:].split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or step not in found:
            raise _unknown(ref)
        found = found[step]
    return found


def _unknown(ref: Any) -> InvalidParameterError:
    return InvalidParameterError(f"The schema refers to {ref!r}, which is not part of it.")


def _both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A schema of the objects that fit both."""
    merged = {**second, **first}
    properties = dict(first.get("properties") or {})
    for name, value in (second.get("properties") or {}).items():
        known = properties.get(name)
        same = known is None or known == value
        properties[name] = value if same else {"allOf": [known, value]}
    required = [*(first.get("required") or ()), *(second.get("required") or ())]
    if properties:
        merged["properties"] = properties
    if required:
        merged["required"] = list(dict.fromkeys(required))
    closings = [
        part.get("additionalProperties") for part in (first, second) if "properties" in part
    ]
    if any(closing != closings[0] for closing in closings):
        merged.pop("additionalProperties", None)  # what one part closes the other opens
    return merged


def _either(branches: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A schema of the objects that fit any of ``branches``, and of some that fit none."""
    choices: dict[str, list[Any]] = {}
    for branch in branches:
        for name, value in (branch.get("properties") or {}).items():
            known = choices.setdefault(name, [])
            if value not in known:
                known.append(value)
    merged: dict[str, Any] = {"type": "object"}
    if choices:
        merged["properties"] = {
            name: found[0] if len(found) == 1 else {"anyOf": found}
            for name, found in choices.items()
        }
    required = [
        name
        for name in branches[0].get("required") or ()
        if all(name in (branch.get("required") or ()) for branch in branches)
    ]
    if required:
        merged["required"] = required
    if all(branch.get("additionalProperties") is False for branch in branches):
        merged["additionalProperties"] = False
    return merged


def _described(schema: dict[str, Any], word: str, alternatives: Any) -> dict[str, Any]:
    note = f"{word}: {json.dumps(alternatives, default=str)}"
    before = schema.get("description")
    return {**schema, "description": f"{before} ({note})" if before else note}
