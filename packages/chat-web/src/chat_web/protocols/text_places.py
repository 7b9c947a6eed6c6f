"""Calls of tools that the vendor ran, put back among the texts of their answer.

AG-UI has one text for an answer, and its calls beside it. Vendors want what they ran at its place,
so the encoder notes how many characters of the text came before a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from chat_core import Block, RefusalBlock, ServerToolCall, TextBlock

__all__ = ["PlacedCall", "place_calls", "read_place"]

Text = TextBlock | RefusalBlock


class PlacedCall(NamedTuple):
    """A call, and how many characters of text came before it."""

    at: int
    call: ServerToolCall


def read_place(facts: Mapping[str, Any]) -> int:
    """The place among the facts of a call; 0 where there is none."""
    at = facts.get("at")
    return at if type(at) is int and at > 0 else 0


def place_calls(texts: Sequence[Text], calls: Sequence[PlacedCall]) -> list[Block]:
    """``texts`` with ``calls`` in front of what came after them.

    One text without anything that its vendor wants back is cut where a call came within it.
    """
    waiting = sorted(calls, key=lambda placed: placed.at)
    blocks: list[Block] = []
    start = 0
    for text in _cut(texts, [placed.at for placed in waiting]):
        while waiting and waiting[0].at <= start:
            blocks.append(waiting.pop(0).call)
        blocks.append(text)
        start += len(text.text)
    return [*blocks, *(placed.call for placed in waiting)]


def _cut(texts: Sequence[Text], places: Sequence[int]) -> list[Text]:
    if len(texts) != 1 or _is_wanted_back(texts[0]):
        return list(texts)
    [whole] = texts
    bounds = sorted({0, len(whole.text), *(at for at in places if at < len(whole.text))})
    return [replace(whole, text=whole.text[start:end]) for start, end in pairwise(bounds)]


def _is_wanted_back(text: Text) -> bool:
    return bool(text.extras) or (isinstance(text, TextBlock) and bool(text.citations))
