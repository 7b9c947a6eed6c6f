"""JSON schemas in the subset that Google understands, for answers and for arguments of tools.

Rules (google-genai, ``GenerateContentConfig.response_json_schema``):

- Understood: ``$id $defs $ref $anchor type format title description enum items prefixItems minItems
  maxItems minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering``.
- Beside a ``$ref`` nothing else may stand. Cycles only through properties that are not required.
- The root of a tool's parameters has ``type: object``.

Keywords with an equivalent are rewritten (``const``, one ``allOf``, keywords beside a ``$ref``).
A limit on a value (``pattern``, ``minLength``, ``exclusiveMinimum`` …) is written into the
description. A keyword that decides which values are allowed and has no equivalent (``not``, ``if``
…) is refused, because Google would silently leave it out.
"""

from __future__ import annotations

import json
from typing import Any

from chat_core import InvalidParameterError

__all__ = ["express", "express_arguments"]

Schema = dict[str, Any]

_KEPT = frozenset(
    "$id $anchor type format description enum minItems maxItems minimum maximum required"
    " propertyOrdering".split()
)
_ANNOTATIONS = frozenset(
    "$schema $comment title default examples deprecated readOnly writeOnly discriminator".split()
)
"""Keywords that allow or forbid no value: left out; a default is written into the description."""
_LIMITS = frozenset(
    "pattern minLength maxLength exclusiveMinimum exclusiveMaximum multipleOf uniqueItems"
    " minProperties maxProperties contentEncoding contentMediaType minContains maxContains".split()
)
_REFUSED = frozenset(
    "not if then else allOf patternProperties propertyNames dependentSchemas dependentRequired"
    " dependencies contains unevaluatedProperties unevaluatedItems $dynamicRef"
    " $recursiveRef".split()
)
_FORMATS = frozenset("date-time date time duration enum int32 int64 float double".split())


def express_arguments(schema: Schema, *, what: str) -> Schema:
    """Return the schema of a tool's arguments as Google takes it: an object at the root.

    Raises ``InvalidParameterError`` as ``express`` does, and for a root of another type.
    """
    result = express(schema, what=what)
    definitions = result.get("$defs", {})
    for _ in range(len(definitions)):
        if "$ref" not in result:
            break
        target = definitions.get(result["$ref"].removeprefix("#/$defs/"), {})
        result = {**target, "$defs": definitions}
    if result.get("type", "object") not in ("object", ["object"]) or "$ref" in result:
        raise InvalidParameterError(
            f"{what}: the arguments of a tool are an object; its schema has"
            f" {result.get('type', 'an unknown $ref')!r} at the root."
        )
    return {**result, "type": "object"}


def express(schema: Schema, *, what: str) -> Schema:
    """Return ``schema`` as Google takes it; ``what`` names it in errors.

    Raises ``InvalidParameterError`` that names the place and the keyword that cannot be expressed.
    """
    definitions = {
        f"#/{key}/{name}": value
        for key in ("$defs", "definitions")
        for name, value in (schema.get(key) or {}).items()
    }
    _refuse_required_cycles(schema, definitions, what)
    result = _express(schema, what)
    if definitions:
        result["$defs"] = {
            path.rpartition("/")[2]: _express(value, f"{what}, {path}")
            for path, value in definitions.items()
        }
    return result


def _express(schema: Any, where: str) -> Schema:
    if schema is True:
        return {}
    if not isinstance(schema, dict):
        raise InvalidParameterError(f"{where}: Google cannot express the schema {schema!r}.")
    schema = _single_all_of(schema)
    if "$ref" in schema:
        return _reference(schema, where)
    result: Schema = {}
    hints: list[str] = []
    for key, value in schema.items():
        if key in _KEPT:
            result[key] = value
        elif key in _LIMITS or (key == "default" and value is not None):
            hints.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
        elif key in _REFUSED:
            raise InvalidParameterError(
                f"{where}: Google cannot express {key!r}. Leave it out and check the value"
                " yourself, or use anyOf, enum or separate properties."
            )
    result |= _children(schema, where)
    _mend_values(schema, result, hints)
    if hints:
        given = [result["description"]] if result.get("description") else []
        result["description"] = " ".join([*given, f"({'; '.join(hints)})"])
    return result


