"""Each code and each phrase of the tables in ``dialect.py``, by a body as the vendor sends it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_completions import CompletionsDecoder
from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from chat_core.provider import StreamReader, decode_reply
from chat_openai.dialect import CompatibleDialect, OpenAIDialect
from chat_openai.errors import error_from_response

COMPATIBLE = CompatibleDialect()


def coded(code: Any, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def base_resp(code: int, message: str) -> dict[str, Any]:
    return {"id": "1", "choices": None, "base_resp": {"status_code": code, "status_msg": message}}


CODES: list[tuple[int, Any, type[APIError]]] = [
    # Zhipu
    (401, coded("1000", "Authentication Failed"), AuthenticationError),
    (401, coded("1001", "Header Authentication Not Received"), AuthenticationError),
    (400, coded("1002", "Invalid Authentication Token"), AuthenticationError),
    (401, coded("1003", "Authentication Token Expired"), AuthenticationError),
    (401, coded("1004", "Authentication Failed with the token"), AuthenticationError),
    (429, coded("1113", "Your account is in arrears"), QuotaExceededError),
    (400, coded("1211", "Unknown Model, please check the model code."), ModelNotFoundError),
    (400, coded("1261", "Prompt exceeds max length"), ContextLengthExceededError),
    (400, coded("1301", "System detected potentially unsafe content"), ContentFilterError),
    (429, coded("1302", "High concurrency usage of this API"), RateLimitError),
    (429, coded("1303", "High frequency usage of this API"), RateLimitError),
    (429, coded(1304, "Daily call limit for this API reached"), QuotaExceededError),
    (429, coded("1305", "API calls have triggered rate limits"), RateLimitError),
    (429, coded("1308", "Usage limit reached for 5 hour"), QuotaExceededError),
    (429, coded("1310", "Weekly/Monthly Limit Exhausted"), QuotaExceededError),
    # Moonshot
    (
        429,
        {"error": {"type": "exceeded_current_quota_error", "message": "check your plan"}},
        QuotaExceededError,
    ),
    (429, {"error": {"type": "engine_overloaded_error", "message": "busy"}}, OverloadedError),
    (429, {"error": {"type": "rate_limit_reached_error", "message": "RPM"}}, RateLimitError),
    # DashScope
    (400, coded("data_inspection_failed", type="data_inspection_failed"), ContentFilterError),
    (400, {"code": "DataInspectionFailed", "message": "no"}, ContentFilterError),
    (400, coded("Arrearage", "Access denied"), QuotaExceededError),
    (403, coded("AllocationQuota.FreeTierOnly", "The free tier is used up"), QuotaExceededError),
    (429, coded("insufficient_quota", "You exceeded your current quota"), QuotaExceededError),
    # MiniMax
    (200, base_resp(1002, "rate limit"), RateLimitError),
    (200, base_resp(1004, "login fail"), AuthenticationError),
    (200, base_resp(1008, "insufficient balance"), QuotaExceededError),
    (200, base_resp(1026, "input new_sensitive"), ContentFilterError),
    (200, base_resp(1027, "output new_sensitive"), ContentFilterError),
    (200, base_resp(1039, "token limit"), RateLimitError),
    (200, base_resp(2013, "invalid params"), InvalidRequestError),
    (
        200,
        base_resp(2013, "invalid params, context window exceeds limit"),
        ContextLengthExceededError,
    ),
    (200, base_resp(2049, "invalid api key"), AuthenticationError),
    (200, base_resp(1000, "unknown error"), ServerError),
    # Volcengine
    (403, coded("AccountOverdueError", "overdue balance"), QuotaExceededError),
    (400, coded("InputTextSensitiveContentDetected", "input"), ContentFilterError),
    (400, coded("OutputTextSensitiveContentDetected", "output"), ContentFilterError),
    (400, coded("SensitiveContentDetected", "both"), ContentFilterError),
    # SiliconFlow, New API, llama.cpp, GitHub
    (403, {"code": 30001, "message": "account balance is insufficient"}, QuotaExceededError),
    (403, coded("insufficient_user_quota", type="new_api_error"), QuotaExceededError),
    (400, coded(400, type="exceed_context_size_error"), ContextLengthExceededError),
    (400, coded("model_max_prompt_tokens_exceeded"), ContextLengthExceededError),
    (413, coded("tokens_limit_reached", "Request body too large"), ContextLengthExceededError),
]

PROSE: list[tuple[str, type[APIError]]] = [
    ("This model's maximum context length is 8192 tokens.", ContextLengthExceededError),
    ("This model's maximum prompt length is 131072", ContextLengthExceededError),
    ("The decoder prompt is longer than the maximum model length", ContextLengthExceededError),
    ("Prompt length exceeds max_model_len (4096)", ContextLengthExceededError),
    ("The input is longer than the model's context length", ContextLengthExceededError),
    ("the request exceeds the available context size", ContextLengthExceededError),
    ("Context size has been exceeded.", ContextLengthExceededError),
    ("Trying to keep the first 9 tokens when context the overflows.", ContextLengthExceededError),
    ("Trying to keep the first 9 tokens when context overflows.", ContextLengthExceededError),
    ("Please reduce the length of the messages or completion.", ContextLengthExceededError),
    ("litellm.BadRequestError: context_length_exceeded", ContextLengthExceededError),
    ("input length and `max_tokens` exceed context limit: 9 + 2 > 10", ContextLengthExceededError),
    ("Input tokens exceed the configured limit of 9 tokens.", ContextLengthExceededError),
    ("Total tokens of image and text exceed max message tokens.", ContextLengthExceededError),
    ("the model is loaded with context length of only 4096 tokens", ContextLengthExceededError),
    ("prompt too long; exceeded max context length by 9 tokens", ContextLengthExceededError),
    ("input length exceeds the context length", ContextLengthExceededError),
    ("Your input exceeds the context window of this model", ContextLengthExceededError),
    ("Range of input length should be [1, 30720]", ContextLengthExceededError),
    ("Your request exceeded model token limit: 8192", ContextLengthExceededError),
    ("The input token count exceeds the maximum number of tokens", ContextLengthExceededError),
    ("prompt is too long: 210000 tokens > 200000 maximum", ContextLengthExceededError),
    ("Input is too long for requested model.", ContextLengthExceededError),
    ("Input validation error: `inputs` must have less than 4095", ContextLengthExceededError),
    ("`inputs` tokens + `max_new_tokens` must be <= 4096", ContextLengthExceededError),
    ("Prompt contains 9 tokens, too large for model with 8", ContextLengthExceededError),
    ("Content Exists Risk", ContentFilterError),
    ("Incorrect API key provided", AuthenticationError),
]


def raised(wire: Any) -> APIError:
    """The error of an answer with status 200; the same for whole answers and streams."""
    body = json.dumps(wire).encode()
    with pytest.raises(APIError) as whole:
        decode_reply(CompletionsDecoder(COMPATIBLE), body)
    reader = StreamReader(CompletionsDecoder(COMPATIBLE))
    reader.feed(b"data: " + body + b"\n\ndata: [DONE]\n\n")
    assert isinstance(reader.failure, APIError)
    assert type(reader.failure) is type(whole.value)
    assert (reader.failure.message, reader.failure.status) == (
        whole.value.message,
        whole.value.status,
    )
    return whole.value


@pytest.mark.parametrize(("status", "wire", "kind"), CODES)
def test_a_code_chooses_the_class_in_a_refusal_and_inside_an_answer(
    status: int, wire: Any, kind: type[APIError]
) -> None:
    if status != 200:
        assert type(error_from_response(status, {}, json.dumps(wire).encode(), COMPATIBLE)) is kind
    found = raised(wire)
    assert type(found) is kind
    assert found.status is not None
    assert found.status >= 400
    assert "{" not in found.message


@pytest.mark.parametrize(("message", "kind"), PROSE)
def test_a_phrase_chooses_the_class_where_no_code_does(message: str, kind: type[APIError]) -> None:
    for wire in ({"error": message}, {"error": {"message": message, "type": "bad", "code": None}}):
        found = error_from_response(400, {}, json.dumps(wire).encode(), COMPATIBLE)
        assert type(found) is kind
        assert type(raised(wire)) is kind


def test_every_row_of_the_tables_has_a_body() -> None:
    tried = json.dumps(CODES, default=str).lower()
    for code in CompatibleDialect.error_codes.keys() - OpenAIDialect.error_codes.keys():
        assert code.removeprefix("base_resp:") in tried
    messages = " ".join(message.lower() for message, _ in PROSE)
    assert all(phrase in messages for phrase, _ in CompatibleDialect.error_prose)


def test_openais_numbers_and_phrases_have_no_meaning_of_other_vendors() -> None:
    found = error_from_response(429, {}, json.dumps(coded("1113")).encode(), OpenAIDialect())
    assert type(found) is RateLimitError


def test_a_message_of_the_server_behind_a_gateway_is_read() -> None:
    raw = '{"error": {"message": "maximum context length is 8192"}}'
    wire = coded(400, "Provider returned error", metadata={"raw": raw})
    found = error_from_response(400, {}, json.dumps(wire).encode(), COMPATIBLE)
    assert type(found) is ContextLengthExceededError
