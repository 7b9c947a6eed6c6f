"""How deep a JSON schema may be nested, so that no encoder meets Python's recursion limit.

Vendors allow far less (OpenAI ten levels). A schema that is deeper is refused when it is given.
"""

from __future__ import annotations

from ..errors import InvalidParameterError

__all__ = ["MAX_SCHEMA_DEPTH", "refuse_deep_schema"]

MAX_SCHEMA_DEPTH = 100
"""Dicts and lists within each other. A property within a property is two of them."""


def refuse_deep_schema(schema: object, what: str) -> None:
    """Raise ``InvalidParameterError`` if ``schema`` is nested deeper than ``MAX_SCHEMA_DEPTH``."""
    level = [schema]
    for _ in range(MAX_SCHEMA_DEPTH + 1):
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list | tuple):
                inner += value
        level = [value for value in inner if isinstance(value, dict | list | tuple)]
        if not level:
            return
    raise InvalidParameterError(
        f"The schema of {what} is nested deeper than {MAX_SCHEMA_DEPTH} levels of dicts and lists."
        " Give inner objects a name under $defs and refer to them with $ref."
    )
