"""A model's call told as a run: its start, each chunk, its end or its error.

Only calls that somebody listens to come this way; the others pay nothing for it. ``invoke`` streams
here too, because a listener wants the tokens of a model that a function step calls whole. A caller
who leaves a stream ends the run with what had arrived: that is no error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence

from .errors import ChatError
from .messages import AIMessage, AIMessageChunk, Message
from .runs import Run
from .streams import Arrived

__all__ = ["atell_stream", "atell_whole", "tell_stream", "tell_whole"]

Segments = Generator[Sequence[AIMessageChunk], None, None]
AsyncSegments = AsyncGenerator[Sequence[AIMessageChunk], None]


def tell_stream(run: Run, messages: list[Message], segments: Segments) -> Segments:
    """``segments``, one chunk at a time, each told before it is handed on."""
    arrived = Arrived()
    run.start({"messages": [messages]})
    try:
        for segment in segments:
            for chunk in segment:
                arrived.extend((chunk,))
                run.stream(chunk)
                yield (chunk,)
    except GeneratorExit:
        run.end(arrived.chunk())
        raise
    except BaseException as error:
        _blame(run, arrived, error)
        raise
    finally:
        segments.close()
    run.end(arrived.chunk())


async def atell_stream(run: Run, messages: list[Message], segments: AsyncSegments) -> AsyncSegments:
    """``tell_stream`` on an event loop; waits where the listener is behind."""
    arrived = Arrived()
    run.start({"messages": [messages]})
    try:
        async for segment in segments:
            for chunk in segment:
                arrived.extend((chunk,))
                run.stream(chunk)
                if run.crowded:
                    await run.room()
                yield (chunk,)
    except GeneratorExit:
        run.end(arrived.chunk())
        raise
    except BaseException as error:
        _blame(run, arrived, error)
        raise
    finally:
        await segments.aclose()
    run.end(arrived.chunk())


def tell_whole(run: Run, messages: list[Message], segments: Segments) -> AIMessage:
    """The whole answer, told as it arrives."""
    arrived = Arrived()
    run.start({"messages": [messages]})
    try:
        for segment in segments:
            arrived.extend(segment)
            for chunk in segment:
                run.stream(chunk)
    except BaseException as error:
        _blame(run, arrived, error)
        raise
    finally:
        segments.close()
    message = arrived.message()
    run.end(message)
    return message


async def atell_whole(run: Run, messages: list[Message], segments: AsyncSegments) -> AIMessage:
    """``tell_whole`` on an event loop; waits where the listener is behind."""
    arrived = Arrived()
    run.start({"messages": [messages]})
    try:
        async for segment in segments:
            arrived.extend(segment)
            for chunk in segment:
                run.stream(chunk)
                if run.crowded:
                    await run.room()
    except BaseException as error:
        _blame(run, arrived, error)
        raise
    finally:
        await segments.aclose()
    message = arrived.message()
    run.end(message)
    return message


def _blame(run: Run, arrived: Arrived, error: BaseException) -> None:
    if isinstance(error, ChatError):
        arrived.blame(error)
    run.error(error)
