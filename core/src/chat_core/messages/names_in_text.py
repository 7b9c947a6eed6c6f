"""The name of a message, written before its text for a wire that has no field for it.

Rules:

- ``HumanMessage("Hi", name="Ada")`` becomes the text ``Ada: Hi``, so that the model can tell the
  speakers of a conversation apart. A message without text gets a text block of its own in front.
- An answer gets its name before its first words. An answer without words (calls alone) has no
  place for it and is sent as it is.
- The name of a ``ToolMessage`` is that of its tool, which the call on the wire has already.

To send a message without its name leave ``name`` out.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TypeVar

from .blocks import Block, RefusalBlock, TextBlock
from .message import AIMessage, BaseMessage, ToolMessage

__all__ = ["name_in_text"]

M = TypeVar("M", bound=BaseMessage)


def name_in_text(message: M) -> M:
    """``message`` with its name before its text, and without the field; it is not changed."""
    if not message.name or isinstance(message, ToolMessage):
        return message
    named = copy(message)
    named.name = None
    named.blocks = _named_blocks(message, f"{message.name}: ")
    return named


def _named_blocks(message: BaseMessage, prefix: str) -> tuple[Block, ...]:
    blocks = list(message.blocks)
    for position, block in enumerate(blocks):
        if isinstance(block, TextBlock | RefusalBlock) and block.text.strip():
            blocks[position] = replace(block, text=prefix + block.text)
            return tuple(blocks)
    if isinstance(message, AIMessage):
        return message.blocks
    return (TextBlock(prefix.rstrip()), *blocks)
