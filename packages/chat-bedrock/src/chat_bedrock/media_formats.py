"""MIME types and the words that Converse has for them, by kind of media; pure."""

from __future__ import annotations

__all__ = ["FORMATS", "format_of", "mime_type_of"]

FORMATS: dict[str, dict[str, str]] = {
    "image": {
        "image/png": "png",
        "image/jpeg": "jpeg",
        "image/gif": "gif",
        "image/webp": "webp",
    },
    "document": {
        "application/pdf": "pdf",
        "text/csv": "csv",
        "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "text/html": "html",
        "text/plain": "txt",
        "text/markdown": "md",
    },
    "video": {
        "video/mp4": "mp4",
        "video/x-matroska": "mkv",
        "video/matroska": "mkv",
        "video/quicktime": "mov",
        "video/webm": "webm",
        "video/x-flv": "flv",
        "video/mpeg": "mpeg",
        "video/mpg": "mpg",
        "video/x-ms-wmv": "wmv",
        "video/3gpp": "three_gp",
    },
    "audio": {
        "audio/mpeg": "mp3",
        "audio/mp3": "mp3",
        "audio/wav": "wav",
        "audio/x-wav": "wav",
        "audio/vnd.wave": "wav",
        "audio/opus": "opus",
        "audio/aac": "aac",
        "audio/flac": "flac",
        "audio/x-flac": "flac",
        "audio/mp4": "mp4",
        "audio/ogg": "ogg",
        "audio/x-matroska": "mkv",
        "audio/matroska": "mka",
        "audio/x-aac": "x-aac",
        "audio/m4a": "m4a",
        "audio/x-m4a": "m4a",
        "audio/mpga": "mpga",
        "audio/pcm": "pcm",
        "audio/l16": "pcm",
        "audio/webm": "webm",
    },
}
"""Kind of content block → MIME type → format."""

_TYPES = {
    kind: {word: mime for mime, word in reversed(list(words.items()))}
    for kind, words in FORMATS.items()
}
_TYPES["audio"]["mpeg"] = "audio/mpeg"


def format_of(kind: str, mime_type: str) -> str | None:
    """The word for ``mime_type``, parameters aside; ``None`` if Converse has none."""
    name = mime_type.partition(";")[0].strip().lower()
    return FORMATS[kind].get(name)


def mime_type_of(kind: str, word: object) -> str | None:
    """The MIME type of a format; ``None`` for one that is not known."""
    return _TYPES[kind].get(word) if isinstance(word, str) else None
