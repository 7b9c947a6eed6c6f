"""``Arrivals``: readers of this process wait here for the next frames of a stream."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["POLL", "Arrivals"]

POLL = 0.05
"""Seconds between two looks for frames that another process writes."""


class Arrivals:
    """Wakes up the tasks that wait for news of a stream."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)

    def notify(self, stream: str) -> None:
        """Wake up all that wait for ``stream``."""
        for waiter in self._waiting.pop(stream, ()):
            if not waiter.done():
                waiter.set_result(None)

    @contextmanager
    def expected(self, stream: str) -> Iterator[asyncio.Future[None]]:
        """A future that the first ``notify(stream)`` within the block completes.

        The block begins before the store is looked into, so that nothing is missed in between.
        """
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = self._waiting[stream]
        waiters.add(waiter)
        try:
            yield waiter
        finally:
            waiters.discard(waiter)
            if not waiters and self._waiting.get(stream) is waiters:
                del self._waiting[stream]
