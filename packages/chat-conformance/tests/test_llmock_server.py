"""Every route of the embedded llmock leads to the provider's own wire."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.llmock_server import ROUTES, LlmockServer

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES = [{"role": "user", "content": "hi"}]
CHAT = {"model": "m", "messages": MESSAGES}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
GEMINI_TEXT = ("candidates", 0, "content", "parts", 0, "text")

# What each vendor's SDK appends to its base URL, the request, and where the text of the answer is.
WIRES: dict[str, tuple[str, dict[str, Any], tuple[str | int, ...]]] = {
    "openai": ("/chat/completions", CHAT, ("choices", 0, "message", "content")),
    "openai-compatible": ("/chat/completions", CHAT, ("choices", 0, "message", "content")),
    "fireworks": ("/chat/completions", CHAT, ("choices", 0, "message", "content")),
    "groq": ("/openai/v1/chat/completions", CHAT, ("choices", 0, "message", "content")),
    "mistralai": ("/v1/chat/completions", CHAT, ("choices", 0, "message", "content")),
    "anthropic": ("/v1/messages", {**CHAT, "max_tokens": 9}, ("content", 0, "text")),
    "google-genai": ("/v1beta/models/m:generateContent", CONTENTS, GEMINI_TEXT),
    "google-vertexai": (
        "/v1beta1/projects/p/locations/global/publishers/google/models/m:generateContent",
        CONTENTS,
        GEMINI_TEXT,
    ),
}


@pytest.fixture(scope="module")
def running() -> Iterator[LlmockServer]:
    with LlmockServer() as server:
        yield server


@pytest.fixture
def server(running: LlmockServer) -> LlmockServer:
    running.script.reset()
    return running


def post(url: str, body: dict[str, Any]) -> Any:
    headers = {"content-type": "application/json", "authorization": "Bearer k", "x-api-key": "k"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@pytest.mark.parametrize("provider", ROUTES)
def test_a_scripted_reply_comes_through_the_providers_route(
    server: LlmockServer, provider: str
) -> None:
    appended, body, place = WIRES[provider]
    server.script.reply("scripted", provider=server.name(provider))
    found = post(server.base_url(provider) + appended, body)
    for step in place:
        found = found[step]
    assert found == "scripted"


def test_the_verdict_names_a_client_that_gives_up_on_what_can_be_retried(
    server: LlmockServer,
) -> None:
    server.script.fail(503)
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server.base_url("openai") + "/chat/completions", CHAT)
    caught.value.close()
    with pytest.raises(AssertionError, match="verdict"):
        server.script.assert_resilient(strict=True)


def test_a_provider_without_a_door_is_named(server: LlmockServer) -> None:
    with pytest.raises(LookupError, match="no route for 'acme'; it has openai"):
        server.base_url("acme")
