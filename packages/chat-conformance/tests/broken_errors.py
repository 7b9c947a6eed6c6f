"""Models that break a law of errors or of secrets."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from breaking import Bent, EndsItself, breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIError,
    ChatError,
    ContentFilterError,
    InvalidRequestError,
    MalformedResponseError,
    ServerError,
)
from chat_core.provider import Response
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainDecoder


class _Reading(PlainModel):
    """A model with an error decoder of its own."""

    def read(self, error: APIError, status: int) -> APIError:
        """What becomes of a refusal."""
        return error

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return self.read(super()._error_from_response(status, headers, body), status)


@breaks("test_each_error_has_its_class")
class KnowsNoFilter(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if isinstance(error, ContentFilterError):
            return InvalidRequestError(error.message, status=status, code=error.code)
        return error


@breaks("test_an_error_has_the_status")
class KnowsNoStatus(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        error.status = None if status == 403 else error.status
        return error


@breaks("test_an_error_has_the_vendors_message")
class HasItsOwnWords(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        error.message = f"The request failed with status {status}."
        return error


@breaks("test_an_error_has_the_vendors_code")
class KnowsNoCodes(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        error.code = None
        return error


@breaks("test_an_error_has_the_request_id")
class NamesAnotherRequest(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        error.request_id = "the-id-of-another-request"
        return error


@breaks("test_an_error_names_its_provider")
class BlamesAnother(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if status == 404:
            error.provider = "vendor"
        return error


@breaks("test_an_error_tells_whether_a_retry_helps")
class GivesUpWhenItIsCrowded(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if status == 529:
            error.is_retryable = False
        return error


@breaks("test_an_error_has_the_seconds_to_wait")
class WaitsNoLongerThanASecond(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if error.retry_after is not None and error.retry_after > 1:
            error.retry_after = 1.0
        return error


@breaks("test_an_error_without_json_is_still_its_status")
class WantsJson(_Reading):
    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        if body.startswith(b"<"):
            return MalformedResponseError("Not JSON.", wire=body, status=status)
        return super()._error_from_response(status, headers, body)


@breaks("test_no_status_is_unknown")
class KnowsFewStatuses(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if status == 451:
            error.status = 400
        return error


@breaks("test_errors_can_be_pickled")
class KeepsItsLine(_Reading):
    def read(self, error: APIError, status: int) -> APIError:
        if status == 429:
            error.details["line"] = lambda: None
        return error


class _Vague(PlainDecoder):
    def error(self, wire: dict[str, Any]) -> APIError:
        if wire["word"] == "rate_limit":
            return ServerError(wire["text"], status=500, code=wire["word"])
        return super().error(wire)


@breaks("test_an_error_in_a_stream_is_its_http_twin")
class TakesEveryErrorForOne(PlainModel):
    decoder = _Vague


class _Calm(PlainDecoder):
    """Reads an error of the plain wire as an empty answer, and raises errors of other shapes."""

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        error = wire.get("error")
        if isinstance(error, dict) and "word" in error:
            return super().reply({"id": "", "model": "", "data": []})
        return super().reply(wire)


@breaks("test_an_error_in_a_whole_answer_is_an_error")
class ReadsErrorsAsAnswers(PlainModel):
    decoder = _Calm


@breaks("test_an_error_in_mid_stream_keeps_what_had_arrived")
class ForgetsOverAnError(EndsItself):
    def ends(self, error: ChatError, text: str) -> ChatError | None:
        if isinstance(error, APIError) and error.status == 529:
            error.partial = AIMessage("")
        return error


class _Chatty(PlainTransport):
    def received(self, response: Response) -> Response:
        logging.getLogger("plain").debug("sent with %s", self.headers)
        return response


@breaks("test_logs_hold_no_key")
class LogsItsHeaders(PlainModel):
    transport = _Chatty


@breaks("test_events_hold_no_key")
class TellsItsKey(PlainModel):
    def ls_metadata(self) -> dict[str, Any]:
        return {**super().ls_metadata(), "ls_client": self.get_api_key()}


@breaks("test_errors_hold_no_key")
class QuotesTheRequest(Bent):
    def error(self, error: ChatError) -> ChatError:
        if isinstance(error, APIError) and error.code == "authentication":
            error.details["request"] = {"authorization": self.get_api_key()}
        return error


@breaks("test_an_error_that_echoes_the_key_hides_it")
class RepeatsItsKey(Bent):
    def error(self, error: ChatError) -> ChatError:
        if isinstance(error, APIError) and "[redacted]" in error.message:
            error.details["key"] = self.get_api_key()
        return error
