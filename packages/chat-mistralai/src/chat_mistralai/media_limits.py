"""The types and sizes of media that Mistral takes, from its documentation. Pure.

https://docs.mistral.ai/capabilities/vision
https://docs.mistral.ai/capabilities/document_ai
"""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["LIMITS"]

LIMITS = MediaLimits(
    "Mistral",
    sizes={
        "image": SizeLimit(10),
        "application/pdf": SizeLimit(50, "Make it smaller, or send parts of it"),
    },
    types={"image": frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})},
)
