"""Refusals: every shape of body, the class by code and status, how long to wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions import error_from_response
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
from completions_wire import GATEWAY, OPENAI, answer, read, reply, reply_body, stop, text


def refused(status: int, body: Any, **headers: str) -> APIError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, named, data, OPENAI)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "no such thing", "type": "t", "param": None, "code": None}},
        {"error": "no such thing"},
        {"detail": "no such thing"},
        {"object": "error", "message": "no such thing", "type": "t"},
        {"message": "no such thing"},
        b"no such thing",
        b'"no such thing"',
    ],
)
def test_the_message_is_found_in_every_shape_of_body(body: Any) -> None:
    error = refused(400, body)
    assert (type(error), error.message, error.status) == (InvalidRequestError, "no such thing", 400)


def test_a_list_of_problems_is_shown_as_json() -> None:
    error = refused(422, {"detail": [{"loc": ["body", "n"], "msg": "Field required"}]})
    assert isinstance(error, InvalidRequestError)
    assert "Field required" in error.message


def test_a_page_asks_whether_base_url_is_right() -> None:
    error = refused(404, b"<html>nginx</html>")
    assert isinstance(error, ModelNotFoundError)
    assert "base_url" in error.message


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[]"])
def test_a_body_that_says_nothing_still_makes_an_error_of_its_status(body: bytes) -> None:
    error = refused(500, body)
    assert isinstance(error, ServerError)
    assert error.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (402, PermissionDeniedError),
        (403, PermissionDeniedError),
        (404, ModelNotFoundError),
        (422, InvalidRequestError),
        (429, RateLimitError),
        (500, ServerError),
        (502, ServerError),
        (503, OverloadedError),
        (529, OverloadedError),
    ],
)
def test_the_status_chooses_the_class(status: int, kind: type[APIError]) -> None:
    assert type(refused(status, {"error": {"message": "m", "type": "x"}})) is kind


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (429, {"code": "insufficient_quota"}, QuotaExceededError),
        (429, {"type": "insufficient_quota"}, QuotaExceededError),
        (400, {"code": "context_length_exceeded"}, ContextLengthExceededError),
        (400, {"type": "too_many_prompt_tokens", "code": 400}, ContextLengthExceededError),
        (400, {"code": "content_filter"}, ContentFilterError),
        (400, {"code": "invalid_api_key"}, AuthenticationError),
        (400, {"code": "model_not_found"}, ModelNotFoundError),
        (404, {"type": "invalid_request_error"}, ModelNotFoundError),
    ],
)
def test_a_telling_code_chooses_before_the_status(
    status: int, said: dict[str, Any], kind: type[APIError]
) -> None:
    error = refused(status, {"error": {"message": "m", **said}})
    assert type(error) is kind
    assert error.status == status


def test_a_used_up_quota_is_not_worth_retrying_and_a_full_minute_is() -> None:
    assert not refused(429, {"error": {"code": "insufficient_quota"}}).is_retryable
    assert refused(429, {"error": {"code": "rate_limit_exceeded"}}).is_retryable


def test_prose_counts_only_for_a_dialect_that_says_so() -> None:
    body = json.dumps(
        {"error": {"message": "This model's maximum context length is 8192"}}
    ).encode()
    assert type(error_from_response(400, {}, body, OPENAI)) is InvalidRequestError
    assert type(error_from_response(400, {}, body, GATEWAY)) is ContextLengthExceededError
    assert type(error_from_response(500, {}, body, GATEWAY)) is ServerError


def test_the_vendors_object_stays_on_the_error() -> None:
    error = refused(400, {"error": {"message": "m", "code": "c", "failed_generation": "{"}})
    assert error.details["failed_generation"] == "{"
    assert error.code == "c"


def test_a_code_that_repeats_the_status_gives_way_to_the_type() -> None:
    assert (
        refused(401, {"error": {"code": 401, "type": "invalid_api_key"}}).code == "invalid_api_key"
    )
    assert refused(401, {"error": {"code": "401"}}).code == "401"


def test_request_id_and_wait_come_from_the_headers() -> None:
    error = refused(429, {"error": "m"}, x_request_id="req_1", retry_after="7")
    assert (error.request_id, error.retry_after) == ("req_1", 7.0)


# --- shapes


@pytest.mark.parametrize(
    "wire",
    [
        {"error": {"message": "gone", "type": "t"}},
        {"error": "gone"},
        {"error": ["gone"]},
        [{"error": {"code": 400, "message": "gone", "status": "INVALID_ARGUMENT"}}],
        {"error": [{"message": "gone"}]},
        {"error": {"error": {"message": "gone"}}},
        {"error": {"message": {"message": "gone"}}},
        {"error": True, "message": "gone"},
        {"errors": [{"code": 7003, "message": "gone"}]},
        {"success": False, "errors": [{"code": 7003, "message": "gone"}], "result": None},
        {"success": False, "message": "gone"},
        {"base_resp": {"status_code": 1000, "status_msg": "gone"}, "choices": None},
        {"code": 500, "msg": "gone", "data": None},
        {"error_code": 336, "error_msg": "gone"},
        {"status": "error", "message": "gone"},
        {"statusCode": 500, "message": "gone"},
        {"choices": [], "code": "x", "message": "gone"},
    ],
    ids=json.dumps,
)
def test_an_error_inside_an_answer_is_an_error_in_every_shape(wire: Any) -> None:
    data = json.dumps(wire).encode()
    with pytest.raises(APIError) as whole:
        reply_body(data)
    with pytest.raises(APIError) as streamed:
        read(b"data: " + data + b"\n\ndata: [DONE]\n\n")
    for caught in (whole, streamed):
        assert "gone" in caught.value.message
        assert not isinstance(caught.value, MalformedResponseError)
    assert "gone" in refused(400, wire).message


@pytest.mark.parametrize(
    "more",
    [
        {"error": None},
        {"error": {"message": "", "code": None}},
        {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"success": True, "errors": []},
        {"code": 0, "msg": "ok"},
        {"status": "error-free", "msg": "fine"},
    ],
    ids=json.dumps,
)
def test_an_answer_with_the_fields_of_an_error_and_no_error_is_an_answer(more: Any) -> None:
    assert answer(text("a"), stop() | more).content == "a"
    assert reply({"content": "a"}, **more).content == "a"


def test_progress_before_an_answer_is_no_error() -> None:
    assert answer({"status": "queued", "message": "wait"}, text("a"), stop()).content == "a"


def test_the_code_beside_an_error_belongs_to_it() -> None:
    error = refused(400, {"code": "invalid-argument", "error": "no such thing"})
    assert (error.code, error.message) == ("invalid-argument", "no such thing")
    assert error.details["code"] == "invalid-argument"


@pytest.mark.parametrize(
    "error",
    [
        {"message": "broken"},
        {"Error": {"Code": "X", "Message": "broken"}},
        {"err": "broken"},
        {"exception": "broken"},
        {"fault": {"faultstring": "broken", "detail": {"errorcode": "x"}}},
        {"header": {"code": 10013, "message": "broken", "sid": "s"}},
        {"Response": {"Error": {"Code": "X", "Message": "broken"}, "RequestId": "r"}},
        {"ResponseMetadata": {"RequestId": "r", "Error": {"Code": "X", "Message": "broken"}}},
        {"type": "about:blank", "title": "broken", "status": 503},
        {"status": "error", "reason": "broken"},
    ],
)
def test_an_error_in_another_envelope_is_not_taken_for_the_end(error: dict[str, Any]) -> None:
    with pytest.raises(APIError, match="broken") as seen:
        answer(text("Half of"), error)
    assert seen.value.partial is not None
    assert seen.value.partial.content == "Half of"
    with pytest.raises(APIError, match="broken"):
        reply_body(json.dumps(error).encode())


def test_a_header_of_success_is_no_error() -> None:
    assert answer({**text("Yes"), "header": {"code": 0, "message": "Success"}}, stop()).content
    assert answer({"header": {"code": 0, "message": "Success"}}, text("Yes"), stop()).content
