"""Newline-delimited JSON: bytes in, frames out; no I/O.

One JSON value a line. Lines end with LF or CRLF; empty lines are ignored. A last line without its
line end is given out by ``finish``.
"""

from __future__ import annotations

from typing import ClassVar

from ..json_text import parse_json
from .body_kind import NDJSON
from .framing import MAX_FRAME_BYTES, Frame, too_long_frame

__all__ = ["NDJSONFraming"]


class NDJSONFraming:
    """The ``Framing`` of newline-delimited JSON."""

    __slots__ = ("_held", "_pieces")

    name: ClassVar[str] = NDJSON

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The lines that ``data`` completes.

        Raises ``MalformedResponseError`` for a line over ``MAX_FRAME_BYTES``.
        """
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
                raise too_long_frame("line", self._pieces[0])
        return [(None, stripped) for line in lines if (stripped := line.strip())]

    def finish(self) -> list[Frame]:
        """The last line, if the body ended without a line end after it."""
        line = b"".join(self._pieces).strip()
        self._pieces.clear()
        return [(None, line)] if line else []

    def is_other_body(self, head: bytes) -> bool:
        """Whether it is a page, or one document whose first line is not a whole JSON value."""
        text = head.lstrip()
        first, line_end, _ = text.partition(b"\n")
        if text[:1] == b"<":
            return True
        return bool(line_end) and text[:1] in (b"{", b"[") and not _is_json(first)

    def has_begun(self, head: bytes) -> bool:
        """Whether it begins with an object or a list."""
        return head.lstrip()[:1] in (b"{", b"[")


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True
