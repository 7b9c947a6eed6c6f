"""Models that break a reliability law: about a fault, a secret, or an answer without bounds."""

from __future__ import annotations

import logging
from typing import Any

from breaking import Bent, EndsItself, breaks_reliability
from chat_core import (
    AIMessageChunk,
    APIError,
    Block,
    ChatError,
    InvalidParameterError,
    ServerError,
    StreamInterruptedError,
    ToolCall,
)
from chat_core.provider import Request, Response
from plain_model import PlainModel, PlainTransport
from plain_wire import PROVIDER, PlainDecoder


@breaks_reliability("test_a_fault_ends_as_it_must")
class NeedsNoProof(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        return None if text and isinstance(error, StreamInterruptedError) else error


@breaks_reliability("test_no_error_shows_a_secret")
class QuotesTheHeadersSent(Bent):
    def error(self, error: ChatError) -> ChatError:
        if isinstance(error, APIError) and error.status == 500:
            error.details["sent"] = dict(self.get_headers())
        return error


class _Telling(PlainTransport):
    def send(self, request: Request) -> Response:
        logging.getLogger("plain").debug("asking with %s", self.headers)
        return super().send(request)


@breaks_reliability("test_no_log_line_shows_a_secret")
class LogsWhatItSends(PlainModel):
    transport = _Telling


@breaks_reliability("test_no_form_of_a_model_shows_a_secret")
class ShowsItsHeaders(PlainModel):
    def __repr_args__(self) -> Any:
        yield from super().__repr_args__()
        yield "headers", self.get_headers()


@breaks_reliability("test_a_wrong_setting_is_refused_without_showing_the_others")
class QuotesEverySetting(PlainModel):
    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except InvalidParameterError as error:
            raise InvalidParameterError(f"{error} Given: {settings}") from error


@breaks_reliability("test_no_event_and_no_observer_sees_a_secret")
class TellsItsHeaders(PlainModel):
    def ls_metadata(self) -> dict[str, Any]:
        return {**super().ls_metadata(), "ls_headers": dict(self.get_headers())}


class _Following(PlainTransport):
    def received(self, response: Response) -> Response:
        if response.status_code == 301:
            import httpx

            httpx.post(response.headers["location"], headers=self.headers, trust_env=False)
        return response


@breaks_reliability("test_a_redirect_takes_no_secret_elsewhere")
class GoesWhereItIsSent(PlainModel):
    transport = _Following


class _Doubling(PlainTransport):
    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.headers = {**self.headers, "x-key": model.get_api_key() or ""}


@breaks_reliability("test_the_key_goes_out_once_in_a_header")
class SendsTheKeyTwice(PlainModel):
    transport = _Doubling


class _Recounting(PlainDecoder):
    """Reads all text so far again with every letter."""

    def __init__(self) -> None:
        super().__init__()
        self.so_far = ""

    def text(self, text: str) -> Block:
        self.so_far += text
        if sum(map(ord, self.so_far)) < 0:
            raise AssertionError
        return super().text(text)


@breaks_reliability("test_many_tiny_deltas_take_linear_time")
class ReadsItAllAgain(PlainModel):
    decoder = _Recounting


class _Reparsing(PlainDecoder):
    """Reads all arguments so far again with every piece."""

    def __init__(self) -> None:
        super().__init__()
        self.so_far = ""

    def call(self, wire: dict[str, Any]) -> Block:
        self.so_far += wire.get("args") or ""
        if sum(map(ord, self.so_far)) < 0:
            raise AssertionError
        return super().call(wire)


@breaks_reliability("test_arguments_in_tiny_deltas_take_linear_time")
class ReadsArgumentsAgain(PlainModel):
    decoder = _Reparsing


class _Hoarding(PlainDecoder):
    """Keeps every object of the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        self.kept.append((wire, bytearray(800)))
        return super().feed(wire, event)


@breaks_reliability("test_a_long_stream_takes_the_memory_of_its_text")
class KeepsItAll(PlainModel):
    decoder = _Hoarding


class _Flattening(PlainDecoder):
    """Takes arguments that it cannot read for none."""

    def call(self, wire: dict[str, Any]) -> Block:
        made = super().call(wire)
        args = wire.get("args") or ""
        return ToolCall(wire.get("name") or "f", {}, "c1") if args.count("[") > 60_000 else made


@breaks_reliability("test_arguments_that_nest_too_deep_are_no_valid_call")
class TakesDepthForNothing(PlainModel):
    decoder = _Flattening


class _Trusting(PlainDecoder):
    """Uses the attributes of an error body without checking their types."""

    def error(self, wire: Any) -> APIError:
        if isinstance(wire, dict):
            return super().error(wire)
        made = ServerError("It failed.", provider=PROVIDER, status=500)
        made.details = wire
        return made


@breaks_reliability("test_damaged_answers_are_survived")
class TrustsItsVendor(PlainModel):
    decoder = _Trusting
