"""Cache points as ``cachePoint``, for the families of models that have them; pure.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chat_core import (
    AudioBlock,
    FileBlock,
    ImageBlock,
    InvalidRequestError,
    NonStandardBlock,
    TextBlock,
    VideoBlock,
)
from chat_core.provider import CacheMarks

from .encode_blocks import CACHE_POINT
from .families import family_of
from .names import PROVIDER

__all__ = ["cache_marks", "check_cache_points"]

_CLAUDE = CacheMarks(
    "Bedrock",
    CACHE_POINT,
    {"type": "default"},
    {"5m": 300, "1h": 3600},
    (TextBlock, ImageBlock, FileBlock, VideoBlock, AudioBlock, NonStandardBlock),
    tools="entry",
)
_NOVA = replace(_CLAUDE, vendor="Nova on Bedrock", lifetimes={"5m": 300}, tools=None)
"""Nova has cache points in messages and in the system, not among tools, and keeps 5 minutes."""

_MOST = 4


def cache_marks(model: str) -> CacheMarks | None:
    """The marks that ``model`` takes; ``None`` for families that Bedrock does not cache.

    A name without a family (the ARN of a user's own model) gets Claude's.
    """
    family = family_of(model)
    if family in (None, "anthropic"):
        return _CLAUDE
    return _NOVA if family == "amazon" and "nova" in model.lower() else None


def check_cache_points(body: Mapping[str, Any]) -> None:
    """Raise ``InvalidRequestError`` for more points than four, or a longer one behind a shorter.

    The order of the lifetimes: strands-agents/harness-sdk#3758.
    """
    config = body.get("toolConfig") or {}
    contents: list[Sequence[Any]] = [config.get("tools") or (), body.get("system") or ()]
    contents += [turn["content"] for turn in body["messages"]]
    points = [
        block[CACHE_POINT] for content in contents for block in content if CACHE_POINT in block
    ]
    count = len(points)
    if count > _MOST:
        raise InvalidRequestError(
            f"The request has {count} cache points (CachePoint, cachePoint); Bedrock takes at most"
            f" {_MOST}. Keep those that stand last.",
            provider=PROVIDER,
        )
    is_long = [point.get("ttl") == "1h" for point in points]
    if is_long != sorted(is_long, reverse=True):
        raise InvalidRequestError(
            "A cache point with the ttl '1h' stands behind one of 5 minutes; Bedrock wants the"
            " longer ones first, in the order tools, system, messages.",
            provider=PROVIDER,
        )
