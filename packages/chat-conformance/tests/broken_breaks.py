"""Models that break a law about answers that break off or are malformed."""

from __future__ import annotations

from typing import Any

from breaking import Bent, EndsItself, FilteringTransport, breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIConnectionError,
    ChatError,
    MalformedResponseError,
    StreamInterruptedError,
)
from chat_core.provider import Response
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainDecoder


@breaks("test_a_stream_without_proof_of_its_end_is_interrupted")
class BelievesTheBody(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        ended = isinstance(error, StreamInterruptedError) and "before its end" in error.message
        return None if ended and text == "Goldfish on the" else error


@breaks("test_a_reset_in_a_stream_is_an_interruption")
class TakesAResetForNoConnection(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        if type(error.__cause__).__name__ == "ReadError" and text == "Goldfish on the":
            return APIConnectionError(error.message)
        return error


@breaks("test_a_cut_body_is_an_interruption")
class TakesACutForNoConnection(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        cut = isinstance(error, StreamInterruptedError) and text == "Goldfish on the"
        if cut and type(error.__cause__).__name__ == "RemoteProtocolError":
            return APIConnectionError(error.message)
        return error


@breaks("test_an_interruption_keeps_every_letter")
class KeepsTheBeginning(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        if isinstance(error, StreamInterruptedError) and len(text) > 100:
            error.partial = AIMessage(text[:100])
        return error


@breaks("test_half_an_answer_is_no_answer")
class MakesDoWithHalf(Bent):
    def _instead(self, error: ChatError) -> AIMessage:
        if isinstance(error, StreamInterruptedError):
            return AIMessage("", response_metadata={"finish_reason": "stop"})
        return super()._instead(error)


@breaks("test_a_page_of_html_is_no_answer")
class ReadsPagesAsAnswers(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        page = isinstance(error, MalformedResponseError) and error.wire.startswith("<")
        return None if page else error


@breaks("test_an_empty_body_is_no_answer")
class ReadsNothingAsAnAnswer(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        empty = isinstance(error, MalformedResponseError) and not error.wire
        return None if empty else error


@breaks("test_an_event_that_is_not_json_is_malformed")
class SkipsBrokenEvents(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        broken = isinstance(error, MalformedResponseError) and '{"broken' in error.wire
        return None if broken else error


@breaks("test_bytes_that_are_not_utf8_are_malformed")
class SkipsStrangeBytes(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        strange = isinstance(error, MalformedResponseError) and "\ufffd" in error.wire
        return None if strange else error


class _Trusting(FilteringTransport):
    def change(self, data: bytes) -> bytes:
        if b"data: 7\n" in data:
            raise AttributeError("'int' object has no attribute 'get'")
        return data


@breaks("test_events_of_an_absurd_shape_are_errors_of_ours")
class TrustsEveryShape(PlainModel):
    transport = _Trusting


class _NoError(PlainDecoder):
    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        if "success" in wire:
            return super().reply({"data": [{"end": "fin"}]})
        return super().reply(wire)


@breaks("test_an_error_with_status_200_is_no_answer")
class AnswersNothingToFailures(PlainModel):
    decoder = _NoError


class _Unguarded(PlainTransport):
    def received(self, response: Response) -> Response:
        stream: Any = response.extensions["network_stream"]
        stream.guarded_parser = None
        return response


@breaks("test_bytes_behind_an_answer_are_not_the_next_answer")
class ReadsOnBehindAnAnswer(PlainModel):
    transport = _Unguarded
