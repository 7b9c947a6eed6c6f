"""Instances of a class of which some fields have not arrived yet.

``PartialCity`` is a subclass of ``City`` and of ``PartialObject``. Nothing of the user's runs when
one is made: no ``__init__``, validator, ``__post_init__`` or ``__init_subclass__``.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn
from weakref import WeakValueDictionary

from pydantic_core import PydanticUndefined, SchemaSerializer, core_schema

from .core_schemas import CoreSchema, copied, parts

__all__ = ["PartialObject", "partial_class", "partial_object"]


class PartialObject:
    """The base of instances that are not whole: ``isinstance(city, PartialObject)``.

    A field that has not arrived is no attribute. ``model_fields_set`` of a pydantic class, or
    ``vars()``, holds the fields that have arrived. Nothing of it has been validated as a whole.
    """

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Stands before the user's own, which registers whole classes and may need arguments."""

    def __getattr__(self, name: str) -> Any:
        if name in _field_names(type(self)):
            raise AttributeError(
                f"{_whole_class(type(self)).__name__}.{name} has not arrived yet: the answer is"
                " still on its way. model_fields_set (vars() of a dataclass) holds what is there."
            )
        inherited = getattr(super(), "__getattr__", None)
        return inherited(name) if inherited is not None else self._refuse(name)

    def _refuse(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__repr_args__())
        return f"{type(self).__name__}({shown})"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        known = _field_names(type(self))
        for name, value in vars(self).items():
            if getattr(known.get(name), "repr", True):
                yield name, value

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False  # and the user's own ``__eq__`` is not asked, which reads all fields
        return vars(self) == vars(other) and _extra(self) == _extra(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return (_restored, (_whole_class(type(self)), vars(self), _extra(self)))


class _NotArrived:
    """Stands where a dataclass keeps the default of a field. The value of an instance hides it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> object:
        raise AttributeError(self._name)  # Python then asks ``PartialObject.__getattr__``


_CLASSES: WeakValueDictionary[type, type] = WeakValueDictionary()


def partial_class(cls: type) -> type:
    """The subclass of ``cls`` whose instances may lack fields."""
    made = _CLASSES.get(cls)
    if made is None:
        made = _CLASSES[cls] = _make(cls)
    return made


def _make(cls: type) -> type:
    namespace: dict[str, Any] = {"__module__": cls.__module__, "__doc__": cls.__doc__}
    if is_dataclass(cls):
        namespace |= {field.name: _NotArrived(field.name) for field in fields(cls)}
    name, bases, meta = f"Partial{cls.__name__}", (PartialObject, cls), type(cls)
    namespace["__qualname__"] = name
    # The user's own metaclass, and pydantic's, would build a schema for the class.
    new: Any = ABCMeta if issubclass(meta, ABCMeta) else type
    made: type = new.__new__(meta, name, bases, namespace)
    if serializer := _serializer(cls, made):
        type.__setattr__(made, "__pydantic_serializer__", serializer)
    return made


def partial_object(
    cls: type, values: dict[str, Any], extra: dict[str, Any] | None = None
) -> PartialObject:
    """An instance of ``cls``, a class from ``partial_class``, with the fields in ``values``.

    ``extra`` holds what a pydantic class keeps besides its fields, if it keeps that.
    """
    made: Any = object.__new__(cls)
    put = object.__setattr__
    if not hasattr(cls, "__pydantic_fields__") or is_dataclass(cls):
        for name, value in values.items():
            put(made, name, value)
        return made  # type: ignore[no-any-return]
    put(made, "__dict__", values)
    put(made, "__pydantic_fields_set__", set(values))
    if getattr(cls, "__pydantic_root_model__", False):
        return made  # type: ignore[no-any-return]
    put(made, "__pydantic_extra__", extra)
    private = getattr(cls, "__private_attributes__", None)
    put(made, "__pydantic_private__", _defaults(private) if private else None)
    return made  # type: ignore[no-any-return]


def _defaults(private: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: attribute.get_default() for name, attribute in private.items()}
    return {name: value for name, value in found.items() if value is not PydanticUndefined}


def _serializer(cls: Any, made: type) -> SchemaSerializer | None:
    """What writes instances of ``made``: that of ``cls`` reads what has not arrived."""
    if is_dataclass(cls):
        plain = core_schema.plain_serializer_function_ser_schema(lambda made: dict(vars(made)))
        return SchemaSerializer(core_schema.any_schema(serialization=plain))
    for schema in parts(getattr(cls, "__pydantic_core_schema__", None)):
        if schema.get("type") == "model" and schema["cls"] is cls:
            own: Any = {**schema, "cls": made, "schema": copied(schema["schema"], _as_written)}
            return SchemaSerializer(own)
    return None


_WRITTEN_BY_CLASS = frozenset({"model", "dataclass", "definition-ref", "union", "tagged-union"})


def _as_written(schema: CoreSchema) -> CoreSchema:
    """Without computed fields; each inner object is written by its own class, partial or not."""
    if schema.get("type") in _WRITTEN_BY_CLASS:
        return {"type": "any"}
    return {key: value for key, value in schema.items() if key != "computed_fields"}


def _restored(cls: type, values: dict[str, Any], extra: dict[str, Any] | None) -> PartialObject:
    return partial_object(partial_class(cls), values, extra)


def _whole_class(cls: type) -> type:
    return cls.__mro__[cls.__mro__.index(PartialObject) + 1]


def _field_names(cls: Any) -> Mapping[str, Any]:
    known: Mapping[str, Any] = getattr(cls, "__pydantic_fields__", None) or getattr(
        cls, "__dataclass_fields__", {}
    )
    return known


def _extra(instance: Any) -> dict[str, Any] | None:
    extra: dict[str, Any] | None = getattr(type(instance), "__pydantic_extra__", None) and (
        object.__getattribute__(instance, "__pydantic_extra__")
    )
    return extra
