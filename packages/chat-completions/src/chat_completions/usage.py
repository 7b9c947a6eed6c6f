"""Token counts as Chat Completions servers spell them, read into ``UsageMetadata``.

``prompt_tokens`` already counts cached tokens. ``completion_tokens`` includes reasoning except
where the total shows that it does not (``_output_tokens``). What is absent or ``null`` stays
``None``.
"""

from __future__ import annotations

from typing import Any

from chat_core import InputTokenDetails, OutputTokenDetails, UsageMetadata

__all__ = ["read_usage"]


def read_usage(wire: dict[str, Any]) -> UsageMetadata:
    """A ``usage`` object as a snapshot.

    Cached tokens have five spellings: ``prompt_tokens_details.cached_tokens`` (OpenAI),
    ``prompt_token_details.cached_tokens`` and ``num_cached_tokens`` (Mistral),
    ``prompt_cache_hit_tokens`` (DeepSeek), ``cached_tokens`` (Moonshot, Together).
    """
    prompt = wire.get("prompt_tokens_details") or wire.get("prompt_token_details") or {}
    completion = wire.get("completion_tokens_details") or {}
    reasoning = _first(completion.get("reasoning_tokens"), wire.get("reasoning_tokens"))
    input_tokens = _first(wire.get("prompt_tokens"), wire.get("input_tokens"))
    output_tokens = _first(wire.get("completion_tokens"), wire.get("output_tokens"))
    total = wire.get("total_tokens")
    return UsageMetadata(
        input_tokens=input_tokens,
        output_tokens=_output_tokens(input_tokens, output_tokens, reasoning, total),
        total_tokens=total,
        input_token_details=InputTokenDetails(
            cache_read=_first(
                prompt.get("cached_tokens"),
                wire.get("prompt_cache_hit_tokens"),
                wire.get("num_cached_tokens"),
                wire.get("cached_tokens"),
                wire.get("cache_read_input_tokens"),
            ),
            cache_creation=_first(
                prompt.get("cache_write_tokens"), wire.get("cache_creation_input_tokens")
            ),
            audio=prompt.get("audio_tokens"),
        ),
        output_token_details=OutputTokenDetails(
            reasoning=reasoning,
            audio=completion.get("audio_tokens"),
        ),
    )


def _output_tokens(
    input_tokens: int | None, output_tokens: int | None, reasoning: int | None, total: int | None
) -> int | None:
    """The output with its reasoning, which xAI counts apart: total = input + output + reasoning."""
    counts = (input_tokens, output_tokens, reasoning, total)
    if not all(isinstance(count, int) for count in counts):
        return output_tokens
    known_input, known_output, known_reasoning, known_total = map(int, counts)  # type: ignore[arg-type]
    if known_total == known_input + known_output + known_reasoning:
        return known_output + known_reasoning
    return output_tokens


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
