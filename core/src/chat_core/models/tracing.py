"""A model's call told as a run: its start, each chunk, its end or its error.

Only calls that somebody listens to come this way; the others pay nothing for it. ``invoke`` streams
here too, because a sink wants the tokens of a model that a function step calls whole. A caller
who leaves a stream ends the run with what had arrived: that is no error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any

from ..concurrency.cancellation import Cancelled
from ..errors import ChatError
from ..messages.message import AIMessage, AIMessageChunk, Message
from ..runs.run import Run
from .streams import Received

__all__ = [
    "RunOutput",
    "atrace_stream",
    "atrace_whole",
    "trace_stream",
    "trace_whole",
]

Segments = Generator[Sequence[AIMessageChunk], None, None]
AsyncSegments = AsyncGenerator[Sequence[AIMessageChunk], None]


def trace_stream(run: Run, messages: list[Message], segments: Segments) -> Segments:
    """``segments``, one chunk at a time, each told before it is handed on; an empty one comes
    first.
    """
    arrived = Received()
    run.start({"messages": [messages]})
    try:
        yield ()  # the start can be delivered before anything is sent
        for segment in segments:
            for chunk in segment:
                arrived.extend((chunk,))
                run.stream(chunk)
                yield (chunk,)
    except (GeneratorExit, Cancelled):
        run.end(arrived.chunk())
        raise
    except BaseException as error:
        _report_error(run, arrived, error)
        raise
    finally:
        segments.close()
    run.end(arrived.chunk())


async def atrace_stream(
    run: Run, messages: list[Message], segments: AsyncSegments
) -> AsyncSegments:
    """``trace_stream`` on an event loop; waits where the sink is behind."""
    arrived = Received()
    run.start({"messages": [messages]})
    try:
        yield ()
        async for segment in segments:
            for chunk in segment:
                arrived.extend((chunk,))
                run.stream(chunk)
                if run.is_full:
                    await run.wait_for_space()
                yield (chunk,)
    except (GeneratorExit, Cancelled):
        run.end(arrived.chunk())
        raise
    except BaseException as error:
        _report_error(run, arrived, error)
        raise
    finally:
        await segments.aclose()
    run.end(arrived.chunk())


def trace_whole(run: Run, messages: list[Message], segments: Segments) -> AIMessage:
    """The whole answer, told as it arrives."""
    arrived = Received()
    run.start({"messages": [messages]})
    try:
        for segment in segments:
            arrived.extend(segment)
            for chunk in segment:
                run.stream(chunk)
    except BaseException as error:
        _report_error(run, arrived, error)
        raise
    finally:
        segments.close()
    message = arrived.message()
    run.end(message)
    return message


async def atrace_whole(run: Run, messages: list[Message], segments: AsyncSegments) -> AIMessage:
    """``trace_whole`` on an event loop; waits where the sink is behind."""
    arrived = Received()
    run.start({"messages": [messages]})
    try:
        async for segment in segments:
            arrived.extend(segment)
            for chunk in segment:
                run.stream(chunk)
                if run.is_full:
                    await run.wait_for_space()
    except BaseException as error:
        _report_error(run, arrived, error)
        raise
    finally:
        await segments.aclose()
    message = arrived.message()
    run.end(message)
    return message


class RunOutput:
    """The output of a run that has ended; what a step after it would fold its input to."""

    __slots__ = ("run",)

    def __init__(self) -> None:
        self.run: Run | None = None

    def value(self) -> Any:
        """What the run's ``end`` was told."""
        return None if self.run is None else self.run.output


def _report_error(run: Run, arrived: Received, error: BaseException) -> None:
    if isinstance(error, ChatError):
        arrived.attach_partial(error)
    run.error(error)
