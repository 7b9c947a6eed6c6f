"""Results of tools between our messages and front ends: text, JSON that text holds, and blocks.

A front end shows an object better than its text. Text that is JSON is therefore given as the value,
but only where JavaScript brings back the very same text: no number that it would change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chat_core import Block, TextBlock

from .json_values import as_json

__all__ = ["only_text", "output_as_text", "output_as_value"]

_SAFE = 2**53 - 1
"""The greatest integer that JavaScript's numbers hold exactly."""


def output_as_value(content: object) -> Any:
    """``content`` as JSON to show; text that is JSON as its value where nothing is lost."""
    if not isinstance(content, str):
        return as_json(content)
    if content[:1] not in ("{", "["):
        return content
    try:
        value = json.loads(content)
        if _is_exact(value) and output_as_text(value) == content:
            return value
    except (ValueError, RecursionError):
        pass
    return content


def output_as_text(value: object) -> str:
    """What a front end sends back of a result, as the text that it was."""
    return value if isinstance(value, str) else json.dumps(as_json(value), ensure_ascii=False)


def only_text(blocks: Sequence[Block]) -> bool:
    """Whether a result has nothing but text."""
    return all(isinstance(block, TextBlock) for block in blocks)


def _is_exact(value: object) -> bool:
    """Whether JavaScript reads and writes ``value`` without a change."""
    if isinstance(value, dict):
        return all(_is_plain_key(key) and _is_exact(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(_is_exact(inner) for inner in value)
    if isinstance(value, float):  # 1.0 would come back as 1; others are written in other ways
        return 1e-4 <= abs(value) < 1e16 and value != int(value)
    return not isinstance(value, int) or abs(value) <= _SAFE


def _is_plain_key(key: str) -> bool:
    """Whether JavaScript keeps a key in its place: keys that are integers come first there."""
    return not key.isdecimal() and key != "__proto__"
