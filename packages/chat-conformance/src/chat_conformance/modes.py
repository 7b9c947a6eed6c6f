"""The two modes of calling a model, blocking and on an event loop, with the same interface.

A law is written once against a ``Mode`` and run in both. ``SyncMode`` makes blocking calls;
``AsyncMode`` owns an event loop and runs one call after the other on it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIError,
    ChatError,
    ChatModel,
    FileBlock,
    ListedModel,
    StreamEvent,
    TokenCount,
)

from .early_exits import ASYNC_EARLY_EXITS, EARLY_EXITS

__all__ = ["AsyncMode", "Mode", "Streamed", "SyncMode"]

T = TypeVar("T")


@dataclass(frozen=True)
class Streamed:
    """A stream that was read to its end or until it failed."""

    chunks: list[AIMessageChunk]
    message: AIMessage
    error: ChatError | None = None

    @property
    def text(self) -> str:
        """The visible text of all chunks."""
        return "".join(chunk.content for chunk in self.chunks)

    @property
    def partial(self) -> AIMessage | None:
        """What had arrived before the error."""
        return self.error.partial if isinstance(self.error, APIError) else None


class Mode(ABC):
    """How calls are made. Every method blocks until its call is over."""

    name: ClassVar[str]

    @abstractmethod
    def invoke(self, runnable: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """``invoke`` or ``ainvoke``."""

    @abstractmethod
    def stream(self, model: ChatModel, input: Any, config: Any = None, **kwargs: Any) -> Streamed:
        """``stream`` or ``astream``, read to the end; a ``ChatError`` is kept in the result."""

    @abstractmethod
    def items(self, runnable: Any, input: Any) -> list[Any]:
        """Everything that ``stream`` or ``astream`` of any runnable yields."""

    @abstractmethod
    def interleaved(self, model: ChatModel, inputs: Sequence[Any]) -> list[str]:
        """The texts of streams that are all begun before the first is read, and read in turns."""

    @abstractmethod
    def together(self, model: ChatModel, inputs: Sequence[Any]) -> list[AIMessage]:
        """The answers to ``inputs``, all asked for at the same time by callers of their own."""

    @abstractmethod
    def batch(self, model: ChatModel, inputs: Sequence[Any], **kwargs: Any) -> list[Any]:
        """``batch`` or ``abatch``."""

    @abstractmethod
    def as_completed(self, model: ChatModel, inputs: Sequence[Any]) -> list[tuple[int, Any]]:
        """``batch_as_completed`` or its async form, read to the end."""

    @abstractmethod
    def events(
        self, runnable: Any, input: Any, config: Any = None, **filters: Any
    ) -> tuple[list[StreamEvent], ChatError | None]:
        """The events of one call, and the error that ended them."""

    @abstractmethod
    def count_tokens(self, model: ChatModel, input: Any, **kwargs: Any) -> TokenCount:
        """``count_tokens`` or ``acount_tokens``."""

    @abstractmethod
    def candidates(self, model: ChatModel, input: Any, n: int) -> list[AIMessage]:
        """``candidates`` or ``acandidates``."""

    @abstractmethod
    def stream_candidates(
        self, model: ChatModel, input: Any, n: int
    ) -> list[tuple[int, AIMessageChunk]]:
        """Everything that ``stream_candidates`` or ``astream_candidates`` yields."""

    @abstractmethod
    def upload(self, model: ChatModel, path: Path) -> FileBlock:
        """``upload`` or ``aupload``."""

    @abstractmethod
    def delete_file(self, model: ChatModel, file: FileBlock) -> None:
        """``delete_file`` or ``adelete_file``."""

    @abstractmethod
    def list_models(self, model_class: Any, **settings: Any) -> Sequence[ListedModel]:
        """``list_models`` or ``alist_models`` of a model class."""

    @abstractmethod
    def first(self, stream: Any) -> Any:
        """The next item of a stream, which stays open."""

    @abstractmethod
    def begin(self, runnable: Any, input: Any) -> Any:
        """``stream`` or ``astream``, not yet read."""

    @abstractmethod
    def exit_early(self, how: str, runnable: Any, input: Any) -> Any:
        """Read one item of a stream and stop; ``how`` is a name in ``early_exits.py``.

        Returns the stream, so that garbage collection cannot close it.
        """

    @abstractmethod
    def read_on(self, stream: Any) -> ChatError | None:
        """What reading on from a stream raises; ``None`` if it just ends."""

    @abstractmethod
    def close_stream(self, stream: Any) -> None:
        """Close a stream that was begun."""

    @abstractmethod
    def inside(self, model: ChatModel, ask: Callable[[ChatModel], Any]) -> None:
        """Ask within the model's (async) ``with`` block."""

    @abstractmethod
    def close(self, model: ChatModel) -> None:
        """``close`` or ``aclose``."""

    @abstractmethod
    def end(self) -> None:
        """Release what the mode itself holds."""


