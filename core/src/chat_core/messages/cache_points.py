"""Cache points in messages: into marks on the blocks in front of them, or out; pure.

Rules:

- A mark stands on the nearest block before the point that takes one: text that is not empty, media,
  a call. That may be a block of an earlier message.
- A point with no block before it is refused: there is nothing to cache.
- What the user has set on a block by the vendor's own name wins over a mark.
- A message that held nothing but points is left out.
- Messages and blocks that were given are not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

from ..errors import InvalidRequestError
from ..json_text import JSONObject
from .blocks import Block, CachePoint
from .message import AIMessage, Message, ToolMessage

__all__ = ["place_cache_points"]

Takes = Callable[[Block, Message], bool]
"""Whether a block of a message takes a mark."""


def place_cache_points(
    messages: Sequence[Message],
    takes: Takes,
    mark: Callable[[CachePoint], JSONObject],
) -> list[Message]:
    """``messages`` without points; the blocks that they mark have ``mark(point)`` in ``extras``.

    Raises ``InvalidRequestError`` for a point with nothing before it, and what ``mark`` raises.
    """
    contents: list[list[Block]] = []
    is_empty = True
    for number, message in enumerate(messages):
        contents.append([])
        for block in message.blocks:
            if not isinstance(block, CachePoint):
                contents[-1].append(block)
                is_empty = False
                continue
            if is_empty:
                raise InvalidRequestError(
                    f"Message {number} has a CachePoint with nothing before it. It stands behind"
                    " what is to be cached: [TextBlock(...), CachePoint()]."
                )
            _mark_nearest(messages, contents, takes, mark(block))
    placed = [
        _with_blocks(message, blocks) for message, blocks in zip(messages, contents, strict=True)
    ]
    return [message for message in placed if message is not None]


def _mark_nearest(
    messages: Sequence[Message], contents: list[list[Block]], takes: Takes, mark: JSONObject
) -> None:
    if not mark:
        return
    for number in reversed(range(len(contents))):
        blocks = contents[number]
        for position in reversed(range(len(blocks))):
            block = blocks[position]
            if takes(block, messages[number]):
                blocks[position] = replace(block, extras={**mark, **block.extras})
                return


def _with_blocks(message: Message, blocks: list[Block]) -> Message | None:
    """``message`` with these blocks; ``None`` if it had points alone."""
    if tuple(blocks) == message.blocks:
        return message
    if not blocks and not isinstance(message, AIMessage | ToolMessage):
        return None
    placed = copy(message)
    placed.blocks = tuple(blocks)
    return placed
