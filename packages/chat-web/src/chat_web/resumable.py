"""``ResumableStreams``: answers that readers may leave and come back to.

    streams = ResumableStreams(MemoryStore())
    return ChatResponse(model.astream(…), resumable=streams)

The answer goes into the store, and each reader reads it from there, from the frame after the id
that it saw last. The id of a stream is a random text of 128 bits: who knows it may read the answer
and stop it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

from .producer import ALIVE, STOPPED, Producer
from .public_errors import StreamGoneError
from .response_arguments import check_seconds, refuse
from .shutdown import register
from .stores.store import StreamStore

__all__ = ["ResumableStreams"]

_WAIT = 1.0
"""Seconds that a reader waits in the store for the next frame."""


class ResumableStreams:
    """The resumable answers of an application; one object for all of its responses.

    Args:
        store: where the frames are kept. For one process ``MemoryStore()``, for the processes of
            one machine ``SQLiteStore(path)``, for several machines ``RedisStore(url)``.
        keep_running: seconds for which an answer goes on, and is paid for, without a reader.

    Raises ``InvalidParameterError`` for another argument.
    """

    def __init__(self, store: StreamStore, *, keep_running: float = 60.0) -> None:
        if isinstance(store, type) or not callable(getattr(store, "announce_producer", None)):
            refuse("store", "a MemoryStore, a SQLiteStore or another StreamStore", store)
        check_seconds("keep_running", keep_running, is_zero_allowed=True)
        self.store = store
        self.keep_running = keep_running
        self._running: dict[str, Producer] = {}

    async def start(
        self,
        stream: str,
        frames: AsyncGenerator[list[bytes], None],
        last_frames: Callable[[str], Iterable[bytes]],
    ) -> None:
        """Begin the answer ``frames`` as the new stream ``stream``.

        Raises ``StreamStoreError`` if the store does not take it; nothing has begun then.
        """
        await self.store.create(stream, ALIVE)
        producer = Producer(stream, frames, last_frames, self.store, self.keep_running)
        self._running[stream] = producer
        producer.start().add_done_callback(lambda _: self._running.pop(stream, None))
        register(producer)

    async def read(self, stream: str, after: int) -> AsyncGenerator[list[bytes], None]:
        """The frames of ``stream`` after number ``after``, to its last, as they come.

        Raises ``StreamGoneError`` if they are gone or the producer has died, ``StreamStoreError``
        if the store fails.
        """
        async with self._present(stream) as presence:
            while True:
                page = await self.store.read(stream, after, _WAIT)
                if page.frames:
                    yield list(page.frames)
                    after += len(page.frames)
                if page.is_end:
                    return
                if not page.is_alive and not page.frames:
                    raise StreamGoneError("The server that wrote this answer has stopped.")
                await presence.took(after)

    async def stop(self, stream: str) -> None:
        """Stop an answer, whichever process it runs in; one that has ended is left alone.

        Raises ``StreamGoneError`` for a stream that is not there, and ``StreamStoreError``.
        """
        producer = self._running.get(stream)
        if producer is not None:
            producer.end(STOPPED)
        else:
            await self.store.request_stop(stream)

    @asynccontextmanager
    async def _present(self, stream: str) -> AsyncGenerator[_Presence, None]:
        producer = self._running.get(stream)
        if producer is None:
            yield _Presence(stream, self.store)
            return
        producer.reader_came()
        try:
            yield _PresenceHere(producer)
        finally:
            producer.reader_left()


class _Presence:
    """A reader of an answer that another process produces, as far as this one knows."""

    def __init__(self, stream: str, store: StreamStore) -> None:
        self._stream = stream
        self._store = store
        self._announced_at = float("-inf")

    async def took(self, number: int) -> None:
        """The reader has taken the frames up to ``number``."""
        now = asyncio.get_running_loop().time()
        if now - self._announced_at > ALIVE / 5:
            await self._store.announce_reader(self._stream, number, ALIVE)
            self._announced_at = now


class _PresenceHere(_Presence):
    """A reader of an answer that this process produces."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def took(self, number: int) -> None:
        """See ``_Presence``. Raises what made the producer fail."""
        self._producer.reader_took(number)
        if self._producer.failure is not None:
            raise self._producer.failure
