"""Reading JSON from a wire, and writing it: one parser, one kind of failure."""

from __future__ import annotations

from math import isfinite
from typing import Any, TypeAlias

from pydantic_core import from_json

__all__ = [
    "JSON",
    "JSONObject",
    "join_surrogates",
    "outside_json",
    "parse_arguments",
    "parse_json",
    "parse_json_with_surrogates",
    "write_json",
]

JSON: TypeAlias = Any
"""A value in JSON's shape from a vendor or a user; its reader checks what it uses of it."""

JSONObject: TypeAlias = dict[str, JSON]
"""A JSON object of a vendor or a user."""


def parse_json(data: bytes | str) -> JSON:
    """The value in ``data``. Raises ``ValueError`` and nothing else, however hostile the bytes.

    pydantic-core parses two to three times as fast as the standard library but refuses lone
    surrogates (``"\\ud83d"``, ``TypeError`` where a ``str`` holds one), which servers send when
    they cut an emoji in two; the standard library reads those, and each becomes U+FFFD.
    """
    try:
        return from_json(data, cache_strings="keys")  # keys come again, tokens seldom do
    except (ValueError, TypeError):
        pass
    try:
        return join_surrogates(parse_json_with_surrogates(data))
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def parse_json_with_surrogates(data: bytes | str) -> JSON:
    """The value in ``data``, lone surrogates kept: the other half may be in the next object.

    Raises ``ValueError``.
    """
    import json  # see write_json

    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def outside_json(value: object, place: str = "") -> str:
    """The first place in ``value`` that JSON cannot hold, as ``tools[0].enum: set``.

    ``""`` if there is none, or if ``value`` is nested deeper than can be searched.
    """
    try:
        return _outside_json(value, place)
    except RecursionError:
        return ""


def _outside_json(value: object, place: str) -> str:
    if isinstance(value, float) and not isfinite(value):
        return f"{place}: {value}"
    if value is None or isinstance(value, str | int | float):
        return ""
    if isinstance(value, dict):
        inner = [(each, f"{place}.{key}" if place else str(key)) for key, each in value.items()]
    elif isinstance(value, list | tuple):
        inner = [(each, f"{place}[{number}]") for number, each in enumerate(value)]
    else:
        return f"{place}: {type(value).__name__}"
    return next((found for each, at in inner if (found := _outside_json(each, at))), "")


def join_surrogates(value: object) -> JSON:
    """``value`` with its text fit for UTF-8, in lists, tuples and dicts too.

    Two halves of a surrogate pair that follow each other become their character, and a half that
    stands alone becomes U+FFFD.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return value
    if value.__class__ is dict:
        return {join_surrogates(key): join_surrogates(inner) for key, inner in value.items()}
    if value.__class__ is list or value.__class__ is tuple:
        return value.__class__([join_surrogates(inner) for inner in value])
    return value


def parse_arguments(text: str) -> JSONObject:
    """Tool-call arguments as an object; empty text and ``null`` mean no arguments.

    Raises ``ValueError`` saying what is wrong with anything that is not a JSON object.
    """
    if not text or text.isspace():
        return {}
    value = parse_json(text)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"arguments are a JSON {type(value).__name__}, not an object")
    if not _is_finite(value):
        raise ValueError("arguments hold NaN, Infinity or a number out of range, which JSON lacks")
    return value


def write_json(value: object) -> str:
    """``value`` as JSON without spaces.

    Raises ``ValueError`` for what JSON cannot say: NaN, bytes, dates, sets, too great a depth.
    """
    import json  # 2 ms, which building a model does not pay

    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _is_finite(value: object) -> bool:
    """Whether all numbers in ``value``, at any depth, are finite."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if item.__class__ is dict:
            waiting += item.values()
        elif item.__class__ is list:
            waiting += item
        elif item.__class__ is float and not isfinite(item):
            return False
    return True
