"""The MIME type of an attachment, from its content alone: pure.

Names lie and pipes have none, so a file's ending decides nothing. A type is recognised by the bytes
that its format prescribes at its beginning.
"""

from __future__ import annotations

import re

__all__ = ["is_utf16", "mime_type_of"]

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
)

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}

_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/m4a",
    b"qt  ": "video/quicktime",
}
"""The major brand of an ISO base media file (ISO/IEC 14496-12); all others are MP4."""

_MPEG_AUDIO = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]")
"""A frame's sync word with a version and layer that exist (ISO/IEC 11172-3); JPEG and ADTS, which
begin alike, have others."""

_ADTS = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
"""The sync word of AAC (ISO/IEC 13818-7), whose layer is always 0."""


def mime_type_of(data: bytes) -> str | None:
    """The MIME type of ``data``; ``None`` for what is not recognised.

    Text is UTF-8, or UTF-16 with its mark.
    """
    for beginning, mime_type in _BEGINNINGS:
        if data.startswith(beginning):
            return mime_type
    if data.startswith(b"RIFF") and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    if data.startswith(b"FORM") and data[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if _is_text(data):
        return "text/plain"
    if _ADTS.match(data):
        return "audio/aac"
    return "audio/mpeg" if _MPEG_AUDIO.match(data) else None


def _is_text(data: bytes) -> bool:
    if is_utf16(data):
        return True
    if b"\x00" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_utf16(data: bytes) -> bool:
    """Whether ``data`` is UTF-16 with the byte order mark, as PowerShell writes it."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    try:
        return "\x00" not in data.decode("utf-16")
    except UnicodeDecodeError:
        return False
