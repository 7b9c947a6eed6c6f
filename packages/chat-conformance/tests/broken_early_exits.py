"""Models that break a law about stopping early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from functools import partial
from typing import Any, ClassVar

from breaking import breaks
from chat_core import AIMessage, AIMessageChunk, ChatError, Message, Runnable
from chat_core.provider import Response
from passing import EventStreaming, Passing, Streaming
from plain_model import PlainModel, PlainTransport


class _KeepsOnIterating(Passing):
    """Holds on to its loop, which ``break`` therefore does not close."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._loop: Any = None
        self._ended = False

    def __iter__(self) -> Any:
        if self._loop is None:
            self._loop = iter(self._stream)
        elif not self._ended:
            raise ChatError("This stream is closed.")
        return self._read()

    def _read(self) -> Any:
        yield from iter(partial(next, self._loop, None), None)
        self._ended = True

    def __aiter__(self) -> Any:
        if self._loop is None:
            self._loop = aiter(self._stream)
        elif not self._ended:
            raise ChatError("This stream is closed.")
        return self._aread()

    async def _aread(self) -> Any:
        while (chunk := await anext(self._loop, None)) is not None:
            yield chunk
        self._ended = True

    def __next__(self) -> Any:
        if self._loop is not None and not self._ended:
            raise ChatError("This stream is closed.")
        return super().__next__()

    def __anext__(self) -> Any:
        if self._loop is not None and not self._ended:
            raise ChatError("This stream is closed.")
        return super().__anext__()


@breaks("test_break_disconnects")
class StaysAfterBreak(Streaming):
    around = _KeepsOnIterating


class _CannotClose(Passing):
    def close(self) -> None:
        """Does nothing."""

    async def aclose(self) -> None:
        """Does nothing."""


@breaks("test_close_disconnects")
class StaysAfterClose(Streaming):
    around = _CannotClose


class _StaysInTheBlock(Passing):
    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> Any:
        return None

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return None


@breaks("test_an_exception_of_the_reader_disconnects")
class StaysAfterAnException(Streaming):
    around = _StaysInTheBlock


class _Remembered(Passing):
    all: ClassVar[list[Any]] = []

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.all.append(stream)


@breaks("test_dropping_a_stream_disconnects")
class KeepsItsStreams(Streaming):
    around = _Remembered


@breaks("test_cancelling_the_reader_disconnects")
class ReadsOnInATask(PlainModel):
    """Reads ahead in a task of its own, which keeps running when its reader is cancelled."""

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        segments = super()._astream(messages, **options)

        async def read() -> None:
            try:
                async for segment in segments:
                    queue.put_nowait(segment)
            except ChatError as error:
                queue.put_nowait(error)
            else:
                queue.put_nowait(None)
            finally:
                await segments.aclose()

        task = asyncio.ensure_future(read())
        try:
            while (found := await queue.get()) is not None:
                if isinstance(found, ChatError):
                    raise found
                yield found
        except asyncio.CancelledError:
            _forgotten.add(task)
            asyncio.get_running_loop().call_later(1.0, task.cancel)
            raise
        except BaseException:
            task.cancel()
            await asyncio.wait([task])
            raise


_forgotten: set[Any] = set()


@breaks("test_cancelling_a_whole_call_disconnects")
class FinishesWhatItBegan(PlainModel):
    async def _agenerate(self, messages: list[Message], **options: Any) -> AIMessage:
        task = asyncio.ensure_future(super()._agenerate(messages, **options))
        _forgotten.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)


class _LeakyStep(Runnable[Any, Any]):
    """A chain that forgets to close the model's stream."""

    kept: ClassVar[list[Any]] = []

    def __init__(self, model: PlainModel, rest: Any) -> None:
        self._model = model
        self._rest = rest

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self._chunks(self._model.stream(input))

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self._achunks(self._model.astream(input))

    def _chunks(self, stream: Any) -> Generator[str, None, None]:
        self.kept.append(stream)
        while (chunk := next(stream, None)) is not None:
            if chunk.content:
                yield chunk.content

    async def _achunks(self, stream: Any) -> AsyncGenerator[str, None]:
        self.kept.append(stream)
        while (chunk := await anext(stream, None)) is not None:
            if chunk.content:
                yield chunk.content


@breaks("test_break_in_a_chain_disconnects")
class LeaksInChains(PlainModel):
    def __or__(self, other: Any) -> Any:
        return _LeakyStep(self, other)


class _LeakyEvents(Passing):
    kept: ClassVar[list[Any]] = []

    def __iter__(self) -> Any:
        self.kept.append(iter(self._stream))
        while (event := next(self.kept[-1], None)) is not None:
            yield event

    async def __aiter__(self) -> Any:
        self.kept.append(self._stream.__aiter__())
        while (event := await anext(self.kept[-1], None)) is not None:
            yield event

    async def aclose(self) -> None:
        """Does nothing."""


@breaks("test_break_in_the_events_disconnects")
class LeaksItsEvents(EventStreaming):
    around = _LeakyEvents


class _Forgetful(Passing):
    def close(self) -> None:
        """Forget everything."""
        self._stream.close()
        self._gone = True

    async def aclose(self) -> None:
        """Forget everything."""
        await self._stream.aclose()
        self._gone = True

    @property
    def message(self) -> AIMessage:
        """The message, or what a closed stream knows: nothing."""
        return AIMessage("Nothing.") if self.__dict__.get("_gone") else self._stream.message


@breaks("test_what_arrived_stays_after_an_early_exit")
class ForgetsWhatArrived(Streaming):
    around = _Forgetful


class _Ends(Passing):
    def __iter__(self) -> Any:
        chunks = iter(self._stream) if not self.__dict__.get("_begun") else iter(())
        self._begun = True
        return chunks

    def __aiter__(self) -> Any:
        begun, self._begun = self.__dict__.get("_begun"), True
        return _nothing() if begun else self._stream.__aiter__()


async def _nothing() -> AsyncGenerator[Any, None]:
    return
    yield


@breaks("test_a_closed_stream_does_not_look_ended")
class EndsWhenItIsLeft(Streaming):
    around = _Ends


class _Threaded(Passing):
    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        threading.Thread(target=threading.Event().wait, args=(30.0,), daemon=True).start()


@breaks("test_early_exits_leave_no_thread")
class StartsAThreadEach(Streaming):
    around = _Threaded


class _Tasked(Passing):
    def __aiter__(self) -> Any:
        return self._stream.__aiter__()

    async def __anext__(self) -> Any:
        _forgotten.add(asyncio.ensure_future(asyncio.sleep(30.0)))
        return await anext(self._stream)


@breaks("test_early_exits_leave_no_task")
class StartsATaskEach(Streaming):
    around = _Tasked


class HangsUp(PlainTransport):
    def received(self, response: Response) -> Response:
        streamed = response.headers.get("content-type", "").startswith("text/event-stream")
        closing: Any = _Closing(response) if streamed else response
        return closing  # type: ignore[no-any-return]


class _Closing:
    """A response that never reads the end of its body, so that its connection is of no more use."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def iter_raw(self) -> Any:
        for data in self._response.iter_raw():
            yield data
            if b'data: {"end":' in data and data.endswith(b"\n\n"):
                self._response.close()
                return

    async def aiter_raw(self) -> Any:
        async for data in self._response.aiter_raw():
            yield data
            if b'data: {"end":' in data and data.endswith(b"\n\n"):
                await self._response.aclose()
                return


@breaks("test_the_connection_survives_a_stream_that_ended")
class ThrowsConnectionsAway(PlainModel):
    transport = HangsUp
