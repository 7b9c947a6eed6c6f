"""Attributes of the answers of a model: which model, finish reasons, tokens and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_core import AIMessage, AIMessageChunk

from . import conventions as names
from .cost import cost_of

if TYPE_CHECKING:
    from chat_core.provider import Run

__all__ = ["answer_attributes", "answers_of", "finish_reason", "usage_of"]

Answer = AIMessage | AIMessageChunk


def answers_of(run: Run, output: object) -> Sequence[Answer]:
    """The answers of ``run``: all candidates, or the one that ``output`` is; none without one."""
    if run.candidates is not None and (candidates := run.candidates()):
        return candidates
    return [output] if isinstance(output, Answer) else []


def finish_reason(answer: Answer, missing: str | None) -> str | None:
    """Why ``answer`` ended, as the conventions spell it; ``missing`` where that is unknown."""
    reason = answer.response_metadata.get("finish_reason") or missing
    return names.FINISH_REASON_NAMES.get(reason, reason) if isinstance(reason, str) else missing


def usage_of(answers: Sequence[Answer]) -> Mapping[str, Any] | None:
    """The tokens of a request, which one of its ``answers`` has."""
    return next((a.usage_metadata for a in answers if a.usage_metadata is not None), None)


def answer_attributes(run: Run, answers: Sequence[Answer], *, is_whole: bool) -> dict[str, Any]:
    """The attributes of ``answers``, which are candidates of one request.

    The finish reason of one that did not come to its end is ``error``; an answer that is whole and
    has none has no attribute.
    """
    found: dict[str, Any] = {}
    if answers:
        counted = next((a for a in answers if a.usage_metadata is not None), answers[0])
        metadata = answers[0].response_metadata
        found = {
            names.RESPONSE_ID: answers[0].id,
            names.RESPONSE_MODEL: metadata.get("model_name"),
            **_usage_attributes(counted.usage_metadata or {}),
            names.COST: cost_of(run, counted),
            names.CACHED: True if metadata.get("cached") is True else None,
        }
    missing = None if is_whole and len(answers) < 2 else "error"
    reasons = [finish_reason(each, missing) for each in answers] or [missing]
    if reasons != [None]:
        found[names.FINISH_REASONS] = reasons
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
