"""Ends open answers when the server shuts down: ``lifespan`` for an application.

A server that was asked to stop (SIGTERM, SIGINT) waits for its open responses first and runs the
lifespan's end after them, so a stream would hold it up. ``lifespan`` therefore receives the signal
as the server does: every open answer of this event loop gets the last frames of its protocol, and
the server's own handler runs as before. Handlers are set in the main thread alone, where servers
run.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet

__all__ = ["TEXT", "Endable", "lifespan", "register"]

TEXT = "The server shuts down."
"""What users read of an answer that the shut-down ended."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SECONDS = 5.0
"""How long the end of the lifespan waits for the last frames of answers."""


class Endable(Protocol):
    """An open answer."""

    def end(self, text: str) -> None:
        """Begin to end it, with the frames of an aborted answer."""
        ...

    def ended(self) -> Awaitable[object]:
        """Wait until it has ended."""
        ...


class _Answers:
    """The open answers of one event loop."""

    def __init__(self) -> None:
        self.open: WeakSet[Endable] = WeakSet()
        self.is_ending = False

    def end(self) -> None:
        self.is_ending = True
        for answer in list(self.open):
            answer.end(TEXT)


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Answers] = WeakKeyDictionary()


def register(answer: Endable) -> None:
    """Have ``answer`` ended at the shut-down; at once if that has begun."""
    answers = _answers_here()
    answers.open.add(answer)
    if answers.is_ending:
        answer.end(TEXT)


@asynccontextmanager
async def lifespan(app: object = None) -> AsyncGenerator[None, None]:
    """End the open answers of this event loop when the server shuts down.

    Give it to Starlette or FastAPI as ``lifespan=``, or enter it in a lifespan of your own.
    """
    loop = asyncio.get_running_loop()
    answers = _answers_here()
    answers.is_ending = False
    with _on_signals(lambda: loop.call_soon_threadsafe(answers.end)):
        yield
    answers.end()
    waits = [asyncio.ensure_future(_wait_for(answer)) for answer in list(answers.open)]
    if waits:
        await asyncio.wait(waits, timeout=_SECONDS)
        for each in waits:
            each.cancel()


async def _wait_for(answer: Endable) -> None:
    await answer.ended()


def _answers_here() -> _Answers:
    return _by_loop.setdefault(asyncio.get_running_loop(), _Answers())


@contextmanager
def _on_signals(call: Callable[[], object]) -> Iterator[None]:
    """Within the block ``call`` runs before the handler that each signal has now."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, stack: FrameType | None) -> None:
        call()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, stack)

    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)
