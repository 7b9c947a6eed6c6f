"""The sizes of media that Vertex AI takes within a message, from its documentation. Pure.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding
"""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit
from chat_google_genai.dialect import generation
from chat_google_genai.media_limits import IMAGES

__all__ = ["limits_of"]

_OLDER = MediaLimits(
    "Vertex AI",
    sizes={
        "image": SizeLimit(
            7, "Make it smaller, or give ImageBlock('gs://bucket/image'), of at most 30 MB"
        )
    },
    types={"image": IMAGES},
)


def limits_of(model: str) -> MediaLimits | None:
    """The limits of a model; ``None`` for one that is newer than Gemini 2, whose limits differ."""
    return _OLDER if generation(model) in (1, 2) else None
