"""What the answer of a model says: which model, why it ended, tokens and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat_core import AIMessage, AIMessageChunk

from . import conventions as names
from .cost import cost_of

if TYPE_CHECKING:
    from chat_core.provider import Run

__all__ = ["answer_attributes"]


def answer_attributes(run: Run, answer: object, *, is_whole: bool) -> dict[str, Any]:
    """The attributes of ``answer``; ``None`` if nothing of it has arrived.

    The finish reason of one that did not come to its end is ``error``.
    """
    metadata: Mapping[str, Any] = {}
    found: dict[str, Any] = {}
    if isinstance(answer, AIMessage | AIMessageChunk):
        metadata = answer.response_metadata
        found = {
            names.RESPONSE_ID: answer.id,
            names.RESPONSE_MODEL: metadata.get("model_name"),
            **_usage_attributes(answer.usage_metadata or {}),
            names.COST: cost_of(run, answer),
            names.CACHED: True if metadata.get("cached") is True else None,
        }
    reason = metadata.get("finish_reason") or (None if is_whole else "error")
    if isinstance(reason, str):
        found[names.FINISH_REASONS] = [names.FINISH_REASON_NAMES.get(reason, reason)]
    return {name: value for name, value in found.items() if value is not None}


def _usage_attributes(usage: Mapping[str, Any]) -> dict[str, Any]:
    into = usage.get("input_token_details") or {}
    out = usage.get("output_token_details") or {}
    return {
        names.INPUT_TOKENS: usage.get("input_tokens"),
        names.OUTPUT_TOKENS: usage.get("output_tokens"),
        names.CACHE_READ: into.get("cache_read"),
        names.CACHE_WRITE: into.get("cache_creation"),
        names.REASONING_TOKENS: out.get("reasoning"),
        names.AUDIO_INPUT: into.get("audio"),
        names.AUDIO_OUTPUT: out.get("audio"),
    }
