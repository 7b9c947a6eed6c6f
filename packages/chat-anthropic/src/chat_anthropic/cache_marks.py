"""Cache points as ``cache_control``, and the rules of their number and order; pure.

https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import FileBlock, ImageBlock, InvalidRequestError, NonStandardBlock, TextBlock
from chat_core.provider import CacheMarks

from .names import PROVIDER

__all__ = ["CACHE_MARKS", "check_cache_marks"]

CACHE_MARKS = CacheMarks(
    "Anthropic",
    "cache_control",
    {"type": "ephemeral"},
    {"5m": 300, "1h": 3600},
    (TextBlock, ImageBlock, FileBlock, NonStandardBlock),
    tools="key",
)

_MOST = 4


def check_cache_marks(body: Mapping[str, Any]) -> None:
    """Raise ``InvalidRequestError`` for more marks than four, or a longer one behind a shorter."""
    marks = list(_marks(body))
    count = len(marks) + (body.get("cache_control") is not None)
    if count > _MOST:
        raise InvalidRequestError(
            f"The request has {count} cache marks (CachePoint, cache_control); Anthropic takes at"
            f" most {_MOST}. Keep those that stand last.",
            provider=PROVIDER,
        )
    is_long = [isinstance(mark, Mapping) and mark.get("ttl") == "1h" for mark in marks]
    if is_long != sorted(is_long, reverse=True):
        raise InvalidRequestError(
            "A cache mark with the ttl '1h' stands behind one of 5 minutes; Anthropic wants the"
            " longer ones first, in the order tools, system, messages.",
            provider=PROVIDER,
        )


def _marks(body: Mapping[str, Any]) -> Iterator[Any]:
    """The marks of tools, of the system and of messages, in this order."""
    contents = [body.get("tools"), body.get("system"), *(m["content"] for m in body["messages"])]
    for content in contents:
        for block in content if isinstance(content, list) else ():
            if isinstance(block, Mapping) and block.get("cache_control") is not None:
                yield block["cache_control"]
