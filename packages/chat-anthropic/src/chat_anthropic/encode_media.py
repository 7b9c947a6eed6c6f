"""Images and files into the sources of Anthropic's image and document blocks.

Images are JPEG, PNG, GIF or WebP. Documents are PDFs, and text, which goes as text: in UTF-8, with
a byte order mark, or in the charset that its MIME type named. By URL the API fetches images and
PDFs alone. https://platform.claude.com/docs/en/build-with-claude/files
"""

from __future__ import annotations

import codecs
from base64 import b64decode
from typing import Any, Literal
from urllib.parse import urlsplit

from chat_core import FileBlock, ImageBlock, InvalidParameterError
from chat_core.provider import media_url, mime_type_of_name, required_mime_type

__all__ = ["media_source"]

_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_PDF = "application/pdf"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def media_source(block: ImageBlock | FileBlock) -> tuple[Literal["image", "document"], Any]:
    """The kind of content block that shows ``block``, and its source.

    Raises ``InvalidParameterError`` for a type of file that the API does not read.
    """
    mime = _mime_type(block)
    is_image = isinstance(block, ImageBlock) or (mime or "").startswith("image/")
    if mime is not None:
        _check_type(block, mime, is_image=is_image)
    kind: Literal["image", "document"] = "image" if is_image else "document"
    if block.file_id is not None:
        return kind, {"type": "file", "file_id": block.file_id}
    if block.base64 is None:
        if mime is not None and mime.startswith("text/"):
            raise InvalidParameterError(
                f"Anthropic fetches no text files; give the text of {block.url!r:.80} itself, as a"
                " TextBlock or as base64 of the FileBlock."
            )
        return kind, {"type": "url", "url": media_url(block)}
    mime = mime or required_mime_type(block)
    if mime.startswith("text/"):
        return kind, {"type": "text", "media_type": "text/plain", "data": _text(block.base64)}
    return kind, {"type": "base64", "media_type": mime, "data": block.base64}


def _mime_type(block: ImageBlock | FileBlock) -> str | None:
    """The type that the block has; of a file without one, what the ending of its name means."""
    if block.mime_type:
        return block.mime_type
    if isinstance(block, ImageBlock):
        return None
    names = [block.name or ""]
    if block.url is not None:
        try:
            names.append(urlsplit(block.url).path)
        except ValueError:  # the address itself is refused by the vendor
            return None
    return next((mime for name in names if (mime := mime_type_of_name(name))), None)


def _check_type(block: ImageBlock | FileBlock, mime: str, *, is_image: bool) -> None:
    if is_image:
        if mime not in _IMAGES:
            raise InvalidParameterError(
                f"Anthropic reads images of type {', '.join(sorted(_IMAGES))}; this"
                f" {type(block).__name__} is {mime!r}."
            )
    elif mime != _PDF and not mime.startswith("text/"):
        raise InvalidParameterError(
            f"Anthropic reads files of type {_PDF}, text/* and image/*; this FileBlock is {mime!r}."
        )


def _text(base64: str) -> str:
    """The text of a file. Raises ``InvalidParameterError`` unless each byte of it is read."""
    try:
        data = b64decode(base64, validate=True)
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
        return data.decode(encoding)
    except ValueError as error:
        raise InvalidParameterError(
            f"The text of a FileBlock cannot be read ({error}). Name its charset in the MIME type,"
            " as in mime_type='text/plain; charset=iso-8859-1', or give it as UTF-8."
        ) from error
