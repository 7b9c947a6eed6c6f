"""What an HTTP error means, and what the error says to do."""

from __future__ import annotations

import json

import pytest
from chat_core import (
    APIError,
    AuthenticationError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from chat_ollama import ChatOllama


def error(status: int, body: object, **headers: str) -> APIError:
    text = body if isinstance(body, str) else json.dumps(body)
    return ChatOllama(model="minnow:1b")._error_from_response(status, headers, text.encode())


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (404, "model 'minnow:1b' not found", ModelNotFoundError),
        (404, 'model "minnow:1b" not found, try pulling it first', ModelNotFoundError),
        (400, '"minnow:1b" does not support thinking', InvalidRequestError),
        (400, "registry.ollama.ai/library/minnow:1b does not support tools", InvalidRequestError),
        (400, "the input length exceeds the context length", ContextLengthExceededError),
        (401, "unauthorized", AuthenticationError),
        (429, "too many concurrent requests", RateLimitError),
        (429, "you have reached your hourly usage limit", QuotaExceededError),
        (503, "server busy, please try again.", OverloadedError),
        (500, "llama runner process has terminated", ServerError),
        (500, "model not found: exceeds the context length", ServerError),
        (502, "upstream", ServerError),
    ],
)
def test_an_error_has_its_class(status: int, text: str, kind: type[APIError]) -> None:
    made = error(status, {"error": text})
    assert type(made) is kind
    assert made.status == status
    assert made.message.startswith(text.rstrip("."))
    assert made.details == {"error": text}


@pytest.mark.parametrize("text", ["model 'x' not found", "model not found, try pulling it first."])
def test_a_missing_model_comes_with_the_command_that_gets_it(text: str) -> None:
    assert error(404, {"error": text}).message.endswith(". Get it with: ollama pull minnow:1b")


def test_a_path_that_the_server_does_not_know_tells_of_the_address() -> None:
    made = error(404, "404 page not found")
    assert "without /v1 or /api" in made.message
    assert "pull" not in made.message


def test_a_page_of_a_proxy_tells_of_the_address() -> None:
    made = error(502, "<html><title>Bad gateway</title>")
    assert type(made) is ServerError
    assert "is base_url right?" in made.message
    assert "Bad gateway" in made.message


@pytest.mark.parametrize("body", ["", "{}", "null", "[]", "7", '"text"', '{"detail": "why"}'])
def test_a_body_of_any_shape_is_an_error_of_its_status(body: str) -> None:
    made = error(500, body)
    assert type(made) is ServerError
    assert made.message


@pytest.mark.parametrize(
    ("text", "is_retryable"),
    [
        ("model requires more system memory (9 GiB) than is available (2 GiB)", False),
        ("unable to load model: /blobs/sha256-1", False),
        ("llama runner process has terminated", True),
    ],
)
def test_what_a_second_request_meets_again_is_not_tried_again(
    text: str, is_retryable: bool
) -> None:
    assert error(500, {"error": text}).is_retryable is is_retryable


def test_who_must_sign_in_is_told_where() -> None:
    made = error(401, {"error": "unauthorized", "signin_url": "https://a.test/connect"})
    assert "ollama signin" in made.message
    assert "https://a.test/connect" in made.message


def test_the_wait_is_read() -> None:
    assert error(429, {"error": "slow down"}, **{"retry-after": "7"}).retry_after == 7
