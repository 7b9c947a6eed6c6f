"""``usageMetadata`` as token counts."""

from __future__ import annotations

from typing import Any

from chat_core import InputTokenDetails, OutputTokenDetails, UsageMetadata

__all__ = ["has_count", "usage_from_wire"]


def usage_from_wire(usage: dict[str, Any]) -> UsageMetadata:
    """Return one ``usageMetadata`` as token counts: tool-use prompts are input, thoughts output."""
    get = usage.get
    return UsageMetadata(
        input_tokens=_sum(get("promptTokenCount"), get("toolUsePromptTokenCount")),
        output_tokens=_sum(get("candidatesTokenCount"), get("thoughtsTokenCount")),
        total_tokens=get("totalTokenCount"),
        input_token_details=InputTokenDetails(
            cache_read=get("cachedContentTokenCount"),
            audio=_of_modality(get("promptTokensDetails"), "AUDIO"),
        ),
        output_token_details=OutputTokenDetails(
            reasoning=get("thoughtsTokenCount"),
            audio=_of_modality(get("candidatesTokensDetails"), "AUDIO"),
        ),
    )


def has_count(usage: dict[str, Any]) -> bool:
    """Whether it has a count: Vertex AI sends the traffic type alone until the last object."""
    return usage.get("totalTokenCount") is not None or any(
        name.endswith("TokenCount") and count is not None for name, count in usage.items()
    )


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _of_modality(details: list[dict[str, Any]] | None, modality: str) -> int | None:
    return _sum(*(d.get("tokenCount") for d in details or () if d.get("modality") == modality))
