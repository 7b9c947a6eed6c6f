"""Keys of messages and blocks beside our fields: ``extras`` and ``additional_kwargs``.

Anthropic refuses keys that it does not know, so a message with one is refused here, where the
error can name it. Other servers of this wire may know more: they get the ``extras`` as they are.
What answers of other vendors carry is theirs and is not looked at.
"""

from __future__ import annotations

from typing import Any

from chat_core import (
    AIMessage,
    Block,
    FileBlock,
    ImageBlock,
    InvalidParameterError,
    Message,
    TextBlock,
    ToolCall,
)
from chat_core.provider import MediaBlock

from .call_ids import CALL_IDS
from .families import is_claude

__all__ = ["OTHERS_WISHES", "cache_mark", "refuse_unknown_keys"]

OTHERS_WISHES = frozenset({"detail"})
"""Extras of media that ask for something that other vendors have, and mean nothing here."""

_MARK = "cache_control"
_KNOWN: dict[type, frozenset[str]] = {
    TextBlock: frozenset({_MARK, "citations"}),
    ImageBlock: frozenset({_MARK, "transformations"}),
    FileBlock: frozenset({_MARK, "citations", "context", "title", "transformations"}),
    ToolCall: frozenset({_MARK, "caller", "toolset_name"}),
}


def refuse_unknown_keys(message: Message, *, model: str) -> None:
    """Raise ``InvalidParameterError`` for a key that would be lost, or that Anthropic refuses."""
    if isinstance(message, AIMessage) and not CALL_IDS.is_native(message):
        return
    for key in message.additional_kwargs:
        if key != _MARK:
            raise _unknown(key, f"a {type(message).__name__}")
    if is_claude(model):
        for block in message.blocks:
            for key in _unknown_extras(block):
                raise _unknown(key, f"the extras of a {type(block).__name__}")


def cache_mark(message: Message) -> Any:
    """``cache_control`` that was given for a whole message."""
    if isinstance(message, AIMessage) and not CALL_IDS.is_native(message):
        return None
    return message.additional_kwargs.get(_MARK)


def _unknown_extras(block: Block) -> set[str]:
    known = _KNOWN.get(type(block))
    if known is None or not block.extras:
        return set()
    ignored = OTHERS_WISHES if isinstance(block, MediaBlock) else frozenset()
    return {key for key in block.extras if block.extras[key] is not None} - known - ignored


def _unknown(key: str, place: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Anthropic knows no {key!r} in {place}; take it out, or give the block in Anthropic's own"
        " shape as a NonStandardBlock."
    )
