"""Mistral's error bodies, each the class, status, code and words that it stands for."""

from __future__ import annotations

import json
import pickle
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
from chat_mistralai.errors import error_from_response


def error(status: int, wire: Any, **headers: str) -> APIError:
    body = wire if isinstance(wire, bytes) else json.dumps(wire).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, given, body)


def said(message: Any, type: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    """Mistral's own shape."""
    facts = {"message": message, "type": type, "param": None, "code": code}
    return {"object": "error", **facts, **more}


OVERFLOW = "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072"


@pytest.mark.parametrize(
    ("status", "wire", "kind", "code"),
    [
        (401, {"detail": "Invalid API Key"}, AuthenticationError, None),
        (401, {"message": "Unauthorized", "request_id": "r-1"}, AuthenticationError, None),
        (402, {"detail": "Payment required"}, PermissionDeniedError, None),
        (
            403,
            said("not in your tier", "tier_not_allowed", "1910"),
            PermissionDeniedError,
            "1910",
        ),
        (404, {"detail": "Not Found"}, ModelNotFoundError, None),
        (400, said("Invalid model: x", "invalid_model", "1500"), ModelNotFoundError, "1500"),
        (
            400,
            said("gone", "invalid_request_error", "unknown_model"),
            ModelNotFoundError,
            "unknown_model",
        ),
        (
            400,
            said(OVERFLOW, "invalid_request_invalid_args", "3051", raw_status_code=400),
            ContextLengthExceededError,
            "3051",
        ),
        (
            400,
            said(OVERFLOW, "invalid_request_error"),
            ContextLengthExceededError,
            "invalid_request_error",
        ),
        (
            400,
            said("Image input is not enabled for this model", "invalid_request", "3051"),
            InvalidRequestError,
            "3051",
        ),
        (
            400,
            said(
                "Unexpected role 'user' after role 'tool'", "invalid_request_message_order", "3230"
            ),
            InvalidRequestError,
            "3230",
        ),
        (429, said("Rate limit exceeded", "rate_limited", "1300"), RateLimitError, "1300"),
        (
            429,
            said("Service tier capacity exceeded", "service_tier_capacity_exceeded", "3505"),
            RateLimitError,
            "3505",
        ),
        (429, {"message": "Requests rate limit exceeded"}, RateLimitError, None),
        (500, said("Internal server error", "internal_server_error", "1000"), ServerError, "1000"),
        (503, said("no", "unreachable_backend", "1100"), OverloadedError, "1100"),
        (529, b"overloaded", OverloadedError, None),
    ],
)
def test_each_error_is_what_status_type_and_code_say(
    status: int, wire: Any, kind: type[APIError], code: str | None
) -> None:
    made = error(status, wire)
    assert type(made) is kind
    assert (made.status, made.code, made.provider) == (status, code, "mistralai")
    assert pickle.loads(pickle.dumps(made)).args == made.args


PROBLEMS = [
    {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"},
    {"type": "missing", "loc": ["body", "messages", 0, "role"], "msg": "Field required"},
]


@pytest.mark.parametrize(
    "wire",
    [{"detail": PROBLEMS}, said({"detail": PROBLEMS}, "invalid_request_error")],
    ids=["bare", "wrapped"],
)
def test_a_422_lists_its_problems_and_each_is_shown(wire: Any) -> None:
    made = error(422, wire)
    assert type(made) is InvalidRequestError
    assert made.message == ("seed: Extra inputs are not permitted; messages.0.role: Field required")


@pytest.mark.parametrize(
    "wire", [{"detail": ["odd", {"x": 1}]}, {"detail": {"x": 1}}, {"message": None}, {}, [], "text"]
)
def test_a_body_of_no_known_shape_still_makes_an_error(wire: Any) -> None:
    made = error(422, wire)
    assert type(made) is InvalidRequestError
    assert made.message


def test_a_page_asks_whether_base_url_is_right() -> None:
    assert "base_url" in error(404, b"<html>Not here</html>").message


def test_the_request_id_is_in_a_header_or_in_the_body() -> None:
    assert error(500, {}, mistral_correlation_id="c-1").request_id == "c-1"
    assert error(401, {"message": "Unauthorized", "request_id": "r-1"}).request_id == "r-1"


def test_a_limit_says_how_long_to_wait() -> None:
    made = error(429, said("slow down", "rate_limited", "1300"), retry_after="7")
    assert (made.retry_after, made.is_retryable) == (7.0, True)


def test_a_month_without_tokens_left_is_a_quota_that_waiting_does_not_cure() -> None:
    limited = said("Tokens rate limit exceeded", "rate_limited", "1300")
    made = error(429, limited, x_ratelimit_remaining_tokens_month="0", retry_after="1")
    assert type(made) is QuotaExceededError
    assert (made.is_retryable, made.code, made.retry_after) == (False, "1300", 1.0)
    left = error(429, limited, x_ratelimit_remaining_tokens_month="9")
    assert type(left) is RateLimitError
