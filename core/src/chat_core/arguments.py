"""Arguments of public functions: a value of another type is refused by the argument's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import InvalidParameterError

__all__ = ["count", "exception_classes", "items_of", "of_type", "positive_count"]


def of_type(name: str, value: object, kinds: type | tuple[type, ...], allowed: str) -> Any:
    """``value``. Raises ``InvalidParameterError`` unless it is an instance of ``kinds``.

    ``allowed`` says in words what ``name`` may be.
    """
    is_other = isinstance(value, bool) and bool not in (kinds if isinstance(kinds, tuple) else ())
    if not isinstance(value, kinds) or (is_other and kinds is not bool):
        raise InvalidParameterError(
            f"{name} is {allowed}; got {type(value).__name__}: {value!r:.80}."
        )
    return value


def items_of(name: str, value: object, allowed: str) -> list[Any]:
    """The items of ``value``. Raises ``InvalidParameterError`` for text, a dict and no iterable."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InvalidParameterError(
            f"{name} is {allowed}; got {type(value).__name__}: {value!r:.80}."
        )
    return list(value)


def count(name: str, value: int) -> int:
    """``value``. Raises ``InvalidParameterError`` unless it is a whole number of at least 0."""
    of_type(name, value, int, "a whole number")
    if value < 0:
        raise InvalidParameterError(f"{name} is at least 0; got {value}.")
    return value


def positive_count(name: str, value: int) -> int:
    """``value``. Raises ``InvalidParameterError`` unless it is a whole number of at least 1."""
    of_type(name, value, int, "a whole number")
    if value < 1:
        raise InvalidParameterError(f"{name} is at least 1; got {value}.")
    return value


def exception_classes(name: str, value: object) -> tuple[type[BaseException], ...]:
    """The classes of exceptions that ``value`` is, one or a tuple of them.

    Raises ``InvalidParameterError`` for anything else.
    """
    classes = tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)
    for each in classes:
        if not (isinstance(each, type) and issubclass(each, BaseException)):
            raise InvalidParameterError(
                f"{name} is a tuple of exception classes, such as (ValueError,); got {value!r:.80}."
            )
    return classes
