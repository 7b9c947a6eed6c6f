"""Tokens of several calls of models, as the two protocols count them: in camel case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .answer_tracker import Usage

__all__ = ["total_usage", "usage_by_model"]

_FIELDS = (
    ("inputTokens", None, "input_tokens"),
    ("outputTokens", None, "output_tokens"),
    ("totalTokens", None, "total_tokens"),
    ("reasoningTokens", "output_token_details", "reasoning"),
    ("cachedInputTokens", "input_token_details", "cache_read"),
    ("cacheWriteInputTokens", "input_token_details", "cache_creation"),
)
"""Name in the protocols, and where it stands in our usage."""


def total_usage(calls: Iterable[Usage]) -> dict[str, int | float]:
    """The sum of ``calls``, each count where one of them has it; empty if none has one.

    ``cost``, in US dollars, is there if it is known of every call.
    """
    found = list(calls)
    total: dict[str, int | float] = {}
    for usage in found:
        for name, count in _counts(usage).items():
            total[name] = total.get(name, 0) + count
    costs = [usage.tokens.get("cost") for usage in found]
    known = [cost for cost in costs if isinstance(cost, int | float)]
    if known and len(known) == len(costs):
        total["cost"] = sum(known)
    return total


def usage_by_model(calls: Sequence[Usage]) -> list[dict[str, Any]]:
    """One entry for each provider and model, in the order of their first calls."""
    entries: list[dict[str, Any]] = []
    for origin in dict.fromkeys(usage.origin[:2] for usage in calls):
        total = total_usage(usage for usage in calls if usage.origin[:2] == origin)
        total.pop("cost", None)
        names = zip(("provider", "model"), origin, strict=True)
        if total:
            entries.append({name: value for name, value in names if value} | total)
    return entries


def _counts(usage: Usage) -> dict[str, int]:
    counts = {}
    for name, details, field in _FIELDS:
        source = usage.tokens if details is None else usage.tokens.get(details) or {}
        count = source.get(field)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            counts[name] = count
    return counts
