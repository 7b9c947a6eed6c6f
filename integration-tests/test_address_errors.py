"""Every provider: a wrong address is named with the setting that it comes from."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance import OfflineServer
from chat_conformance.http_answers import json_answer
from chat_conformance.offline_providers import offline_provider
from chat_conformance.wire_server import WireServer
from chat_core import APIConnectionError, APIError, get_chat_model

PROVIDERS = OfflineServer().providers
NOWHERE = "http://127.0.0.1:9"
TOO_MANY = {
    "anthropic": "/v1",
    "bedrock": "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/converse",
    "fireworks": "/inference/v1/chat/completions",
    "google-genai": "/v1beta",
    "google-vertexai": "/v1beta1",
    "groq": "/openai/v1",
    "mistralai": "/v1",
    "ollama": "/api/chat",
    "openai": "/v1/v1",
    "openai-compatible": "/v1/chat/completions",
}
"""Addresses that end in a part that the provider adds as well."""


def settings(provider: str, base_url: str) -> dict[str, Any]:
    return {**offline_provider(provider).settings("http://a.test"), "base_url": base_url}


def failure(provider: str, base_url: str) -> str:
    facts = offline_provider(provider)
    given = settings(provider, base_url)
    with get_chat_model(facts.id, **given, max_retries=0) as model, pytest.raises(APIError) as seen:
        model.invoke("Hi")
    return str(seen.value)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_connection_names_host_port_and_setting(provider: str) -> None:
    message = failure(provider, f"{NOWHERE}/v1")
    assert "127.0.0.1:9" in message
    assert "base_url=" in message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_connection_names_the_variable(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = offline_provider(provider)
    if not facts.address_variables:
        pytest.skip("its vendor reads no address from the environment")
    for name, value in facts.environment(NOWHERE).items():
        monkeypatch.setenv(name, value)
    model = get_chat_model(facts.id, api_key="key", max_retries=0)
    with model, pytest.raises(APIConnectionError) as seen:
        model.invoke("Hi")
    assert f"{facts.address_variables[0]} of the environment" in str(seen.value)


@pytest.mark.parametrize("provider", TOO_MANY)
def test_a_part_of_the_address_that_stands_twice_is_named(provider: str) -> None:
    with WireServer(handler=lambda request: json_answer({}, 404), check=None) as server:
        assert "leave out" in failure(provider, f"{server.url}{TOO_MANY[provider]}")


@pytest.mark.parametrize("provider", ["openai", "openai-compatible", "fireworks"])
def test_a_version_that_the_address_lacks_is_named(provider: str) -> None:
    with WireServer(handler=lambda request: json_answer({}, 404), check=None) as server:
        assert "such addresses end in" in failure(provider, server.url)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_that_does_not_exist_is_no_matter_of_the_address(provider: str) -> None:
    with WireServer(handler=lambda request: json_answer({}, 404), check=None) as server:
        message = failure(provider, offline_provider(provider).base_url(server.url))
    assert "leave out" not in message
    assert "such addresses" not in message
