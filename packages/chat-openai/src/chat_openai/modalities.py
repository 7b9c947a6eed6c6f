"""The setting ``modalities``: what an answer consists of, as both endpoints are asked for it.

Chat Completions takes the list itself, and for sound a voice and a format. Responses writes text;
images are made by a tool of the vendor's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chat_core import InvalidParameterError

__all__ = ["add_image_tool", "audio_settings", "refuse_images"]

_DEFAULT_AUDIO = {"voice": "alloy", "format": "pcm16"}
"""``pcm16`` is the one format that OpenAI both streams and sends whole."""

_IMAGE_TOOL = "image_generation"


def audio_settings(
    modalities: Sequence[str] | None, audio: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The parameter ``audio`` of Chat Completions, completed where sound is asked for."""
    if "audio" not in (modalities or ()):
        return audio
    return {**_DEFAULT_AUDIO, **(audio or {})}


def refuse_images(modalities: Sequence[str] | None) -> None:
    """Raise ``InvalidParameterError`` for images by OpenAI's own Chat Completions."""
    if "image" in (modalities or ()):
        raise InvalidParameterError(
            "modalities: Chat Completions of OpenAI writes text and sound; for images use"
            " api='responses'."
        )


def add_image_tool(body: dict[str, Any]) -> None:
    """Write ``modalities`` as Responses has them: images as a tool, forced if they come alone.

    Raises ``InvalidParameterError`` for sound.
    """
    modalities = body.pop("modalities", None) or ()
    unknown = [each for each in modalities if each not in ("text", "image")]
    if unknown:
        raise InvalidParameterError(
            f"modalities: Responses writes text and images, no {unknown[0]!r}; for sound use"
            " api='chat-completions' and a model that speaks."
        )
    if "image" not in modalities:
        return
    tools = body.get("tools") or []
    if not any(tool.get("type") == _IMAGE_TOOL for tool in tools):
        body["tools"] = [*tools, {"type": _IMAGE_TOOL}]
    if "text" not in modalities:
        body.setdefault("tool_choice", {"type": _IMAGE_TOOL})
