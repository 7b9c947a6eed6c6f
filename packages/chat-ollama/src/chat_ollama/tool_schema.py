"""JSON schemas of tools as Ollama reads them: with each reference replaced by what it names. Pure.

The server keeps type, description, enum, items, properties, required and anyOf of a property and
drops ``$ref``, so that the model would not see what a nested argument looks like.
"""

from __future__ import annotations

from typing import Any

__all__ = ["without_references"]

_DEFINITIONS = ("$defs", "definitions")

_MOST_OBJECTS = 2000
"""A schema that grows beyond this keeps the rest of its references."""


def without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with each local reference replaced by its definition.

    A definition that contains itself keeps its inner reference, and the definitions then stay.
    """
    reader = _Reader(schema)
    expanded: dict[str, Any] = reader.expand(
        {name: value for name, value in schema.items() if name not in _DEFINITIONS}, ()
    )
    if reader.has_references:
        expanded |= {name: schema[name] for name in _DEFINITIONS if name in schema}
    return expanded


class _Reader:
    def __init__(self, schema: dict[str, Any]) -> None:
        self._definitions: dict[str, Any] = {}
        for name in _DEFINITIONS:
            found = schema.get(name)
            for key, value in (found if isinstance(found, dict) else {}).items():
                self._definitions[f"#/{name}/{key}"] = value
        self._objects = 0
        self.has_references = False
        """Whether a reference was kept."""

    def expand(self, value: Any, inside: tuple[str, ...]) -> Any:
        """``value`` with its references replaced; ``inside`` are those that it stands in."""
        if isinstance(value, list):
            return [self.expand(item, inside) for item in value]
        if not isinstance(value, dict):
            return value
        self._objects += 1
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return {name: self.expand(inner, inside) for name, inner in value.items()}
        named = self._definitions.get(reference)
        if not isinstance(named, dict) or reference in inside or self._objects > _MOST_OBJECTS:
            self.has_references = True
            return value
        beside = {name: inner for name, inner in value.items() if name != "$ref"}
        return self.expand({**named, **beside}, (*inside, reference))
