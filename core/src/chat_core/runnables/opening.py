"""Opening a step's stream as far as its first real chunk: the point up to which it may be replaced.

A role, an id or an empty text is no output yet, so an error right after it can still be retried or
handed to a fallback. Once something has gone to the caller it cannot.
"""

from __future__ import annotations

from typing import Any

from ..messages.message import AIMessageChunk
from .engine.scope import Chunks

__all__ = ["open_stream"]


async def open_stream(chunks: Chunks) -> list[Any]:
    """The chunks up to the first that brings something, or all there are.

    Closes ``chunks`` if it raises.
    """
    held: list[Any] = []
    try:
        async for chunk in chunks:
            held.append(chunk)
            if _brings_something(chunk):
                break
    except BaseException:
        await chunks.close()
        raise
    return held


def _brings_something(chunk: Any) -> bool:
    if isinstance(chunk, AIMessageChunk):
        return any(getattr(block, "text", True) for block in chunk.blocks)
    return not isinstance(chunk, str) or chunk != ""
