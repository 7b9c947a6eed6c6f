"""Which items of an earlier answer go back, and with which ids.

OpenAI refuses a reasoning item without the item that followed it, an item id without the reasoning
item that came before it, an id that comes twice, and an id of another shape than its own: at most
64 letters, digits, ``_`` and ``-``, beginning with the word of the item's type. Other servers make
ids of other shapes; theirs go back as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from .responses_tools import awaits_client

__all__ = ["Entry", "kept_items", "without_odd_ids"]

Entry: TypeAlias = tuple[str, dict[str, Any] | None]
"""The kind of an item (message, reasoning, call, verbatim), and the item, ``None`` if left out."""

_OUTPUT_ONLY = ("created_by",)
"""Fields of items that answers have and requests have not. Source: the types of OpenAI's SDK."""


_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}


def without_odd_ids(entries: Sequence[Entry]) -> list[Entry]:
    """``entries`` without ids of another shape than OpenAI's, and without tools that had one."""
    kept: list[Entry] = []
    for kind, item in entries:
        if item is None or item.get("id") is None or _is_of_openai(item):
            kept.append((kind, item))
        elif not _stands_without_id(kind, item):
            kept.append((kind, None))
        else:
            kept.append((kind, {name: item[name] for name in item if name != "id"}))
    return kept


def _stands_without_id(kind: str, item: dict[str, Any]) -> bool:
    if kind == "reasoning":
        return bool(item.get("encrypted_content") or item.get("content"))
    return kind != "verbatim" or awaits_client(item)


def _is_of_openai(item: dict[str, Any]) -> bool:
    item_id, prefix = item["id"], _PREFIXES.get(str(item.get("type")), "")
    return isinstance(item_id, str) and item_id.startswith(prefix) and bool(_ID.fullmatch(item_id))


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
