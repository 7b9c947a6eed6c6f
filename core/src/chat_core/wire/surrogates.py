"""Halves of a character: servers that cut text by UTF-16 units send half an emoji in each delta.

JSON can write such a half (``"\\ud83d"``), UTF-8 cannot. ``SurrogateJoiner`` holds a half back
until the other one arrives in a later delta of the same block; a half that stays alone becomes
U+FFFD. ``StreamReader`` uses one for streams in which a half has occurred; no other stream pays
for it.
"""

from __future__ import annotations

from dataclasses import fields

from ..json_text import JSONObject, join_surrogates
from ..messages.blocks import Block, ReasoningBlock, RefusalBlock, TextBlock, ToolCallChunk
from ..messages.chunks import AIMessageChunk

__all__ = ["SurrogateJoiner"]

_GROWING: dict[type, str] = {
    TextBlock: "text",
    ReasoningBlock: "text",
    RefusalBlock: "text",
    ToolCallChunk: "args",
}
"""The blocks that arrive in deltas, and the field that grows."""

_REPLACEMENT = "\ufffd"


class SurrogateJoiner:
    """Follows the deltas of one answer."""

    def __init__(self) -> None:
        self._held: dict[tuple[type, int | None], str] = {}

    def join(self, chunk: AIMessageChunk) -> None:
        """Change ``chunk`` so that all of its text can be encoded as UTF-8."""
        for block in chunk.blocks:
            self._hold_back(block)
            for field in fields(block):
                setattr(block, field.name, join_surrogates(getattr(block, field.name)))
        chunk.id = join_surrogates(chunk.id)
        chunk.response_metadata = join_surrogates(chunk.response_metadata)
        chunk.additional_kwargs = join_surrogates(chunk.additional_kwargs)

    def rest(self) -> AIMessageChunk | None:
        """At the end of the answer: U+FFFD for each half whose other half never came."""
        blocks: list[Block] = []
        for kind, index in self._held:
            given: JSONObject = {_GROWING[kind]: _REPLACEMENT, "index": index}
            blocks.append(kind(**given))
        self._held.clear()
        return AIMessageChunk(blocks) if blocks else None

    def _hold_back(self, block: Block) -> None:
        kind = block.__class__
        name = _GROWING.get(kind)
        text = getattr(block, name) if name else None
        if not name or not text:
            return
        text = self._held.pop((kind, block.index), "") + text
        if "\ud800" <= text[-1] <= "\udbff":
            self._held[kind, block.index] = text[-1]
            text = text[:-1]
        setattr(block, name, text)
