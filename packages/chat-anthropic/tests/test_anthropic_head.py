"""Address, query and headers equal what the installed SDK sends, for every setting it reads."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest
from chat_anthropic import ChatAnthropic
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError

WHOLE = {"type": "message", "id": "m", "content": [], "stop_reason": "end_turn"}
EVENTS: list[Any] = [{"type": "message_start", "message": WHOLE}, {"type": "message_stop"}]
HOST = "{server}"
"""Stands for the address of the test's server."""


OLD_VERSION = "2023-06-01"


def in_todays_form(head: dict[str, Any]) -> dict[str, Any]:
    """A head of an old SDK with the key, and the version of the API, where the newest has them."""
    headers = dict(head["headers"])
    if headers.get("anthropic-version") == OLD_VERSION:
        headers["authorization"] = f"Bearer {headers.pop('x-api-key')}"
        headers["anthropic-version"] = "2026-10-21"
    return {**head, "headers": headers}


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({"base_url": HOST, "api_key": "sk-1"}, {}),
        ({"base_url": f"{HOST}/", "api_key": "sk-1"}, {"ANTHROPIC_API_KEY": "sk-2"}),
        ({"base_url": f"{HOST}/proxy", "api_key": "sk-1"}, {"ANTHROPIC_BASE_URL": "http://x.org"}),
        ({"api_key": "sk-1"}, {"ANTHROPIC_BASE_URL": f"{HOST}/gateway"}),
        ({"base_url": HOST}, {"ANTHROPIC_API_KEY": "sk-2"}),
        ({"base_url": HOST, "api_key": "sk-1", "default_headers": {"X-Team": "a"}}, {}),
        ({"base_url": HOST, "api_key": "sk-1", "default_headers": {"Anthropic-Version": "1"}}, {}),
        (
            {"base_url": HOST, "api_key": "sk-1", "default_headers": {"X-Team": "a"}},
            {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: b\nX-Cost: 7: 8\nno header"},
        ),
        (
            {"base_url": HOST, "api_key": "sk-1"},
            {"ANTHROPIC_CUSTOM_HEADERS": "Authorization: Bearer gateway"},
        ),
        (
            {"base_url": HOST, "api_key": "sk-1", "default_headers": {"anthropic-beta": "a,b"}},
            {},
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("API_KEY", "BASE_URL", "CUSTOM_HEADERS", "AUTH_TOKEN"):
        monkeypatch.delenv(f"ANTHROPIC_{name}", raising=False)
    answer = sse(EVENTS, event_key="type") if stream else json_answer(WHOLE)
    with WireServer([answer, answer]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given = dict(settings)
        if "base_url" in given:
            given["base_url"] = given["base_url"].replace(HOST, server.url)
        hello: list[Any] = [{"role": "user", "content": "Q"}]
        with anthropic.Anthropic(max_retries=0, **given) as sdk:
            sdk.messages.create(model="m", max_tokens=1, messages=hello, stream=stream)
        with ChatAnthropic(model="m", max_retries=0, **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == in_todays_form(head_of(theirs))


def test_words_of_one_call_join_those_that_a_setting_needs() -> None:
    with WireServer([json_answer(WHOLE)]) as server:
        headers: dict[str, Any] = {"Anthropic-Beta": "context-1m-2025-08-07"}
        model = ChatAnthropic(
            model="m", api_key="sk-1", base_url=server.url, default_headers=headers, speed="fast"
        )
        with model:
            model.invoke("Q")
        (seen,) = server.requests
    assert seen.headers["anthropic-beta"] == "context-1m-2025-08-07,fast-mode-2026-02-01"


def test_a_base_url_of_the_environment_that_is_no_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "api.example.org")
    with pytest.raises(InvalidParameterError, match="address"):
        ChatAnthropic(model="m", api_key="k").invoke("Q")
