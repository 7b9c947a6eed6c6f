"""What ``stream`` and ``astream`` return: an iterator of chunks that knows what has arrived.

Leaving the loop in any way (``break``, an exception, ``close``, the end of ``with``) closes the
HTTP response at once, because the vendor goes on generating, and charging, until we hang up.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from types import TracebackType
from typing import Self

from ..errors import APIError, ChatError, StreamInterruptedError
from ..messages.chunks import MessageBuilder
from ..messages.message import AIMessage, AIMessageChunk

__all__ = ["Received", "AsyncChatStream", "ChatStream"]

_FOLD_AT = 64
"""So many chunks are kept as they are before they are folded, so that memory follows the text."""


class Received:
    """The chunks that have arrived, folded lazily: a stream nobody asks about pays an append."""

    __slots__ = ("_builder", "_chunks", "any")

    def __init__(self) -> None:
        self._builder = MessageBuilder()
        self._chunks: list[AIMessageChunk] = []
        self.any = False

    def extend(self, segment: Sequence[AIMessageChunk]) -> None:
        """Take in chunks that have just arrived."""
        self._chunks.extend(segment)
        if len(self._chunks) > _FOLD_AT:
            self._fold()

    def _fold(self) -> None:
        self.any = self.any or bool(self._chunks)
        self._builder.extend(self._chunks)
        self._chunks.clear()

    def chunk(self) -> AIMessageChunk:
        """What has arrived as one chunk."""
        self._fold()
        return self._builder.chunk()

    def message(self) -> AIMessage:
        """What has arrived as a message."""
        self._fold()
        return self._builder.message()

    def attach_partial(self, error: ChatError) -> None:
        """Put what has arrived on an error that ended the stream."""
        if isinstance(error, APIError) and error.partial is None:
            self._fold()
            if self.any or isinstance(error, StreamInterruptedError):
                error.partial = self._builder.message()


class _Stream:
    """What both streams share: what has arrived, and whether the end was seen."""

    def __init__(self) -> None:
        self._arrived = Received()
        self._pending: Iterator[AIMessageChunk] = iter(())
        self._closed = False
        self._finished = False

    @property
    def message(self) -> AIMessage:
        """The answer merged from what has arrived, chunks not yet taken included.

        Before the end has been seen its tool calls are ``invalid_tool_calls``.
        """
        return self._arrived.message()

    def _take(self, segment: Sequence[AIMessageChunk]) -> None:
        self._arrived.extend(segment)
        self._pending = iter(segment)

    def _is_end(self, error: BaseException) -> bool:
        """Take note of what ended the reading; whether it was the answer's own end."""
        self._finished = True
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            return True
        self._closed = True
        if isinstance(error, ChatError):
            self._arrived.attach_partial(error)
        return False

    def _refuse_if_left(self) -> None:
        if self._closed and not self._finished:
            raise ChatError(
                "This stream was left before its end and is closed; call stream() again for a new"
                " answer, or keep one iterator (it = iter(stream)) to go on reading."
            )


class ChatStream(_Stream, Iterator[AIMessageChunk]):
    """Chunks of one answer as they arrive; nothing is sent before the first step."""

    def __init__(self, segments: Generator[Sequence[AIMessageChunk], None, None]) -> None:
        super().__init__()
        self._segments = segments

    def __iter__(self) -> Generator[AIMessageChunk, None, None]:
        # A generator rather than self: dropping it, as break does, closes the response.
        self._refuse_if_left()
        try:
            while True:
                yield from self._pending
                try:
                    segment = next(self._segments)
                except BaseException as error:
                    if not self._is_end(error):
                        raise
                    return
                self._take(segment)
        finally:
            self.close()

    def __next__(self) -> AIMessageChunk:
        self._refuse_if_left()
        while True:
            for chunk in self._pending:
                return chunk
            try:
                segment = next(self._segments)
            except BaseException as error:
                self._is_end(error)
                raise
            self._take(segment)

    def close(self) -> None:
        """Hang up. What has arrived stays in ``message``."""
        if not self._closed:
            self._closed = True
            self._segments.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncChatStream(_Stream, AsyncIterator[AIMessageChunk]):
    """``ChatStream`` on an event loop."""

    def __init__(self, segments: AsyncGenerator[Sequence[AIMessageChunk], None]) -> None:
        super().__init__()
        self._segments = segments

    async def __aiter__(self) -> AsyncGenerator[AIMessageChunk, None]:
        self._refuse_if_left()
        try:
            while True:
                for chunk in self._pending:
                    yield chunk
                try:
                    segment = await self._segments.__anext__()
                except BaseException as error:
                    if not self._is_end(error):
                        raise
                    return
                self._take(segment)
        finally:
            await self.aclose()

    async def __anext__(self) -> AIMessageChunk:
        self._refuse_if_left()
        while True:
            for chunk in self._pending:
                return chunk
            try:
                segment = await self._segments.__anext__()
            except BaseException as error:
                self._is_end(error)
                raise
            self._take(segment)

    async def aclose(self) -> None:
        """Hang up. What has arrived stays in ``message``."""
        if not self._closed:
            self._closed = True
            await self._segments.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
