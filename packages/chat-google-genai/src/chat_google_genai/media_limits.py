"""The sizes of media that the Gemini API takes within a message, from its documentation. Pure.

https://ai.google.dev/gemini-api/docs/file-input-methods
https://ai.google.dev/gemini-api/docs/image-understanding
"""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["IMAGES", "LIMITS"]

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})

_UPLOAD = "model.upload(path) has it keep a file of up to 2 GB, whose block is short"

LIMITS = MediaLimits(
    "The Gemini API",
    sizes={"application/pdf": SizeLimit(50, "Make it smaller, or send parts of it")},
    total=SizeLimit(100, _UPLOAD),
    types={"image": IMAGES},
)
