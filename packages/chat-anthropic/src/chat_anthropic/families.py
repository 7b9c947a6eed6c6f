"""What differs between Claude models, by the version in their name.

Names come in two orders and with prefixes and dates (``claude-3-5-haiku-20241022``,
``claude-opus-4-8``, ``anthropic.claude-opus-4-1-20250805-v1:0``). A name without a version (another
vendor's model behind an Anthropic-compatible address) gets the most cautious answer.
https://platform.claude.com/docs/en/about-claude/models/overview
"""

from __future__ import annotations

import re

__all__ = [
    "default_max_tokens",
    "family",
    "has_native_schema",
    "has_system_turns",
    "is_claude",
    "most_output",
    "refuses_forced_tools",
    "version",
]

_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")

_MAX_TOKENS: tuple[tuple[tuple[int, int], int], ...] = (
    # From 4.5 on a full window ends the answer (``model_context_window_exceeded``). Before, the
    # API refuses a prompt that leaves no room for ``max_tokens``, so more would cost room.
    ((4, 5), 64_000),
    ((3, 7), 32_000),
    ((3, 5), 8_192),
    ((0, 0), 4_096),
)
_ROOM_FOR_TEXT = 4_096

_MOST_OUTPUT: tuple[tuple[tuple[int, int], str, int], ...] = (
    ((4, 6), "", 128_000),
    ((4, 5), "", 64_000),
    ((4, 0), "opus", 32_000),
    ((4, 0), "", 64_000),
    ((3, 7), "", 128_000),  # with the beta word output-128k-2025-02-19; 64,000 without
)
"""The most tokens of an answer since a version, of a family or of all: the page above, and for 4.6
Effect-TS/effect#7129."""

_FAMILY = re.compile(r"claude-(?:[\d.-]+-)?([a-z]+)")
_NO_FORCED_TOOLS = {"opus": (5, 5), "sonnet": (5, 5), "fable": (5, 1), "mythos": (5, 1)}
"""The version of each family since which a forced ``tool_choice`` is answered with 400."""


def version(model: str) -> tuple[int, int] | None:
    """``(4, 5)`` for ``claude-haiku-4-5-20251001``; ``None`` if the name has none."""
    found = _VERSION.search(model)
    return None if found is None else (int(found[1]), int(found[2] or 0))


def default_max_tokens(model: str, thinking_budget: int = 0) -> int:
    """``max_tokens`` for a request that sets none; the API demands it.

    Thinking counts towards it, so a budget as large as the default gets room for text on top.
    """
    known = version(model) or (0, 0)
    default = next(tokens for since, tokens in _MAX_TOKENS if known >= since)
    if thinking_budget < default:
        return default
    wanted = thinking_budget + _ROOM_FOR_TEXT
    return min(wanted, most_output(model) or wanted)


def most_output(model: str) -> int | None:
    """The most tokens that an answer may have, thinking among them; ``None`` where unknown."""
    known = version(model) or (0, 0)
    kind = family(model)
    limits = (most for since, of, most in _MOST_OUTPUT if known >= since and of in ("", kind))
    return next(limits, None)


def has_system_turns(model: str) -> bool:
    """Whether a system message may stand between turns (since Opus 4.8)."""
    return (version(model) or (0, 0)) >= (4, 8)


def has_native_schema(model: str) -> bool:
    """Whether ``output_config.format`` holds answers to a schema (since 4.5, and Opus 4.1)."""
    known = version(model) or (0, 0)
    return known >= (4, 5) or known == (4, 1)


def is_claude(model: str) -> bool:
    """Whether the name is that of a model of Anthropic's own, wherever it is served."""
    return "claude" in model.lower()


def family(model: str) -> str:
    """``"haiku"`` for ``claude-haiku-4-5``; empty if the name has no family."""
    found = _FAMILY.search(model)
    return found[1] if found else ""


def refuses_forced_tools(model: str) -> bool:
    """Whether ``tool_choice`` may only be ``auto`` or ``none``."""
    since = _NO_FORCED_TOOLS.get(family(model))
    return since is not None and (version(model) or (0, 0)) >= since
