"""``Producer``: one answer that goes into a store, whether or not a reader is present.

It ends with the answer; or with the frames of an aborted one when a stop was asked for, when no
reader was present for ``keep_running`` seconds, or when the server shuts down.

Frames that no reader has taken fill at most half of what the store keeps of a stream: then the
producer waits, so a slow reader slows the source. Of several readers the fastest counts. The other
half are frames that were taken, because those under way are lost with their connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable

from .completed import completed
from .public_errors import StreamGoneError, StreamStoreError
from .sse import Ids
from .stores.store import StreamStore

__all__ = ["ALIVE", "STOPPED", "UNREAD", "Producer"]

ALIVE = 5.0
"""Seconds for which a producer, or a reader, counts as there after it has announced itself."""

STOPPED = "The answer was stopped."
UNREAD = "The answer was stopped because no reader was there."

_TICK = 0.25
"""Seconds between two looks at what readers in other processes want."""


class Producer:
    """One running answer.

    Args:
        stream: the id of its stream, which is in the store already.
        frames: the frames, those that came together in one list; they get their ids here.
        last_frames: from the text of an abort to the frames that end the answer.
        store: where they go.
        keep_running: seconds without a reader after which the answer is stopped.
    """

    def __init__(
        self,
        stream: str,
        frames: AsyncGenerator[list[bytes], None],
        last_frames: Callable[[str], Iterable[bytes]],
        store: StreamStore,
        keep_running: float,
    ) -> None:
        self.stream = stream
        self.failure: StreamStoreError | StreamGoneError | None = None
        """Why the store does not take frames any more."""
        self._frames = frames
        self._last_frames = last_frames
        self._store = store
        self._keep_running = keep_running
        self._abort_text: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_reading = False
        self._readers = 0
        self._seen_at = asyncio.get_running_loop().time()
        self._unread = _Unread(store.max_bytes // 2)
        self._ids = Ids(stream)

    def start(self) -> asyncio.Task[None]:
        """Begin; returns the task, which raises nothing of the answer's."""
        self._task = asyncio.create_task(self._run())
        return self._task

    def end(self, text: str) -> None:
        """Close the source and append the frames of an aborted answer."""
        if self._abort_text is None:
            self._abort_text = text
            if self._task is not None and self._is_reading:
                self._task.cancel()

    async def ended(self) -> None:
        """Wait until the last frame is in the store."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    # --- readers of this process

    def reader_came(self) -> None:
        """Count one more reader."""
        self._readers += 1

    def reader_took(self, number: int) -> None:
        """A reader has taken the frames up to ``number``."""
        self._unread.take(number)

    def reader_left(self) -> None:
        """Count one reader less; without ``keep_running`` the answer ends with the last."""
        self._readers -= 1
        self._seen_at = asyncio.get_running_loop().time()
        if not self._readers and not self._keep_running:
            self.end(UNREAD)

    # --- producing

    async def _run(self) -> None:
        self._is_reading = True
        watching = asyncio.create_task(self._watch())
        try:
            await self._produce()
        except (StreamStoreError, StreamGoneError) as error:
            self.failure = error
        finally:
            self._is_reading = False  # no stop cancels this clean-up
            await completed(self._close(watching))

    async def _close(self, watching: asyncio.Task[None]) -> None:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await self._frames.aclose()

    async def _produce(self) -> None:
        try:
            if self._abort_text is None:
                async for frames in self._frames:
                    await self._append(frames)
        except asyncio.CancelledError:
            if self._abort_text is None:  # the event loop ends
                raise
            await self._frames.aclose()
        self._is_reading = False  # what is left is short, and is not cancelled any more
        if self._abort_text is not None:
            await self._append(self._last_frames(self._abort_text))
        await self._store.end(self.stream)

    async def _append(self, frames: Iterable[bytes]) -> None:
        frames = list(frames)
        if not frames:
            return
        if self._abort_text is None:
            await self._unread.wait_for_room(sum(map(len, frames)))
        numbered = self._ids.number(frames)
        self._unread.add(map(len, numbered))
        appending = asyncio.ensure_future(self._store.append(self.stream, numbered))
        try:
            await asyncio.shield(appending)
        except asyncio.CancelledError:  # what has a number goes into the store
            await appending
            raise

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                wishes = await self._store.announce_producer(self.stream, ALIVE)
            except (StreamStoreError, StreamGoneError):
                # Appending fails as well, and reports it; a source that waits has to be ended.
                self.end(STOPPED)
                return
            self._unread.take(wishes.read_to)
            if self._readers or wishes.is_wanted:
                self._seen_at = loop.time()
            if wishes.stop:
                self.end(STOPPED)
            elif loop.time() - self._seen_at > self._keep_running:
                self.end(UNREAD)
            await asyncio.sleep(_TICK)


class _Unread:
    """The sizes of the frames that no reader has taken."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._taken = 0
        self._changed = asyncio.Event()

    def add(self, sizes: Iterable[int]) -> None:
        for size in sizes:
            self._sizes.append(size)
            self._bytes += size

    def take(self, number: int) -> None:
        """The frames up to ``number`` have been taken."""
        while self._taken < number and self._sizes:
            self._bytes -= self._sizes.popleft()
            self._taken += 1
        self._changed.set()

    async def wait_for_room(self, size: int) -> None:
        """Wait until ``size`` more bytes fit, or all has been taken."""
        while self._sizes and self._bytes + size > self._bound:
            self._changed.clear()
            await self._changed.wait()
