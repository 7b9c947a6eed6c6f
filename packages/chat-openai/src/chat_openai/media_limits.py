"""The sizes of media that OpenAI takes, from its documentation. Pure."""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["LIMITS"]

_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

LIMITS = MediaLimits(
    "OpenAI",
    # https://developers.openai.com/api/docs/guides/pdf-files: less than 50 MB for each file.
    sizes={"file": SizeLimit(50, "Make it smaller, or send parts of it")},
    # https://developers.openai.com/api/docs/guides/images-vision: 512 MB and 1,500 images for each
    # request. Of images the API counts a copy that it has made smaller, so less may be refused.
    total=SizeLimit(512, "model.upload(path) has OpenAI keep a file, whose block is short"),
    counts={"image": 1500},
    types={"image": _IMAGES},
)
