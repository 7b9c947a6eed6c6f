"""``Stream`` and ``AsyncStream``: what ``stream`` and ``astream`` return. Their rules:

- Nothing is sent and nothing runs before the first item is asked for.
- Leaving a ``for`` loop in any way (``break``, ``return``, an exception), ``close``/``aclose`` and
  the end of a ``with`` block close the stream: all that runs beneath it ends, and its HTTP
  responses are closed at once.
- A stream that was closed before its end cannot be read on: that raises ``ChatError``, so that a
  part of an answer is never taken for the whole. To read in several loops keep one iterator:
  ``it = iter(stream)``.
- A stream that has been read to its end, or whose reading has raised, is empty from then on.
- One thread or task at a time reads a stream, and closes it. ``close`` while another one waits for
  the next item raises ``ChatError``.

The streams of a model (``models/streams.py``) add ``message``, the answer merged from what has
arrived.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from ..errors import ChatError, InvalidParameterError

__all__ = ["AsyncStream", "Stream"]

T_co = TypeVar("T_co", covariant=True)


class _Reading:
    """How far a stream has been read: to its end, or closed before."""

    _closed = False
    _finished = False

    def __repr__(self) -> str:
        state = "finished" if self._finished else "closed" if self._closed else "open"
        return f"{type(self).__name__}({', '.join([*self._shown(), state])})"

    def _shown(self) -> list[str]:
        """What ``repr`` shows of what has arrived."""
        return []

    def _refuse_if_closed(self) -> None:
        if self._closed and not self._finished:
            raise ChatError(
                "This stream was left before its end and is closed; call stream() again for a new"
                " answer, or keep one iterator (it = iter(stream)) to go on reading."
            )


def _check_source(source: object, method: str) -> None:
    if not hasattr(source, method):
        raise InvalidParameterError(
            f"A stream reads a generator, which has {method}(); got {type(source).__name__}:"
            f" {source!r:.80}."
        )


class Stream(_Reading, Iterator[T_co]):
    """An iterator over what arrives that is a context manager and can be closed."""

    def __init__(self, source: Generator[Any, None, None]) -> None:
        _check_source(source, "close")
        self._source = source

    def __iter__(self) -> Generator[T_co, None, None]:
        # A generator rather than self: dropping it, as break does, closes the stream.
        self._refuse_if_closed()
        try:
            yield from self._source
            self._finished = True
        except GeneratorExit:
            raise
        except BaseException:
            self._finished = True
            raise
        finally:
            self.close()

    def __next__(self) -> T_co:
        self._refuse_if_closed()
        try:
            item: T_co = next(self._source)
        except BaseException:
            self._finished = True
            raise
        return item

    def close(self) -> None:
        """Stop whatever runs beneath, and close its responses.

        Raises ``ChatError`` while another thread waits for the next item.
        """
        if not self._closed:
            if getattr(self._source, "gi_running", False):
                raise ChatError(
                    "Another thread is reading this stream, so it cannot be closed here. Let the"
                    " reading thread leave its loop, or read with astream() and cancel the task."
                )
            self._closed = True
            self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncStream(_Reading, AsyncIterator[T_co]):
    """``Stream`` on an event loop."""

    def __init__(self, source: AsyncGenerator[Any, None]) -> None:
        _check_source(source, "aclose")
        self._source = source

    async def __aiter__(self) -> AsyncGenerator[T_co, None]:
        self._refuse_if_closed()
        try:
            async for item in self._source:
                yield item
            self._finished = True
        except GeneratorExit:
            raise
        except BaseException:
            self._finished = True
            raise
        finally:
            await self.aclose()

    async def __anext__(self) -> T_co:
        self._refuse_if_closed()
        try:
            item: T_co = await self._source.__anext__()
        except BaseException:
            self._finished = True
            raise
        return item

    async def aclose(self) -> None:
        """Stop whatever runs beneath, and close its responses.

        Raises ``ChatError`` while another task waits for the next item.
        """
        # After break the event loop closes the iterator in a task, and a with block closes it too.
        if not self._closed:
            if getattr(self._source, "ag_running", False):
                raise ChatError(
                    "Another task is reading this stream, so it cannot be closed here. Cancel that"
                    " task."
                )
            self._closed = True
            await self._source.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
