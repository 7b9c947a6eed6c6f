"""Models that break a law about time limits or retries."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from breaking import Bent, EndsItself, FilteringTransport, breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIConnectionError,
    APIError,
    APITimeoutError,
    ChatError,
    Message,
)
from chat_core.provider import Decoder, Request
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainDecoder


@breaks("test_silence_before_an_answer_times_out")
class TakesSilenceForABrokenLine(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        if isinstance(error, APITimeoutError) and "answer within" in error.message:
            return APIConnectionError(error.message)
        return error


@breaks("test_silence_before_the_first_event_times_out")
class TakesASilentStreamForABrokenLine(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        if isinstance(error, APITimeoutError) and "No event within" in error.message:
            return APIConnectionError(error.message)
        return error


@breaks("test_silence_in_a_stream_times_out")
class TakesSilenceForTheEnd(EndsItself):
    """For text of four characters."""

    def ends(self, error: ChatError, text: str) -> ChatError | None:
        silent = isinstance(error, APITimeoutError) and text == "Gold"
        return None if silent else error


class _WarmIsBroken(FilteringTransport):
    def change(self, data: bytes) -> bytes:
        return b"" if b": keep-alive" in data else data


@breaks("test_comments_are_no_progress")
class EndsAtAComment(PlainModel):
    transport = _WarmIsBroken


@breaks("test_a_timeout_keeps_what_had_arrived")
class ForgetsOverTime(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        if isinstance(error, APITimeoutError):
            error.partial = AIMessage("")
        return error


@breaks("test_a_timeout_names_its_setting")
class SaysOnlyThatTimeIsUp(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        if isinstance(error, APITimeoutError):
            error.message = "Time is up."
        return error


@breaks("test_a_slow_reader_is_no_silent_vendor")
class CountsTheReadersTime(PlainModel):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        before = monotonic()
        segments = super()._stream(messages, **options)
        try:
            for segment in segments:
                if monotonic() - before > self.idle_timeout:
                    raise APITimeoutError("No further event in time.")
                before = monotonic()
                yield segment
        finally:
            segments.close()


class _Exchanging(PlainModel):
    """A model with an exchange of its own."""

    def changed(self, exchange: Any) -> Any:
        """What becomes of an exchange."""
        return exchange

    def _exchange(self, messages: list[Message], options: dict[str, Any], *, stream: bool) -> Any:
        return self.changed(super()._exchange(messages, options, stream=stream))


def _reading(
    exchange: Any, change: Callable[[APIError], None]
) -> Callable[[int, Mapping[str, str], bytes], APIError]:
    def read(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
        error: APIError = exchange.error_from_response(status, headers, body)
        change(error)
        return error

    return read


def _not_again(error: APIError) -> None:
    if error.status == 503:
        error.is_retryable = False


@breaks("test_what_passes_is_tried_again")
class AsksNotAgain(_Exchanging):
    def changed(self, exchange: Any) -> Any:
        if exchange.max_retries == 1:
            return replace(exchange, error_from_response=_reading(exchange, _not_again))
        return exchange


class NamesEachAttempt(PlainTransport):
    """Gives each request a key of its own."""

    def caller_headers(self, request: Request) -> Mapping[str, str]:
        headers = dict(request.headers)
        if "idempotency-key" in headers:
            headers["idempotency-key"] = f"{monotonic()}"
        return headers


@breaks("test_each_attempt_has_the_idempotency_key_of_its_call")
class ForgetsTheKeyOfTheCall(PlainModel):
    transport = NamesEachAttempt


def _once_more(error: APIError) -> None:
    if error.status == 404:
        error.is_retryable = True


@breaks("test_what_lasts_is_asked_once")
class LooksOnceMore(_Exchanging):
    def changed(self, exchange: Any) -> Any:
        if exchange.max_retries == 2:
            return replace(exchange, error_from_response=_reading(exchange, _once_more))
        return exchange


@breaks("test_max_retries_is_the_limit")
class CountsFromOne(_Exchanging):
    def changed(self, exchange: Any) -> Any:
        if exchange.max_retries == 2:
            return replace(exchange, max_retries=3)
        return exchange


def _no_wait(error: APIError) -> None:
    error.retry_after = None


@breaks("test_the_vendors_wait_is_kept")
class DoesNotWait(_Exchanging):
    def changed(self, exchange: Any) -> Any:
        if exchange.max_retries:
            return replace(exchange, error_from_response=_reading(exchange, _no_wait))
        return exchange


class _Final(PlainDecoder):
    def error(self, wire: dict[str, Any]) -> APIError:
        error = super().error(wire)
        error.is_retryable = False
        return error


@breaks("test_an_error_before_any_output_is_tried_again")
class GivesUpInStreams(_Exchanging):
    def changed(self, exchange: Any) -> Any:
        final: Callable[[], Decoder] = _Final
        return replace(exchange, decoder=final) if exchange.max_retries else exchange


@breaks("test_an_error_after_output_is_not_tried_again")
class SaysItTwice(PlainModel):
    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        begun = False
        segments = super()._stream(messages, **options)
        try:
            for segment in segments:
                begun = True
                yield segment
        except APIError:
            if not (begun and self.max_retries):
                raise
            yield from super()._stream(messages, **options)
        finally:
            segments.close()


@breaks("test_an_unreachable_server_is_a_connection_error")
class HidesTheCause(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        if isinstance(error, APIConnectionError):
            error.__cause__ = None
        return error
