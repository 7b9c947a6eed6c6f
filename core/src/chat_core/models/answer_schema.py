"""What an answer is asked to be: any type as the schema of an object, and values read back.

Vendors take the schema of an object. A type that JSON writes otherwise (a list, a number, an enum,
a union, ``RootModel``) is asked for as the only key, ``value``, of an object, and taken out of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args, get_origin, is_typeddict

from ..errors import InvalidParameterError, OutputParserError
from ..json_text import JSON, JSONObject
from ..tools.names import schema_name
from ..tools.schema import json_schema, to_tool_spec
from ..tools.schema_depth import refuse_deep_schema
from ..tools.signature import read_signature
from ..tools.spec import ToolSpec
from ..tools.typed_dicts import validatable
from ..tools.validation import validate
from ..validation_text import validation_text

__all__ = ["AnswerSchema", "read_answer_schema"]

_KEY = "value"
_TITLED = frozenset({"anyOf", "oneOf", "allOf", "items", "enum", "type", "$ref", "const"})


@dataclass(slots=True)
class AnswerSchema:
    """The schema that a vendor gets, and the type of what is read.

    ``annotation`` is ``None`` for a JSON schema, whose values are given as they are. ``grows`` is
    true for dicts, lists and texts, of which a part is of use while the rest is on its way; it is
    false for instances of a class.
    """

    spec: ToolSpec
    annotation: Any
    is_wrapped: bool
    grows: bool

    def unwrap(self, value: JSON) -> JSON:
        """The value in an answer; the answer itself where it stands bare."""
        if self.is_wrapped and isinstance(value, dict) and value.keys() == {_KEY}:
            return value[_KEY]
        return value

    def read(self, value: object, text: str) -> Any:
        """``value`` as an object of the type.

        Raises ``OutputParserError`` with ``text`` for one that does not fit, whatever its
        validators raise.
        """
        value = self.unwrap(value)
        if self.annotation is None:
            return value
        from pydantic import TypeAdapter

        try:
            return validate(TypeAdapter(self.annotation), value)
        except Exception as error:
            raise OutputParserError(
                f"The answer does not fit {self.spec.name}: {validation_text(error)}", text=text
            ) from error


def read_answer_schema(schema: Any) -> AnswerSchema:
    """The schema of an answer from a type, a JSON schema or a tool's description.

    Raises ``InvalidParameterError`` for anything else, and for a type that JSON cannot express.
    """
    if isinstance(schema, dict):
        refuse_deep_schema(schema, "the answer")
        return _from_dict(schema)
    if isinstance(schema, ToolSpec):
        return AnswerSchema(schema, None, is_wrapped=False, grows=True)
    if _is_function(schema):
        spec = to_tool_spec(schema)
        function = getattr(schema, "function", schema)
        return _of(spec, read_signature(function).arguments, grows=True)
    annotation = validatable(schema)
    _refuse_values(schema)
    parameters = json_schema(annotation)
    if parameters.get("type") == "object" and isinstance(schema, type):
        return _of(to_tool_spec(schema), annotation, grows=_grows(schema))
    spec = ToolSpec(schema_name(schema), parameters.pop("description", ""), parameters)
    return _of(spec, annotation, grows=_grows(schema))


def _of(spec: ToolSpec | JSONObject, annotation: object, *, grows: bool) -> AnswerSchema:
    assert isinstance(spec, ToolSpec)
    is_object = spec.parameters.get("type") == "object"
    spec = spec if is_object else _wrapped(spec)
    return AnswerSchema(spec, annotation, is_wrapped=not is_object, grows=grows)


def _wrapped(spec: ToolSpec) -> ToolSpec:
    inner = dict(spec.parameters)
    definitions = inner.pop("$defs", None)
    outer: JSONObject = {"type": "object", "properties": {_KEY: inner}, "required": [_KEY]}
    if definitions:
        outer["$defs"] = definitions
    return ToolSpec(spec.name, spec.description, outer, spec.strict)


def _from_dict(schema: JSONObject) -> AnswerSchema:
    title = schema.get("title")
    if isinstance(title, str) and schema.get("type") != "object" and schema.keys() & _TITLED:
        rest = {k: v for k, v in schema.items() if k not in ("title", "description")}
        spec = ToolSpec(schema_name(title), schema.get("description") or "", rest)
        return _of(spec, None, grows=True)
    read = to_tool_spec(schema)
    if not isinstance(read, ToolSpec):
        raise _no_schema(schema)
    return _of(read, None, grows=True)


def _is_function(schema: object) -> bool:
    return hasattr(schema, "spec") or inspect.isroutine(schema)


def _refuse_values(schema: object) -> None:
    """Raise ``InvalidParameterError`` for what is a value and no type."""
    is_type = isinstance(schema, type) or get_origin(schema) is not None or schema is Any
    if not is_type and not isinstance(schema, Callable):  # type: ignore[arg-type]
        raise _no_schema(schema)


def _no_schema(schema: object) -> InvalidParameterError:
    return InvalidParameterError(
        "with_structured_output takes a type (a pydantic class, a TypedDict, a dataclass, a list, a"
        f" union, an enum …) or a JSON schema with a title or name; got {schema!r:.200}."
    )


def _grows(annotation: object) -> bool:
    """Whether values are plain JSON: dicts, lists and scalars, and no instances of classes."""
    if annotation in (str, int, float, bool, dict, list, Any, None, type(None)):
        return True
    if is_typeddict(annotation):
        return True
    origin = get_origin(annotation)
    if origin in (list, dict):
        return all(map(_grows, get_args(annotation)))
    return False
