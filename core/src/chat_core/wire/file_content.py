"""``LocalFile``: a file on disk that an ``Operation`` sends; ``FileContent``: a part of it, read in
pieces while it is sent, so that no more than a piece is in memory.

Rules:

- Each attempt of a request opens the file anew and reads from the start of its part.
- What is sent is the file as it was found: a file that changes, shrinks, grows or vanishes ends
  the request with ``InvalidParameterError``, and is not sent again.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import InvalidParameterError
from ..messages.media_blocks import local_path
from ..messages.media_types import mime_type_of_name

__all__ = ["FileContent", "LocalFile", "open_local_file"]

_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
"""Type, subtype and parameters; nothing that could end a header."""

_PIECE = 262_144
"""Bytes that are read at once."""


class _Version(NamedTuple):
    """Size, time of change and inode of a file: a change of the file changes one of them."""

    size: int
    modified: int
    inode: int


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A regular file that is not empty, as it was found.

    Attributes:
        path: where it lies.
        name: what the vendor is to call it.
        mime_type: its type.
        version: its size, time of change and inode, by which a change is noticed.
        boundary: a random text that separates the file from what is sent around it.
    """

    path: str
    name: str
    mime_type: str
    version: _Version = field(repr=False)
    boundary: str = field(repr=False)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.version.size


def open_local_file(
    path: str | os.PathLike[str], *, name: str | None = None, mime_type: str | None = None
) -> LocalFile:
    """The file at ``path``.

    Args:
        path: where it lies.
        name: what the vendor is to call it; by default the last part of ``path``.
        mime_type: its type; by default what the ending of its name means.

    Raises:
        InvalidParameterError: an empty path or file, a device or a pipe, or an ending that means
            no type.
        OSError: the file cannot be read: it is not there, or is a folder.
    """
    place = local_path(path)
    kind = place.stat().st_mode  # first: to open a pipe would wait for its writer
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise InvalidParameterError(
            f"{str(place)!r} is no regular file; a device or pipe has no size."
        )
    with place.open("rb") as opened:
        version = _version(opened)
    if not version.size:
        raise InvalidParameterError(f"The file {str(place)!r} is empty.")
    name = name or place.name
    for given in (name, mime_type):
        if not isinstance(given, str | None):
            raise InvalidParameterError(f"name= and mime_type= are texts; got {given!r:.60}.")
    found = mime_type or mime_type_of_name(name)
    if found is not None and not _MIME_TYPE.fullmatch(found):
        raise InvalidParameterError(
            f"mime_type={found!r:.60} is no MIME type, such as 'application/pdf'."
        )
    if found is None:
        raise InvalidParameterError(
            f"By its ending {name!r} is a file of no known type. Give mime_type=, such as"
            " 'application/pdf'."
        )
    return LocalFile(str(place), name, found, version, os.urandom(16).hex())


@dataclass(frozen=True, slots=True)
class FileContent:
    """The body of a request: ``head``, then ``size`` bytes of ``file``, then ``tail``.

    Args:
        file: the file.
        start: where its part begins.
        size: the length of its part; by default to the file's end.
        head, tail: what is sent before and after it.
    """

    file: LocalFile
    start: int = 0
    size: int = -1
    head: bytes = field(default=b"", repr=False)
    tail: bytes = field(default=b"", repr=False)

    def __len__(self) -> int:
        return len(self.head) + self._length() + len(self.tail)

    def pieces(self, sent: Callable[[], None]) -> Generator[bytes, None, None]:
        """The bytes, in blocking code; ``sent`` is called whenever another piece is asked for."""
        with self._reader() as reader:
            yield from filter(None, [self.head])
            while piece := reader.read():
                sent()
                yield piece
            yield from filter(None, [self.tail])
        sent()

    async def apieces(self, sent: Callable[[], None]) -> AsyncIterator[bytes]:
        """``pieces`` on an event loop; a worker thread reads."""
        from asyncio import to_thread

        reader = await to_thread(self._reader)
        with reader:
            if self.head:
                yield self.head
            while piece := await to_thread(reader.read):
                sent()
                yield piece
            if self.tail:
                yield self.tail
        sent()

    def _length(self) -> int:
        return self.file.size - self.start if self.size < 0 else self.size

    def _reader(self) -> _Reader:
        return _Reader(self.file, self.start, self._length())


class _Reader:
    """Reads a part of a file, and refuses one that has changed."""

    def __init__(self, file: LocalFile, start: int, size: int) -> None:
        self._file = file
        self._left = size
        try:
            self._opened: BinaryIO = Path(file.path).open("rb")  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise self._changed(error.strerror) from error
        try:
            self._check()
            self._opened.seek(start)
        except BaseException:
            self._opened.close()
            raise

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def read(self) -> bytes:
        """The next piece; empty at the end of the part."""
        if not self._left:
            return b""
        try:
            piece = self._opened.read(min(_PIECE, self._left))
        except OSError as error:
            raise self._changed(error.strerror) from error
        self._left -= len(piece)
        if not piece or not self._left:
            self._check()
        return piece

    def _check(self) -> None:
        found, expected = _version(self._opened), self._file.version
        if found != expected:
            sizes = f"{expected.size} bytes before, {found.size} now"
            raise self._changed(sizes if found.size != expected.size else "another content")

    def _changed(self, how: str | None) -> InvalidParameterError:
        return InvalidParameterError(
            f"The file {self._file.path!r} changed while it was uploaded ({how}); upload a copy"
            " that stays as it is."
        )


def _version(opened: BinaryIO) -> _Version:
    found = os.fstat(opened.fileno())
    return _Version(found.st_size, found.st_mtime_ns, found.st_ino)
