"""``MemoryStore``: streams in the memory of one process, for one event loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..public_errors import StreamStoreError
from .arrivals import Arrivals
from .bounds import Bounds
from .store import PAGE, Page, Wishes, stream_is_gone

__all__ = ["MemoryStore"]


@dataclass(slots=True)
class _Kept:
    """One stream. Times are those of ``time.monotonic``."""

    alive_until: float
    frames: deque[bytes] = field(default_factory=deque)
    last: int = 0
    size: int = 0
    has_ended: bool = False
    wanted_until: float = 0.0
    read_to: int = 0
    stop: bool = False


class MemoryStore:
    """Streams in this process; another process does not see them.

    Args:
        max_bytes: the bytes of frames that one stream keeps.
        max_streams: the number of streams. A new one takes the place of the oldest that has ended;
            where none has, ``create`` raises ``StreamStoreError``.
        seconds_kept: how long a stream stays after its end.
    """

    def __init__(
        self,
        *,
        max_bytes: int = 4 * 2**20,
        max_streams: int = 256,
        seconds_kept: float = 300.0,
    ) -> None:
        self._bounds = Bounds(max_bytes, max_streams, seconds_kept)
        self.max_bytes = max_bytes
        self._streams: dict[str, _Kept] = {}
        self._arrivals = Arrivals()

    async def create(self, stream: str, alive: float) -> None:
        """See ``StreamStore``."""
        now = time.monotonic()
        self._forget_old(now)
        if len(self._streams) >= self._bounds.max_streams:
            ended = (name for name, kept in self._streams.items() if kept.has_ended)
            oldest = next(ended, None)
            if oldest is None:
                raise StreamStoreError("The server keeps too many answers at the moment.")
            del self._streams[oldest]
        self._streams[stream] = _Kept(alive_until=now + alive)

    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        """See ``StreamStore``."""
        kept = self._find(stream)
        kept.frames.extend(frames)
        kept.last += len(frames)
        kept.size += sum(map(len, frames))
        while kept.size > self.max_bytes and len(kept.frames) > 1:
            kept.size -= len(kept.frames.popleft())
        self._arrivals.notify(stream)

    async def end(self, stream: str) -> None:
        """See ``StreamStore``."""
        kept = self._find(stream)
        kept.has_ended = True
        kept.alive_until = time.monotonic()
        self._arrivals.notify(stream)

    async def read(self, stream: str, after: int, wait: float) -> Page:
        """See ``StreamStore``."""
        kept = self._find(stream)
        if kept.last == after and not kept.has_ended and wait > 0:
            with self._arrivals.expected(stream) as arrival:
                await asyncio.wait((arrival,), timeout=wait)
        first = kept.last - len(kept.frames)
        if not first <= after <= kept.last:
            raise stream_is_gone(after)
        frames = list(islice(kept.frames, after - first, after - first + PAGE))
        is_end = kept.has_ended and after + len(frames) == kept.last
        return Page(frames, is_end, kept.has_ended or time.monotonic() < kept.alive_until)

    async def announce_reader(self, stream: str, read_to: int, seconds: float) -> None:
        """See ``StreamStore``."""
        kept = self._find(stream)
        kept.read_to = max(kept.read_to, read_to)
        kept.wanted_until = max(kept.wanted_until, time.monotonic() + seconds)

    async def announce_producer(self, stream: str, seconds: float) -> Wishes:
        """See ``StreamStore``."""
        kept = self._find(stream)
        now = time.monotonic()
        kept.alive_until = now + seconds
        return Wishes(now < kept.wanted_until, kept.stop, kept.read_to)

    async def request_stop(self, stream: str) -> None:
        """See ``StreamStore``."""
        self._find(stream).stop = True

    async def aclose(self) -> None:
        """Forget all streams."""
        self._streams.clear()

    def _find(self, stream: str) -> _Kept:
        kept = self._streams.get(stream)
        if kept is None or self._is_old(kept, time.monotonic()):
            raise stream_is_gone()
        return kept

    def _is_old(self, kept: _Kept, now: float) -> bool:
        return now > kept.alive_until + self._bounds.seconds_kept

    def _forget_old(self, now: float) -> None:
        for name in [name for name, kept in self._streams.items() if self._is_old(kept, now)]:
            del self._streams[name]
