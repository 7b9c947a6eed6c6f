"""Token counts as Chat Completions servers spell them, read into ``UsageMetadata``.

``prompt_tokens`` already counts cached tokens and ``completion_tokens`` is taken as reported (xAI
leaves reasoning out of it, so its total is not the sum). What is absent or ``null`` stays ``None``.
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
    return UsageMetadata(
        input_tokens=wire.get("prompt_tokens"),
        output_tokens=wire.get("completion_tokens"),
        total_tokens=wire.get("total_tokens"),
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
            reasoning=_first(completion.get("reasoning_tokens"), wire.get("reasoning_tokens")),
            audio=completion.get("audio_tokens"),
        ),
    )


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