class SyncMode(Mode):
    """Blocking calls."""

    name = "sync"

    def invoke(self, runnable: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return runnable.invoke(input, config, **kwargs)

    def stream(self, model: ChatModel, input: Any, config: Any = None, **kwargs: Any) -> Streamed:
        chunks = []
        stream = model.stream(input, config, **kwargs)
        try:
            for chunk in stream:
                chunks.append(chunk)  # noqa: PERF402 - kept when the loop fails
        except ChatError as error:
            return Streamed(chunks, stream.message, error)
        return Streamed(chunks, stream.message)

    def items(self, runnable: Any, input: Any) -> list[Any]:
        return list(runnable.stream(input))

    def interleaved(self, model: ChatModel, inputs: Sequence[Any]) -> list[str]:
        streams = [model.stream(one) for one in inputs]
        texts = [""] * len(streams)
        unread = set(range(len(streams)))
        while unread:
            for number in sorted(unread):
                chunk = next(streams[number], None)
                if chunk is None:
                    unread.remove(number)
                else:
                    texts[number] += chunk.content
        return texts

    def together(self, model: ChatModel, inputs: Sequence[Any]) -> list[AIMessage]:
        with ThreadPoolExecutor(len(inputs)) as threads:
            return list(threads.map(model.invoke, inputs))

    def batch(self, model: ChatModel, inputs: Sequence[Any], **kwargs: Any) -> list[Any]:
        return list(model.batch(list(inputs), **kwargs))

    def as_completed(self, model: ChatModel, inputs: Sequence[Any]) -> list[tuple[int, Any]]:
        return list(model.batch_as_completed(list(inputs)))

    def events(
        self, runnable: Any, input: Any, config: Any = None, **filters: Any
    ) -> tuple[list[StreamEvent], ChatError | None]:
        events: list[StreamEvent] = []
        try:
            events.extend(runnable.stream_events(input, config, version="v2", **filters))
        except ChatError as error:
            return events, error
        return events, None

    def count_tokens(self, model: ChatModel, input: Any, **kwargs: Any) -> TokenCount:
        return model.count_tokens(input, **kwargs)

    def candidates(self, model: ChatModel, input: Any, n: int) -> list[AIMessage]:
        return model.candidates(input, n=n)

    def stream_candidates(
        self, model: ChatModel, input: Any, n: int
    ) -> list[tuple[int, AIMessageChunk]]:
        return list(model.stream_candidates(input, n=n))

    def upload(self, model: ChatModel, path: Path) -> FileBlock:
        return model.upload(path)

    def delete_file(self, model: ChatModel, file: FileBlock) -> None:
        model.delete_file(file)

    def list_models(self, model_class: Any, **settings: Any) -> Sequence[ListedModel]:
        found: Sequence[ListedModel] = model_class.list_models(**settings)
        return found

    def first(self, stream: Any) -> Any:
        return next(stream)

    def begin(self, runnable: Any, input: Any) -> Any:
        return runnable.stream(input)

    def exit_early(self, how: str, runnable: Any, input: Any) -> Any:
        return EARLY_EXITS[how](runnable, input)

    def read_on(self, stream: Any) -> ChatError | None:
        try:
            for _ in stream:
                pass
        except ChatError as error:
            return error
        return None

    def close_stream(self, stream: Any) -> None:
        stream.close()

    def inside(self, model: ChatModel, ask: Callable[[ChatModel], Any]) -> None:
        with model:
            ask(model)

    def close(self, model: ChatModel) -> None:
        model.close()

    def end(self) -> None:
        pass


class AsyncMode(Mode):
    """Calls on an event loop that lives as long as this object."""

    name = "async"

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        """Run ``call`` on the loop."""
        return self._runner.run(call)

    def invoke(self, runnable: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.run(runnable.ainvoke(input, config, **kwargs))

    def stream(self, model: ChatModel, input: Any, config: Any = None, **kwargs: Any) -> Streamed:
        async def read() -> Streamed:
            chunks = []
            stream = model.astream(input, config, **kwargs)
            try:
                async for chunk in stream:
                    chunks.append(chunk)  # noqa: PERF401 - kept when the loop fails
            except ChatError as error:
                return Streamed(chunks, stream.message, error)
            return Streamed(chunks, stream.message)

        return self.run(read())

    def items(self, runnable: Any, input: Any) -> list[Any]:
        async def read() -> list[Any]:
            return [item async for item in runnable.astream(input)]

        return self.run(read())

    def interleaved(self, model: ChatModel, inputs: Sequence[Any]) -> list[str]:
        async def read_all() -> list[str]:
            streams = [model.astream(one) for one in inputs]

            async def read(stream: Any) -> str:
                return "".join([chunk.content async for chunk in stream])

            return list(await asyncio.gather(*map(read, streams)))

        return self.run(read_all())

    def together(self, model: ChatModel, inputs: Sequence[Any]) -> list[AIMessage]:
        """Each in an event loop of its own, in a thread of its own."""

        async def ask(input: Any) -> AIMessage:
            try:
                return await model.ainvoke(input)
            finally:
                await model.aclose()

        def run(input: Any) -> AIMessage:
            return asyncio.run(ask(input))

        with ThreadPoolExecutor(len(inputs)) as threads:
            return list(threads.map(run, inputs))

    def batch(self, model: ChatModel, inputs: Sequence[Any], **kwargs: Any) -> list[Any]:
        async def call() -> list[Any]:
            return list(await model.abatch(list(inputs), **kwargs))

        return self.run(call())

    def as_completed(self, model: ChatModel, inputs: Sequence[Any]) -> list[tuple[int, Any]]:
        async def read() -> list[tuple[int, Any]]:
            return [pair async for pair in model.abatch_as_completed(list(inputs))]

        return self.run(read())

    def events(
        self, runnable: Any, input: Any, config: Any = None, **filters: Any
    ) -> tuple[list[StreamEvent], ChatError | None]:
        async def read() -> tuple[list[StreamEvent], ChatError | None]:
            events: list[StreamEvent] = []
            try:
                async for event in runnable.astream_events(input, config, version="v2", **filters):
                    events.append(event)  # noqa: PERF401 - kept when the loop fails
            except ChatError as error:
                return events, error
            return events, None

        return self.run(read())

    def count_tokens(self, model: ChatModel, input: Any, **kwargs: Any) -> TokenCount:
        return self.run(model.acount_tokens(input, **kwargs))

    def candidates(self, model: ChatModel, input: Any, n: int) -> list[AIMessage]:
        return self.run(model.acandidates(input, n=n))

    def stream_candidates(
        self, model: ChatModel, input: Any, n: int
    ) -> list[tuple[int, AIMessageChunk]]:
        async def read() -> list[tuple[int, AIMessageChunk]]:
            return [pair async for pair in model.astream_candidates(input, n=n)]

        return self.run(read())

    def upload(self, model: ChatModel, path: Path) -> FileBlock:
        return self.run(model.aupload(path))

    def delete_file(self, model: ChatModel, file: FileBlock) -> None:
        self.run(model.adelete_file(file))

    def list_models(self, model_class: Any, **settings: Any) -> Sequence[ListedModel]:
        found: Sequence[ListedModel] = self.run(model_class.alist_models(**settings))
        return found

    def first(self, stream: Any) -> Any:
        async def read() -> Any:
            return await anext(stream)

        return self.run(read())

    def begin(self, runnable: Any, input: Any) -> Any:
        return runnable.astream(input)

    def exit_early(self, how: str, runnable: Any, input: Any) -> Any:
        return self.run(ASYNC_EARLY_EXITS[how](runnable, input))

    def read_on(self, stream: Any) -> ChatError | None:
        async def read() -> ChatError | None:
            try:
                async for _ in stream:
                    pass
            except ChatError as error:
                return error
            return None

        return self.run(read())

    def close_stream(self, stream: Any) -> None:
        self.run(stream.aclose())

    def inside(self, model: ChatModel, ask: Callable[[ChatModel], Any]) -> None:
        async def enter() -> None:
            await model.__aenter__()

        self.run(enter())
        ask(model)
        self.run(model.__aexit__(None, None, None))

    def close(self, model: ChatModel) -> None:
        self.run(model.aclose())

    def end(self) -> None:
        self._runner.close()
