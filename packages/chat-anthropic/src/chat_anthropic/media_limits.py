"""The sizes of media that Anthropic takes, from its documentation. Pure."""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["LIMITS"]

LIMITS = MediaLimits(
    "Anthropic",
    # https://platform.claude.com/docs/en/build-with-claude/vision: 10 MB for each image, which the
    # API reads off the base64 (anthropics/claude-code#10612).
    sizes={"image": SizeLimit(10, of_base64=True)},
    # https://platform.claude.com/docs/en/api/overview#request-size-limits
    total=SizeLimit(32, "model.upload(path) has it keep a file, whose block is short"),
)