def _children(schema: Schema, where: str) -> Schema:
    result: Schema = {}
    if schema.get("properties") is not None:
        result["properties"] = {
            name: _express(value, f"{where}, {name}")
            for name, value in schema["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if key in schema:
            value = schema[key]
            result[key] = value if isinstance(value, bool) else _express(value, f"{where}, {key}")
    for key in ("anyOf", "oneOf", "prefixItems"):
        if schema.get(key) is not None:
            result[key] = [
                _express(option, f"{where}, {key}[{number}]")
                for number, option in enumerate(schema[key])
            ]
    return result


def _mend_values(schema: Schema, result: Schema, hints: list[str]) -> None:
    if "const" in schema:
        result["enum"] = [schema["const"]]
    values = result.get("enum") or []
    named = [value for value in values if value is not None]
    if not all(isinstance(v, str | int | float) and not isinstance(v, bool) for v in named):
        # Google's enum is of strings and numbers only.
        hints.append(f"one of {json.dumps(result.pop('enum'), ensure_ascii=False)}")
        if all(isinstance(value, bool) for value in values):
            result.setdefault("type", "boolean")
    elif values:
        _mend_enum(result, named, is_nullable=len(named) < len(values))
    if "format" in result and result["format"] not in _FORMATS:
        hints.append(f"format: {result.pop('format')}")


def _mend_enum(result: Schema, named: list[Any], *, is_nullable: bool) -> None:
    if is_nullable and "anyOf" not in result:
        del result["enum"]
        result.pop("type", None)
        result["anyOf"] = [_enum(named), {"type": "null"}] if named else [{"type": "null"}]
    elif "type" not in result:
        result |= _enum(named)


def _enum(values: list[Any]) -> Schema:
    is_text = all(isinstance(value, str) for value in values)
    return {"enum": values, "type": "string"} if is_text else {"enum": values}


def _reference(schema: Schema, where: str) -> Schema:
    target = schema["$ref"]
    if not isinstance(target, str) or not target.startswith("#"):
        raise InvalidParameterError(
            f"{where}: Google cannot follow the $ref {target!r}; put its schema under $defs."
        )
    target = target.replace("#/definitions/", "#/$defs/")
    beside = {key: value for key, value in schema.items() if key not in _ANNOTATIONS | {"$ref"}}
    if not beside.keys() - {"$defs", "definitions"}:
        return {"$ref": target}
    return _express({**beside, "anyOf": [{"$ref": target}]}, where)


def _single_all_of(schema: Schema) -> Schema:
    options = schema.get("allOf")
    if not isinstance(options, list) or len(options) != 1 or not isinstance(options[0], dict):
        return schema
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    return {**options[0], **rest}


def _refuse_required_cycles(schema: Schema, definitions: dict[str, Any], what: str) -> None:
    def visit(node: Any, open_refs: tuple[str, ...]) -> None:
        if not isinstance(node, dict):
            return
        target = str(node.get("$ref", "")).replace("#/definitions/", "#/$defs/")
        if target == "#" or target in open_refs:
            raise InvalidParameterError(
                f"{what}: Google cannot express the cycle through {target!r}, because every"
                " property on it is required. Make one of them optional."
            )
        if target in known:
            visit(known[target], (*open_refs, target))
        properties = node.get("properties") or {}
        for name in node.get("required") or ():
            visit(properties.get(name), open_refs)

    known = {f"#/$defs/{path.rpartition('/')[2]}": value for path, value in definitions.items()}
    for path, value in known.items():
        visit(value, (path,))
    visit(schema, ())
