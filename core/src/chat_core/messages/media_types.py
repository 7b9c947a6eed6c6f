"""MIME types of media, and ``data:`` URLs: one reader and one writer for all wires.

Rules:

- A MIME type is written in lower case and by its registered name: ``image/jpg`` is ``image/jpeg``.
- Of the parameters of a MIME type (``;charset=``, ``;name=``) those of sound and film stay, because
  they say how to decode it (``audio/L16;rate=24000``); all others are left out.
- Text in another ``charset`` is rewritten as UTF-8.
- A ``data:`` URL (RFC 2397) is read in every form: any case, parameters, base64 with or without
  padding, in either alphabet, with white space in it, or percent-encoded bytes.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

__all__ = [
    "DataURL",
    "base64_bytes",
    "is_data_url",
    "mime_type_of_name",
    "normal_mime_type",
    "read_base64",
    "read_data_url",
    "text_as_utf8",
    "tidy_base64",
    "write_data_url",
]

_ALIASES = {
    "application/acrobat": "application/pdf",
    "application/x-pdf": "application/pdf",
    "audio/aif": "audio/aiff",
    "audio/l16": "audio/L16",  # registered with a capital letter
    "audio/l24": "audio/L24",
    "audio/mp3": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/vnd.wave": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-aac": "audio/aac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/m4a",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/x-mpeg-3": "audio/mpeg",
    "audio/x-pn-wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/svg": "image/svg+xml",
    "image/tif": "image/tiff",
    "image/x-bmp": "image/bmp",
    "image/x-jpeg": "image/jpeg",
    "image/x-jpg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "image/x-png": "image/png",
    "image/x-webp": "image/webp",
    "text/json": "application/json",
    "text/x-csv": "text/csv",
    "text/x-markdown": "text/markdown",
}
"""Names that programs write, and the names that vendors take."""

_ENDINGS = {
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "avi": "video/avi",
    "csv": "text/csv",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m4a": "audio/m4a",
    "md": "text/markdown",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/opus",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "wmv": "video/wmv",
}
"""Ending of a file's name → MIME type. The operating system's own table would be I/O."""

_CHARSETS = (
    "big5",
    "cp",
    "euc",
    "gb",
    "iso-8859",
    "iso8859",
    "koi8",
    "latin",
    "mac",
    "shift_jis",
    "utf-16",
    "utf-32",
    "windows-",
)
"""How the charsets begin that are decoded; Python also knows codecs that are no charsets."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_URL_SAFE = str.maketrans("-_", "+/")


class DataURL(NamedTuple):
    """What a ``data:`` URL holds: a MIME type by its registered name, and base64 with padding."""

    mime_type: str
    base64: str


def base64_bytes(base64: str) -> int:
    """The length of what ``base64`` stands for, without decoding it."""
    return len(base64) * 3 // 4 - base64[-2:].count("=")


def is_data_url(url: str) -> bool:
    """Whether ``url`` has the scheme ``data:``."""
    return url[:5].lower() == "data:"


def read_data_url(url: str) -> DataURL:
    """The MIME type and the data of a ``data:`` URL. Raises ``ValueError`` for any other text."""
    head, comma, data = url.partition(",")
    if not comma or not is_data_url(head):
        raise ValueError("a data URL reads data:<mime type>;base64,<data>")
    mime_type, *parameters = [part.strip() for part in head[5:].split(";")]
    encoded = bool(parameters) and parameters[-1].lower() == "base64"
    if encoded:
        parameters.pop()
        data = read_base64(unquote_to_bytes(data).decode("ascii", "replace"))
    else:
        data = _text(unquote_to_bytes(data))
    written = ";".join([mime_type or "text/plain", *parameters])
    return DataURL(normal_mime_type(written), text_as_utf8(written, data))


def write_data_url(mime_type: str, base64: str) -> str:
    """``base64`` of type ``mime_type`` as a ``data:`` URL."""
    return f"data:{mime_type};base64,{base64}"


@lru_cache(maxsize=256)
def normal_mime_type(mime_type: str) -> str:
    """``mime_type`` by its registered name; see this module's rules for parameters."""
    name, *parameters = [part.strip() for part in mime_type.split(";")]
    name = name.lower()
    name = _ALIASES.get(name, name)
    if not name.startswith(("audio/", "video/")):
        return name
    kept = [p for p in parameters if "=" in p and not p.lower().startswith(("charset=", "name="))]
    return ";".join([name, *kept])


def mime_type_of_name(name: str) -> str | None:
    """The MIME type that the ending of a file's name stands for; ``None`` for an unknown one."""
    return _ENDINGS.get(name.rpartition(".")[2].lower())


def read_base64(text: str) -> str:
    """``text`` as base64 in the standard alphabet, with padding and without white space.

    Raises ``ValueError`` where it is no base64.
    """
    if _BASE64.fullmatch(text) is None:
        text = "".join(text.split()).translate(_URL_SAFE)
        if _BASE64.fullmatch(text) is None:
            raise ValueError("the data is no base64")
    bare = text.rstrip("=")
    if len(bare) % 4 == 1:
        raise ValueError("the data is no base64: its end is missing")
    return bare + "=" * (-len(bare) % 4)


def tidy_base64(text: str) -> str:
    """``text`` without white space, in the standard alphabet, with its padding where it is whole.

    A piece of a stream may end anywhere: one of another length comes back without padding. Raises
    ``ValueError`` for characters that base64 has not.
    """
    if _BASE64.fullmatch(text):
        return text
    try:
        return read_base64(text)
    except ValueError:
        tidy = "".join(text.split()).translate(_URL_SAFE)
        if _BASE64.fullmatch(tidy) is None:
            raise
        return tidy


def text_as_utf8(mime_type: str, base64: str) -> str:
    """``base64`` with text in the ``charset`` of ``mime_type`` rewritten as UTF-8.

    Anything but text, and text that is not in its charset, comes back as it is.
    """
    charset = _charset(mime_type) if mime_type.lstrip()[:5].lower() == "text/" else ""
    if not charset.startswith(_CHARSETS):
        return base64
    try:
        return _text(b64decode(base64).decode(charset).encode())
    except (LookupError, ValueError):
        return base64


def _charset(mime_type: str) -> str:
    for parameter in mime_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \"'").lower()
    return ""


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
