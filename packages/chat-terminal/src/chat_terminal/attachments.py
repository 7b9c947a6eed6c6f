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

__all__ = ["read_attachment", "read_attachments"]

STDIN = "-"


def read_attachments(source: str) -> list[Block]:
    """The blocks for ``source``, which may also be a pattern such as ``*.png``: all it matches.

    Raises ``TerminalError`` as ``read_attachment`` does, and for a pattern that matches no file.
    """
    from glob import has_magic

    path = Path(source)
    is_url = urlsplit(source).scheme in ("http", "https")
    if is_url or not has_magic(source) or path.exists():
        return [read_attachment(source)]
    try:
        found = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
    except (NotImplementedError, OSError, ValueError):  # a pattern that cannot be one
        found = []
    files = [each for each in found if each.is_file()]
    if not files:
        raise TerminalError(f"{source!r} matches no file.", ExitCode.INPUT)
    return [read_attachment(str(each)) for each in files]


def read_attachment(source: str) -> Block:
    """The block for ``source``: a path, ``-`` for standard input, or an ``http(s)`` URL.

    Text becomes a text block headed by the file's name; images, sound, film and documents become
    blocks of their kind. Raises ``TerminalError`` for what cannot be read or is of no known kind.
    """
    if urlsplit(source).scheme in ("http", "https"):
        return _from_url(source)
    if not source:
        raise TerminalError(
            "An attachment is a file, an http(s) URL, or - for what is piped; got an empty name.",
            ExitCode.INPUT,
        )
    path = Path(source)
    data = read_stdin() if source == STDIN else read_file(path)
    name = "standard input" if source == STDIN else path.name
    if not data:
        raise TerminalError(f"{source!r} is empty.", ExitCode.INPUT)
    mime_type = mime_type_of(data)
    if mime_type is None:
        raise TerminalError(
            f"{source!r} is neither UTF-8 text nor an image, sound, film or PDF of a known format.",
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
