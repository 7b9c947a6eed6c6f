"""What an answer reports of itself while it streams: counts of tokens, and its metadata."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chat_core import AIMessage, AIMessageChunk, UsageMetadata

if TYPE_CHECKING:
    from chat_core import Block

__all__ = ["AnswerFacts"]


class AnswerFacts:
    """The usage so far (the latest value of each field), the metadata, and how much has arrived."""

    __slots__ = ("arrived", "characters", "metadata", "usage")

    def __init__(self) -> None:
        self.usage: UsageMetadata | None = None
        self.metadata: dict[str, Any] = {}
        self.arrived = False
        self.characters = 0

    @property
    def is_cached(self) -> bool:
        """Whether the answer came from a cache of this library, and was not made anew."""
        return self.metadata.get("cached") is True

    def note(self, chunks: Iterable[AIMessageChunk | AIMessage]) -> None:
        """Take in chunks that have arrived, or a whole answer."""
        for chunk in chunks:
            self.arrived = True
            usage = chunk.usage_metadata
            if usage is not None:
                self.usage = usage if self.usage is None else self.usage.updated(usage)
            if chunk.response_metadata:
                self.metadata.update(chunk.response_metadata)

    def note_text(self, chunks: Iterable[AIMessageChunk | AIMessage]) -> None:
        """``note``, which also counts the characters of the output."""
        chunks = list(chunks)
        self.note(chunks)
        self.characters += sum(_length(block) for chunk in chunks for block in chunk.blocks)


def _length(block: Block) -> int:
    text = getattr(block, "text", None) or getattr(block, "args", None) or ""
    return len(text if isinstance(text, str) else str(text))
