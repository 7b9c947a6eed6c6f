"""What an answer is asked to be: any type as the schema of an object, and values read back.

Vendors take the schema of an object. A type that JSON writes otherwise (a list, a number, an enum,
a union, ``RootModel``) is asked for as the only key, ``value``, of an object, and taken out of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_origin

from ..errors import InvalidParameterError, OutputParserError
from ..json_text import JSON, JSONObject
from ..tools.names import schema_name
from ..tools.references import moved_references, refuse_dangling_references
from ..tools.schema import json_schema, to_tool_spec
from ..tools.schema_depth import refuse_deep_schema
from ..tools.signature import read_signature
from ..tools.spec import ToolSpec
from ..tools.typed_dicts import validatable
from ..tools.validation import validate
from ..validation_text import validation_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ..chains.growing_value import GrowingValue
    from ..chains.shapes import Shape

__all__ = ["AnswerSchema", "read_answer_schema"]

_KEY = "value"
_TITLED = frozenset({"anyOf", "oneOf", "allOf", "items", "enum", "type", "$ref", "const"})


@dataclass(slots=True)
class AnswerSchema:
    """The schema that a vendor gets, and the type of what is read.

    ``annotation`` is ``None`` for a JSON schema, whose values are given as they are.
    """

    spec: ToolSpec
    annotation: Any
    is_wrapped: bool
    _adapter: Any = field(default=None, init=False, repr=False, compare=False)
    _shape: Any = field(default=None, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return (AnswerSchema, (self.spec, self.annotation, self.is_wrapped))

    def growing(self) -> GrowingValue:
        """The value of an answer as it arrives."""
        from ..chains.growing_value import GrowingValue  # what streams alone needs

        if self._shape is None:
            self._shape = self._read_shape()
        return GrowingValue(self._shape, _KEY if self.is_wrapped else None)

    def _read_shape(self) -> Shape:
        if self.annotation is not None:
            from ..chains.type_shapes import type_shape

            return type_shape(self._type_adapter())
        from ..chains.json_shapes import json_shape

        shape = json_shape(self.spec.parameters)
        return shape.inner(_KEY) if self.is_wrapped else shape

    def _type_adapter(self) -> TypeAdapter[Any]:
        if self._adapter is None:
            from pydantic import TypeAdapter

            self._adapter = TypeAdapter(self.annotation)
        adapter: TypeAdapter[Any] = self._adapter
        return adapter

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
        try:
            return validate(self._type_adapter(), value)
        except Exception as error:
            raise OutputParserError(
                f"The answer does not fit {self.spec.name}: {validation_text(error)}", text=text
            ) from error


def read_answer_schema(schema: Any) -> AnswerSchema:
    """The schema of an answer from a type, a JSON schema or a tool's description.

    Raises ``InvalidParameterError`` for anything else, for a type that JSON cannot express, and for
    a schema that refers to a definition which it has not.
    """
    answer = _read(schema)
    refuse_deep_schema(answer.spec.parameters, "the answer")
    refuse_dangling_references(answer.spec.parameters, f"the answer {answer.spec.name!r}")
    return answer


def _read(schema: Any) -> AnswerSchema:
    if isinstance(schema, dict):
        refuse_deep_schema(schema, "the answer")
        return _from_dict(schema)
    if isinstance(schema, ToolSpec):
        return AnswerSchema(schema, None, is_wrapped=False)
    if _is_function(schema):
        spec = to_tool_spec(schema)
        function = getattr(schema, "function", schema)
        return _of(spec, read_signature(function).arguments)
    annotation = validatable(schema)
    _refuse_values(schema)
    parameters = json_schema(annotation)
    if parameters.get("type") == "object" and isinstance(schema, type):
        return _of(to_tool_spec(schema), annotation)
    spec = ToolSpec(schema_name(schema), parameters.pop("description", ""), parameters)
    return _of(spec, annotation)


def _of(spec: ToolSpec | JSONObject, annotation: object) -> AnswerSchema:
    assert isinstance(spec, ToolSpec)
    is_object = spec.parameters.get("type") == "object"
    spec = spec if is_object else _wrapped(spec)
    return AnswerSchema(spec, annotation, is_wrapped=not is_object)


def _wrapped(spec: ToolSpec) -> ToolSpec:
    inner = dict(moved_references(spec.parameters, f"#/properties/{_KEY}"))
    groups = {name: inner.pop(name) for name in ("$defs", "definitions") if inner.get(name)}
    outer: JSONObject = {"type": "object", "properties": {_KEY: inner}, "required": [_KEY]}
    outer |= groups
    return ToolSpec(spec.name, spec.description, outer, spec.strict)


def _from_dict(schema: JSONObject) -> AnswerSchema:
    title = schema.get("title")
    if isinstance(title, str) and schema.get("type") != "object" and schema.keys() & _TITLED:
        rest = {k: v for k, v in schema.items() if k not in ("title", "description")}
        spec = ToolSpec(schema_name(title), schema.get("description") or "", rest)
        return _of(spec, None)
    read = to_tool_spec(schema)
    if not isinstance(read, ToolSpec):
        raise _no_schema(schema)
    return _of(read, None)


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
