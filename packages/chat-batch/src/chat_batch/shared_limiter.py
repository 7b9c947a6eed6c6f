"""One ``RateLimiter`` for many processes: ``SharedLimits`` keeps it, a ``SharedLimiter`` asks it.

Rules:

- ``SharedLimits`` lives in one process and answers at once; it never sleeps. A ``SharedLimiter``
  asks it from another process, and sleeps there.
- The process that asks names its permits. Asking again is no new place in the queue.
- A request leaves its process up to ``SLACK`` seconds after its permit: the permit is on its way,
  the process may be busy, and a connection is made. A minute of the limits counts so much longer.
- A permit that is not asked for again in time, because its process has vanished, loses its place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

from chat_core import Message, RateLimiter, UsageMetadata

__all__ = ["SharedLimiter", "SharedLimits", "for_many"]

SLACK = 0.5
"""Seconds between a permit and its request, at most."""
_PATIENCE = 10.0
"""Seconds that a permit keeps its place after the moment at which it should be asked for again."""
_LONGEST_ANSWER = 3600.0
"""Seconds after which a request that has started is taken to have vanished."""
_SWEEP_EVERY = 1.0


def for_many(limiter: RateLimiter) -> RateLimiter:
    """A limiter with the limits of ``limiter``, for requests that other processes send."""
    return RateLimiter(
        requests_per_minute=limiter.requests_per_minute,
        tokens_per_minute=limiter.tokens_per_minute,
        learn=limiter.learn,
        slack=max(limiter.slack, SLACK),
    )


@dataclass(slots=True)
class _Place:
    """A permit of the limiter, and until when it is kept without news."""

    permit: Any
    until: float


class SharedLimits:
    """Hands out permits of ``limiter`` by their names."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._places: dict[str, _Place] = {}
        self._next_sweep = 0.0

    def wait(self, name: str, characters: int, max_tokens: int | None) -> float:
        """Seconds to sleep before asking again with the same ``name``; zero starts the request."""
        now = time.monotonic()
        self._sweep(now)
        place = self._places.get(name)
        if place is None:
            body = {"text": " " * characters}  # the limiter counts the characters of a body
            permit = self._limiter.request_permit(body, max_tokens)
            place = self._places[name] = _Place(permit, now)
        seconds = self._limiter.wait(place.permit)
        place.until = now + (seconds + _PATIENCE if seconds else _LONGEST_ANSWER)
        return seconds

    def end(self, name: str, usage: UsageMetadata | None) -> None:
        """The request is over; ``usage`` is what its answer reported."""
        if (place := self._places.pop(name, None)) is not None:
            place.permit.usage = usage
            self._limiter.end(place.permit)

    def hold(self, seconds: float) -> None:
        """Start no request for ``seconds``, unless the limiter does not follow its vendor."""
        if self._limiter.learn:
            self._limiter.hold(seconds)

    def __len__(self) -> int:
        return len(self._places)

    def _sweep(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + _SWEEP_EVERY
        for vanished in [name for name, place in self._places.items() if place.until < now]:
            self.end(vanished, None)


class Limits(Protocol):
    """How a ``SharedLimiter`` reaches the ``SharedLimits``; ``hold`` does not wait for it."""

    def wait(self, name: str, characters: int, max_tokens: int | None, /) -> Awaitable[float]:
        """See ``SharedLimits``."""

    def end(self, name: str, usage: UsageMetadata | None, /) -> Awaitable[None]:
        """See ``SharedLimits``."""

    def hold(self, seconds: float, /) -> None:
        """See ``SharedLimits``."""


@dataclass(slots=True)
class Started:
    """A request that has its permit; ``usage`` is what its answer reported."""

    usage: UsageMetadata | None = None


class SharedLimiter:
    """Waits in this process for permits that ``limits`` hands out to many."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._name = uuid4().hex
        self._numbers = count()

    @asynccontextmanager
    async def permit(
        self, messages: Sequence[Message], max_tokens: int | None
    ) -> AsyncIterator[Started]:
        """Wait until the request of ``messages`` may start; set ``usage`` once it is answered."""
        name = f"{self._name}-{next(self._numbers)}"
        characters = sum(len(message.content) for message in messages)
        started = Started()
        try:
            while seconds := await self._limits.wait(name, characters, max_tokens):  # noqa: ASYNC110 - it waits for a time, not an event
                await asyncio.sleep(seconds)
            yield started
        finally:
            await self._limits.end(name, started.usage)

    def hold(self, seconds: float) -> None:
        """Start no request for ``seconds``, in any process."""
        self._limits.hold(seconds)
