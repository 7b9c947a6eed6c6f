"""Blocks that AG-UI keeps beside the text of an answer, put back among its texts.

AG-UI has one text for an answer, and its calls and metadata beside it. Vendors want what they ran
or made at its place, so the encoder notes how many characters of the text came before a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from chat_core import Block, RefusalBlock, TextBlock

__all__ = ["PlacedBlock", "place_blocks", "read_place"]

Text = TextBlock | RefusalBlock


class PlacedBlock(NamedTuple):
    """A block, and how many characters of text came before it."""

    at: int
    block: Block


def read_place(facts: Mapping[str, Any]) -> int:
    """The place among the facts of a block; 0 where there is none."""
    at = facts.get("at")
    return at if type(at) is int and at > 0 else 0


def place_blocks(texts: Sequence[Text], placed: Sequence[PlacedBlock]) -> list[Block]:
    """``texts`` with the blocks of ``placed`` in front of what came after them.

    One text without anything that its vendor wants back is cut where a block came within it.
    """
    waiting = sorted(placed, key=lambda each: each.at)
    blocks: list[Block] = []
    start = 0
    for text in _cut(texts, [each.at for each in waiting]):
        while waiting and waiting[0].at <= start:
            blocks.append(waiting.pop(0).block)
        blocks.append(text)
        start += len(text.text)
    return [*blocks, *(each.block for each in waiting)]


def _cut(texts: Sequence[Text], places: Sequence[int]) -> list[Text]:
    if len(texts) != 1 or _is_wanted_back(texts[0]):
        return list(texts)
    [whole] = texts
    bounds = sorted({0, len(whole.text), *(at for at in places if at < len(whole.text))})
    return [replace(whole, text=whole.text[start:end]) for start, end in pairwise(bounds)]


def _is_wanted_back(text: Text) -> bool:
    return bool(text.extras) or (isinstance(text, TextBlock) and bool(text.citations))
