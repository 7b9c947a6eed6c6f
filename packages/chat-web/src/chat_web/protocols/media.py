"""Media between our blocks and the URLs and types of front ends."""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import urlsplit

from chat_core import AudioBlock, FileBlock, ImageBlock, VideoBlock
from chat_core.provider import MediaBlock, mime_type_of_name, read_data_url

from .body import Place

__all__ = [
    "MEDIA_KINDS",
    "Media",
    "file_by_id",
    "is_web_url",
    "media_as_url",
    "media_kind",
    "read_media",
]

Media: TypeAlias = ImageBlock | AudioBlock | VideoBlock | FileBlock

_CLASSES: dict[str, type[Media]] = {
    "image": ImageBlock,
    "audio": AudioBlock,
    "video": VideoBlock,
}

MEDIA_KINDS = frozenset(_CLASSES)

_UNKNOWN = "application/octet-stream"
"""The type of data of an unknown type, which a ``data:`` URL has to name."""


def is_web_url(url: str) -> bool:
    """Whether a page may name ``url``: one that begins with ``https:``, ``http:`` or ``data:``."""
    return url.partition(":")[0].lower() in ("https", "http", "data")


def media_as_url(block: MediaBlock) -> str | None:
    """The address of ``block``, or its data as a ``data:`` URL.

    ``None`` where a page has no address: for an id of a file, and an address in a vendor's storage.
    """
    if block.base64 is not None:
        return f"data:{block.mime_type or _UNKNOWN};base64,{block.base64}"
    return block.url if block.url is not None and is_web_url(block.url) else None


def media_kind(block: MediaBlock) -> str:
    """``image``, ``audio``, ``video`` or ``file``."""
    return type(block).__name__.removesuffix("Block").lower()


def read_media(
    place: Place, url: str, name: str, mime_type: str | None, kind: str | None = None
) -> Media:
    """The block of a file at ``url``, which stands in the field ``name`` of ``place``.

    Args:
        place: where the file stands in the body.
        url: an address beginning with ``https:`` or ``http:``, or a ``data:`` URL.
        name: the field of the address, for errors.
        mime_type: the type that the front end gives, if it gives one.
        kind: ``"image"`` and so on where the protocol names it; otherwise it follows from the type.

    Raises ``InvalidParameterError`` for an address of another kind: a browser's ``blob:`` means
    nothing to a server, and no vendor is to read files of this machine.
    """
    scheme = url.partition(":")[0].lower()
    fields: dict[str, Any]
    if scheme == "data":
        try:
            data = read_data_url(url)
        except ValueError as error:
            place.refuse(f"is a data: URL ({error})", url, name)
        is_unknown = kind in MEDIA_KINDS and data.mime_type == _UNKNOWN
        fields = {
            "base64": data.base64,
            "mime_type": mime_type or (None if is_unknown else data.mime_type),
        }
    elif scheme in ("https", "http"):
        found = mime_type or mime_type_of_name(urlsplit(url).path)
        fields = {"url": url, "mime_type": found}
    else:
        place.refuse("is a URL that begins with https:, http: or data:", url, name)
    cls = _CLASSES.get(kind or (fields["mime_type"] or "").partition("/")[0].lower(), FileBlock)
    filename = place.value.get("filename")
    if cls is FileBlock and isinstance(filename, str):
        fields["name"] = filename
    return cls(**fields)


def file_by_id(file_id: str, mime_type: str | None, kind: str) -> Media:
    """The block of a file that a vendor keeps under ``file_id``."""
    return _CLASSES.get(kind, FileBlock)(file_id=file_id, mime_type=mime_type)
