"""``with_cache``: a model that answers a request it has answered before from a cache."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from typing import Any, TypeVar

from chat_core import AIMessage, AIMessageChunk, ChatModel, InvalidParameterError
from chat_core.provider import AsyncSegments, ModelCall, ModelMiddleware, Segments, wrap_model

from .answer_cache import AnswerCache, checked
from .entry import Entry
from .keyed_locks import KeyedLocks

__all__ = ["with_cache"]

Model = TypeVar("Model", bound=ChatModel)
Key = Callable[[ModelCall], Any]


def with_cache(
    model: Model,
    cache: AnswerCache,
    *,
    key: Key | None = None,
    single_flight: bool = False,
    pace: float | None = None,
) -> Model:
    """A copy of ``model`` that answers from ``cache`` what it has answered before.

    The same request is one with the same provider, address, model and body. Its answer is replayed
    chunk by chunk as it came, marked with ``response_metadata["cached"]``; ``invoke`` and
    ``stream`` share it. An answer that was asked for whole is streamed as one chunk.

    Args:
        cache: a ``SQLiteCache``, a ``MemoryCache``, or another ``AnswerCache``.
        key: what tells requests apart instead: a function from the call to anything that JSON can
            write, such as ``lambda call: [call.identity(), user]``. ``None`` asks the model.
        single_flight: of equal requests at the same time in this process, one is sent.
        pace: seconds between two segments of a replayed stream; by default none.

    Raises ``InvalidParameterError`` for what is no chat model, no cache or no pace. A call
    raises it for a key that JSON cannot write.
    """
    if not isinstance(cache, AnswerCache):
        raise InvalidParameterError(
            f"cache is a SQLiteCache, a MemoryCache or another AnswerCache; got {cache!r:.60}."
        )
    if key is not None and not callable(key):
        raise InvalidParameterError(f"key is a function from a call; got {key!r:.60}.")
    locks = KeyedLocks() if single_flight else None
    return wrap_model(model, CacheMiddleware(cache, key, locks, checked("pace", pace)))


class CacheMiddleware(ModelMiddleware):
    """Looks into the cache before a call, and keeps its answer afterwards."""

    def __init__(
        self, cache: AnswerCache, key: Key | None, locks: KeyedLocks | None, pace: float | None
    ) -> None:
        self._cache = cache
        self._key_of = key
        self._locks = locks
        self._pace = pace

    def __repr__(self) -> str:
        return repr(self._cache)

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        """See ``ModelMiddleware``."""
        key = self._key(call)
        if key is None:
            return answer()
        with self._lock_of(key):
            if (entry := self._read(key)) is not None:
                return entry.message()
            message = answer()
            self._write(key, Entry.of_message(message))
            return message

    async def agenerate(
        self, call: ModelCall, answer: Callable[[], Awaitable[AIMessage]]
    ) -> AIMessage:
        """See ``ModelMiddleware``."""
        key = self._key(call)
        if key is None:
            return await answer()
        with await self._alock_of(key):
            if (entry := await self._aread(key)) is not None:
                return entry.message()
            message = await answer()
            await self._awrite(key, Entry.of_message(message))
            return message

    def stream(self, call: ModelCall, answer: Callable[[], Segments]) -> Segments:
        """See ``ModelMiddleware``."""
        key = self._key(call)
        if key is None:
            yield from answer()
            return
        with self._lock_of(key):
            if (entry := self._read(key)) is None:
                received: list[Sequence[AIMessageChunk]] = []
                segments = answer()
                try:
                    for segment in segments:
                        received.append(segment)
                        yield segment
                finally:
                    segments.close()
                self._write(key, Entry(received))
                return
        for segment in entry.segments():
            yield segment
            if self._pace:
                time.sleep(self._pace)

    async def astream(self, call: ModelCall, answer: Callable[[], AsyncSegments]) -> AsyncSegments:
        """See ``ModelMiddleware``."""
        key = self._key(call)
        with nullcontext() if key is None else await self._alock_of(key):
            entry = None if key is None else await self._aread(key)
            if entry is None:
                received: list[Sequence[AIMessageChunk]] = []
                segments = answer()
                try:
                    async for segment in segments:
                        received.append(segment)
                        yield segment
                finally:
                    await segments.aclose()
                if key is not None:
                    await self._awrite(key, Entry(received))
                return
        for segment in entry.segments():
            yield segment
            if self._pace:
                await asyncio.sleep(self._pace)

    def _key(self, call: ModelCall) -> bytes | None:
        """The key of a call; ``None`` for one that is not to be cached."""
        known = call.identity() if self._key_of is None else self._key_of(call)
        if known is None:
            return None
        try:
            text = json.dumps(known, sort_keys=True, separators=(",", ":"), default=repr)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidParameterError(
                f"key= has returned what JSON cannot write ({error}): {known!r:.60}."
            ) from error
        return sha256(text.encode("ascii")).digest()

    def _lock_of(self, key: bytes) -> AbstractContextManager[object]:
        return nullcontext() if self._locks is None else self._locks.acquire(key)

    async def _alock_of(self, key: bytes) -> AbstractContextManager[object]:
        return nullcontext() if self._locks is None else await self._locks.aacquire(key)

    # --- a cache that fails is no reason to fail

    def _read(self, key: bytes) -> Entry | None:
        try:
            data = self._cache.get(key)
        except Exception as error:  # noqa: BLE001 - a cache may be of the user's own
            self._warn("read", error)
            return None
        if data is None:
            return None
        entry = Entry.from_bytes(data)
        if entry is None:
            self._cache.warn("entry", f"{self._cache!r} holds an answer that is none; asked anew.")
        return entry

    def _write(self, key: bytes, entry: Entry) -> None:
        data = entry.to_bytes()
        if data is None:
            return
        try:
            self._cache.put(key, data)
        except Exception as error:  # noqa: BLE001 - as above
            self._warn("written", error)

    async def _aread(self, key: bytes) -> Entry | None:
        if self._cache.waits:
            return await asyncio.to_thread(self._read, key)
        return self._read(key)

    async def _awrite(self, key: bytes, entry: Entry) -> None:
        if self._cache.waits:
            await asyncio.to_thread(self._write, key, entry)
        else:
            self._write(key, entry)

    def _warn(self, done: str, error: Exception) -> None:
        self._cache.warn(
            done, f"{self._cache!r} cannot be {done} ({type(error).__name__}: {error})."
        )
