"""Keys of messages and blocks beside our fields: ``extras`` and ``additional_kwargs``.

A key that Bedrock has no place for would be lost, so it is refused by name. What answers of other
vendors carry is theirs and is not looked at.
"""

from __future__ import annotations

from typing import Any

from chat_core import (
    AIMessage,
    Block,
    FileBlock,
    InvalidParameterError,
    Message,
    TextBlock,
    ToolCall,
)
from chat_core.provider import MediaBlock

from .call_ids import CALL_IDS
from .encode_blocks import CACHE_POINT

__all__ = ["cache_point", "refuse_unknown_keys"]

_OTHERS_WISHES = frozenset({"detail"})
"""Extras of media that ask for something that other vendors have, and mean nothing here."""
_OF_MEDIA = frozenset({CACHE_POINT, "bucketOwner"})


def refuse_unknown_keys(message: Message) -> None:
    """Raise ``InvalidParameterError`` for a key that would be lost."""
    if isinstance(message, AIMessage) and not CALL_IDS.is_native(message):
        return
    for key in message.additional_kwargs:
        if key != CACHE_POINT:
            raise _unknown(key, f"a {type(message).__name__}")
    for block in message.blocks:
        for key in _unknown_extras(block):
            raise _unknown(key, f"the extras of a {type(block).__name__}")


def cache_point(message: Message) -> Any:
    """The ``cachePoint`` that was given for a whole message."""
    if isinstance(message, AIMessage) and not CALL_IDS.is_native(message):
        return None
    return message.additional_kwargs.get(CACHE_POINT)


def _unknown_extras(block: Block) -> set[str]:
    if isinstance(block, TextBlock):
        known = frozenset({CACHE_POINT, "guardContent"})
    elif isinstance(block, FileBlock):
        known = _OF_MEDIA | _OTHERS_WISHES | {"citations", "context"}
    elif isinstance(block, MediaBlock):
        known = _OF_MEDIA | _OTHERS_WISHES
    elif isinstance(block, ToolCall):
        known = frozenset({CACHE_POINT})
    else:
        return set()
    return {key for key, value in block.extras.items() if value is not None} - known


def _unknown(key: str, place: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Bedrock knows no {key!r} in {place}; take it out, or give the block in Bedrock's own"
        " shape as a NonStandardBlock."
    )
