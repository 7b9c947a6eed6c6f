"""HTTP errors of Google as errors of our tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import (
    APIError,
    AuthenticationError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from chat_google_genai.errors import error_from_object, error_from_response

RPC = "type.googleapis.com/google.rpc."


def refused(
    status: int, word: str, *details: dict[str, Any], message: str = "m", **headers: str
) -> APIError:
    error = {"code": status, "message": message, "status": word, "details": list(details)}
    body = json.dumps({"error": error}).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, names, body, provider="google-genai")


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "INVALID_ARGUMENT", InvalidRequestError),
        (400, "FAILED_PRECONDITION", InvalidRequestError),
        (401, "UNAUTHENTICATED", AuthenticationError),
        (403, "PERMISSION_DENIED", PermissionDeniedError),
        (404, "NOT_FOUND", ModelNotFoundError),
        (429, "RESOURCE_EXHAUSTED", RateLimitError),
        (500, "INTERNAL", ServerError),
        (503, "UNAVAILABLE", OverloadedError),
        (504, "DEADLINE_EXCEEDED", ServerError),
    ],
)
def test_the_status_chooses_the_class(status: int, word: str, kind: type[APIError]) -> None:
    error = refused(status, word)
    assert type(error) is kind
    assert (error.status, error.code, error.provider) == (status, word, "google-genai")


@pytest.mark.parametrize(
    ("number", "word", "kind", "status"),
    [
        (3, "INVALID_ARGUMENT", InvalidRequestError, 400),
        (7, "PERMISSION_DENIED", PermissionDeniedError, 403),
        (8, "RESOURCE_EXHAUSTED", RateLimitError, 429),
        (14, "UNAVAILABLE", OverloadedError, 503),
        (16, "UNAUTHENTICATED", AuthenticationError, 401),
    ],
)
def test_an_error_of_a_job_has_the_number_of_a_status_word(
    number: int, word: str, kind: type[APIError], status: int
) -> None:
    error = error_from_object({"code": number, "message": "row 7"}, provider="google-genai")
    assert (type(error), error.status, error.code) == (kind, status, word)


def test_a_wrong_key_is_an_authentication_error_although_it_comes_as_400() -> None:
    info = {"@type": RPC + "ErrorInfo", "reason": "API_KEY_INVALID"}
    assert type(refused(400, "INVALID_ARGUMENT", info)) is AuthenticationError


def test_the_wait_is_in_retry_info() -> None:
    info = {"@type": RPC + "RetryInfo", "retryDelay": "34.07s"}
    error = refused(429, "RESOURCE_EXHAUSTED", info)
    assert error.retry_after == pytest.approx(34.07)
    assert error.is_retryable


def test_the_wait_may_be_in_the_header() -> None:
    assert refused(503, "UNAVAILABLE", retry_after="7").retry_after == 7
    assert refused(503, "UNAVAILABLE", retry_after="soon").retry_after is None
    then, now = "Tue, 14 Nov 2023 22:13:25 GMT", "Tue, 14 Nov 2023 22:13:20 GMT"
    assert refused(503, "UNAVAILABLE", retry_after=then, date=now).retry_after == 5


@pytest.mark.parametrize("delay", ["-1s", "nans", None, {"seconds": 3}, "soon"])
def test_a_wait_in_an_unknown_shape_is_none(delay: Any) -> None:
    info = {"@type": RPC + "RetryInfo", "retryDelay": delay}
    assert refused(429, "RESOURCE_EXHAUSTED", info).retry_after is None


def test_a_daily_quota_is_not_worth_waiting_for() -> None:
    def quota(name: str) -> APIError:
        failure = {"@type": RPC + "QuotaFailure", "violations": [{"quotaId": name}]}
        return refused(429, "RESOURCE_EXHAUSTED", failure)

    daily = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")
    assert type(daily) is QuotaExceededError
    assert not daily.is_retryable
    assert type(quota("GenerateRequestsPerMinutePerProjectPerModel")) is RateLimitError


@pytest.mark.parametrize(
    "message",
    [
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "The input token count exceeds the maximum number of input tokens allowed 1048576.",
    ],
)
def test_a_prompt_that_is_too_long_is_known_by_its_words(message: str) -> None:
    error = refused(400, "INVALID_ARGUMENT", message=message)
    assert type(error) is ContextLengthExceededError


def test_a_prompt_that_is_too_long_is_known_by_a_code_where_there_is_one() -> None:
    error = refused(400, "context_length_exceeded", message="Too long.")
    assert type(error) is ContextLengthExceededError


def test_an_error_in_a_list_is_read() -> None:
    body = b'[{"error": {"code": 404, "message": "gone", "status": "NOT_FOUND"}}]'
    error = error_from_response(404, {}, body, provider="google-genai")
    assert type(error) is ModelNotFoundError
    assert error.message == "gone"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"<!doctype html>", "HTML"),
        (b"", "empty body"),
        (b'{"words": "no"}', '"words"'),
        (b"[]", r"\[\]"),
        (b'{"error": null}', "null"),
    ],
)
def test_a_body_that_is_no_error_object_is_shown(body: bytes, shown: str) -> None:
    error = error_from_response(502, {}, body, provider="google-genai")
    assert type(error) is ServerError
    with pytest.raises(ServerError, match=shown):
        raise error


def test_a_redirect_is_an_error_because_the_key_stays_here() -> None:
    error = error_from_response(307, {"location": "https://x"}, b"", provider="google-genai")
    assert isinstance(error, APIError)
    assert error.status == 307


def test_nulls_in_an_error_are_survived() -> None:
    body = b'{"error": {"code": null, "message": null, "status": null, "details": [null, {}]}}'
    assert error_from_response(500, {}, body, provider="google-genai").status == 500
