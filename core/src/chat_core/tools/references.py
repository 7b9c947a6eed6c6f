"""References within a JSON schema: which lead nowhere, and where they lead once it was moved.

A reference to a definition that is not there is refused by name. Vendors refuse such a schema
themselves, after the request, or fill it as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import unquote

from ..errors import InvalidParameterError

__all__ = ["kept_alternatives", "moved_references", "refuse_dangling_references"]

_VALUES = frozenset({"const", "default", "dependentRequired", "enum", "example", "examples"})
"""Keywords with values of the user's, in which ``$ref`` is a key like any other."""

_NAMED_SCHEMAS = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)
"""Keywords whose keys are names of the user's."""

_AT_ROOT = ("allOf", "anyOf", "oneOf")
_ROOT = "Alternatives"
"""The definition that holds the alternatives of a root that is written as one object."""

_IDS = ("$id", "id", "$anchor", "$dynamicAnchor")


def refuse_dangling_references(schema: Any, what: str) -> None:
    """Raise ``InvalidParameterError`` for a ``$ref`` to nothing; ``what`` has the schema.

    A reference by URL is not followed: it may be to a schema that is known without being given.
    """
    schemas = list(_schemas(schema))
    names = {str(each[name]) for each in schemas for name in _IDS if name in each}
    resources = [schema, *(each for each in schemas if "$id" in each)]
    for each in schemas:
        if "$ref" not in each:
            continue
        target = each["$ref"]
        if not isinstance(target, str):
            raise InvalidParameterError(
                f"The schema of {what} has a $ref that is no text: {target!r:.80}."
            )
        if "://" in target or target.startswith("urn:") or target.lstrip("#") in names:
            continue
        base, _, place = target.partition("#")
        known = not base or any(f"/{name}".endswith(f"/{base}") for name in names)
        if known and place in names:
            continue
        if not known or not any(_is_in(f"#{place}", resource) for resource in resources):
            raise InvalidParameterError(
                f"The schema of {what} refers to {target!r}, which is not in it;"
                f" {_known(schema)}. Put the definition there, or write its schema in place of the"
                " $ref."
            )


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Each schema within ``schema``, itself first."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list | tuple):
            waiting += each
        if not isinstance(each, dict):
            continue
        yield each
        for key, value in each.items():
            if key in _NAMED_SCHEMAS and isinstance(value, dict):
                waiting += value.values()
            elif key not in _VALUES and not str(key).startswith("x-"):
                waiting.append(value)


def _is_in(target: str, schema: Any) -> bool:
    """Whether a JSON pointer such as ``#/$defs/Pond`` leads to a schema in ``schema``."""
    if target != "#" and not target.startswith("#/"):
        return False
    return _leads(target, schema) or ("%" in target and _leads(unquote(target), schema))


def _leads(target: str, schema: Any) -> bool:
    found = schema
    for step in target.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return False
    return isinstance(found, dict | bool)


def moved_references(schema: dict[str, Any], to: str) -> dict[str, Any]:
    """``schema`` with each reference to a place in it prefixed by ``to``, where it moves.

    Those to a definition stay as they are, because definitions stay at the root.
    """
    return _redirected(schema, to, _moves)


def kept_alternatives(flat: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """``flat``, made of ``schema``, with the alternatives of its root that it still refers to.

    They stand among its definitions, where nothing holds an answer to them.
    """
    if not any(_is_of_root(each) for each in _schemas(flat)):
        return flat
    kept = {word: schema[word] for word in _AT_ROOT if word in schema}
    definitions = {**(flat.get("$defs") or {}), _ROOT: kept}
    return _redirected({**flat, "$defs": definitions}, f"#/$defs/{_ROOT}", _is_of_root)


def _redirected(
    schema: dict[str, Any], to: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    if not any(wanted(each) for each in _schemas(schema)):
        return schema
    copied = deepcopy(schema)
    # Each once: the same dict may stand at several places.
    found = {id(each): each for each in _schemas(copied) if wanted(each)}
    for each in found.values():
        each["$ref"] = f"{to}{each['$ref'][1:]}"
    return copied


def _is_of_root(schema: dict[str, Any]) -> bool:
    return str(schema.get("$ref")).startswith(tuple(f"#/{word}/" for word in _AT_ROOT))


def _moves(schema: dict[str, Any]) -> bool:
    target = schema.get("$ref")
    is_place = isinstance(target, str) and (target in ("", "#") or target.startswith("#/"))
    return is_place and not str(target).startswith(("#/$defs/", "#/definitions/"))


def _known(schema: Any) -> str:
    found = [
        f"#/{group}/{name}"
        for group in ("$defs", "definitions")
        if isinstance(schema.get(group), dict)
        for name in schema[group]
    ]
    return f"there are {', '.join(found)}" if found else "it has no $defs"
