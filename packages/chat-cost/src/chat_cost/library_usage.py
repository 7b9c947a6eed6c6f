"""Our counts of tokens in the terms of the price library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .counts import details

if TYPE_CHECKING:
    from genai_prices import Usage

__all__ = ["library_usage"]


def library_usage(usage: Mapping[str, Any], facts: Mapping[str, Any]) -> Usage:
    """``usage`` as the library counts. Raises ``ValueError`` for counts that are no numbers.

    Vendors do not report which of the cached tokens are audio. They are taken to be others as far
    as there are others, so a prompt of audio alone that was cached is charged as cached audio.
    ``facts`` are the ``response_metadata``: Anthropic reports there how long written cache entries
    live, and searches.
    """
    from genai_prices import Usage

    of_input = details(usage, "input_token_details")
    of_output = details(usage, "output_token_details")
    given, audio = usage["input_tokens"], of_input.get("audio")
    read, written = of_input.get("cache_read"), of_input.get("cache_creation")
    counts = {
        "input_tokens": given,
        "output_tokens": usage["output_tokens"],
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "input_audio_tokens": audio,
        "output_audio_tokens": of_output.get("audio"),
        "output_reasoning_tokens": of_output.get("reasoning"),
        "web_searches": details(facts, "server_tool_use").get("web_search_requests"),
    }
    if audio:
        counts["cache_audio_read_tokens"] = _beyond(read, given - audio)
        counts["cache_audio_write_tokens"] = _beyond(written, given - audio)
        counts["output_audio_reasoning_tokens"] = 0
    lifetimes = details(facts, "cache_creation")
    if written and lifetimes:
        counts["cache_write_5m_tokens"] = lifetimes.get("ephemeral_5m_input_tokens")
        counts["cache_write_1h_tokens"] = lifetimes.get("ephemeral_1h_input_tokens")
    return Usage(**counts)


def _beyond(count: int | None, others: int) -> int:
    return max(0, (count or 0) - max(0, others))
