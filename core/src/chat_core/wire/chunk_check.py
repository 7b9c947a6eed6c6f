"""Whether a chunk holds what its types say: a wire may put a number where text belongs.

Decoders copy values out of the vendor's JSON without checking each. ``validate_chunk`` checks them
once, where chunks leave the decoder, so that no later code meets a text that is a list. Its tables
are made from the annotations of the blocks. Plain text and argument deltas take a faster path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..json_text import JSONObject
from ..messages.blocks import Citation, ReasoningBlock, TextBlock, ToolCallChunk
from ..messages.chunks import AIMessageChunk

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
    for name, kinds in _kinds(value.__class__):
        held = getattr(value, name)
        # A bool is an int to Python and none to anybody else.
        if held.__class__ not in kinds and (
            held.__class__ is bool or not isinstance(held, tuple(kinds))
        ):
            raise _misfit(value, name)
        if held.__class__ is tuple:
            for item in held:
                if item.__class__ is Citation:
                    _check(item)


@cache
def _kinds(owner: type) -> Sequence[tuple[str, frozenset[type]]]:
    """The fields of a block or citation, each with the classes that its value may have."""
    hints = get_type_hints(owner)
    found = [(field.name, _classes(hints[field.name])) for field in fields(owner)]
    return [(name, kinds) for name, kinds in found if kinds]


def _classes(hint: Any) -> frozenset[type]:
    """The classes in an annotation; none where it allows anything."""
    if hint is Any:
        return frozenset()
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return frozenset().union(*map(_classes, get_args(hint)))
    if origin is Literal:
        return frozenset(type(value) for value in get_args(hint))
    return frozenset({origin or (NoneType if hint is None else hint)})


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
