"""``StreamStore``: what a store of resumable streams does. All stores keep these rules:

- Frames are numbered from 1 in the order in which they were appended; one task appends to a stream.
- A stream keeps the newest frames up to ``max_bytes``, and at least one. Older ones are gone.
- A stream is gone ``seconds_kept`` seconds after it ended, or after its producer was last alive.
- Every method raises ``StreamStoreError`` where the store itself fails, and all but ``create``
  raise ``StreamGoneError`` for a stream that is not there.

The process that produces a stream and those that read it may differ. They share three facts through
the store: until when the producer counts as alive, until when a reader counts as present, and
whether a stop was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..public_errors import StreamGoneError

__all__ = ["PAGE", "Page", "StreamStore", "Wishes", "stream_is_gone"]

PAGE = 256
"""Frames that ``read`` returns at most."""


@dataclass(frozen=True, slots=True)
class Page:
    """Frames after a number: as far as they are there."""

    frames: Sequence[bytes]
    is_end: bool
    """Whether the stream has ended with the last of these frames."""
    is_alive: bool
    """Whether the producer is alive, or the stream has ended."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What readers, in any process, want of a producer."""

    is_wanted: bool
    """Whether a reader is present."""
    stop: bool
    read_to: int
    """The highest number of a frame that a reader has taken."""


class StreamStore(Protocol):
    """Keeps the frames of streams for readers that come back."""

    @property
    def max_bytes(self) -> int:
        """The bytes of frames that one stream keeps."""
        ...

    async def create(self, stream: str, alive: float) -> None:
        """A new, empty stream whose producer counts as alive for ``alive`` seconds."""
        ...

    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        """Add frames."""
        ...

    async def end(self, stream: str) -> None:
        """No more frames will come."""
        ...

    async def read(self, stream: str, after: int, wait: float) -> Page:
        """The frames after number ``after``; waits up to ``wait`` seconds for the first of them.

        Raises ``StreamGoneError`` where the next frame is gone, or ``after`` was never reached.
        """
        ...

    async def announce_reader(self, stream: str, read_to: int, seconds: float) -> None:
        """A reader that has taken the frames up to ``read_to`` is present for ``seconds``."""
        ...

    async def announce_producer(self, stream: str, seconds: float) -> Wishes:
        """The producer is alive for ``seconds``; returns what readers want."""
        ...

    async def request_stop(self, stream: str) -> None:
        """Ask the producer to stop."""
        ...

    async def aclose(self) -> None:
        """Release what the store holds open."""
        ...


def stream_is_gone(after: int = 0) -> StreamGoneError:
    """The error for a reader who is at frame ``after``."""
    if after:
        return StreamGoneError("The rest of this answer is no longer kept. Ask again.")
    return StreamGoneError("This answer is no longer kept. Ask again.")
