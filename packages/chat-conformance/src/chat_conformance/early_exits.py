"""The ways in which a reader stops early: ``break``, ``close``, an exception, cancellation …

Each function starts a stream, reads one item and stops. It returns the stream, so that a reference
is kept and garbage collection cannot close it; ``drop`` alone returns nothing, because it tests
garbage collection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

__all__ = ["ASYNC_EARLY_EXITS", "EARLY_EXITS"]


class _ReaderError(Exception):
    """A reader's own exception."""


def _break(runnable: Any, input: Any) -> Any:
    stream = runnable.stream(input)
    for _ in stream:
        break
    return stream


def _close(runnable: Any, input: Any) -> Any:
    stream = runnable.stream(input)
    next(stream)
    stream.close()
    return stream


def _raise_within(runnable: Any, input: Any) -> Any:
    stream = runnable.stream(input)
    try:
        with stream:
            next(stream)
            raise _ReaderError
    except _ReaderError:
        return stream


def _drop(runnable: Any, input: Any) -> None:
    next(runnable.stream(input))


def _exit_events(runnable: Any, input: Any) -> Any:
    events = runnable.stream_events(input, version="v2")
    for event in events:
        if event["event"] == "on_chat_model_stream":
            break
    return events


EARLY_EXITS: dict[str, Callable[[Any, Any], Any]] = {
    "break": _break,
    "close": _close,
    "exception": _raise_within,
    "drop": _drop,
    "events": _exit_events,
}
"""In blocking code, by name."""


async def _abreak(runnable: Any, input: Any) -> Any:
    stream = runnable.astream(input)
    async for _ in stream:
        break
    await _a_moment()
    return stream


async def _aclose(runnable: Any, input: Any) -> Any:
    stream = runnable.astream(input)
    await anext(stream)
    await stream.aclose()
    return stream


async def _araise_within(runnable: Any, input: Any) -> Any:
    stream = runnable.astream(input)
    try:
        async with stream:
            await anext(stream)
            raise _ReaderError
    except _ReaderError:
        return stream


async def _adrop(runnable: Any, input: Any) -> Any:
    stream = runnable.astream(input)
    await anext(stream)
    del stream
    await _a_moment()


async def _acancel(runnable: Any, input: Any) -> Any:
    stream = runnable.astream(input)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in stream:
            begun.set()

    await _cancel_once(begun, read())
    return stream


async def _acancel_call(runnable: Any, input: Any) -> Any:
    begun = asyncio.Event()
    begun.set()
    await _cancel_once(begun, runnable.ainvoke(input), after=0.1)


async def _aexit_events(runnable: Any, input: Any) -> Any:
    events = runnable.astream_events(input, version="v2")
    async with aclosing(events):
        async for event in events:
            if event["event"] == "on_chat_model_stream":
                break
    return events


async def _cancel_once(
    begun: asyncio.Event, call: Coroutine[Any, Any, Any], after: float = 0.0
) -> None:
    task = asyncio.ensure_future(call)
    waiting = asyncio.ensure_future(begun.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(after)
    waiting.cancel()
    if task.done():
        task.result()  # raises if it failed before it was cancelled
    task.cancel()
    await asyncio.wait([task, waiting])
    await _a_moment()


async def _a_moment() -> None:
    # A dropped generator or a closed socket takes a few more turns of the loop. A sleep alone can
    # be a single turn, where the machine pauses for longer.
    for _ in range(10):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)


ASYNC_EARLY_EXITS: dict[str, Callable[[Any, Any], Coroutine[Any, Any, Any]]] = {
    "break": _abreak,
    "close": _aclose,
    "exception": _araise_within,
    "drop": _adrop,
    "cancel": _acancel,
    "cancel_call": _acancel_call,
    "events": _aexit_events,
}
"""On an event loop, by name."""
