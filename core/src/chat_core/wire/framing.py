"""How the bytes of a stream are cut into frames: the seam, and newline-delimited JSON.

A decoder names its framing (``Decoder.framing``). A framing is pure: bytes in, frames out, no I/O.
``sse.py`` has the default, Server-Sent Events.
"""

from __future__ import annotations

from typing import Protocol

from ..errors import MalformedResponseError

__all__ = ["MAX_FRAME_BYTES", "Frame", "Framing", "NDJSONFraming"]

Frame = tuple[str | None, bytes]
"""One event: its name (``None`` where the framing has none) and its data, still encoded."""

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A frame longer than this is an attack or a mistake, not an answer."""


class Framing(Protocol):
    """A push parser for the body of one streamed answer.

    Bytes may be cut anywhere, and the work is linear in their number.
    """

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes.

        Raises ``MalformedResponseError`` for bytes that are not in this framing.
        """

    def finish(self) -> list[Frame]:
        """The body has ended: the last frame, if its end mark is missing; it may be incomplete."""

    def is_other_body(self, head: bytes) -> bool:
        """Whether a body that begins with ``head`` is one document (JSON, HTML), not frames."""

    def has_begun(self, head: bytes) -> bool:
        """Whether a body that begins with ``head`` has the beginning of a frame."""


class NDJSONFraming:
    """One JSON value a line. Lines end with LF or CRLF; empty lines are ignored."""

    __slots__ = ("_held", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[Frame]:
        """See ``Framing``."""
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pieces:
            lines[0] = b"".join(self._pieces) + lines[0]
            self._pieces.clear()
            self._held = 0
        if rest:
            self._pieces.append(rest)
            self._held += len(rest)
            if self._held > MAX_FRAME_BYTES:
                raise MalformedResponseError(
                    f"One line of the stream is longer than {MAX_FRAME_BYTES} bytes.",
                    wire=self._pieces[0][:1000],
                )
        return [(None, stripped) for line in lines if (stripped := line.strip())]

    def finish(self) -> list[Frame]:
        """See ``Framing``."""
        line = b"".join(self._pieces).strip()
        self._pieces.clear()
        return [(None, line)] if line else []

    def is_other_body(self, head: bytes) -> bool:
        """See ``Framing``."""
        return head.lstrip()[:1] == b"<"

    def has_begun(self, head: bytes) -> bool:
        """See ``Framing``."""
        return head.lstrip()[:1] in (b"{", b"[")
