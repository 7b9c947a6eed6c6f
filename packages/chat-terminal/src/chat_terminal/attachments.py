"""``-a``: a file, a URL or standard input as a block of a message."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .exit_codes import ExitCode
from .failures import TerminalError
from .input_text import as_text, read_file, read_stdin
from .media_kind import mime_type_of

if TYPE_CHECKING:
    from chat_core import Block

__all__ = ["read_attachment"]

STDIN = "-"


def read_attachment(source: str) -> Block:
    """The block for ``source``: a path, ``-`` for standard input, or an ``http(s)`` URL.

    Text becomes a text block headed by the file's name; images, sound, film and documents become
    blocks of their kind. Raises ``TerminalError`` for what cannot be read or is of no known kind.
    """
    if urlsplit(source).scheme in ("http", "https"):
        return _from_url(source)
    path = Path(source)
    data = read_stdin() if source == STDIN else read_file(path)
    name = "standard input" if source == STDIN else path.name
    if not data:
        raise TerminalError(f"{source!r} is empty.", ExitCode.INPUT)
    mime_type = mime_type_of(data)
    if mime_type is None:
        raise TerminalError(
            f"{source!r} is neither text nor an image, sound, film or PDF of a known format.",
            ExitCode.INPUT,
        )
    return _block(name, mime_type, data)


def _block(name: str, mime_type: str, data: bytes) -> Block:
    from chat_core import AudioBlock, FileBlock, ImageBlock, TextBlock, VideoBlock

    if mime_type == "text/plain":
        return TextBlock(f"{name}:\n\n{as_text(data, name)}")
    content = b64encode(data).decode("ascii")
    match mime_type.partition("/")[0]:
        case "image":
            return ImageBlock(base64=content, mime_type=mime_type)
        case "audio":
            return AudioBlock(base64=content, mime_type=mime_type)
        case "video":
            return VideoBlock(base64=content, mime_type=mime_type)
    return FileBlock(base64=content, mime_type=mime_type, name=name)


def _from_url(url: str) -> Block:
    """The vendor fetches it, so its ending is all there is to tell the kind by."""
    from chat_core import AudioBlock, FileBlock, ImageBlock, VideoBlock
    from chat_core.provider import mime_type_of_name

    path = urlsplit(url).path
    mime_type = mime_type_of_name(path)
    match (mime_type or "image").partition("/")[0]:
        case "image":
            return ImageBlock(url=url, mime_type=mime_type)
        case "audio":
            return AudioBlock(url=url, mime_type=mime_type)
        case "video":
            return VideoBlock(url=url, mime_type=mime_type)
    return FileBlock(url=url, mime_type=mime_type, name=Path(path).name)
