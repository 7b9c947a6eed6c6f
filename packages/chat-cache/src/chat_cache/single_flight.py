"""Equal calls at the same time, one after the other: the second finds the answer of the first.

A call in blocking code does not wait for one of its own thread, nor a call on an event loop for one
of its own task: that one might not go on before this one has returned.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from chat_core.provider import ForkLock

__all__ = ["Flights"]


@dataclass(slots=True)
class _Flight:
    """A call under way, and who makes it."""

    thread: int
    task: Any
    landed: Future[None] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.landed.set_running_or_notify_cancel()  # a waiter that is cancelled cancels it no more


class Flights:
    """The calls under way, by key."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._calls: dict[bytes, _Flight] = {}

    def __reduce__(self) -> tuple[type[Flights], tuple[()]]:
        return (Flights, ())

    def take(self, key: bytes) -> Turn:
        """Wait until no equal call is under way; the ``with`` block is the call."""
        while True:
            flight = self._enter(key, None)
            if flight is None or flight.thread == threading.get_ident():
                return Turn(self, key, is_ours=flight is None)
            flight.landed.result()

    async def atake(self, key: bytes) -> Turn:
        """``take`` on an event loop."""
        task = asyncio.current_task()
        while True:
            flight = self._enter(key, task)
            if flight is None or flight.task is task:
                return Turn(self, key, is_ours=flight is None)
            await asyncio.wrap_future(flight.landed)

    def _enter(self, key: bytes, task: Any) -> _Flight | None:
        """The equal call that is under way; without one, this call is from now on."""
        with self._lock:
            flight = self._calls.get(key)
            if flight is None:
                self._calls[key] = _Flight(threading.get_ident(), task)
            return flight

    def land(self, key: bytes) -> None:
        """The call is over: those that wait go on."""
        with self._lock:
            flight = self._calls.pop(key, None)
        if flight is not None:
            flight.landed.set_result(None)


class Turn:
    """The ``with`` block of one call."""

    def __init__(self, flights: Flights, key: bytes, *, is_ours: bool) -> None:
        self._flights = flights
        self._key = key
        self._is_ours = is_ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_ours:
            self._flights.land(self._key)
