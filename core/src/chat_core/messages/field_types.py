"""The classes that each field of a block may hold, read from the annotations.

They serve twice: a block that a user makes is refused by name (``refuse_misfit``), and a chunk that
a decoder has made of a vendor's JSON is checked before it leaves the decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..errors import InvalidParameterError

__all__ = ["field_of_other_type", "refuse_misfit"]


def field_of_other_type(value: object) -> str | None:
    """The first field of a dataclass that holds something else than its annotation allows."""
    owner: type = value.__class__
    for name, kinds in _kinds(owner):
        held = getattr(value, name)
        # A bool is an int to Python and none to anybody else.
        if held.__class__ not in kinds and (
            held.__class__ is bool or not isinstance(held, tuple(kinds))
        ):
            return name
    return None


def refuse_misfit(value: object) -> None:
    """Raise ``InvalidParameterError`` that names a field which holds another type than its own."""
    name = field_of_other_type(value)
    if name is None:
        return
    owner: type = value.__class__
    allowed = dict(_kinds(owner))[name]
    names = sorted("None" if kind is NoneType else kind.__name__ for kind in allowed)
    held = getattr(value, name)
    raise InvalidParameterError(
        f"{owner.__name__}: {name} is {' or '.join(names)};"
        f" got {type(held).__name__}: {held!r:.80}."
    )


@cache
def _kinds(owner: type) -> Sequence[tuple[str, frozenset[type]]]:
    """The fields of a block or citation, each with the classes that its value may have."""
    hints = get_type_hints(owner)
    found = [(field.name, _classes(hints[field.name])) for field in fields(owner)]
    return [(name, kinds) for name, kinds in found if kinds]


def _classes(hint: Any) -> frozenset[type]:
    """The classes in an annotation; none where it allows anything."""
    if hint is Any:
        return frozenset()
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return frozenset().union(*map(_classes, get_args(hint)))
    if origin is Literal:
        return frozenset(type(value) for value in get_args(hint))
    return frozenset({origin or (NoneType if hint is None else hint)})
