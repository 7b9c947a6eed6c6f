"""The sizes of media that Groq takes, from its documentation. Pure."""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["LIMITS"]

LIMITS = MediaLimits(
    "Groq",
    # https://console.groq.com/docs/vision: 4 MB for a request with images as base64.
    total=SizeLimit(4, "Make them smaller, or give their URLs, of at most 20 MB"),
)
