"""Several candidates from one request: as messages, and as chunks that name their candidate."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arguments import positive_count
from ..errors import ChatError, InvalidParameterError, MalformedResponseError
from ..messages.chunks import AIMessageChunk, MessageBuilder

if TYPE_CHECKING:
    from ..messages.message import AIMessage, Message
    from ..runs.config import RunConfig
    from ..runs.run import Run
    from ..wire.exchange import Exchange

__all__ = ["Candidate", "CandidatesCall"]

Candidate = tuple[int, AIMessageChunk]
"""The index of a candidate, from 0, and a chunk of it."""


class CandidatesCall:
    """One request for ``n`` candidates. Raises ``InvalidParameterError`` for what cannot be asked.

    Args:
        model: a chat model.
        input: what ``invoke`` takes.
        n: how many candidates.
        kwargs: settings and options of this call.
        stream: whether the answer is asked for as a stream.
    """

    def __init__(
        self, model: Any, input: object, n: int, kwargs: dict[str, object], *, stream: bool
    ) -> None:
        self._model = model.bind(**kwargs) if kwargs else model
        self._n = positive_count("n", n)
        self._wire = self._model._candidate_wire()  # noqa: SLF001 - of this package
        if self._wire is None:
            raise InvalidParameterError(
                f"{type(model).__name__} cannot ask for several candidates: its vendor, or this"
                f" API of it, has none. For several answers use model.batch([input] * {n})."
            )
        if self._model._middleware or self._model._process_middleware:  # noqa: SLF001
            raise InvalidParameterError(
                "candidates() does not go through middleware such as a cache or a budget; use"
                f" model.batch([input] * {n}), or a model without it."
            )
        self._messages: list[Message] = self._model._read(input)  # noqa: SLF001 - of this package
        self._stream = stream
        self._candidates = _Candidates(is_whole=not stream)

    def _run(self, config: RunConfig | None) -> Run | None:
        run: Run | None = self._model._run(config)  # noqa: SLF001 - of this package
        if run is not None:
            run.metadata["ls_candidates"] = self._n
            run.candidates = self._candidates.messages
        return run

    def _exchange(self) -> Exchange:
        from ..wire.candidates import CandidatesDecoder

        model = self._model
        exchange: Exchange = model._exchange(  # noqa: SLF001 - of this package
            self._messages,
            model._options,  # noqa: SLF001 - of this package
            stream=self._stream,
        )
        exchange.body = self._wire.with_count(exchange.body, self._n)
        exchange.decoder = partial(CandidatesDecoder, exchange.decoder, self._wire)
        return exchange

    # --- whole

    def whole(self, config: RunConfig | None) -> list[AIMessage]:
        """The messages, in the order of their index."""
        from .tracing import trace_generate

        run = self._run(config)
        if run is None:
            self._ask()
        else:
            trace_generate(run, self._messages, self._ask)
        return self._candidates.messages()

    async def awhole(self, config: RunConfig | None) -> list[AIMessage]:
        """``whole`` on an event loop."""
        from .tracing import atrace_generate

        run = self._run(config)
        if run is None:
            await self._aask()
        else:
            await atrace_generate(run, self._messages, self._aask)
        return self._candidates.messages()

    def _ask(self) -> AIMessage:
        from ..wire.drivers import run_call

        for segment in run_call(self._exchange()):
            self._candidates.take(segment)
        return self._candidates.messages()[0]

    async def _aask(self) -> AIMessage:
        from ..wire.drivers import arun_call

        async for segment in arun_call(self._exchange()):
            self._candidates.take(segment)
        return self._candidates.messages()[0]

    # --- streamed

    def stream(self, config: RunConfig | None) -> Generator[Candidate, None, None]:
        """What arrives."""
        from .tracing import trace_stream

        arrived = self._candidates
        segments = self._segments()
        run = self._run(config)
        traced = segments if run is None else trace_stream(run, self._messages, segments)
        try:
            for _ in traced:
                yield from arrived.taken()
            yield from arrived.taken()
        except ChatError as error:
            arrived.attach_partial(error)
            raise
        finally:
            traced.close()

    async def astream(self, config: RunConfig | None) -> AsyncGenerator[Candidate, None]:
        """``stream`` on an event loop."""
        from .tracing import atrace_stream

        arrived = self._candidates
        segments = self._asegments()
        run = self._run(config)
        traced = segments if run is None else atrace_stream(run, self._messages, segments)
        try:
            async for _ in traced:
                for candidate in arrived.taken():
                    yield candidate
            for candidate in arrived.taken():
                yield candidate
        except ChatError as error:
            arrived.attach_partial(error)
            raise
        finally:
            await traced.aclose()

    def _segments(self) -> Generator[Sequence[AIMessageChunk], None, None]:
        """The chunks of candidate 0, which are those of the run; the others wait in the order."""
        from ..wire.drivers import run_call

        answer = run_call(self._exchange())
        try:
            for segment in answer:
                yield self._candidates.take(segment)
        finally:
            answer.close()

    async def _asegments(self) -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        from ..wire.drivers import arun_call

        answer = arun_call(self._exchange())
        try:
            async for segment in answer:
                yield self._candidates.take(segment)
        finally:
            await answer.aclose()


class _Candidates:
    """What has arrived of each candidate.

    Args:
        is_whole: whether each comes as one chunk.
    """

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._builders: dict[int, MessageBuilder] = {}
        self._head: dict[str, Any] | None = None
        self._waiting: list[Candidate] = []

    def take(self, segment: Sequence[AIMessageChunk]) -> list[AIMessageChunk]:
        """Note a segment; returns its chunks of candidate 0."""
        arrived = [pair for chunk in segment for pair in self._pairs(chunk)]
        for index, chunk in arrived:
            builder = self._builders.get(index)
            if builder is None:
                builder = self._builders[index] = MessageBuilder()
                chunk.response_metadata = {**(self._head or {}), **chunk.response_metadata}
            builder.add(chunk)
        self._waiting += arrived
        return [chunk for index, chunk in arrived if index == 0]

    def _pairs(self, chunk: AIMessageChunk) -> list[Candidate]:
        from ..wire.candidates import CandidateChunks

        if self._head is None:
            self._head = chunk.response_metadata  # of the response's head: see Exchange
        if isinstance(chunk, CandidateChunks):
            return chunk.candidates
        if self._is_whole:
            raise MalformedResponseError(
                "The server streams candidates although no stream was asked for; read them with"
                " stream_candidates()."
            )
        return [(0, chunk)]

    def taken(self) -> Iterator[Candidate]:
        """What has arrived since the last time."""
        arrived, self._waiting = self._waiting, []
        return iter(arrived)

    def messages(self) -> list[AIMessage]:
        """The messages so far, in the order of their index."""
        return [self._builders[index].message() for index in sorted(self._builders)]

    def attach_partial(self, error: ChatError) -> None:
        """Put the first candidate, as far as it has come, on an error that has no ``partial``."""
        from ..errors import APIError

        if isinstance(error, APIError) and error.partial is None and self._builders:
            error.partial = self.messages()[0]
