"""Counts of tokens as answers report them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["details"]


def details(counts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The counts under ``name``, such as ``input_token_details``; empty where there are none."""
    found = counts.get(name)
    return found if isinstance(found, Mapping) else {}
