"""``RedisStore``: streams in a Redis server, for processes on several machines.

A stream has six keys that begin alike: ``frames`` (a Redis stream whose ids are the numbers),
``facts`` (a hash), ``alive``, ``wanted`` and ``stop`` (texts that expire), ``read`` (a sorted set
with one member). Every key expires. Presence is kept as keys that expire, so the clocks of the
machines do not matter. A reader in another process looks 20 times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from chat_core import InvalidParameterError

from ..public_errors import StreamGoneError, StreamStoreError
from .arrivals import POLL, Arrivals
from .bounds import Bounds
from .store import PAGE, Page, Wishes, stream_is_gone

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["RedisStore"]

T = TypeVar("T")


class RedisStore:
    """Streams in the Redis server at ``url``, or behind ``client``. Needs ``chat-web[redis]``.

    Args:
        url: such as ``redis://localhost:6379/0``.
        client: a ``redis.asyncio.Redis`` of yours, without ``decode_responses``; it stays open.
        prefix: what every key begins with.
        max_bytes: the bytes of frames that one stream keeps. The server's own ``maxmemory`` bounds
            the number of streams.
        seconds_kept: how long a stream stays after its end.

    Redis 6.2 or newer. Belongs to one event loop.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        client: Redis | None = None,
        prefix: str = "chat-web:",
        max_bytes: int = 4 * 2**20,
        seconds_kept: float = 300.0,
    ) -> None:
        Bounds(max_bytes, 1, seconds_kept)
        if (url is None) == (client is None):
            raise InvalidParameterError("RedisStore takes a url, or a client.")
        self.max_bytes = max_bytes
        self._redis: Any = _connect(url) if client is None else client
        self._is_own = client is None
        self._prefix = prefix
        self._milliseconds = round(seconds_kept * 1000)
        self._sizes: dict[str, deque[int]] = {}  # of the frames kept of the streams written here
        self._arrivals = Arrivals()

    async def create(self, stream: str, alive: float) -> None:
        """See ``StreamStore``."""
        alive_for = round(alive * 1000)

        def work(pipe: Any) -> None:
            pipe.hset(self._key(stream, "facts"), mapping={"first": 1, "last": 0, "ended": 0})
            pipe.pexpire(self._key(stream, "facts"), alive_for + self._milliseconds)
            pipe.set(self._key(stream, "alive"), 1, px=alive_for)

        await self._transaction(work)
        self._sizes[stream] = deque()

    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        """See ``StreamStore``."""
        try:
            await self._append(stream, frames)
        except (StreamStoreError, StreamGoneError):
            self._sizes.pop(stream, None)  # its producer gives up
            raise
        self._arrivals.notify(stream)

    async def _append(self, stream: str, frames: Sequence[bytes]) -> None:
        facts = await self._facts(stream)
        sizes = self._sizes.setdefault(stream, deque())
        sizes.extend(map(len, frames))
        first, last = facts["first"], facts["last"] + len(frames)
        kept = sum(sizes)
        while kept > self.max_bytes and len(sizes) > 1:
            kept -= sizes.popleft()
            first += 1

        def work(pipe: Any) -> None:
            key = self._key(stream, "frames")
            for number, frame in enumerate(frames, facts["last"] + 1):
                pipe.xadd(key, {b"f": frame}, id=f"{number}-0")
            if first > facts["first"]:
                pipe.xtrim(key, minid=f"{first}-0", approximate=False)
            pipe.hset(self._key(stream, "facts"), mapping={"first": first, "last": last})
            pipe.pexpire(key, self._milliseconds)

        await self._transaction(work)

    async def end(self, stream: str) -> None:
        """See ``StreamStore``."""
        self._sizes.pop(stream, None)
        await self._facts(stream)

        def work(pipe: Any) -> None:
            pipe.hset(self._key(stream, "facts"), "ended", 1)
            for name in ("facts", "frames"):
                pipe.pexpire(self._key(stream, name), self._milliseconds)

        await self._transaction(work)
        self._arrivals.notify(stream)

    async def read(self, stream: str, after: int, wait: float) -> Page:
        """See ``StreamStore``."""
        deadline = time.monotonic() + wait
        while True:
            with self._arrivals.expected(stream) as arrival:
                page = await self._read(stream, after)
                left = deadline - time.monotonic()
                if page.frames or page.is_end or left <= 0:
                    return page
                is_own = stream in self._sizes
                await asyncio.wait((arrival,), timeout=left if is_own else min(left, POLL))

    async def announce_reader(self, stream: str, read_to: int, seconds: float) -> None:
        """See ``StreamStore``."""
        await self._facts(stream)

        def work(pipe: Any) -> None:
            pipe.set(self._key(stream, "wanted"), 1, px=round(seconds * 1000))
            pipe.zadd(self._key(stream, "read"), {"to": read_to}, gt=True)
            pipe.pexpire(self._key(stream, "read"), self._milliseconds)

        await self._transaction(work)

    async def announce_producer(self, stream: str, seconds: float) -> Wishes:
        """See ``StreamStore``."""
        await self._facts(stream)
        alive_for = round(seconds * 1000)

        def work(pipe: Any) -> None:
            pipe.set(self._key(stream, "alive"), 1, px=alive_for)
            for name in ("facts", "frames"):
                pipe.pexpire(self._key(stream, name), alive_for + self._milliseconds)
            pipe.exists(self._key(stream, "wanted"))
            pipe.exists(self._key(stream, "stop"))
            pipe.zscore(self._key(stream, "read"), "to")

        *_, wanted, stop, read_to = await self._transaction(work)
        return Wishes(bool(wanted), bool(stop), int(read_to or 0))

    async def request_stop(self, stream: str) -> None:
        """See ``StreamStore``."""
        await self._facts(stream)
        await self._run(
            lambda: self._redis.set(self._key(stream, "stop"), 1, px=self._milliseconds)
        )

    async def aclose(self) -> None:
        """Close the connections, unless the client is the user's."""
        if self._is_own:
            await self._redis.aclose()

    async def _read(self, stream: str, after: int) -> Page:
        def work(pipe: Any) -> None:
            pipe.hgetall(self._key(stream, "facts"))
            pipe.exists(self._key(stream, "alive"))
            pipe.xrange(self._key(stream, "frames"), min=f"{after + 1}-0", count=PAGE)

        found, is_alive, entries = await self._transaction(work)
        facts = _read_facts(found)
        if not facts["first"] - 1 <= after <= facts["last"]:
            raise stream_is_gone(after)
        frames = [fields[b"f"] for _, fields in entries]
        has_ended = bool(facts["ended"])
        is_end = has_ended and after + len(frames) == facts["last"]
        return Page(frames, is_end, has_ended or bool(is_alive))

    async def _facts(self, stream: str) -> dict[str, int]:
        """The facts of a stream. Raises ``StreamGoneError``."""
        key = self._key(stream, "facts")
        return _read_facts(await self._run(lambda: self._redis.hgetall(key)))

    async def _transaction(self, work: Callable[[Any], None]) -> Any:
        async def run() -> Any:
            async with self._redis.pipeline(transaction=True) as pipe:
                work(pipe)
                return await pipe.execute()

        return await self._run(run)

    async def _run(self, call: Callable[[], Awaitable[T]]) -> T:
        from redis.exceptions import RedisError

        try:
            return await call()
        except (RedisError, OSError) as error:
            raise StreamStoreError(
                "The server cannot keep answers at the moment. Try again later."
            ) from error

    def _key(self, stream: str, name: str) -> str:
        # The braces keep the keys of one stream on one node of a cluster.
        return f"{self._prefix}{{{stream}}}:{name}"


def _connect(url: object) -> Redis:
    """A client of the server at ``url``. Raises ``InvalidParameterError``."""
    try:
        from redis.asyncio import Redis
    except ImportError as error:
        raise InvalidParameterError(
            'RedisStore needs the package redis: pip install "chat-web[redis]"'
        ) from error
    if isinstance(url, str):
        try:
            return Redis.from_url(url)
        except ValueError as error:
            raise InvalidParameterError(f"url is the address of a Redis server: {error}") from error
    raise InvalidParameterError(f"url is the address of a Redis server; got {url!r:.80}.")


def _read_facts(found: dict[bytes, bytes]) -> dict[str, int]:
    if not found:
        raise stream_is_gone()
    return {name.decode(): int(value) for name, value in found.items()}
