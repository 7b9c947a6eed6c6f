"""Tokens that vendors count before a call, asked for through each installed package."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from chat_conformance.http_answers import html, json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    AuthenticationError,
    ChatModel,
    InvalidParameterError,
    MalformedResponseError,
    RateLimitError,
    SystemMessage,
    TokenCount,
    get_chat_model,
)


def net_size(pond: str) -> int:
    """Return the size of the net for a pond."""
    return len(pond)


@dataclass(frozen=True)
class Vendor:
    """Where one vendor counts, the name of the number, and what of a request it takes."""

    model: str
    path: str
    number: str
    fields: set[str]
    settings: dict[str, Any] = field(default_factory=dict)
    part: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def make(self, server: WireServer, **settings: Any) -> ChatModel:
        """The model, at ``server``."""
        given = {"base_url": server.url, "api_key": "a-key", "max_retries": 0}
        return get_chat_model(self.model, **{**given, **self.settings, **settings})


VENDORS = [
    Vendor(
        "anthropic:claude-sonnet-4-5",
        "/v1/messages/count_tokens",
        "input_tokens",
        {"model", "messages", "system", "tools", "thinking"},
        {"thinking": {"type": "enabled", "budget_tokens": 2048}, "betas": ["pond-2026"]},
        headers={"anthropic-beta": "pond-2026"},
    ),
    Vendor(
        "google-genai:gemini-2.5-flash",
        "/v1beta/models/gemini-2.5-flash:countTokens",
        "totalTokens",
        {"model", "contents", "systemInstruction", "tools", "generationConfig"},
        part=("generateContentRequest",),
    ),
    Vendor(
        "google-vertexai:gemini-2.5-flash",
        "/v1beta1/publishers/google/models/gemini-2.5-flash:countTokens",
        "totalTokens",
        {"contents", "systemInstruction", "tools", "generationConfig"},
    ),
    Vendor(
        "google-vertexai:projects/pond/locations/eu/endpoints/7",
        "/v1/projects/pond/locations/eu/endpoints/7:countTokens",
        "totalTokens",
        {"contents", "systemInstruction", "tools", "generationConfig"},
        {"api_version": "v1"},
    ),
    Vendor(
        "bedrock:eu.amazon.nova-lite-v1:0",
        "/model/amazon.nova-lite-v1%3A0/count-tokens",
        "inputTokens",
        {"messages", "system", "toolConfig"},
        part=("input", "converse"),
    ),
    Vendor(
        "bedrock:amazon.nova-lite-v1:0",
        "/model/amazon.nova-lite-v1%3A0/count-tokens",
        "inputTokens",
        {"messages", "system", "toolConfig"},
        {
            "api_key": None,
            "region": "eu-west-1",
            "credentials": {"aws_access_key_id": "id", "aws_secret_access_key": "a-secret"},
        },
        part=("input", "converse"),
    ),
    Vendor(
        "openai:gpt-5",
        "/responses/input_tokens",
        "input_tokens",
        {"model", "input", "tools"},
        {"api": "responses"},
    ),
]
each_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.model)
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
INPUT = [SystemMessage("Answer as an angler."), ("human", "How wide is the pond?")]


def counted(model: ChatModel, *, is_async: bool = False, **kwargs: Any) -> TokenCount:
    if is_async:
        return asyncio.run(model.acount_tokens(INPUT, **kwargs))
    return model.count_tokens(INPUT, **kwargs)


@both_ways
@each_vendor
def test_the_vendor_counts_messages_tools_and_system(vendor: Vendor, is_async: bool) -> None:
    with WireServer([json_answer({vendor.number: 31, "unknown": None})]) as server:
        count = counted(vendor.make(server), is_async=is_async, tools=[net_size], temperature=0.5)
        (request,) = server.requests
    assert count == TokenCount(31, is_estimate=False)
    assert (request.method, request.path) == ("POST", vendor.path)
    body = request.json
    for name in vendor.part:
        body = body[name]
    assert body.keys() == vendor.fields
    for text in ("Answer as an angler.", "How wide is the pond?", "net_size"):
        assert text in str(body)
    for name, value in vendor.headers.items():
        assert request.headers[name] == value


@each_vendor
def test_a_count_is_asked_for_with_the_key_of_the_model(vendor: Vendor) -> None:
    with WireServer([json_answer({vendor.number: 31})]) as server:
        counted(vendor.make(server), extra_headers={"x-pond": "deep"})
        (request,) = server.requests
    assert request.headers["x-pond"] == "deep"
    sent = " ".join(request.headers.values())
    assert ("a-key" if "credentials" not in vendor.settings else "AWS4-HMAC-SHA256") in sent
    assert "a-secret" not in sent


@each_vendor
def test_an_answer_without_a_number_is_an_error(vendor: Vendor) -> None:
    for answer in ({}, {vendor.number: "31"}, {vendor.number: None}, [31], "fish"):
        with WireServer([json_answer(answer)]) as server, pytest.raises(MalformedResponseError):
            counted(vendor.make(server))
    with WireServer([html()]) as server, pytest.raises(MalformedResponseError):
        counted(vendor.make(server))


@each_vendor
def test_a_refusal_is_an_error_of_the_tree(vendor: Vendor) -> None:
    for status, kind in ((401, AuthenticationError), (429, RateLimitError)):
        refusal = json_answer({"error": {"message": "no"}, "message": "no"}, status)
        if vendor.model.startswith("bedrock") and status == 401:
            continue  # Bedrock refuses keys with 403, by names of exceptions
        with WireServer([refusal]) as server, pytest.raises(kind):
            counted(vendor.make(server))


@each_vendor
def test_a_refusal_that_passes_is_tried_again(vendor: Vendor) -> None:
    busy = json_answer({"message": "busy"}, 503, headers={"retry-after": "0"})
    with WireServer([busy, json_answer({vendor.number: 31})]) as server:
        assert counted(vendor.make(server, max_retries=1)) == TokenCount(31)


@each_vendor
def test_what_invoke_refuses_a_count_refuses(vendor: Vendor) -> None:
    with WireServer([]) as server:
        model = vendor.make(server)
        with pytest.raises(InvalidParameterError, match="temperatur"):
            model.count_tokens(INPUT, temperatur=1)
        with pytest.raises(InvalidParameterError):
            model.count_tokens(7)
        assert not server.requests


@both_ways
@each_vendor
def test_an_estimate_sends_nothing(vendor: Vendor, is_async: bool) -> None:
    with WireServer([]) as server:
        count = counted(vendor.make(server), is_async=is_async, estimate=True)
        assert not server.requests
    assert count.is_estimate
    assert 5 < count.input_tokens < 200


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("groq:perch", {}),
        ("mistralai:perch", {}),
        ("fireworks:perch", {}),
        ("ollama:perch", {}),
        ("openai-compatible:perch", {}),
        ("azure-openai:perch", {"api_version": "2024-10-21"}),
    ],
)
def test_a_vendor_that_counts_nothing_is_refused_by_name(
    model: str, settings: dict[str, Any]
) -> None:
    provider = model.partition(":")[0]
    asked = get_chat_model(model, base_url="http://127.0.0.1:9", api_key="a-key", **settings)
    with pytest.raises(InvalidParameterError, match=f"'{provider}' cannot count .*estimate=True"):
        asked.count_tokens("How wide?")


def test_a_model_without_a_vendor_is_refused_or_estimated() -> None:
    model = get_chat_model("offline:demo")
    with pytest.raises(InvalidParameterError, match="estimate=True"):
        model.count_tokens("How wide is the pond?")
    assert model.count_tokens("How wide?", estimate=True) == TokenCount(3, is_estimate=True)
