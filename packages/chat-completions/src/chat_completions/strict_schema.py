"""JSON schemas in the subset that OpenAI and Groq hold an answer or a strict tool to; pure.

Strict mode wants every object closed and every property required, and knows no defaults. So:

- Asked for (``strict=True``), optional properties become required, as in OpenAI's own SDK; what the
  subset cannot express (open objects, tuples, ``Any``) is refused and its place named.
- Not asked for, a result schema is strict only where that changes nothing: every property is
  required already or may be ``null``. Otherwise it is sent as it is, and the model may deviate.
- ``oneOf`` is sent as ``anyOf``. Keywords that only narrow a value and are missing from the subset
  (``maxLength``, ``uniqueItems`` …) are left out; the reader of the answer checks them.
- The name of a result schema has OpenAI's characters and length.

Sources: OpenAI's guide to structured outputs, "Supported schemas", and Groq's page on them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec

__all__ = ["strict_options", "strict_schema"]

_KEPT = frozenset(
    {
        "$ref",
        "const",
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
        "title",
        "type",
    }
)
_SHAPES = (
    "patternProperties",
    "prefixItems",
    "not",
    "if",
    "dependentSchemas",
    "dependentRequired",
    "contains",
)
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)


_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST_NAME = 64


def strict_options(options: CallOptions, *, by_default: bool) -> CallOptions:
    """``options`` with every strict schema in OpenAI's subset.

    ``by_default``: make a result schema strict that does not say, where that changes nothing.
    Raises ``InvalidParameterError`` where ``strict=True`` asks for what the subset cannot express.
    """
    schema = options.response_schema
    if not options.tools and schema is None:
        return options
    tools = tuple([_strict_tool(tool) for tool in options.tools])
    if schema is not None:
        schema = replace(schema, name=_plain_name(schema.name))
        if schema.strict is not False:
            schema = _strict_result(schema, by_default=by_default)
    return replace(options, tools=tools, response_schema=schema)


def strict_schema(schema: dict[str, Any], *, lossless: bool = False) -> dict[str, Any]:
    """``schema`` in the subset; it is not changed.

    ``lossless`` refuses to make a property required that the schema allows to be absent.
    Raises ``InvalidParameterError`` that names the place which cannot be expressed.
    """
    definitions = schema.get("$defs") or schema.get("definitions") or {}
    root = schema
    if "$ref" in schema:
        root = definitions.get(schema["$ref"].rpartition("/")[2], {})
    converter = _Converter(definitions, lossless=lossless)
    wire = converter.convert(root, "the schema")
    if wire.get("type") != "object":
        raise _inexpressible("the schema, which is no object,")
    if definitions:
        wire["$defs"] = {
            name: converter.convert(inner, name) for name, inner in definitions.items()
        }
    return wire


def _plain_name(name: str) -> str:
    """The name of a result schema in the characters that OpenAI takes: ``Box[int]`` is no name."""
    return _NOT_IN_NAMES.sub("_", name).strip("_")[:_LONGEST_NAME] or "answer"


def _strict_tool(tool: ToolSpec | dict[str, Any]) -> ToolSpec | dict[str, Any]:
    if not isinstance(tool, ToolSpec) or not tool.strict:
        return tool
    return replace(tool, parameters=strict_schema(tool.parameters))


def _strict_result(schema: ResponseSchema, *, by_default: bool) -> ResponseSchema:
    if schema.strict:
        return replace(schema, schema=strict_schema(schema.schema))
    if not by_default:
        return schema
    try:
        return replace(schema, schema=strict_schema(schema.schema, lossless=True), strict=True)
    except InvalidParameterError:
        return schema


class _Converter:
    """Converts the parts of one schema; ``definitions`` are what its references lead to."""

    def __init__(self, definitions: dict[str, Any], *, lossless: bool) -> None:
        self._definitions = definitions
        self._lossless = lossless

    def convert(self, schema: Any, where: str) -> dict[str, Any]:
        if not isinstance(schema, dict) or not schema.keys() - {"title", "description", "default"}:
            raise _inexpressible(f"{where}, which may be anything,")
        for shape in _SHAPES:
            if shape in schema:
                raise _inexpressible(f"{shape!r} at {where}")
        schema = self._joined(schema, where)
        wire = {key: value for key, value in schema.items() if key in _KEPT}
        if "$ref" in wire:
            return {"$ref": wire["$ref"].replace("#/definitions/", "#/$defs/")}
        if schema.get("format") in _FORMATS:
            wire["format"] = schema["format"]
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            wire["anyOf"] = [self.convert(c, f"{where}[{n}]") for n, c in enumerate(choices)]
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "array" in kinds:
            wire["items"] = self.convert(schema.get("items"), f"{where}[]")
        if "object" in kinds:
            self._close(schema, wire, where)
        return wire

    def _joined(self, schema: dict[str, Any], where: str) -> dict[str, Any]:
        """``schema`` with a reference that has company, or a lone ``allOf``, written out."""
        inner: Any = None
        if "$ref" in schema and len(schema) > 1:
            inner = self._definitions.get(schema["$ref"].rpartition("/")[2])
            if inner is None or "$ref" in inner:
                raise _inexpressible(f"the reference at {where}")
            if schema["$ref"] in self._reached(inner):
                return {"$ref": schema["$ref"]}  # it contains itself: what stands beside it goes
        elif "allOf" in schema:
            if len(schema["allOf"]) != 1:
                raise _inexpressible(f"'allOf' at {where}")
            (inner,) = schema["allOf"]
        if inner is None:
            return schema
        beside = {k: v for k, v in schema.items() if k not in ("$ref", "allOf")}
        return self._joined({**inner, **beside}, where)

    def _reached(self, schema: Any) -> set[str]:
        """The references that ``schema`` leads to, however far."""
        found: set[str] = set()
        waiting = [schema]
        while waiting:
            for reference in _references(waiting.pop()) - found:
                found.add(reference)
                waiting.append(self._definitions.get(reference.rpartition("/")[2]))
        return found

    def _close(self, schema: dict[str, Any], wire: dict[str, Any], where: str) -> None:
        properties = schema.get("properties")
        if properties is None or schema.get("additionalProperties") not in (None, False):
            raise _inexpressible(f"the open object at {where}")
        required = schema.get("required") or ()
        for name, inner in properties.items():
            if self._lossless and name not in required and not _takes_null(inner):
                raise _inexpressible(f"the optional {name!r} at {where}")
        wire["properties"] = {
            name: self.convert(inner, f"{where}.{name}") for name, inner in properties.items()
        }
        wire["required"] = list(properties)
        wire["additionalProperties"] = False


def _takes_null(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return True
    return any(_takes_null(choice) for choice in schema.get("anyOf") or schema.get("oneOf") or ())


def _references(schema: Any) -> set[str]:
    """Every ``$ref`` in a schema."""
    if isinstance(schema, list):
        return set().union(*map(_references, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*map(_references, schema.values()))


def _inexpressible(what: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Strict mode cannot express {what}. Close it (additionalProperties: false, a type"
        " for everything), or ask with strict=False."
    )
