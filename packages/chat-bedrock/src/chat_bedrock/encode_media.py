"""Images, documents, films and sounds into Converse's content blocks.

Media go as bytes, or by the address of an object in S3 (``s3://bucket/key``); nothing else is
fetched. What a block's ``extras`` add: ``bucketOwner`` for S3, ``citations`` and ``context`` for
documents.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from chat_core import AudioBlock, FileBlock, ImageBlock, InvalidParameterError, VideoBlock
from chat_core.provider import MediaBlock, mime_type_of_name, required_mime_type

from .document_names import DocumentNames
from .media_formats import FORMATS, format_of

__all__ = ["encode_media"]

_KINDS: dict[type[MediaBlock], str] = {
    ImageBlock: "image",
    VideoBlock: "video",
    AudioBlock: "audio",
    FileBlock: "document",
}


def encode_media(block: MediaBlock, names: DocumentNames) -> dict[str, Any]:
    """The content block.

    Raises ``InvalidParameterError`` for a type or a place that Bedrock does not read.
    """
    kind, mime = _KINDS[type(block)], _mime_type(block)
    main = (mime or "").partition("/")[0]
    if kind == "document" and main in ("image", "video", "audio"):
        kind = main
    wire: dict[str, Any] = {"format": _format(block, kind, mime), "source": _source(block)}
    if kind == "document":
        wire["name"] = names.take(block.name if isinstance(block, FileBlock) else None)
        wire.update({k: block.extras[k] for k in ("citations", "context") if block.extras.get(k)})
    return {kind: wire}


def _source(block: MediaBlock) -> dict[str, Any]:
    if block.base64 is not None:
        return {"bytes": block.base64}
    url = block.url or ""
    if not url.startswith("s3://"):
        kind = type(block).__name__
        place = "uploaded files" if block.url is None else f"{url.partition(':')[0]} URLs"
        raise InvalidParameterError(
            f"Bedrock fetches no {place}: it reads an {kind} as bytes, given with"
            f" {kind}.from_bytes(data, mime_type=...), or from S3 (s3://bucket/key)."
        )
    owner = block.extras.get("bucketOwner")
    return {"s3Location": {"uri": url, **({"bucketOwner": owner} if owner else {})}}


def _mime_type(block: MediaBlock) -> str | None:
    """The type that the block has; else what the ending of its name or address means."""
    if block.mime_type:
        return block.mime_type
    found = (mime_type_of_name(name) for name in _names(block))
    return next((mime for mime in found if mime), None)


def _names(block: MediaBlock) -> list[str]:
    names = [block.name] if isinstance(block, FileBlock) and block.name else []
    if block.url is not None:
        try:
            names.append(urlsplit(block.url).path)
        except ValueError:  # the address itself is refused
            pass
    return names


def _format(block: MediaBlock, kind: str, mime: str | None) -> str:
    if mime is None:
        endings = [name.rpartition(".")[2].lower() for name in _names(block)]
        known = next((ending for ending in endings if ending in FORMATS[kind].values()), None)
        if known is None and block.base64 is None and not (block.url or "").startswith("s3://"):
            return ""  # the place is refused, whatever the type is
        return known or _unknown(block, kind, required_mime_type(block))
    found = format_of(kind, mime)
    if found is None and kind == "document" and mime.startswith("text/"):
        return "txt"
    return found or _unknown(block, kind, mime)


def _unknown(block: MediaBlock, kind: str, mime: str) -> str:
    raise InvalidParameterError(
        f"Bedrock reads {kind} content of type {', '.join(FORMATS[kind])}; this"
        f" {type(block).__name__} is {mime!r}."
    )
