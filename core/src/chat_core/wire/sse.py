"""Server-Sent Events: bytes in, frames out; no I/O.

Rules (WHATWG HTML, "Parsing an event stream"):

- A line ends with LF, CRLF or CR; a blank line ends a frame. Nothing else ends a line, so U+2028
  and U+0085 may stand inside JSON strings.
- ``field: value`` loses one space after the colon; a line without a colon is a field with an empty
  value; a line that starts with a colon is a comment.
- Several ``data`` lines join with LF; ``id`` and ``retry`` are of no use here; a frame without data
  is none. A byte order mark may stand at the start.
- Bytes may be cut anywhere. Frames leave as bytes, so a UTF-8 sequence cut in two is whole again.

Two deviations. A last frame that lacks its blank line is given out by ``finish``, because servers
end with ``data: [DONE]`` and no newline; the reader decides whether what it holds is whole. A line
that begins with a bracket (``{``, ``[`` or ``<``) is refused where the specification would ignore
it as an unknown field: the stream goes on in another framing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from ..errors import MalformedResponseError
from .body_kind import SERVER_SENT_EVENTS, describe_body, is_other_framing
from .framing import MAX_FRAME_BYTES, Frame, then_raise, too_long_frame

__all__ = ["SSEParser"]

_BOM = b"\xef\xbb\xbf"


_NAMED = re.compile(rb"^event: ([^\n]*)\ndata: ([^\n]*)\n\n", re.MULTILINE)
"""A frame of three lines: its name, one line of data, nothing."""


class _Names(dict[bytes, str]):
    """Names of events, decoded once: they are few and come again with every token."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("utf-8", "replace")
        if len(self) < 64:
            self[name] = text
        return text


class SSEParser:
    """The ``Framing`` of Server-Sent Events.

    Work is linear in the bytes fed, however they are cut: only new bytes are searched for the end
    of a frame.
    """

    __slots__ = ("_after_cr", "_held", "_names", "_pieces", "_started")

    name: ClassVar[str] = SERVER_SENT_EVENTS

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._after_cr = False
        self._started = False
        self._names = _Names()

    def feed(self, data: bytes) -> Iterable[Frame]:
        """The frames that ``data`` completes.

        Raises ``MalformedResponseError`` for a frame over ``MAX_FRAME_BYTES``, and for lines of
        another framing.
        """
        if not self._started:
            data = self._strip_bom(data)
        if data.endswith(b"\r\n\r\n") and not (self._after_cr or self._pieces):
            frames = _data_frames(data, b"\r\n\r\n")
            if frames is not None:
                return frames
        if self._after_cr or b"\r" in data:
            data = self._to_line_feeds(data)
        if not data:
            return []
        if self._pieces:
            straddles = data[0] == 10 and self._pieces[-1].endswith(b"\n")
            if not straddles and b"\n\n" not in data:
                self._hold(data)
                return []
            self._pieces.append(data)
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._held = 0
        if data.endswith(b"\n\n"):
            frames = self._plain_frames(data)
            if frames is not None:
                return frames
        return self._frames(data)

    def _plain_frames(self, data: bytes) -> list[Frame] | None:
        """The frames in ``data`` where it is whole frames of the common form, and nothing else: one
        line of data each, or an event line before it. One frame alone takes the shortest way.
        """
        first = data.find(b"\n")
        if data.startswith(b"data: "):
            if first == len(data) - 2:
                return [(None, data[6:first])]
            return _data_frames(data, b"\n\n")
        if data.startswith(b"event: "):
            names = self._names
            if data.find(b"\n", first + 1) == len(data) - 2 and data.startswith(
                b"data: ", first + 1
            ):
                return [(names[data[7:first]], data[first + 7 : -2])]
            found = _NAMED.findall(data)
            if data.count(b"\n") == 3 * len(found):
                return [(names[name], piece) for name, piece in found]
        return None

    def _frames(self, data: bytes) -> Iterable[Frame]:
        blocks = data.split(b"\n\n")
        rest = blocks.pop()
        if rest:
            self._hold(rest)
        frames: list[Frame] = []
        for block in blocks:
            if block.startswith(b"data: ") and b"\n" not in block:
                frames.append((None, block[6:]))
            elif block:
                frame, foreign = _parse_block(block)
                if frame is not None:
                    frames.append(frame)
                if foreign is not None:
                    return then_raise(frames, _goes_on_as(foreign))
        return frames

    def finish(self) -> Iterable[Frame]:
        """The last frame, if the stream ended without the blank line after it."""
        block = b"".join(self._pieces)
        self._pieces.clear()
        frame, foreign = _parse_block(block)
        frames = [] if frame is None else [frame]
        if foreign is None and not frames and is_other_framing(block) and not _is_ours(block):
            foreign = block
        return frames if foreign is None else then_raise(frames, _goes_on_as(foreign))

    def is_other_body(self, head: bytes) -> bool:
        """No SSE field begins like a JSON or HTML document."""
        return head.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"[", b"<")

    def has_begun(self, head: bytes) -> bool:
        """Whether there is a field of an event, or a comment."""
        return b"data" in head or b"event" in head or head.startswith(b":")

    def _hold(self, data: bytes) -> None:
        self._pieces.append(data)
        self._held += len(data)
        if self._held > MAX_FRAME_BYTES:
            raise too_long_frame("event", self._pieces[0])

    def _strip_bom(self, data: bytes) -> bytes:
        if self._pieces:
            data = b"".join(self._pieces) + data
            self._pieces.clear()
            self._held = 0
        if len(data) < 3 and _BOM.startswith(data):
            self._hold(data)
            return b""
        self._started = True
        return data.removeprefix(_BOM)

    def _to_line_feeds(self, data: bytes) -> bytes:
        # A CR at the very end is a line end now; an LF that opens the next bytes belongs to it.
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        self._after_cr = data.endswith(b"\r") if data else self._after_cr
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _data_frames(data: bytes, end: bytes) -> list[Frame] | None:
    """The frames in ``data``, which ends in ``end``, if all are one line of data and that."""
    if not data.startswith(b"data: "):
        return None
    pieces = data[6 : -len(end)].split(end + b"data: ")
    text = b"".join(pieces)
    if b"\n" in text or b"\r" in text:
        return None
    return [(None, piece) for piece in pieces]


def _parse_block(block: bytes) -> tuple[Frame | None, bytes | None]:
    """The frame in ``block``, and the rest of it from the first line of another framing on."""
    event: str | None = None
    data: list[bytes] = []
    foreign: bytes | None = None
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.removeprefix(b" ").decode("utf-8", "replace")
        elif line[:1] in (b"{", b"[", b"<"):
            foreign = block[block.index(line) :]
            break
    return ((event, b"\n".join(data)) if data else None), foreign


def _is_ours(block: bytes) -> bool:
    return describe_body(block) == SERVER_SENT_EVENTS


def _goes_on_as(foreign: bytes) -> MalformedResponseError:
    return MalformedResponseError(
        f"The stream of server-sent events goes on as {describe_body(foreign)}.",
        wire=foreign[:1000],
    )
