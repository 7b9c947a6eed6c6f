"""``typing.TypedDict`` for pydantic, which on Python 3.11 accepts only ``typing_extensions``'.

Python 3.11's own class does not remember which keys an inherited ``total=False`` made optional in a
way that pydantic can read, so pydantic refuses it. ``__required_keys__`` has all that is needed.
"""

from __future__ import annotations

import sys
import types
from functools import reduce
from operator import or_
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

__all__ = ["validatable"]


def validatable(annotation: object) -> Any:
    """``annotation`` with each ``typing.TypedDict`` in it as one that pydantic accepts."""
    if sys.version_info >= (3, 12):
        return annotation
    if is_typeddict(annotation):
        return _rebuilt(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is None or not args:
        return annotation
    inner = tuple(map(validatable, args))
    if inner == args:
        return annotation
    if origin is types.UnionType:
        return reduce(or_, inner)
    return Annotated[inner] if origin is Annotated else origin[inner]


def _rebuilt(cls: Any) -> Any:
    if type(cls).__module__ != "typing":
        return cls
    from typing_extensions import TypedDict

    hints = get_type_hints(cls, include_extras=True)
    fields = {}
    for key, hint in hints.items():
        bare = get_args(hint)[0] if get_origin(hint) in (Required, NotRequired) else hint
        fields[key] = (Required if key in cls.__required_keys__ else NotRequired)[validatable(bare)]
    rebuilt = TypedDict(cls.__name__, fields)  # type: ignore[misc]
    rebuilt.__doc__ = cls.__doc__
    rebuilt.__module__ = cls.__module__
    return rebuilt
