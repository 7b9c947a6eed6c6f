"""The shape of a Python type, read from the schema that pydantic makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator

from .core_schemas import CoreSchema, copied
from .partial_objects import partial_class, partial_object
from .shapes import (
    ANY,
    ListShape,
    MapShape,
    ObjectShape,
    Shape,
    TextShape,
    Validate,
    WrappedShape,
)
from .union_shapes import TaggedShape, UnionShape

__all__ = ["type_shape"]

_WRAPPERS = {
    "nullable": "schema",
    "default": "schema",
    "custom-error": "schema",
    "json-or-python": "json_schema",
    "lax-or-strict": "lax_schema",
}
"""Schemas around another one, and where that stands."""

_FUNCTIONS = frozenset({"function-before", "function-after", "function-wrap"})
_NOT_OF_TEXT = frozenset({"int", "float", "bool", "none"})
_OF_TEXT = frozenset(
    {"literal", "enum", "date", "datetime", "time", "timedelta", "decimal", "uuid", "bytes", "url"}
)
_EXACT: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_TRANSFORMED = {
    "strip_whitespace": "str_strip_whitespace",
    "to_lower": "str_to_lower",
    "to_upper": "str_to_upper",
}
"""What changes a string, in its own schema and in the config of the class around it."""

_SHOWN_BESIDE = frozenset({"type", "ref", "metadata", "serialization", "strict"})
"""Keys of a schema of text or of a number that change and refuse no value of its type."""


def type_shape(adapter: TypeAdapter[Any]) -> Shape:
    """The shape of the type of ``adapter``."""
    schema: Any = adapter.core_schema
    if not isinstance(schema, dict):  # the class was made with defer_build
        adapter.rebuild(force=True)
        schema = adapter.core_schema
    return _Reader(schema).shape(schema, {})


class _Reader:
    def __init__(self, root: CoreSchema) -> None:
        self._definitions = {each["ref"]: each for each in root.get("definitions", ())}
        self._of_reference: dict[str, Shape] = {}

    def shape(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        """The shape of ``schema`` in a class with ``config``."""
        kind = schema["type"]
        if kind == "definitions":
            return self.shape(schema["schema"], config)
        if kind == "definition-ref":
            return self._referred(schema["schema_ref"], config)
        if kind in _FUNCTIONS or kind == "function-plain":
            return self._function(schema, config)
        if kind in _WRAPPERS:
            inner = self.shape(schema[_WRAPPERS[kind]], config)
            return WrappedShape(_once_whole(inner, self._validate(schema, config)), inner)
        if kind in _READERS:
            return _READERS[kind](self, schema, config)
        taken: tuple[type, ...] = (str, list, dict)
        if kind in _NOT_OF_TEXT or kind in _OF_TEXT:
            taken = () if kind in _NOT_OF_TEXT else (str,)
        return Shape(self._validate(schema, config), taken=taken, exact=_exact(schema, config))

    def _validate(self, schema: CoreSchema, config: CoreSchema) -> Validate:
        return _Validator(schema, config, self._definitions)

    def _lazily(self, schema: CoreSchema | None, config: CoreSchema) -> Callable[[], Shape]:
        return (lambda: ANY) if schema is None else partial(self.shape, schema, config)

    def _referred(self, reference: str, config: CoreSchema) -> Shape:
        if reference not in self._of_reference:
            schema = self._definitions[reference]
            self._of_reference[reference] = Shape()  # a type that is nothing but itself
            self._of_reference[reference] = self.shape(schema, config)
        return self._of_reference[reference]

    def _function(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        """A function around a class belongs to the class and does not keep it from growing."""
        validate = self._validate(schema, config)
        is_of_class = "ref" in schema and "schema" in schema
        if is_of_class:
            return WrappedShape(validate, self.shape(schema["schema"], config))
        needs_others = schema["function"]["type"] == "with-info"
        return Shape(None if needs_others else validate)

    # --- one method for each kind of schema that is shown in part

    def read_any(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        return ANY

    def read_str(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        if schema.get("pattern"):
            return Shape(self._validate(schema, config), taken=(str,))
        changes = {
            key: True
            for key, of_class in _TRANSFORMED.items()
            if schema.get(key, config.get(of_class))
        }
        convert = SchemaValidator({"type": "str", **changes}).validate_python if changes else None
        return TextShape(self._validate(schema, config), convert, exact=_exact(schema, config))

    def read_list(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        items = self._lazily(schema.get("items_schema"), config)
        return ListShape(self._validate(schema, config), items)

    def read_set(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        items = self._lazily(schema.get("items_schema"), config)
        make = set if schema["type"] == "set" else frozenset
        return ListShape(self._validate(schema, config), lambda: _only_whole(items()), make)

    def read_tuple(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        """A tuple of any length grows; a pair is no pair before it is whole."""
        items, validate = schema["items_schema"], self._validate(schema, config)
        if len(items) != 1 or schema.get("variadic_item_index") != 0:
            return Shape(validate, taken=(list,))
        return ListShape(validate, self._lazily(items[0], config), tuple)

    def read_dict(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        return MapShape(
            self._validate(schema, config),
            self._lazily(schema.get("keys_schema"), config),
            self._lazily(schema.get("values_schema"), config),
        )

    def read_union(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        validate = self._validate(schema, config)
        if schema.get("mode") == "left_to_right":
            return Shape(validate)
        choices = [each[0] if isinstance(each, tuple) else each for each in schema["choices"]]
        return UnionShape(validate, lambda: [self.shape(each, config) for each in choices])

    def read_tagged_union(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        validate, tag = self._validate(schema, config), schema["discriminator"]
        if not isinstance(tag, str):
            return Shape(validate, taken=(dict,))
        choices = {getattr(name, "value", name): each for name, each in schema["choices"].items()}
        return TaggedShape(
            validate,
            tag,
            lambda: {name: self.shape(each, config) for name, each in choices.items()},
        )

    def read_model(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        config, inner = schema.get("config") or {}, schema["schema"]
        cls, validate = partial_class(schema["cls"]), self._validate(schema, {})
        if schema.get("root_model"):
            return WrappedShape(validate, self.shape(inner, config), partial(_root, cls))
        while inner["type"] in _FUNCTIONS:
            inner = inner["schema"]
        return self._object(inner, config, validate, partial(partial_object, cls))

    def read_typed_dict(self, schema: CoreSchema, config: CoreSchema) -> Shape:
        config = schema.get("config") or config
        return self._object(schema, config, self._validate(schema, config), _dict_of)

    def _object(
        self,
        schema: CoreSchema,
        config: CoreSchema,
        validate: Validate,
        make: Callable[[dict[str, Any], dict[str, Any] | None], Any],
    ) -> Shape:
        extra = schema.get("extra_behavior") or config.get("extra_fields_behavior")
        kept = self._lazily(schema.get("extras_schema"), config)() if extra == "allow" else None
        return ObjectShape(
            validate,
            lambda: dict(self._fields(schema, config)),
            make,
            extra=kept,
            is_closed=extra == "forbid",
        )

    def _fields(
        self, schema: CoreSchema, config: CoreSchema
    ) -> Iterator[tuple[str, tuple[str, Shape]]]:
        given = schema["fields"]
        named = (
            [(each["name"], each) for each in given] if isinstance(given, list) else given.items()
        )
        for name, field in named:
            if not field.get("init_only"):
                shape = self.shape(field["schema"], config)
                for key in _keys(name, field, config):
                    yield key, (name, shape)


class _Validator:
    """From JSON to a value of ``schema``; made when it is first called."""

    def __init__(self, schema: CoreSchema, config: CoreSchema, definitions: CoreSchema) -> None:
        self._schema = schema
        self._config = config
        self._definitions = definitions
        self._validate: Validate | None = None

    def __call__(self, text: str) -> object:
        if self._validate is None:
            schema: Any = copied(self._schema, _without_name)  # the definitions have it
            if self._definitions:
                definitions = list(self._definitions.values())
                schema = {"type": "definitions", "schema": schema, "definitions": definitions}
            config: Any = self._config or None
            self._validate = SchemaValidator(schema, config).validate_json
        return self._validate(text)


def _once_whole(inner: Shape, validate: Validate) -> Validate | None:
    """``validate``, unless ``inner`` is never shown."""
    return None if inner.validate is None else validate


def _only_whole(shape: Shape) -> Shape:
    """``shape`` of which no part is shown."""
    return Shape(shape.validate, taken=shape.taken, exact=shape.exact)


def _exact(schema: CoreSchema, config: CoreSchema) -> type | None:
    if schema.keys() - _SHOWN_BESIDE or any(key.startswith("str_") for key in config):
        return None
    return _EXACT.get(schema["type"])


def _root(cls: type, value: object) -> object:
    return partial_object(cls, {"root": value})


def _dict_of(values: dict[str, Any], extra: dict[str, Any] | None) -> dict[str, Any]:
    return values | extra if extra else values


def _keys(name: str, field: CoreSchema, config: CoreSchema) -> Iterator[str]:
    """The keys of JSON that mean a field."""
    alias = field.get("validation_alias")
    if alias is None or config.get("validate_by_name") or config.get("populate_by_name"):
        yield name
    if isinstance(alias, str):
        yield alias
    elif alias:
        paths = [alias] if isinstance(alias[0], str | int) else alias
        for path in paths:
            if len(path) == 1 and isinstance(path[0], str):
                yield path[0]


def _without_name(schema: CoreSchema) -> CoreSchema:
    return {key: value for key, value in schema.items() if key != "ref"}


_READERS: dict[str, Callable[[_Reader, CoreSchema, CoreSchema], Shape]] = {
    "any": _Reader.read_any,
    "str": _Reader.read_str,
    "list": _Reader.read_list,
    "set": _Reader.read_set,
    "frozenset": _Reader.read_set,
    "tuple": _Reader.read_tuple,
    "dict": _Reader.read_dict,
    "union": _Reader.read_union,
    "tagged-union": _Reader.read_tagged_union,
    "model": _Reader.read_model,
    "dataclass": _Reader.read_model,
    "typed-dict": _Reader.read_typed_dict,
}
