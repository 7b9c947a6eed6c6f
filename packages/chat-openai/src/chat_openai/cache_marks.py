"""Cache points as ``prompt_cache_breakpoint``, for OpenAI's models that have it; pure.

Sources: ``PromptCacheBreakpoint`` and ``PromptCacheOptions`` in the types of OpenAI's SDK
("Supported for `gpt-5.6` and later models"). Content parts of the caller and of tools take one;
tools and answers take none. Earlier models cache by themselves.
"""

from __future__ import annotations

from chat_core import FileBlock, ImageBlock, TextBlock
from chat_core.provider import CacheMarks

from .reasoning import gpt_version

__all__ = ["cache_marks"]

_SINCE = (5, 6)
_MARKS = CacheMarks(
    "OpenAI",
    "prompt_cache_breakpoint",
    {"mode": "explicit"},
    {"30m": 1800, "12h": 43200},
    (TextBlock, ImageBlock, FileBlock),
    answers=False,
)


def cache_marks(model: str) -> CacheMarks | None:
    """The marks that ``model`` takes; ``None`` for one that caches by itself alone."""
    version = gpt_version(model)
    return _MARKS if version is not None and version >= _SINCE else None
