"""Address, query and headers equal what the installed SDK sends, for every setting it reads."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest
from chat_anthropic import ChatAnthropic
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of, parameters_of, variables_read
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
        if "x-api-key" in headers:
            headers["authorization"] = f"Bearer {headers.pop('x-api-key')}"
        headers["anthropic-version"] = "2026-10-21"
    return {**head, "headers": headers}


CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
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
    ({"base_url": HOST}, {"ANTHROPIC_AUTH_TOKEN": "token-3"}),
    ({"base_url": HOST}, {"ANTHROPIC_AUTH_TOKEN": "token-3", "ANTHROPIC_API_KEY": "sk-2"}),
    ({"base_url": HOST, "api_key": "sk-1"}, {"ANTHROPIC_AUTH_TOKEN": "token-3"}),
]
NEEDS_A_CLIENT = {
    "PROFILE CONFIG_DIR": "a profile on disk, with tokens that the SDK refreshes",
    "FEDERATION_RULE_ID ORGANIZATION_ID SERVICE_ACCOUNT_ID SCOPE": "tokens of workload identity",
    "IDENTITY_TOKEN IDENTITY_TOKEN_FILE WORKSPACE_ID": "tokens of workload identity",
    "BEDROCK_BASE_URL BEDROCK_MANTLE_BASE_URL": "Claude on Bedrock",
    "VERTEX_BASE_URL VERTEX_PROJECT_ID": "Claude on Vertex AI",
    "FOUNDRY_API_KEY FOUNDRY_BASE_URL FOUNDRY_RESOURCE": "Claude on Foundry",
    "GOOGLE_CLOUD_BASE_URL GOOGLE_CLOUD_LOCATION": "the API on Google Cloud",
    "GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_WORKSPACE_ID": "the API on Google Cloud",
    "AWS_BASE_URL AWS_API_KEY AWS_WORKSPACE_ID": "the API on AWS",
    "LOG WEBHOOK_SIGNING_KEY ENVIRONMENT_KEY WORK_SECRET": "no part of a request for messages",
    "OPEN_TELEMETRY OPEN_TELEMETRY_PROPAGATION": "the SDK's own spans",
    "OPEN_TELEMETRY_TRACES_CONTENT_MODE": "the SDK's own spans",
    "OPEN_TELEMETRY_TRACES_MAX_CONTENT_BYTES": "the SDK's own spans",
}
"""Variables that begin with ``ANTHROPIC_`` and what they are for, which ``client=`` has."""
NO_PART_OF_A_HEAD = {
    *("AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION", "AWS_DEFAULT_REGION"),  # Claude on AWS: client=
    *("CLOUD_ML_REGION", "GOOGLE_CLOUD_PROJECT"),  # Claude on Google Cloud: client=
    *("auth_token", "config", "credentials", "profile", "middleware", "open_telemetry"),  # client=
    *("DEFER_PYDANTIC_BUILD", "max_retries", "timeout", "http_client", "webhook_key"),
    "default_query",  # extra_query= of a call
    *(f"ANTHROPIC_{name}" for names in NEEDS_A_CLIENT for name in names.split()),
}


@pytest.mark.parametrize(("settings", "environment"), CASES)
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


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    compared = {name for case in CASES for part in case for name in part}
    read = variables_read("anthropic") | parameters_of(anthropic.Anthropic)
    assert read - compared - NO_PART_OF_A_HEAD == set()
