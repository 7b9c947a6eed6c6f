"""Profiles of every provider's models: their names in lists, and what the vendor itself lists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import (
    AuthenticationError,
    ChatModel,
    InvalidParameterError,
    ListedModel,
    MalformedResponseError,
    ModelProfile,
    get_chat_model,
    register_profile_source,
    unregister_profile_source,
)
from chat_core.models import profile_sources

AZURE = {"azure_endpoint": "http://127.0.0.1:9", "api_version": "2024-10-21"}

NAMES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("openai:perch-2", {}, ("perch-2",)),
    ("openai:ft:perch-2-mini:pond::a1", {}, ("ft:perch-2-mini:pond::a1", "perch-2-mini")),
    ("azure-openai:our-perch", AZURE, ()),
    ("azure-openai:perch-2", {**AZURE, "azure_deployment": "our-perch"}, ("perch-2",)),
    ("deepseek:perch-2", {}, ("perch-2",)),
    ("openrouter:pond/perch-2", {}, ("pond/perch-2",)),
    ("mistralai:ft:perch-2:pond:1", {}, ("ft:perch-2:pond:1", "perch-2")),
    (
        "fireworks:accounts/fireworks/models/perch-2#accounts/pond/deployments/a",
        {},
        (
            "accounts/fireworks/models/perch-2#accounts/pond/deployments/a",
            "accounts/fireworks/models/perch-2",
        ),
    ),
    ("google-genai:models/perch-2", {}, ("perch-2",)),
    ("bedrock:eu.pond.perch-2-v1:0", {}, ("eu.pond.perch-2-v1:0", "pond.perch-2-v1:0")),
    (
        "bedrock:arn:aws:bedrock:eu-west-1:1:inference-profile/eu.pond.perch-2-v1:0",
        {},
        ("eu.pond.perch-2-v1:0", "pond.perch-2-v1:0"),
    ),
    ("bedrock:arn:aws:bedrock:eu-west-1:1:application-inference-profile/a1", {}, ()),
    (
        "google-vertexai:perch-2@001",
        {},
        ("perch-2@001", "perch-2@001@default", "perch-2", "perch-2@default"),
    ),
    (
        "google-vertexai:publishers/pond/models/perch-2",
        {},
        ("pond/perch-2", "perch-2", "perch-2@default", "perch-2", "perch-2@default"),
    ),
    ("google-vertexai:endpoints/123", {}, ()),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, tuple[str, ...]]]]:
    """What a source is asked for; no other source is there."""
    seen: list[tuple[str, tuple[str, ...]]] = []

    def source(provider: str, names: tuple[str, ...]) -> ModelProfile:
        seen.append((provider, names))
        return ModelProfile(name="From a list", max_input_tokens=77, context_window=7)

    monkeypatch.setattr(profile_sources, "_installed", tuple)
    register_profile_source(source)
    yield seen
    unregister_profile_source(source)


@pytest.mark.parametrize(("model_id", "settings", "names"), NAMES, ids=[row[0] for row in NAMES])
def test_a_source_is_asked_by_provider_and_name(
    model_id: str, settings: dict[str, Any], names: tuple[str, ...], asked: Any
) -> None:
    provider = model_id.partition(":")[0]
    assert get_chat_model(model_id, **settings).profile.max_input_tokens == 77
    assert asked == [(provider, names)]


def openai_list(**facts: object) -> dict[str, Any]:
    return {"data": [{"id": "carp"}, {"id": "perch-2", **facts}]}


LISTED: dict[str, tuple[str, str, Any, ModelProfile]] = {
    "groq": (
        "",
        "/openai/v1/models",
        openai_list(context_window=8192, max_completion_tokens=1024),
        ModelProfile(context_window=8192, max_output_tokens=1024),
    ),
    "mistralai": (
        "",
        "/v1/models",
        openai_list(
            max_context_length=8192, capabilities={"function_calling": True, "reasoning": False}
        ),
        ModelProfile(context_window=8192, tools=True, reasoning=False),
    ),
    "openrouter": (
        "/v1",
        "/v1/models",
        openai_list(
            name="Perch 2",
            context_length=8192,
            top_provider={"max_completion_tokens": 512},
            architecture={
                "input_modalities": ["text", "image", "file"],
                "output_modalities": ["text"],
            },
            supported_parameters=["tools", "reasoning"],
        ),
        ModelProfile(
            name="Perch 2",
            context_window=8192,
            max_output_tokens=512,
            input_media=frozenset({"image", "pdf"}),
            output_media=frozenset(),
            tools=True,
            structured_output=False,
            reasoning=True,
        ),
    ),
    "vllm": (
        "/v1",
        "/v1/models",
        openai_list(max_model_len=8192),
        ModelProfile(context_window=8192),
    ),
    "anthropic": (
        "",
        "/v1/models",
        {
            "data": [
                {
                    "id": "perch-2",
                    "display_name": "Perch 2",
                    "max_input_tokens": 8192,
                    "max_tokens": 1024,
                    "capabilities": {
                        "image_input": {"supported": True},
                        "pdf_input": {"supported": False},
                        "structured_outputs": {"supported": True},
                        "thinking": {"supported": True},
                    },
                }
            ]
        },
        ModelProfile(
            name="Perch 2",
            context_window=8192,
            max_output_tokens=1024,
            input_media=frozenset({"image"}),
            structured_output=True,
            reasoning=True,
        ),
    ),
    "google-genai": (
        "",
        "/v1beta/models",
        {
            "models": [
                {
                    "name": "models/perch-2",
                    "displayName": "Perch 2",
                    "inputTokenLimit": 8192,
                    "outputTokenLimit": 1024,
                    "thinking": True,
                    "supportedGenerationMethods": ["generateContent"],
                }
            ]
        },
        ModelProfile(name="Perch 2", context_window=8192, max_output_tokens=1024, reasoning=True),
    ),
    "ollama": (
        "",
        "/api/show",
        {
            "capabilities": ["completion", "vision", "tools"],
            "model_info": {"general.architecture": "perch", "perch.context_length": 8192},
        },
        ModelProfile(
            context_window=8192, input_media=frozenset({"image"}), tools=True, reasoning=False
        ),
    ),
}
each_vendor = pytest.mark.parametrize("provider", LISTED)
both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


def fetch(model: ChatModel, *, is_async: bool = False) -> ModelProfile:
    return asyncio.run(model.afetch_profile()) if is_async else model.fetch_profile()


def model_at(provider: str, server: WireServer, name: str = "perch-2") -> ChatModel:
    base_url = server.url + LISTED[provider][0]
    return get_chat_model(f"{provider}:{name}", base_url=base_url, api_key="k", max_retries=0)


@both_ways
@each_vendor
def test_the_vendors_facts_come_before_those_of_lists(
    provider: str, is_async: bool, asked: Any
) -> None:
    _, path, answer, facts = LISTED[provider]
    with WireServer([json_answer(answer)]) as server:
        found = fetch(model_at(provider, server), is_async=is_async)
        (request,) = server.requests
    assert request.path == path
    kept = {name: value for name, value in facts.known().items() if name != "structured_output"}
    assert found.known().items() >= kept.items()
    assert found.max_input_tokens == 77
    assert found.name == (facts.name or "From a list")


@each_vendor
def test_a_profile_alone_asks_nothing(provider: str, asked: Any) -> None:
    with WireServer([]) as server:
        assert model_at(provider, server).profile.name == "From a list"
        assert not server.requests


@pytest.mark.parametrize("provider", [each for each in LISTED if each != "ollama"])
def test_a_model_that_is_not_listed_has_what_lists_know(provider: str, asked: Any) -> None:
    with WireServer([json_answer(LISTED[provider][2])]) as server:
        assert fetch(model_at(provider, server, "pike")).context_window == 7


@each_vendor
def test_what_goes_wrong_is_an_error_of_the_tree(provider: str, asked: Any) -> None:
    refused = json_answer({"error": {"message": "no such key"}}, 401)
    for answer, kind in [(refused, AuthenticationError), (json_answer(7), MalformedResponseError)]:
        with WireServer([answer]) as server, pytest.raises(kind):
            fetch(model_at(provider, server))


@pytest.mark.parametrize("provider", ["groq", "openrouter", "mistralai", "anthropic", "ollama"])
def test_facts_of_another_type_are_unknown(provider: str, asked: Any) -> None:
    odd: dict[str, Any] = {
        "context_window": "8k",
        "max_completion_tokens": True,
        "top_provider": 7,
        "architecture": {"input_modalities": [7], "output_modalities": "text"},
        "supported_parameters": "tools",
        "capabilities": {"function_calling": "yes", "image_input": True},
        "max_tokens": 0,
        "model_info": [],
    }
    answer = {**odd, "capabilities": 7} if provider == "ollama" else openai_list(**odd)
    with WireServer([json_answer(answer)]) as server:
        found = fetch(model_at(provider, server))
    assert (found.context_window, found.max_output_tokens) == (7, None)
    assert (found.input_media, found.output_media, found.tools) == (None, None, None)


@pytest.mark.parametrize("provider", ["bedrock", "google-vertexai", "github"])
def test_a_vendor_without_a_list_is_named(provider: str, asked: Any) -> None:
    model = get_chat_model(f"{provider}:perch-2")
    with pytest.raises(InvalidParameterError, match=f"'{provider}' cannot list models"):
        model.fetch_profile()


def test_a_list_has_the_facts_of_each_model() -> None:
    import chat_core

    with WireServer([json_answer(LISTED["groq"][2])]) as server:
        models = chat_core.list_models("groq", base_url=server.url, api_key="k")
    assert models == [
        ListedModel("carp"),
        ListedModel("perch-2", context_window=8192, max_output_tokens=1024),
    ]
