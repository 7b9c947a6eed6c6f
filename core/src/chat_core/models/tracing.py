"""A model's call reported as a run: its start, each chunk, its end or its error.

Only a call that something traces comes this way; the others pay nothing for it. A traced ``invoke``
streams too where ``Run.needs_chunks``: a sink asks for the tokens of a model that a function step
calls whole. Observers that want no chunks do not change how an answer is asked for.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Sequence,
)

from ..errors import ChatError
from ..messages.chunks import AIMessageChunk
from ..messages.message import AIMessage, Message
from ..runnables.engine.accumulators import Latest
from ..runs.hooks import AsyncAttachedSteps, Attached, AttachedSteps
from ..runs.recorder import Recorder
from ..runs.run import Run
from .streams import Received, chunks_of

__all__ = [
    "RunOutput",
    "atrace_generate",
    "atrace_stream",
    "atrace_whole",
    "trace_generate",
    "trace_stream",
    "trace_whole",
]

Segments = Generator[Sequence[AIMessageChunk], None, None]
AsyncSegments = AsyncGenerator[Sequence[AIMessageChunk], None]


class AnswerRecorder(Recorder):
    """The run of a model's call: an error carries what has arrived as ``partial``."""

    def __init__(self, run: Run, messages: list[Message], *, streams: bool) -> None:
        self.received = Received()
        whole = self.received.chunk if streams else self.received.message
        super().__init__(run, whole, streams=streams)
        run.streams = True
        run.start({"messages": [messages]})

    def add_partial(self, error: BaseException) -> None:
        """Put what has arrived on a ``ChatError``."""
        if isinstance(error, ChatError):
            self.received.attach_partial(error)


def _steps(run: Run, segments: Segments) -> Iterable[Sequence[AIMessageChunk]]:
    """``segments``, each made with what observers have attached to ``run``."""
    return AttachedSteps(run.attachments, segments) if run.attachments else segments


def _asteps(run: Run, segments: AsyncSegments) -> AsyncIterable[Sequence[AIMessageChunk]]:
    """``_steps`` on an event loop."""
    return AsyncAttachedSteps(run.attachments, segments) if run.attachments else segments


def _reported(
    run: Run, answer: AnswerRecorder, segment: Sequence[AIMessageChunk]
) -> Sequence[AIMessageChunk]:
    """``segment``, all of which is reported as it arrives: observers need no chunk delivered."""
    answer.received.extend(segment)
    for chunk in segment:
        run.stream(chunk)
    return segment


def trace_stream(run: Run, messages: list[Message], segments: Segments) -> Segments:
    """``segments``, one chunk at a time where there is a sink, each reported before it is yielded;
    an empty one comes first, so that the start can be delivered before anything is sent.
    """
    with AnswerRecorder(run, messages, streams=True) as answer:
        try:
            yield ()
            for segment in _steps(run, segments):
                if not run.has_sink:
                    yield _reported(run, answer, segment)
                    continue
                for chunk in chunks_of(segment):
                    answer.received.extend((chunk,))
                    run.stream(chunk)
                    yield (chunk,)
        finally:
            segments.close()


async def atrace_stream(
    run: Run, messages: list[Message], segments: AsyncSegments
) -> AsyncSegments:
    """``trace_stream`` on an event loop; waits while the sink is full."""
    with AnswerRecorder(run, messages, streams=True) as answer:
        try:
            yield ()
            async for segment in _asteps(run, segments):
                if not run.has_sink:
                    yield _reported(run, answer, segment)
                    continue
                for chunk in chunks_of(segment):
                    answer.received.extend((chunk,))
                    run.stream(chunk)
                    if run.is_full:
                        await run.wait_for_space()
                    yield (chunk,)
        finally:
            await segments.aclose()


def trace_whole(run: Run, messages: list[Message], segments: Segments) -> AIMessage:
    """The whole answer, each chunk reported as it arrives."""
    with AnswerRecorder(run, messages, streams=False) as answer:
        try:
            for segment in _steps(run, segments):
                answer.received.extend(segment)
                for chunk in segment:
                    run.stream(chunk)
        finally:
            segments.close()
    message: AIMessage = run.output
    return message


async def atrace_whole(run: Run, messages: list[Message], segments: AsyncSegments) -> AIMessage:
    """``trace_whole`` on an event loop; waits while the sink is full."""
    with AnswerRecorder(run, messages, streams=False) as answer:
        try:
            async for segment in _asteps(run, segments):
                answer.received.extend(segment)
                for chunk in segment:
                    run.stream(chunk)
                    if run.is_full:
                        await run.wait_for_space()
        finally:
            await segments.aclose()
    message: AIMessage = run.output
    return message


def trace_generate(
    run: Run, messages: list[Message], generate: Callable[[], AIMessage]
) -> AIMessage:
    """The whole answer that ``generate`` asks for without a stream; no chunk is reported."""
    run.start({"messages": [messages]})
    answer = Latest()
    with Recorder(run, answer.value), Attached(run.attachments):
        message = generate()
        answer.add(message)
    return message


async def atrace_generate(
    run: Run, messages: list[Message], generate: Callable[[], Awaitable[AIMessage]]
) -> AIMessage:
    """``trace_generate`` on an event loop."""
    run.start({"messages": [messages]})
    answer = Latest()
    with Recorder(run, answer.value), Attached(run.attachments):
        message = await generate()
        answer.add(message)
    return message


class RunOutput:
    """The output of a run that has ended, which is the input of the step after it."""

    __slots__ = ("run",)

    def __init__(self) -> None:
        self.run: Run | None = None

    def value(self) -> object:
        """What the run ended with."""
        return None if self.run is None else self.run.output
