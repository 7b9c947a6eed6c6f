"""Blocks of images, sound, film and files, by URL, by base64 or by a file's id."""

# Without ``from __future__ import annotations``: see blocks.py.

import os
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from .field_types import refuse_misfit
from .media_types import (
    base64_bytes,
    is_data_url,
    mime_type_of_name,
    normal_mime_type,
    read_base64,
    read_data_url,
    text_as_utf8,
    tidy_base64,
    write_data_url,
)
from .representation import Representation, shown_fields

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AudioBlock",
    "FileBlock",
    "ImageBlock",
    "MediaBlock",
    "VideoBlock",
    "local_path",
    "media_url",
    "required_mime_type",
]


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""A scheme has two letters at least: ``C:`` is a drive."""


@dataclass(slots=True, repr=False)
class MediaBlock(Representation):
    """Media by exactly one of ``url``, ``base64`` (then with ``mime_type``) or ``file_id``.

    A ``data:`` URL becomes ``base64`` and ``mime_type``. ``mime_type`` is kept by its registered
    name (``image/jpeg`` for ``image/jpg``). ``from_path`` reads a file, ``from_bytes`` takes
    the bytes themselves. ``provider`` is the id of the provider that keeps the file of ``file_id``,
    as ``model.upload`` sets it: other providers refuse the block. ``None`` is not known.
    """

    url: str | None = None
    base64: str | None = field(default=None, kw_only=True, repr=False)
    mime_type: str | None = field(default=None, kw_only=True)
    file_id: str | None = field(default=None, kw_only=True)
    provider: str | None = field(default=None, kw_only=True)
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        forms = [n for n in ("url", "base64", "file_id") if getattr(self, n) is not None]
        if len(forms) != 1:
            raise InvalidParameterError(
                f"{type(self).__name__} takes exactly one of url, base64, file_id;"
                f" got {' and '.join(forms) or 'none'}."
            )
        if self.base64 is not None:
            self.base64 = self._read_base64(self.base64)
        refuse_misfit(self)
        if self.provider is not None and self.file_id is None:
            raise InvalidParameterError(
                f"{type(self).__name__}: provider= is who keeps the file of file_id; there is none."
            )
        if self.url is not None and is_data_url(self.url):
            self._read_data_url(self.url)
        if self.mime_type is not None:
            if self.base64 is not None:
                self.base64 = text_as_utf8(self.mime_type, self.base64)
            self.mime_type = normal_mime_type(self.mime_type)

    def __repr__(self) -> str:
        shown = [f"<{self.summary()}>"] if self.base64 is not None else []
        left_out = ("mime_type",) if shown else ()
        return f"{type(self).__name__}({', '.join([*shown, *shown_fields(self, *left_out)])})"

    def summary(self) -> str:
        """Type and size of the data, such as ``image/png 12 kB``; else the type or the kind."""
        kind = self.mime_type or type(self).__name__.removesuffix("Block").lower()
        if self.base64 is None:
            return kind
        size = base64_bytes(self.base64)
        for unit, bytes_in_it in (("MB", 1_000_000), ("kB", 1000)):
            if size >= bytes_in_it:
                return f"{kind} {size / bytes_in_it:.0f} {unit}"
        return f"{kind} {size} B"

    @classmethod
    def from_bytes(cls, data: bytes, *, mime_type: str, **fields: Any) -> Self:
        """A block that holds ``data``, of type ``mime_type``."""
        return cls(base64=b64encode(data).decode("ascii"), mime_type=mime_type, **fields)

    @classmethod
    def from_path(
        cls, path: str | os.PathLike[str], *, mime_type: str | None = None, **fields: Any
    ) -> Self:
        """A block that holds the content of a file; a ``FileBlock`` has its name, too.

        The type follows from the ending of the name unless ``mime_type`` is given. Raises
        ``InvalidParameterError`` for an ending that means no type of this kind, for an empty path
        and for an empty file, ``OSError`` for a file that cannot be read.
        """
        file = local_path(path)
        mime_type = mime_type or cls._type_of_file(file.name)
        data = file.read_bytes()
        if not data:
            raise InvalidParameterError(f"{cls.__name__}: the file {str(file)!r} is empty.")
        if "name" in cls.__dataclass_fields__:
            fields.setdefault("name", file.name)
        return cls.from_bytes(data, mime_type=mime_type, **fields)

    @classmethod
    def _type_of_file(cls, name: str) -> str:
        found = mime_type_of_name(name)
        kind = cls.__name__.removesuffix("Block").lower()
        if found is None or kind not in ("file", found.partition("/")[0]):
            seen = f"a file of type {found}" if found else "a file of no known type"
            raise InvalidParameterError(
                f"{cls.__name__}: by its ending {name!r} is {seen}. Give mime_type=, or use another"
                " kind of block."
            )
        return found

    def _read_base64(self, given: Any) -> str:
        """Base64 given as text or ``bytes``, as text. Raises ``InvalidParameterError`` for others.

        A piece of a stream is taken too: its length need not be a multiple of four.
        """
        try:
            if isinstance(given, str):
                return tidy_base64(given)
            return read_base64(bytes(given).decode("ascii"))
        except (TypeError, ValueError):
            name = type(self).__name__
            seen = f"{given!r:.40}" if isinstance(given, str) else type(given).__name__
            raise InvalidParameterError(
                f"{name}: base64 is text in base64; got {seen}. The bytes of a file"
                f" are given as {name}.from_bytes(data, mime_type=...)."
            ) from None

    def _read_data_url(self, url: str) -> None:
        """Take type and data from ``url``. One that cannot be read stays: encoders refuse it."""
        try:
            mime_type, self.base64 = read_data_url(url)
        except ValueError:
            return
        self.url = None
        self.mime_type = self.mime_type or mime_type


@dataclass(slots=True, repr=False)
class ImageBlock(MediaBlock):
    """An image. ``extras["detail"]`` asks for a resolution where the vendor has one."""

    type: Literal["image"] = field(default="image", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class AudioBlock(MediaBlock):
    """Sound. What the model says aloud has its words in ``transcript``."""

    transcript: str | None = field(default=None, kw_only=True)
    type: Literal["audio"] = field(default="audio", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class VideoBlock(MediaBlock):
    """Moving images."""

    type: Literal["video"] = field(default="video", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class FileBlock(MediaBlock):
    """A document such as a PDF, with its file name where known."""

    name: str | None = field(default=None, kw_only=True)
    type: Literal["file"] = field(default="file", kw_only=True, repr=False)


def local_path(path: str | os.PathLike[str]) -> "Path":
    """``path`` of a file as a ``Path``. Raises ``InvalidParameterError`` for what names no file."""
    from pathlib import Path  # no program needs it that sends text alone

    given: object = path
    if not isinstance(given, str | os.PathLike) or "\0" in str(given):
        raise InvalidParameterError(f"A file is given by its path; got {given!r:.60}.")
    if not os.fspath(given):
        raise InvalidParameterError("The path is empty; give the path of a file.")
    return Path(path)


def media_url(block: MediaBlock) -> str:
    """The URL of ``block``: its own, or a ``data:`` URL of its base64.

    Raises ``InvalidParameterError`` for base64 without a MIME type, for a ``data:`` URL that cannot
    be read, for a URL without a scheme (a path), and for a block by ``file_id``.
    """
    if block.base64 is not None:
        return write_data_url(required_mime_type(block), block.base64)
    if block.url is None or is_data_url(block.url):
        raise InvalidParameterError(
            f"{type(block).__name__} needs a URL; a data URL reads data:<mime type>;base64,<data>;"
            f" got {(block.url or block.file_id)!r:.60}."
        )
    if not _SCHEME.match(block.url):
        name = type(block).__name__
        raise InvalidParameterError(
            f"{name}: {block.url!r:.80} is no URL, which begins with https:// or the like. A file"
            f" of this machine is given as {name}.from_path(…)."
        )
    return block.url


def required_mime_type(block: MediaBlock) -> str:
    """``block.mime_type``. Raises ``InvalidParameterError`` where there is none."""
    if not block.mime_type:
        raise InvalidParameterError(
            f"{type(block).__name__}(base64=...) needs mime_type, such as 'image/png'."
        )
    return block.mime_type
