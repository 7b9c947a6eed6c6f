"""Token counts as servers of OpenAI's wires spell them, read into ``UsageMetadata``.

Chat Completions says prompt and completion, Responses input and output. ``prompt_tokens`` already
counts cached tokens. ``completion_tokens`` includes reasoning except where the total shows that it
does not (``_output_tokens``). What is absent or ``null`` stays ``None``.
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
    prompt = _details(wire, "prompt_tokens_details", "prompt_token_details", "input_tokens_details")
    completion = _details(wire, "completion_tokens_details", "output_tokens_details")
    reasoning = _first(completion.get("reasoning_tokens"), wire.get("reasoning_tokens"))
    input_tokens = _first(wire.get("prompt_tokens"), wire.get("input_tokens"))
    output_tokens = _first(wire.get("completion_tokens"), wire.get("output_tokens"))
    total = _count(wire.get("total_tokens"))
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
            audio=_count(prompt.get("audio_tokens")),
        ),
        output_token_details=OutputTokenDetails(
            reasoning=reasoning,
            audio=_count(completion.get("audio_tokens")),
        ),
    )


def _details(wire: dict[str, Any], *names: str) -> dict[str, Any]:
    """The first object called by one of ``names``."""
    return next((wire[name] for name in names if isinstance(wire.get(name), dict)), {})


def _output_tokens(
    input_tokens: int | None, output_tokens: int | None, reasoning: int | None, total: int | None
) -> int | None:
    """The output with its reasoning, which xAI counts apart: total = input + output + reasoning."""
    if input_tokens is None or output_tokens is None or reasoning is None:
        return output_tokens
    if total == input_tokens + output_tokens + reasoning:
        return output_tokens + reasoning
    return output_tokens


def _first(*counts: Any) -> int | None:
    return next((known for count in counts if (known := _count(count)) is not None), None)


def _count(value: Any) -> int | None:
    """A count of tokens; some servers write it as text or as a float, others -1 for unknown."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None
