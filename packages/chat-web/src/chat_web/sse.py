"""Server-sent events as bytes: one frame, its id, and the comment that keeps a connection open.

Frames have lines of ``data``, and before them an ``event`` line where they have a name. The id of a
frame is the id of its stream, a dot and its number in the stream, from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["HEARTBEAT", "Ids", "frame", "read_id"]

HEARTBEAT = b": keep-alive\n\n"
"""A comment, which readers ignore and proxies count as traffic."""

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_ID = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{1,15})", re.ASCII)


def frame(data: str, event: str = "") -> bytes:
    """One server-sent event with ``data``, named ``event`` where that is not empty.

    Raises ``ValueError`` for a name of several lines.
    """
    if _LINE_ENDS.search(event):
        raise ValueError(f"The name of a server-sent event is one line; got {event!r:.80}.")
    lines = [f"event: {event}"] if event else []
    lines += [f"data: {line}" for line in _LINE_ENDS.split(data)]
    return ("\n".join(lines) + "\n\n").encode()


class Ids:
    """Puts their ids before the frames of one stream."""

    def __init__(self, stream: str) -> None:
        self._stream = stream.encode("ascii")
        self._count = 0

    def number(self, frames: Iterable[bytes]) -> list[bytes]:
        """``frames``, each with its id as the first line."""
        numbered = []
        for each in frames:
            self._count += 1
            numbered.append(b"id: %s.%d\n%s" % (self._stream, self._count, each))
        return numbered


def read_id(text: str) -> tuple[str, int] | None:
    """The stream and the number in the id of a frame; ``None`` for text that is no such id."""
    found = _ID.fullmatch(text.strip())
    return (found[1], int(found[2])) if found else None
