"""Models that break a law of streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any

from breaking import Bent, FilteringTransport, breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    AsyncChatStream,
    Block,
    ChatError,
    ChatStream,
    MalformedResponseError,
    Message,
)
from plain_model import PlainModel, WholeModel
from plain_wire import PlainDecoder


class SkipsBlanks(PlainDecoder):
    in_stream = True

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        self.in_stream = False
        return super().reply(wire)

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        skipped = self.in_stream and wire.get("text") == "\n"
        return () if skipped else super().blocks(wire)


@breaks("test_a_stream_is_the_text_in_order")
class SwallowsLineEnds(PlainModel):
    decoder = SkipsBlanks


class _Forgetful(ChatStream):
    @property
    def message(self) -> AIMessage:
        """The message without its id."""
        message = super().message
        if message.finish_reason is not None and len(message.content) == 20:
            message.name = "somebody"
        return message


class _AsyncForgetful(AsyncChatStream):
    @property
    def message(self) -> AIMessage:
        """The message without its id."""
        message = super().message
        if message.finish_reason is not None and len(message.content) == 20:
            message.name = "somebody"
        return message


@breaks("test_a_stream_knows_its_message")
class AddsToItsMessage(PlainModel):
    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> ChatStream:
        return _Forgetful(self.traced_segments(input, config, kwargs)[1])

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncChatStream:
        return _AsyncForgetful(self.atraced_segments(input, config, kwargs)[1])


class _Wrapping(ChatStream):
    """Yields an ``AIMessage`` in place of one chunk."""

    def __iter__(self) -> Any:
        for chunk in super().__iter__():
            yield AIMessage(chunk.blocks) if chunk.content == "Gold" else chunk


class _AsyncWrapping(AsyncChatStream):
    """The same with ``await``."""

    async def __aiter__(self) -> Any:
        chunks = super().__aiter__()
        try:
            async for chunk in chunks:
                yield AIMessage(chunk.blocks) if chunk.content == "Gold" else chunk
        finally:
            await chunks.aclose()


@breaks("test_a_stream_is_made_of_chunks")
class YieldsAMessage(PlainModel):
    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> ChatStream:
        return _Wrapping(self.traced_segments(input, config, kwargs)[1])

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncChatStream:
        return _AsyncWrapping(self.atraced_segments(input, config, kwargs)[1])


@breaks("test_a_chunk_comes_before_the_next_is_sent")
class HoldsOneBack(PlainModel):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        held: list[AIMessageChunk] = []
        segments = super()._stream(messages, **options)
        try:
            for segment in segments:
                for chunk in segment:
                    if held:
                        yield held
                    held = [chunk]
        except ChatError:
            yield held
            held = []
            raise
        finally:
            segments.close()
        yield held

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        held: list[AIMessageChunk] = []
        segments = super()._astream(messages, **options)
        try:
            async for segment in segments:
                for chunk in segment:
                    if held:
                        yield held
                    held = [chunk]
        except ChatError:
            yield held
            held = []
            raise
        finally:
            await segments.aclose()
        yield held


@breaks("test_a_long_answer_comes_in_many_chunks")
class GathersLongAnswers(Bent):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        if "verse of four lines" not in messages[-1].content:
            yield from super()._stream(messages, **options)
        else:
            yield [AIMessageChunk(self._generate(messages, **options).content)]

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        if "verse of four lines" not in messages[-1].content:
            segments = super()._astream(messages, **options)
            try:
                async for segment in segments:
                    yield segment
            finally:
                await segments.aclose()
        else:
            yield [AIMessageChunk((await self._agenerate(messages, **options)).content)]


@breaks("test_a_model_that_cannot_stream_gives_one_chunk", lacks={"streaming"})
class PretendsToStream(WholeModel):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        for (chunk,) in super()._stream(messages, **options):
            yield [chunk]
            yield [AIMessageChunk("")]

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        async for (chunk,) in super()._astream(messages, **options):
            yield [chunk]
            yield [AIMessageChunk("")]


Segments = Generator[Sequence[AIMessageChunk], None, None]


def _begun(segments: Segments) -> Segments:
    """``segments``, of which the first has been asked for already."""
    try:
        first: Sequence[AIMessageChunk] | ChatError = next(segments, ())
    except ChatError as error:
        first = error
    return _resumed(first, segments)


def _resumed(first: Sequence[AIMessageChunk] | ChatError, segments: Segments) -> Segments:
    if isinstance(first, ChatError):
        raise first
    yield first
    yield from segments


@breaks("test_nothing_is_sent_before_the_first_step")
class SendsAtOnce(PlainModel):
    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> ChatStream:
        return ChatStream(_begun(self.traced_segments(input, config, kwargs)[1]))


class ReadsEachPieceAlone(FilteringTransport):
    def change(self, data: bytes) -> bytes:
        while data and 0x80 <= data[0] < 0xC0:  # the rest of a letter
            data = data[1:]
        while data and 0x80 <= data[-1] < 0xF8:  # the beginning of one
            data = data[:-1]
        return data or b" "


@breaks("test_it_does_not_matter_where_bytes_are_cut")
class CutsLettersInTwo(PlainModel):
    transport = ReadsEachPieceAlone


class KnowsTwoLineEnds(FilteringTransport):
    def change(self, data: bytes) -> bytes:
        return data.replace(b"\r", b"") or b" "


@breaks("test_lines_may_end_in_three_ways")
class DropsCarriageReturns(PlainModel):
    transport = KnowsTwoLineEnds


class TakesCommentsForErrors(FilteringTransport):
    def change(self, data: bytes) -> bytes:
        return data.replace(b": ping", b"data: ping")


@breaks("test_comments_bring_nothing")
class ReadsComments(PlainModel):
    transport = TakesCommentsForErrors


@breaks("test_many_events_may_come_in_one_packet")
class TakesThirtyAtMost(Bent):
    def segment(self, chunks: list[AIMessageChunk]) -> list[AIMessageChunk]:
        return chunks[:90] + chunks[-1:] if len(chunks) > 100 else chunks


class Tires(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        self.count += 1
        return super().blocks(wire) if self.count < 1500 or "end" in wire else ()


@breaks("test_a_long_stream_arrives_whole")
class TiresOfListening(PlainModel):
    decoder = Tires


class ShortLines(PlainDecoder):
    def text(self, text: str) -> Block:
        return super().text(text[:1_000_000])


@breaks("test_a_line_may_be_very_long")
class CutsLongLines(PlainModel):
    decoder = ShortLines


class OnlyEvents(FilteringTransport):
    def received(self, response: Any) -> Any:
        sent, kind = (each.headers.get("content-type") for each in (response.request, response))
        if sent == kind == "application/json" and b'"stream":true' in response.request.content:
            _refuse(response)
        return response


def _refuse(response: Any) -> None:
    if response.status_code == 200 and int(response.headers.get("content-length", "0")) > 150:
        raise MalformedResponseError("Expected a stream of events.")


@breaks("test_a_whole_answer_to_a_streamed_request_is_read")
class InsistsOnEvents(PlainModel):
    transport = OnlyEvents
