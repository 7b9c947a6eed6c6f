"""Media blocks to content parts, and the refusal of what a vendor cannot take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_core import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidParameterError,
    NonStandardBlock,
    TextBlock,
    VideoBlock,
)
from chat_core.provider import MediaBlock, media_url, mime_type_of_name, required_mime_type

if TYPE_CHECKING:
    from .dialect import Dialect

__all__ = ["encode_image", "encode_part"]

_AUDIO_FORMATS = {"mpeg": "mp3"}
"""Subtypes of ``audio/`` whose format has another name; the others are called alike."""

_PLURALS = {"image": "images", "file": "files"}


def encode_part(block: Block, dialect: Dialect) -> dict[str, Any]:
    """A content part. ``extras`` of the block (``cache_control``, ``detail``) go along.

    Raises:
        InvalidParameterError: for a block that the vendor does not take in a message.
    """
    if isinstance(block, TextBlock):
        return {"type": "text", "text": block.text, **block.extras}
    if isinstance(block, NonStandardBlock):
        return _verbatim(block, dialect)
    if not isinstance(block, MediaBlock):
        raise InvalidParameterError(
            f"A message to {dialect.provider} holds text and media;"
            f" {type(block).__name__} is part of an answer."
        )
    media = _as_image(block, dialect)
    _refuse_unknown(media, dialect, given=type(block).__name__)
    part = dialect.media_part(media)
    if part is not None:
        return {**part, **media.extras}
    if isinstance(media, ImageBlock):
        return encode_image(media)
    if isinstance(media, AudioBlock):
        subtype = required_mime_type(media).partition("/")[2].partition(";")[0]
        audio = {"data": media.base64, "format": _AUDIO_FORMATS.get(subtype, subtype)}
        return {"type": "input_audio", "input_audio": audio, **media.extras}
    if isinstance(media, VideoBlock):
        return {"type": "video_url", "video_url": {"url": media_url(media)}, **media.extras}
    return {"type": "file", "file": _file(media), **media.extras}


def _as_image(block: MediaBlock, dialect: Dialect) -> MediaBlock:
    """A file that is an image, by its type or by the ending of its name or URL, as an image."""
    if not isinstance(block, FileBlock):
        return block
    if block.file_id is not None and dialect.files_hold_images:
        return block
    mime_type = block.mime_type or next(filter(None, map(mime_type_of_name, _names(block))), "")
    if not mime_type.startswith("image/"):
        return block
    if block.file_id is not None:
        return ImageBlock(file_id=block.file_id, extras=block.extras)
    if block.base64 is not None:
        return ImageBlock(base64=block.base64, mime_type=mime_type, extras=block.extras)
    return ImageBlock(block.url, extras=block.extras)


def _names(block: FileBlock) -> list[str]:
    """The name of a file, and the last step of its URL's path."""
    path = (block.url or "").partition("?")[0].partition("#")[0]
    return [block.name or "", "" if path.startswith("data:") else path.rpartition("/")[2]]


def _verbatim(block: NonStandardBlock, dialect: Dialect) -> dict[str, Any]:
    kind = block.value.get("type")
    if dialect.part_types is not None and kind not in dialect.part_types:
        raise InvalidParameterError(
            f"{dialect.provider} does not take a content part of type {kind!r}; it takes"
            f" {', '.join(sorted(dialect.part_types))}."
        )
    return {**block.value, **block.extras}


def encode_image(block: ImageBlock) -> dict[str, Any]:
    """An image part; ``extras["detail"]`` goes beside the URL."""
    extras = dict(block.extras)
    image = {"url": media_url(block)}
    if "detail" in extras:
        image["detail"] = extras.pop("detail")
    return {"type": "image_url", "image_url": image, **extras}


def _file(block: MediaBlock) -> dict[str, Any]:
    if block.file_id is not None:
        return {"file_id": block.file_id}
    name = block.name if isinstance(block, FileBlock) else None
    if name is None and block.mime_type == "application/pdf":
        name = "document.pdf"  # OpenAI reads a file's kind off its name
    return {"filename": name or "file", "file_data": media_url(block)}


def _refuse_unknown(block: MediaBlock, dialect: Dialect, *, given: str) -> None:
    """Raise ``InvalidParameterError`` for media that are not taken; ``given`` is their class."""
    form = next(f for f in ("url", "base64", "file_id") if getattr(block, f) is not None)
    kind = type(block).__name__.removesuffix("Block").lower()
    if f"{kind}:{form}" in dialect.media:
        return
    forms = sorted(f.partition(":")[2] for f in dialect.media if f.startswith(f"{kind}:"))
    what = f"{given}({form}=...)" + ("" if given == type(block).__name__ else f" of an {kind}")
    if forms:
        remedy = f"give {' or '.join(forms)} instead"
    else:
        kinds = sorted({f.partition(":")[0] for f in dialect.media})
        taken = " and ".join(["text", *(_PLURALS.get(kind, kind) for kind in kinds)])
        remedy = f"it takes {taken}. Give the content as text, or ask a model of another provider"
    other = dialect.instead_of.get(f"{kind}:{form}")
    raise InvalidParameterError(
        f"{dialect.provider} does not take {what}: {remedy}.{f' {other}.' if other else ''}"
    )
