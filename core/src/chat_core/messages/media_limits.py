"""``MediaLimits``: sizes, numbers and types of media that a vendor takes, checked before sending.

Sizes are read off the length of the base64, which is not decoded. A vendor's MB is read as
1,048,576 bytes, so that nothing is refused that it may take. What is not known is not checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import InvalidParameterError
from .media_blocks import MediaBlock
from .media_types import base64_bytes
from .message import AIMessage, Message

__all__ = ["MediaLimits", "SizeLimit", "check_media", "media_of_user", "megabytes"]

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """The most that one image, file, sound or film may have.

    Args:
        megabytes: the vendor's number.
        instead: what serves larger ones; a sentence without its full stop.
        of_base64: whether the vendor counts the base64, which is a third longer than its data.
    """

    megabytes: float
    instead: str = "Make it smaller"
    of_base64: bool = False


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What a vendor takes; each entry is from its documentation.

    A kind is ``image``, ``file``, ``audio`` or ``video``; a ``FileBlock`` is of the kind that its
    type has.

    Args:
        vendor: its name, for people.
        sizes: the most of one, by its MIME type or else its kind.
        total: the most of all media of a request together, whose base64 is counted.
        counts: how many of a kind a request may have.
        types: the MIME types that a kind may have.
    """

    vendor: str
    sizes: Mapping[str, SizeLimit] = field(default_factory=dict)
    total: SizeLimit | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, frozenset[str]] = field(default_factory=dict)


def check_media(messages: Sequence[Message], limits: MediaLimits) -> None:
    """Raise ``InvalidParameterError`` for media of the user's that the vendor does not take."""
    total, numbers = 0, Counter[str]()
    for position, block in media_of_user(messages):
        kind = _kind(block)
        numbers[kind] += 1
        most = limits.counts.get(kind)
        if most is not None and numbers[kind] > most:
            raise InvalidParameterError(
                f"Message {position}: {limits.vendor} takes {most} {_plural(kind)} in a request;"
                " these are more. Send them in several requests."
            )
        if block.base64 is not None:
            _check_one(position, block, kind, limits)
            total += len(block.base64)
    most_of_all = limits.total
    if most_of_all is not None and total > most_of_all.megabytes * _MEGABYTE:
        raise InvalidParameterError(
            f"The media of this request are {_shown(total, most_of_all)} of base64;"
            f" {limits.vendor} takes at most {most_of_all.megabytes:g} MB. {most_of_all.instead}."
        )


def megabytes(size: int) -> str:
    """``size`` in bytes as text: ``7.2 MB``, a MB being 1,000,000 bytes; small ones in bytes."""
    if size < 100_000:
        return f"{size} bytes"
    return f"{size / 1_000_000:,.1f}".removesuffix(".0") + " MB"


def _check_one(position: int, block: MediaBlock, kind: str, limits: MediaLimits) -> None:
    base64, mime_type = block.base64 or "", block.mime_type or ""
    types = limits.types.get(kind)
    if types and mime_type and mime_type not in types:
        raise InvalidParameterError(
            f"Message {position}: {limits.vendor} takes {_plural(kind)} of type"
            f" {', '.join(sorted(types))}; {_name(block)} is {mime_type!r}. Convert it."
        )
    limit = limits.sizes.get(mime_type) or limits.sizes.get(kind)
    if limit is None:
        return
    size = len(base64) if limit.of_base64 else base64_bytes(base64)
    if size > limit.megabytes * _MEGABYTE:
        counted = " as base64, which is a third longer than its data" if limit.of_base64 else ""
        raise InvalidParameterError(
            f"Message {position}: {_name(block)} is {_shown(size, limit)}{counted}; {limits.vendor}"
            f" takes {_plural(kind)} of at most {limit.megabytes:g} MB. {limit.instead}."
        )


def _shown(size: int, limit: SizeLimit) -> str:
    """``size`` in MB; in bytes where that would read like the limit."""
    is_near = size < (limit.megabytes + 0.1) * _MEGABYTE
    return f"{size:,} bytes" if is_near else megabytes(size)


def media_of_user(messages: Sequence[Message]) -> Iterator[tuple[int, MediaBlock]]:
    """The media of the user's messages and tools' results, each with its message's position."""
    for position, message in enumerate(messages):
        if not isinstance(message, AIMessage):
            for block in message.blocks:
                if isinstance(block, MediaBlock):
                    yield position, block


def _kind(block: MediaBlock) -> str:
    own = type(block).__name__.removesuffix("Block").lower()
    main = (block.mime_type or "").partition("/")[0]
    return main if own == "file" and main in ("image", "audio", "video") else own


def _plural(kind: str) -> str:
    return {"audio": "sounds", "video": "videos"}.get(kind, f"{kind}s")


def _name(block: MediaBlock) -> str:
    name = getattr(block, "name", None)
    return repr(name) if name else f"the {type(block).__name__} ({block.mime_type})"
