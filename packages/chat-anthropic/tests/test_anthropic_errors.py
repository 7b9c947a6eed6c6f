"""What Anthropic's errors become, as a response and inside a stream."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_anthropic.decode import MessagesDecoder
from chat_anthropic.errors import error_from_response
from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from chat_core.provider import StreamReader, decode_reply

TWINS: list[tuple[int, str, type[APIError], bool]] = [
    (400, "invalid_request_error", InvalidRequestError, False),
    (401, "authentication_error", AuthenticationError, False),
    (402, "billing_error", PermissionDeniedError, False),
    (403, "permission_error", PermissionDeniedError, False),
    (404, "not_found_error", ModelNotFoundError, False),
    (409, "conflict_error", InvalidRequestError, True),
    (413, "request_too_large", InvalidRequestError, False),
    (429, "rate_limit_error", RateLimitError, True),
    (500, "api_error", ServerError, True),
    (504, "timeout_error", ServerError, True),
    (529, "overloaded_error", OverloadedError, True),
    (400, "context_length_exceeded", ContextLengthExceededError, False),
]
KINDS = [twin[1] for twin in TWINS]


def wire(kind: str, message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, **more}}


def refusal(status: int, error: Any, **headers: str) -> APIError:
    body = error if isinstance(error, bytes) else json.dumps(error).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, names, body)


@pytest.mark.parametrize(("status", "kind", "expected", "retryable"), TWINS, ids=KINDS)
def test_each_type_is_one_class_as_a_response(
    status: int, kind: str, expected: type[APIError], retryable: bool
) -> None:
    error = refusal(status, wire(kind))
    assert type(error) is expected
    assert (error.status, error.code, error.is_retryable) == (status, kind, retryable)
    assert (error.message, error.provider) == ("No.", "anthropic")


@pytest.mark.parametrize(("status", "kind", "expected", "retryable"), TWINS, ids=KINDS)
def test_an_error_inside_a_200_stream_is_its_http_twin(
    status: int, kind: str, expected: type[APIError], retryable: bool
) -> None:
    reader = StreamReader(MessagesDecoder())
    text = {"type": "text_delta", "text": "Hi"}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "msg_1"}},
        {"type": "content_block_delta", "index": 0, "delta": text},
        {**wire(kind), "request_id": "req_1"},
    ]
    data = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
    chunks = reader.feed(data.encode())
    assert [chunk.content for chunk in chunks] == ["", "Hi"], "what came before is not lost"
    error = reader.failure
    assert type(error) is expected
    assert (error.status, error.code, error.is_retryable) == (status, kind, retryable)
    assert error.request_id == "req_1"


def test_a_200_body_that_is_an_error_raises_it() -> None:
    with pytest.raises(OverloadedError) as caught:
        decode_reply(MessagesDecoder(), json.dumps(wire("overloaded_error")).encode())
    assert caught.value.status == 529


@pytest.mark.parametrize(
    "frame",
    [
        b'event: error\ndata: {"error": {"type": "overloaded_error", "message": "No."}}\n\n',
        b'data: {"error": {"type": "overloaded_error", "message": "No."}}\n\n',
        b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"}}\n\n',
    ],
)
def test_an_error_event_is_known_by_its_name_its_type_or_its_field(frame: bytes) -> None:
    reader = StreamReader(MessagesDecoder())
    assert reader.feed(frame) == []
    assert isinstance(reader.failure, OverloadedError)


def test_an_unknown_error_inside_a_stream_is_the_vendors_fault() -> None:
    reader = StreamReader(MessagesDecoder())
    reader.feed(b'event: error\ndata: {"type": "error", "error": {"type": "new_error"}}\n\n')
    assert isinstance(reader.failure, ServerError)
    assert (reader.failure.status, reader.failure.code) == (500, "new_error")


CONTEXT = [
    "prompt is too long: 3333404 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input"
    " length or `max_tokens` and try again",
]


@pytest.mark.parametrize("message", CONTEXT)
def test_a_full_context_is_found_by_its_message(message: str) -> None:
    error = refusal(400, wire("invalid_request_error", message))
    assert type(error) is ContextLengthExceededError


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Output blocked by content filtering policy", ContentFilterError),
        (
            "Your credit balance is too low to access the Anthropic API. Please go to Plans &"
            " Billing to upgrade or purchase credits.",
            QuotaExceededError,
        ),
        (
            "You have reached your specified API usage limits. Access returns on 2026-01-01",
            QuotaExceededError,
        ),
    ],
)
def test_blocked_content_and_spent_credit_are_found_by_their_message(
    message: str, expected: type[APIError]
) -> None:
    error = refusal(400, wire("invalid_request_error", message))
    assert type(error) is expected
    assert not error.is_retryable


def test_prose_decides_only_where_the_type_is_vague() -> None:
    assert type(refusal(404, wire("not_found_error", "prompt is too long"))) is ModelNotFoundError


def test_a_spend_limit_is_a_quota_by_its_code_whatever_the_status() -> None:
    details = {"error_code": "enforced_spend_limit_reached"}
    error = refusal(429, wire("rate_limit_error", details=details))
    assert type(error) is QuotaExceededError
    assert not error.is_retryable
    assert error.details["details"] == details


def test_a_vague_type_gives_way_to_a_more_exact_status() -> None:
    assert type(refusal(429, wire("invalid_request_error"))) is RateLimitError
    assert type(refusal(503, wire("api_error"))) is OverloadedError


def test_wait_and_request_id_come_from_the_headers() -> None:
    error = refusal(429, wire("rate_limit_error"), retry_after="12", request_id="req_7")
    assert (error.retry_after, error.request_id) == (12.0, "req_7")
    assert refusal(429, wire("rate_limit_error"), retry_after="soon").retry_after is None


def test_a_wait_given_as_a_date_is_measured_from_the_date_of_the_response() -> None:
    then, now = "Tue, 14 Nov 2023 22:13:25 GMT", "Tue, 14 Nov 2023 22:13:20 GMT"
    assert refusal(529, wire("overloaded_error"), retry_after=then, date=now).retry_after == 5


def test_the_request_id_may_come_in_the_body() -> None:
    assert refusal(400, {**wire("api_error"), "request_id": "req_8"}).request_id == "req_8"


@pytest.mark.parametrize(("status", "advice"), [(400, "true"), (529, "false")])
def test_the_vendors_word_on_retrying_wins(status: int, advice: str) -> None:
    error = refusal(status, wire("api_error"), x_should_retry=advice)
    assert error.is_retryable == (advice == "true")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"", "HTTP 502 with an empty body"),
        (b"[1]", "[1]"),
        (b'{"error": "overloaded"}', "overloaded"),
        (b'{"error": null, "message": "Down."}', "Down."),
        (b'{"error": {"type": null, "message": null}}', "an error without a message"),
    ],
)
def test_a_body_in_another_shape_is_an_error_by_its_status(body: bytes, message: str) -> None:
    error = refusal(502, body)
    assert type(error) is ServerError
    assert (error.message, error.status) == (message, 502)


# --- other servers of this wire

OTHERS: list[tuple[dict[str, Any], type[APIError], int]] = [
    (
        {"error": {"code": 400, "message": "x", "type": "exceed_context_size_error"}},
        ContextLengthExceededError,
        400,
    ),
    ({"error": {"code": "1113", "message": "Recharge."}}, QuotaExceededError, 429),
    (
        {"type": "error", "error": {"type": "1261", "message": "Too long."}},
        ContextLengthExceededError,
        400,
    ),
    ({"error": {"type": "exceeded_current_quota_error", "message": "x"}}, QuotaExceededError, 429),
    (
        {"base_resp": {"status_code": 1008, "status_msg": "No balance"}, "content": []},
        QuotaExceededError,
        429,
    ),
    ({"code": "data_inspection_failed", "message": "x"}, ContentFilterError, 400),
    ({"code": 500, "msg": "404 NOT_FOUND", "success": False}, ServerError, 500),
    ({"success": False, "errors": [{"code": 7009, "message": "Upstream"}]}, ServerError, 500),
    ({"object": "error", "message": "Down.", "type": "server_error"}, ServerError, 500),
    ({"detail": "Not authenticated"}, ServerError, 500),
    ({"error": "overloaded"}, ServerError, 500),
    ({"error": {"message": "x", "type": None, "param": None, "code": "503"}}, OverloadedError, 503),
    (
        {"error": {"message": "maximum context length is 8", "code": "400"}},
        ContextLengthExceededError,
        400,
    ),
]
NAMES = [json.dumps(wire)[:60] for wire, _, _ in OTHERS]


@pytest.mark.parametrize(("wire", "expected", "status"), OTHERS, ids=NAMES)
def test_another_servers_error_with_status_200_is_an_error(
    wire: dict[str, Any], expected: type[APIError], status: int
) -> None:
    with pytest.raises(APIError) as whole:
        decode_reply(MessagesDecoder(), json.dumps(wire).encode())
    reader = StreamReader(MessagesDecoder())
    reader.feed(b'event: ping\ndata: {"type": "ping"}\n\n')
    reader.feed(f"data: {json.dumps(wire)}\n\n".encode())
    assert isinstance(reader.failure, APIError)
    for error in (whole.value, reader.failure):
        assert (type(error), error.status) == (expected, status)


@pytest.mark.parametrize(("wire", "expected", "status"), OTHERS, ids=NAMES)
def test_another_servers_refusal_has_the_class_of_its_code(
    wire: dict[str, Any], expected: type[APIError], status: int
) -> None:
    for body in (wire, [wire]):
        error = refusal(status, body)
        assert (type(error), error.status) == (expected, status)
        assert error.message


@pytest.mark.parametrize(
    "event",
    [
        {"type": "usage_report", "message": "so far", "tokens": 5},
        {"type": "progress", "code": 0, "message": "ok"},
        {"type": "ping", "error": None},
        {"type": "note", "errors": []},
    ],
)
def test_an_unknown_event_is_no_error(event: dict[str, Any]) -> None:
    assert MessagesDecoder().feed(event) is None
