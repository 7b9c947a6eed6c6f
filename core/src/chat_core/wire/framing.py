"""How the bytes of an answer are cut into frames: the seam.

A decoder names its framing (``Decoder.framing``). A framing is pure: bytes in, frames out, no I/O.
Each is in a file of its own: ``sse.py`` has the default, server-sent events; ``ndjson.py`` lines of
JSON; ``binary_frames.py`` frames with a length and checksums; ``json_array.py`` one array whose
items come one after another; ``json_body.py`` one document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from ..errors import ChatError, MalformedResponseError

__all__ = ["MAX_FRAME_BYTES", "Frame", "Framing", "then_raise", "too_long_frame"]

Frame = tuple[str | None, bytes]
"""One event: its name (``None`` where the framing has none) and its data, JSON still encoded."""

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A frame longer than this is an attack or a mistake, not an answer."""


class Framing(Protocol):
    """A push parser for the body of one answer.

    Bytes may be cut anywhere, the work is linear in their number, and no more than
    ``MAX_FRAME_BYTES`` and what one ``feed`` brings are kept.
    """

    name: ClassVar[str]
    """What errors call it, such as "server-sent events"."""

    def feed(self, data: bytes) -> Iterable[Frame]:
        """The frames that ``data`` completes.

        Raises ``MalformedResponseError`` for bytes that are not in this framing. Where frames come
        before these bytes, what is returned yields them first and raises then (``then_raise``).
        """

    def finish(self) -> Iterable[Frame]:
        """The body has ended: the last frame, if its end mark is missing; it may be incomplete.

        Raises like ``feed``.
        """

    def is_other_body(self, head: bytes) -> bool:
        """Whether a body that begins with ``head`` is one document (JSON, HTML), not frames.

        It is then read to its end, and a JSON document goes to ``Decoder.reply``.
        """

    def has_begun(self, head: bytes) -> bool:
        """Whether a body that begins with ``head`` has the beginning of a frame."""


def then_raise(frames: Iterable[Frame], error: ChatError) -> Iterator[Frame]:
    """Yield ``frames``, then raise ``error``: a failure does not swallow the frames before it."""
    yield from frames
    raise error


def too_long_frame(kind: str, beginning: bytes) -> MalformedResponseError:
    """The error of a frame over ``MAX_FRAME_BYTES``; ``kind`` is what the framing calls a frame."""
    return MalformedResponseError(
        f"One {kind} of the stream is longer than {MAX_FRAME_BYTES} bytes.", wire=beginning[:1000]
    )
