"""Which items of an earlier answer go back, and with which ids.

OpenAI refuses a reasoning item without the item that followed it, an item id without the reasoning
item that came before it, and an id that comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    kept = list(entries)
    left_out = -1
    while left_out != sum(item is None for _, item in kept):  # each step may be the reason for more
        left_out = sum(item is None for _, item in kept)
        kept = _without_lost_tools(_with_followers(kept), used)
    items: list[dict[str, Any]] = []
    for item, has_id in _with_ids(kept, used):
        sent = {name: value for name, value in item.items() if name not in _OUTPUT_ONLY}
        if has_id:
            used.add(item["id"])
        else:
            sent.pop("id", None)
        items.append(sent)
    return items


def _with_followers(entries: Sequence[Entry]) -> list[Entry]:
    """``entries`` without the reasoning items whose next item is left out."""
    kept: list[Entry] = []
    is_followed = False
    for kind, item in reversed(entries):
        is_followed = item is not None and (is_followed or kind != "reasoning")
        kept.append((kind, item if is_followed else None))
    return kept[::-1]


def _without_lost_tools(entries: Sequence[Entry], used: set[str]) -> list[Entry]:
    """``entries`` without the tools that the vendor ran and that lose their id."""
    lost = {id(item) for item, has_id in _with_ids(entries, used) if not has_id and item.get("id")}
    return [
        (kind, None if kind == "verbatim" and id(item) in lost and not _is_client(item) else item)
        for kind, item in entries
    ]


def _is_client(item: dict[str, Any] | None) -> bool:
    return item is not None and awaits_client(item)


def _with_ids(entries: Sequence[Entry], used: set[str]) -> Iterator[tuple[dict[str, Any], bool]]:
    """The items that are not left out, and whether each goes back with its id."""
    seen = set(used)
    is_orphan = False
    for kind, item in entries:
        if kind == "reasoning":
            is_orphan = item is None
        if item is None:
            continue
        item_id = item.get("id")
        has_id = item_id is not None and not is_orphan and item_id not in seen
        if has_id:
            seen.add(str(item_id))
        yield item, has_id
