"""Whether a chunk holds what its types say: a wire may put a number where text belongs.

Decoders copy values out of the vendor's JSON without checking each. ``validate_chunk`` checks them
once, where chunks leave the decoder, so that no later code meets a text that is a list, by the
annotations of the blocks (``field_types.py``). Plain text and argument deltas take a faster path.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from ..json_text import JSONObject
from ..messages.blocks import Citation, ReasoningBlock, TextBlock, ToolCallChunk
from ..messages.chunks import AIMessageChunk
from ..messages.field_types import field_of_other_type

__all__ = ["NotAChunkError", "WrongValueError", "validate_chunk"]

_NO_CITATIONS = ()
_INDEX = frozenset({int, NoneType})


class WrongValueError(TypeError):
    """A field of a chunk has another type than its own: the wire has a value of another type."""


class NotAChunkError(TypeError):
    """What a decoder returned is no chunk."""


def validate_chunk(chunk: AIMessageChunk) -> None:
    """Raise ``WrongValueError`` naming the first field of ``chunk`` that has a wrong type.

    Token counts that are no whole numbers are taken for unknown instead: the answer is still good.
    Raises ``NotAChunkError`` for what is no chunk.
    """
    if chunk.__class__ is not AIMessageChunk and not isinstance(chunk, AIMessageChunk):
        raise NotAChunkError(
            f"returned {type(chunk).__name__}; a decoder returns AIMessageChunk"
            " (feed and finish may return None)"
        )
    for block in chunk.blocks:
        kind = block.__class__
        plain: Any = block
        if kind is TextBlock:
            is_sound = plain.text.__class__ is str and plain.citations is _NO_CITATIONS
        elif kind is ToolCallChunk:
            is_sound = (
                plain.args.__class__ is str
                and (plain.name is None or plain.name.__class__ is str)
                and (plain.id is None or plain.id.__class__ is str)
            )
        else:
            is_sound = kind is ReasoningBlock and plain.text.__class__ is str
        if not (is_sound and block.index.__class__ in _INDEX and block.extras.__class__ is dict):
            _check(block)
    if chunk.id is not None and chunk.id.__class__ is not str:
        raise _misfit(chunk, "id")
    if chunk.usage_metadata is not None:
        _forget_odd_counts(chunk.usage_metadata)


def _check(value: Any) -> None:
    name = field_of_other_type(value)
    if name is not None:
        raise _misfit(value, name)
    for citation in getattr(value, "citations", ()):
        if citation.__class__ is Citation:
            _check(citation)


def _forget_odd_counts(record: JSONObject) -> None:
    for name, count in record.items():
        if isinstance(count, dict):
            _forget_odd_counts(count)
        elif count.__class__ is not int and count is not None:
            is_whole = count.__class__ is float and count.is_integer()
            record[name] = int(count) if is_whole else None


def _misfit(owner: object, name: str) -> WrongValueError:
    held = getattr(owner, name)
    return WrongValueError(f"{type(owner).__name__}.{name} is a JSON {type(held).__name__}")
