"""``ChatStream`` and ``AsyncChatStream``: a model's streams, which also merge what has arrived.

The rules of reading and closing are those of every stream (``runnables/streams.py``). They take
whole segments, the chunks that arrived together, so that most chunks cost one step of an iterator.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator, Sequence

from ..errors import APIError, ChatError, InvalidParameterError, StreamInterruptedError
from ..messages.chunks import AIMessageChunk, MessageBuilder
from ..messages.message import AIMessage
from ..runnables.streams import AsyncStream, Stream

__all__ = ["AsyncChatStream", "ChatStream", "Received", "chunks_of"]

_MERGE_AT = 64
"""Chunks that are kept before they are merged, so that memory grows with the text alone."""


def chunks_of(segment: Sequence[AIMessageChunk]) -> Sequence[AIMessageChunk]:
    """``segment``, which a model has yielded. Raises ``InvalidParameterError`` for a bare chunk."""
    if isinstance(segment, list | tuple):
        return segment
    raise InvalidParameterError(
        "_stream and _astream of a model yield lists of chunks that arrived together; got"
        f" {type(segment).__name__}: {segment!r:.80}."
    )


class Received:
    """The chunks that have arrived. They are merged when the message is asked for, and every
    ``_MERGE_AT`` chunks, so a chunk mostly costs one ``append``.
    """

    __slots__ = ("_builder", "_chunks", "any")

    def __init__(self) -> None:
        self._builder = MessageBuilder()
        self._chunks: list[AIMessageChunk] = []
        self.any = False

    def extend(self, segment: Sequence[AIMessageChunk]) -> None:
        """Take in chunks that have just arrived."""
        self._chunks.extend(segment if segment.__class__ is list else chunks_of(segment))
        if len(self._chunks) > _MERGE_AT:
            self._merge()

    def _merge(self) -> None:
        self.any = self.any or bool(self._chunks)
        self._builder.extend(self._chunks)
        self._chunks.clear()

    def chunk(self) -> AIMessageChunk:
        """What has arrived as one chunk."""
        self._merge()
        return self._builder.chunk()

    def message(self) -> AIMessage:
        """What has arrived as a message."""
        self._merge()
        return self._builder.message()

    def attach_partial(self, error: ChatError) -> None:
        """Put what has arrived on an error that ended the stream."""
        if isinstance(error, APIError) and error.partial is None:
            self._merge()
            if self.any or isinstance(error, StreamInterruptedError):
                error.partial = self._builder.message()


class _AnswerReading:
    """What both streams share: the chunks that have arrived, and those not yet taken."""

    def __init__(self) -> None:
        self._arrived = Received()
        self._pending: Iterator[AIMessageChunk] = iter(())

    @property
    def message(self) -> AIMessage:
        """The answer merged from what has arrived, chunks not yet taken included.

        Before the end has been seen its tool calls are ``invalid_tool_calls``.
        """
        return self._arrived.message()

    def _shown(self) -> list[str]:
        return [repr(self.message)]

    def _take(self, segment: Sequence[AIMessageChunk]) -> None:
        self._arrived.extend(segment)
        self._pending = iter(segment)

    def _attach_partial(self, error: BaseException) -> None:
        if isinstance(error, ChatError):
            self._arrived.attach_partial(error)


class ChatStream(_AnswerReading, Stream[AIMessageChunk]):
    """Chunks of one answer as they arrive; nothing is sent before the first step."""

    def __init__(self, segments: Generator[Sequence[AIMessageChunk], None, None]) -> None:
        _AnswerReading.__init__(self)
        Stream.__init__(self, segments)

    def __iter__(self) -> Generator[AIMessageChunk, None, None]:
        self._refuse_if_closed()
        try:
            while True:
                yield from self._pending
                try:
                    segment = next(self._source)
                except BaseException as error:
                    self._finished = True
                    if isinstance(error, StopIteration):
                        return
                    self._attach_partial(error)
                    raise
                self._take(segment)
        finally:
            self.close()

    def __next__(self) -> AIMessageChunk:
        self._refuse_if_closed()
        while True:
            for chunk in self._pending:
                return chunk
            try:
                segment = next(self._source)
            except BaseException as error:
                self._finished = True
                self._attach_partial(error)
                raise
            self._take(segment)


class AsyncChatStream(_AnswerReading, AsyncStream[AIMessageChunk]):
    """``ChatStream`` on an event loop."""

    def __init__(self, segments: AsyncGenerator[Sequence[AIMessageChunk], None]) -> None:
        _AnswerReading.__init__(self)
        AsyncStream.__init__(self, segments)

    async def __aiter__(self) -> AsyncGenerator[AIMessageChunk, None]:
        self._refuse_if_closed()
        try:
            while True:
                for chunk in self._pending:
                    yield chunk
                try:
                    segment = await self._source.__anext__()
                except BaseException as error:
                    self._finished = True
                    if isinstance(error, StopAsyncIteration):
                        return
                    self._attach_partial(error)
                    raise
                self._take(segment)
        finally:
            await self.aclose()

    async def __anext__(self) -> AIMessageChunk:
        self._refuse_if_closed()
        while True:
            for chunk in self._pending:
                return chunk
            try:
                segment = await self._source.__anext__()
            except BaseException as error:
                self._finished = True
                self._attach_partial(error)
                raise
            self._take(segment)
