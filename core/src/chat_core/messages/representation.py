"""How blocks and messages print: what is empty is left out, and long texts are cut."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from ..short_repr import short_repr

__all__ = ["Representation", "shown_fields"]


class Representation:
    """A base for dataclasses; ``repr`` shows the fields that differ from their defaults."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(shown_fields(self))})"


def shown_fields(value: Any, *left_out: str) -> list[str]:
    """``name=value`` for each field of a dataclass that is required or differs from its default."""
    return [
        f"{field.name}={short_repr(getattr(value, field.name))}"
        for field in fields(value)
        if field.repr and field.name not in left_out and not _is_default(field, value)
    ]


def _is_default(field: Field[Any], value: object) -> bool:
    default = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    return default is not MISSING and bool(getattr(value, field.name) == default)
