"""What OpenAI and the servers of its wire refuse, as our tree: status and code decide."""

from __future__ import annotations

import json
from typing import Any

import pytest
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
from chat_openai.dialect import CompatibleDialect, OpenAIDialect
from chat_openai.errors import error_from_response


def error(status: int, body: Any, *, openai: bool = True, **headers: str) -> APIError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    dialect = OpenAIDialect() if openai else CompatibleDialect()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, named, data, dialect)


def refusal(**facts: Any) -> dict[str, Any]:
    return {"error": {"message": "no", "type": "invalid_request_error", "param": None, **facts}}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", AuthenticationError),
        (401, "account_deactivated", AuthenticationError),
        (403, "unsupported_country_region_territory", PermissionDeniedError),
        (404, "model_not_found", ModelNotFoundError),
        (400, "model_not_found", ModelNotFoundError),
        (404, "previous_response_not_found", InvalidRequestError),
        (400, "context_length_exceeded", ContextLengthExceededError),
        (400, "content_filter", ContentFilterError),
        (400, "invalid_prompt", ContentFilterError),
        (400, "unsupported_parameter", InvalidRequestError),
        (429, "rate_limit_exceeded", RateLimitError),
        (429, "insufficient_quota", QuotaExceededError),
        (500, None, ServerError),
        (503, "slow_down", OverloadedError),
    ],
)
def test_status_and_code_choose_the_class(
    status: int, code: str | None, kind: type[APIError]
) -> None:
    found = error(status, refusal(code=code))
    assert type(found) is kind
    assert (found.status, found.message) == (status, "no")
    assert found.code == (code or "invalid_request_error")
    assert found.provider == "openai"


def test_a_used_up_quota_is_not_worth_a_retry_and_a_rate_limit_is() -> None:
    assert not error(429, refusal(code="insufficient_quota")).is_retryable
    assert error(429, refusal(code="rate_limit_exceeded")).is_retryable


def test_request_id_and_wait_are_kept() -> None:
    found = error(429, refusal(code="rate_limit_exceeded"), x_request_id="req_1", retry_after="7")
    assert (found.request_id, found.retry_after) == ("req_1", 7.0)
    sharpened = error(503, refusal(code="slow_down"), x_request_id="req_2", retry_after="3")
    assert (sharpened.request_id, sharpened.retry_after) == ("req_2", 3.0)


@pytest.mark.parametrize(
    "body", [{"error": "text"}, {"detail": "text"}, b"text"], ids=["string", "detail", "bare"]
)
def test_other_shapes_of_error_bodies_keep_their_words(body: Any) -> None:
    found = error(400, body, openai=False)
    assert type(found) is InvalidRequestError
    assert found.message == "text"


def test_a_page_in_place_of_json_asks_for_the_address() -> None:
    assert "base_url" in error(404, b"<html>nope</html>").message


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        "the request exceeds the available context size, try increasing it",
        "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    ],
)
def test_servers_that_have_no_code_for_a_full_context_are_known_by_their_words(
    message: str,
) -> None:
    """DeepSeek, OpenRouter and vLLM (recorded), llama.cpp, xAI."""
    found = error(400, {"error": {"message": message, "code": 400}}, openai=False)
    assert type(found) is ContextLengthExceededError


def test_xai_says_wrong_key_with_status_400_and_a_code_for_everything() -> None:
    said = "Incorrect API key provided. You can obtain an API key from the console."
    found = error(400, {"code": "invalid-argument", "error": said}, openai=False)
    assert type(found) is AuthenticationError
    assert (found.status, found.code, found.message) == (400, "invalid-argument", said)


def test_azure_names_the_filter_that_blocked_a_prompt() -> None:
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {}}}
    found = error(400, refusal(code="content_filter", innererror=inner), openai=False)
    assert type(found) is ContentFilterError
    assert found.details["innererror"] == inner


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, "ServerError"),
        (502, "ServerError"),
        (503, "OverloadedError"),
        (529, "OverloadedError"),
    ],
)
def test_a_status_says_more_of_a_server_than_its_code(status: int, kind: str) -> None:
    found = error(status, {"error": {"message": "busy", "type": "server_error"}})
    assert (type(found).__name__, found.status) == (kind, status)
