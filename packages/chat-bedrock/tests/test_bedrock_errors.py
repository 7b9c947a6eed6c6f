"""What each refusal of Bedrock is in our tree of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_bedrock.errors import error_from_response
from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from converse_wire import reply

ROWS: list[tuple[int, str, str, type[APIError]]] = [
    (400, "ValidationException", "Malformed input request.", InvalidRequestError),
    (
        400,
        "ValidationException",
        "Input is too long for requested model.",
        ContextLengthExceededError,
    ),
    (
        400,
        "ValidationException",
        "The model returned the following errors: prompt is too long: 9 tokens > 8 maximum",
        ContextLengthExceededError,
    ),
    (
        400,
        "ValidationException",
        "The provided model identifier is invalid.",
        ModelNotFoundError,
    ),
    (
        400,
        "ValidationException",
        "The model returned the following errors: Output blocked by content filtering policy",
        ContentFilterError,
    ),
    (
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
        PermissionDeniedError,
    ),
    (403, "AccessDeniedException", "Bearer Token has expired", AuthenticationError),
    (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        AuthenticationError,
    ),
    (403, "ExpiredTokenException", "The security token has expired", AuthenticationError),
    (403, "InvalidSignatureException", "The request signature …", AuthenticationError),
    (404, "ResourceNotFoundException", "Model not found.", ModelNotFoundError),
    (408, "ModelTimeoutException", "Took too long.", ServerError),
    (424, "ModelErrorException", "The model failed.", ServerError),
    (429, "ThrottlingException", "Too many requests, please wait.", RateLimitError),
    (
        429,
        "ThrottlingException",
        "Too many tokens per day, please wait before trying again.",
        QuotaExceededError,
    ),
    (429, "ModelNotReadyException", "Loading.", OverloadedError),
    (500, "InternalServerException", "Oops.", ServerError),
    (503, "ServiceUnavailableException", "Bedrock is unable to process.", OverloadedError),
]


@pytest.mark.parametrize(("status", "name", "message", "kind"), ROWS)
def test_a_refusal_is_found_by_the_name_in_its_header(
    status: int, name: str, message: str, kind: type[APIError]
) -> None:
    headers = {
        "x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/",
        "x-amzn-requestid": "id-1",
    }
    error = error_from_response(status, headers, json.dumps({"message": message}).encode())
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (status, name, "id-1")
    assert error.message == message


@pytest.mark.parametrize("kind", [RateLimitError, ServerError, OverloadedError])
def test_what_may_pass_is_worth_another_try(kind: type[APIError]) -> None:
    for status, name, message, expected in ROWS:
        if expected is kind:
            headers = {"x-amzn-errortype": name}
            body = json.dumps({"message": message}).encode()
            assert error_from_response(status, headers, body).is_retryable


def test_a_quota_of_a_day_is_not() -> None:
    body = b'{"message": "Too many tokens per day, please wait before trying again."}'
    headers = {"x-amzn-errortype": "ThrottlingException"}
    assert not error_from_response(429, headers, body).is_retryable


@pytest.mark.parametrize(
    "body",
    [
        {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "No."},
        {"code": "AccessDeniedException", "message": "No."},
        {"message": "No."},
        {"Message": "No."},
    ],
)
def test_the_name_may_stand_in_the_body_or_nowhere(body: dict[str, Any]) -> None:
    error = error_from_response(403, {}, json.dumps(body).encode())
    assert type(error) is PermissionDeniedError
    assert error.message == "No."


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b"null", b'"busy"'])
def test_a_body_of_a_gateway_is_read_by_its_status(body: bytes) -> None:
    error = error_from_response(503, {}, body)
    assert type(error) is OverloadedError
    assert error.message


def test_an_operation_that_the_host_does_not_know_is_an_error_within_a_whole_answer() -> None:
    wire = {"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}}
    with pytest.raises(InvalidRequestError) as seen:
        reply(wire)
    assert seen.value.code == "UnknownOperationException"


def test_a_body_that_is_no_answer_is_named() -> None:
    with pytest.raises(MalformedResponseError, match="answer of Converse"):
        reply({"output": {"text": "Hi"}})
