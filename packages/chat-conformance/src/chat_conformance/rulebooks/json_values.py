"""Rules that every wire shares: what no JSON API accepts, wherever it stands in the body."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["SHARED", "leaves", "listed", "matches"]


def listed(value: Any) -> list[Mapping[str, Any]]:
    """``value`` as a list of objects; whatever is no object in it is left out."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every value and every key in ``value`` that is no container, each with its place."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield f"{where}.{key} (key)", key
            yield from leaves(each, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            yield from leaves(each, f"{where}[{position}]")
    else:
        yield where, value


def matches(value: Any, *names: str) -> bool:
    """Whether ``value`` is one of ``names``; false for values that cannot be compared."""
    return isinstance(value, str) and value in names


def numbers_are_finite(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """JSON has no NaN and no infinity (RFC 8259, section 6)."""
    for where, value in leaves(body):
        if isinstance(value, float) and not math.isfinite(value):
            yield where, value


def text_is_unicode(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Text has no lone surrogate: it cannot be encoded as UTF-8 (RFC 8259, section 8.2)."""
    for where, value in leaves(body):
        if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
            yield where, ascii(value)


def images_have_their_registered_type(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The media type of JPEG is ``image/jpeg``; the vendors refuse its alias ``image/jpg``."""
    for where, value in leaves(body):
        if isinstance(value, str) and value[:20].lower().startswith(
            ("image/jpg", "data:image/jpg")
        ):
            yield where, value[:30]


SHARED = (numbers_are_finite, text_is_unicode, images_have_their_registered_type)
"""The rules that stand in every rulebook."""
