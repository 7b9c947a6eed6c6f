"""Which items of an earlier answer go back, and with which ids.

OpenAI refuses a reasoning item without the item that followed it, an item id without the reasoning
item that came before it, and an id that comes twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .responses_tools import awaits_client

__all__ = ["Entry", "kept_items"]

Entry: TypeAlias = tuple[str, dict[str, Any] | None]
"""The kind of an item (message, reasoning, call, verbatim), and the item, ``None`` if left out."""

_OUTPUT_ONLY = ("created_by",)
"""Fields of items that answers have and requests have not. Source: the types of OpenAI's SDK."""


def kept_items(entries: Sequence[Entry], used: set[str]) -> list[dict[str, Any]]:
    """The items of one answer that go back, in order.

    ``used`` holds the ids that the request has; those of this answer are added.
    """
    items: list[dict[str, Any]] = []
    is_orphan = False
    for kind, sent in _with_followers(entries):
        if kind == "reasoning":
            is_orphan = sent is None
        if sent is None:
            continue
        item = {name: value for name, value in sent.items() if name not in _OUTPUT_ONLY}
        if is_orphan or item.get("id") in used:
            if kind == "verbatim" and "id" in item and not awaits_client(item):
                continue
            item.pop("id", None)
        if item.get("id"):
            used.add(item["id"])
        items.append(item)
    return items


def _with_followers(entries: Sequence[Entry]) -> list[Entry]:
    """``entries`` without the reasoning items whose next item is left out."""
    kept: list[Entry] = []
    is_followed = False
    for kind, item in reversed(entries):
        is_followed = item is not None and (is_followed or kind != "reasoning")
        kept.append((kind, item if is_followed else None))
    return kept[::-1]
