"""Counts of tokens as answers report them, and what is an amount at all."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TypeGuard

__all__ = ["are_counts", "details", "is_amount"]


def details(counts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The counts under ``name``, such as ``input_token_details``; empty where there are none."""
    found = counts.get(name)
    return found if isinstance(found, Mapping) else {}


def are_counts(usage: Mapping[str, Any]) -> bool:
    """Whether ``usage`` counts input and output, and each count in it is a number of at least 0."""
    totals = (usage.get("input_tokens"), usage.get("output_tokens"))
    parts = [
        count
        for name in ("input_token_details", "output_token_details")
        for count in details(usage, name).values()
        if count is not None
    ]
    return all(is_amount(count) for count in (*totals, *parts))


def is_amount(value: object) -> TypeGuard[float]:
    """Whether ``value`` is a number of at least 0 that a float holds; NaN and infinity are not."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= sys.float_info.max  # type: ignore[operator]
