"""Content parts of a Responses request: text, images, files and sound that the caller sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chat_core import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidParameterError,
    NonStandardBlock,
    TextBlock,
)
from chat_core.provider import media_url

__all__ = ["content_parts", "is_item", "text_or_parts"]

_AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def text_or_parts(blocks: Sequence[Block], provider: str) -> str | list[dict[str, Any]]:
    """Plain text as a ``str``, anything else as a list of parts.

    Raises ``InvalidParameterError`` for a block that the API does not take.
    """
    parts = content_parts(blocks, provider)
    if all(part.keys() == {"type", "text"} for part in parts) and len(parts) < 2:
        return "".join(part["text"] for part in parts)
    return parts


def content_parts(blocks: Iterable[Block], provider: str) -> list[dict[str, Any]]:
    """Each block as a part, with its ``extras`` (``detail``, ``prompt_cache_breakpoint``).

    Raises ``InvalidParameterError`` for one that the API does not take.
    """
    return [_part(block, provider) for block in blocks]


def is_item(block: Block) -> bool:
    """Whether a block is an input item (such as an approval) and not a part of a message."""
    if not isinstance(block, NonStandardBlock):
        return False
    return not str(block.value.get("type") or "input_").startswith("input_")


def _part(block: Block, provider: str) -> dict[str, Any]:
    if isinstance(block, TextBlock):
        return {"type": "input_text", "text": block.text, **block.extras}
    if isinstance(block, ImageBlock):
        return {"type": "input_image", **_image_source(block), **block.extras}
    if isinstance(block, FileBlock) and block.file_id is not None and _is_image(block):
        return {"type": "input_image", "file_id": block.file_id, **block.extras}
    if isinstance(block, FileBlock):
        return {"type": "input_file", **_file_source(block), **block.extras}
    if isinstance(block, AudioBlock) and block.base64 is not None:
        return {"type": "input_audio", "input_audio": _sound(block, provider), **block.extras}
    if isinstance(block, NonStandardBlock):
        return block.value
    raise InvalidParameterError(
        f"{provider}: the Responses API takes text, images, files and base64 audio from the"
        f" caller; got {type(block).__name__} ({_form(block)})."
    )


def _is_image(block: FileBlock) -> bool:
    return (block.mime_type or "").startswith("image/")


def _image_source(block: ImageBlock) -> dict[str, Any]:
    if block.file_id is not None:
        return {"file_id": block.file_id}
    return {"image_url": media_url(block)}


def _file_source(block: FileBlock) -> dict[str, Any]:
    if block.file_id is not None:
        return {"file_id": block.file_id}
    if block.url is not None:
        return {"file_url": block.url}
    # The API reads a file's kind off its name.
    default = "document.pdf" if block.mime_type == "application/pdf" else "file"
    return {"filename": block.name or default, "file_data": media_url(block)}


def _sound(block: AudioBlock, provider: str) -> dict[str, Any]:
    mime_type = (block.mime_type or "").partition(";")[0]
    if mime_type not in _AUDIO_FORMATS:
        raise InvalidParameterError(
            f"{provider}: audio is sent as mp3 or wav (mime_type='audio/mpeg' or 'audio/wav');"
            f" got mime_type={block.mime_type!r}."
        )
    return {"data": block.base64, "format": _AUDIO_FORMATS[mime_type]}


def _form(block: Block) -> str:
    given = [n for n in ("url", "base64", "file_id") if getattr(block, n, None) is not None]
    return f"by {given[0]}" if given else "not media"
