"""One JSON document as the whole answer: bytes in, one frame out; no I/O.

For wires that do not stream. A stream of such an answer has one chunk, made by ``Decoder.reply``.
"""

from __future__ import annotations

from typing import ClassVar

from .body_kind import JSON_OBJECT
from .framing import MAX_FRAME_BYTES, Frame, too_long_frame

__all__ = ["JSONBodyFraming"]


class JSONBodyFraming:
    """The ``Framing`` of one JSON document; it is complete when the body ends."""

    __slots__ = ("_held", "_pieces")

    name: ClassVar[str] = JSON_OBJECT

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> list[Frame]:
        """No frame yet. Raises ``MalformedResponseError`` above ``MAX_FRAME_BYTES``."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held > MAX_FRAME_BYTES:
            raise too_long_frame("document", self._pieces[0])
        return []

    def finish(self) -> list[Frame]:
        """The document."""
        body = b"".join(self._pieces).strip()
        self._pieces.clear()
        return [(None, body)] if body else []

    def is_other_body(self, head: bytes) -> bool:
        """Any body is one document."""
        return bool(head.strip())

    def has_begun(self, head: bytes) -> bool:
        """Whether it begins with an object."""
        return head.lstrip()[:1] == b"{"
