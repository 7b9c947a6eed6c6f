"""``usageMetadata`` as token counts."""

from __future__ import annotations

from typing import Any

from chat_core import InputTokenDetails, OutputTokenDetails, UsageMetadata

from .spellings import count, entries

__all__ = ["has_count", "usage_from_wire"]


def usage_from_wire(usage: dict[str, Any]) -> UsageMetadata:
    """Return one ``usageMetadata`` as token counts: tool-use prompts are input, thoughts output."""

    def get(name: str) -> int | None:
        return count(usage.get(name))

    input_tokens = _sum(get("promptTokenCount"), get("toolUsePromptTokenCount"))
    candidates, thoughts = get("candidatesTokenCount"), get("thoughtsTokenCount")
    total = get("totalTokenCount")
    output_tokens = _sum(candidates, thoughts)
    if thoughts and candidates is not None and total == (input_tokens or 0) + candidates:
        output_tokens = candidates  # a server that counts thoughts among the candidates' tokens
    return UsageMetadata(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        total_tokens=total,
        input_token_details=InputTokenDetails(
            cache_read=get("cachedContentTokenCount"),
            audio=_of_modality(usage.get("promptTokensDetails"), "AUDIO"),
        ),
        output_token_details=OutputTokenDetails(
            reasoning=thoughts,
            audio=_of_modality(usage.get("candidatesTokensDetails"), "AUDIO"),
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


def _of_modality(details: Any, modality: str) -> int | None:
    mine = [each for each in entries(details) if each.get("modality") == modality]
    return _sum(*(count(each.get("tokenCount")) for each in mine))
