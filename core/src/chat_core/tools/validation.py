"""Converts JSON values that a model wrote to Python objects of a type, and validates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..json_text import write_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["validate"]

T = TypeVar("T")


def validate(adapter: TypeAdapter[T], value: object) -> T:
    """``value`` as the adapter's type. Raises whatever its validators raise.

    It is validated as JSON where it is JSON, so that a strict type takes a date as text and a tuple
    as a list. A value with other objects in it is validated as Python.
    """
    try:
        text = write_json(value)
    except ValueError:
        return adapter.validate_python(value)
    return adapter.validate_json(text)
