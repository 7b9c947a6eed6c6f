"""An answer as it is kept: its chunks in the segments in which they arrived, as JSON.

- An answer is kept if it is whole: it ended without an error, and its finish reason says neither
  that the vendor filtered it or failed (``content_filter``, ``error``) nor that the turn goes on
  (``pause``). One that was cut at ``max_tokens`` (``length``) is whole: the limit is part of the
  request, so the same request would be cut there again.
- What JSON does not give back exactly is not kept.
- Replayed chunks equal those that came, but for the mark: ``response_metadata["cached"]`` is
  ``True`` in the first chunk, the last, and each that reports usage or metadata. Counts of tokens
  stay as they were; ``usage_metadata["cost"]`` is 0.0, because nothing was asked of the vendor.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

from chat_core import AIMessage, AIMessageChunk, merge_chunks

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Entry"]

_FORMAT = 1
_NOT_WHOLE = frozenset({"content_filter", "error", "pause"})


class Entry:
    """A whole answer. ``is_message`` tells that it was not streamed: one chunk holds all of it."""

    __slots__ = ("_is_message", "_segments")

    def __init__(
        self, segments: Sequence[Sequence[AIMessageChunk]], *, is_message: bool = False
    ) -> None:
        self._segments = segments
        self._is_message = is_message

    @classmethod
    def of_message(cls, message: AIMessage) -> Entry:
        """An answer that was asked for whole."""
        chunk = AIMessageChunk(
            message.blocks,
            message.id,
            message.name,
            message.additional_kwargs,
            message.usage_metadata,
            message.response_metadata,
        )
        return cls([[chunk]], is_message=True)

    def to_bytes(self) -> bytes | None:
        """The answer as JSON; ``None`` for one that is not to be kept."""
        if self._merged().finish_reason in _NOT_WHOLE:
            return None
        chunks = _adapter().dump_python([list(segment) for segment in self._segments])
        kept = {"format": _FORMAT, "is_message": self._is_message, "segments": chunks}
        try:
            data = json.dumps(kept, separators=(",", ":"), allow_nan=False).encode("ascii")
        except (TypeError, ValueError, RecursionError):
            return None
        again = Entry.from_bytes(data)
        return data if again is not None and again.segments() == self.segments() else None

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry | None:
        """The answer in ``data``, or ``None`` if that is no answer in this format."""
        try:
            kept = json.loads(data)
            if kept["format"] != _FORMAT:
                return None
            segments = _adapter().validate_python(kept["segments"])
            return cls(segments, is_message=bool(kept["is_message"]))
        except (ValueError, LookupError, TypeError, RecursionError):
            return None

    def _merged(self) -> AIMessageChunk:
        return merge_chunks(chunk for segment in self._segments for chunk in segment)

    def segments(self) -> list[list[AIMessageChunk]]:
        """The chunks to replay, marked as cached."""
        marked = [[_marked(chunk) for chunk in segment] for segment in self._segments]
        filled = [segment for segment in marked if segment]
        if filled:
            filled[0][0] = _marked(filled[0][0], always=True)
            filled[-1][-1] = _marked(filled[-1][-1], always=True)
        return marked

    def message(self) -> AIMessage:
        """The whole answer, marked as cached."""
        segments = self.segments()
        if not self._is_message:
            return merge_chunks(c for segment in segments for c in segment).to_message()
        [[chunk]] = segments
        return AIMessage(
            chunk.blocks,
            id=chunk.id,
            name=chunk.name,
            additional_kwargs=chunk.additional_kwargs,
            usage_metadata=chunk.usage_metadata,
            response_metadata=chunk.response_metadata,
        )


def _marked(chunk: AIMessageChunk, *, always: bool = False) -> AIMessageChunk:
    if not always and not chunk.response_metadata and chunk.usage_metadata is None:
        return chunk
    marked = copy(chunk)
    marked.response_metadata = {**chunk.response_metadata, "cached": True}
    if chunk.usage_metadata is not None:
        marked.usage_metadata = copy(chunk.usage_metadata)
        marked.usage_metadata["cost"] = 0.0
    return marked


@cache
def _adapter() -> TypeAdapter[list[list[AIMessageChunk]]]:
    from pydantic import TypeAdapter

    return TypeAdapter(list[list[AIMessageChunk]])
