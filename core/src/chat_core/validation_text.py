"""``validation_text``: why a value that a model wrote is not of a type, on one line."""

from __future__ import annotations

from .short_repr import short_repr

__all__ = ["validation_text"]

_SHOWN = 10
_WITHOUT_VALUE = frozenset({"missing", "extra_forbidden"})
"""Kinds of problems whose value is the whole object, or nothing that was asked for."""


def validation_text(error: Exception) -> str:
    """What pydantic, or a validator of the user's, found wrong.

    Of pydantic's error each problem with its place and the value, ``people: Input should be …
    (got -3)``: the first ten, and how many more there are. Of another error its class and text.
    """
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return f"{type(error).__name__}: {error}"
    problems = error.errors(include_url=False, include_context=False)
    shown: list[str] = []
    for problem in problems[:_SHOWN]:
        place = ".".join(map(str, problem["loc"])) or "the value"
        what = problem["msg"].removeprefix("Value error, ")
        is_shown = problem["type"] not in _WITHOUT_VALUE
        shown.append(f"{place}: {what}" + f" (got {short_repr(problem['input'])})" * is_shown)
    if more := len(problems) - len(shown):
        shown.append(f"and {more} more")
    return "; ".join(shown)
