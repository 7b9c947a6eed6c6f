"""Requests to Azure equal those of ``openai.AzureOpenAI`` in method, address, query and headers."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import openai
import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of, parameters_of
from chat_conformance.wire_server import WireServer
from chat_core import (
    ContentFilterError,
    InvalidParameterError,
    MissingAPIKeyError,
    get_chat_model,
)
from chat_openai import ChatAzureOpenAI
from pydantic import SecretStr

CHAT = json_answer({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
RESPONSE = json_answer(
    {
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}],
    }
)
HOST = "{server}"
"""Stands for the address of the test's server."""
VARIABLES = (
    *("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT"),
    *("OPENAI_API_VERSION", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS"),
    *("OPENAI_API_KEY", "OPENAI_BASE_URL"),
)
KNOWN: dict[str, Any] = {"azure_endpoint": HOST, "api_version": "2024-10-21", "api_key": "k-1"}
TOKEN = {**KNOWN, "api_key": None}
EVERYWHERE = {
    "AZURE_OPENAI_API_KEY": "k-2",
    "AZURE_OPENAI_ENDPOINT": HOST,
    "OPENAI_API_VERSION": "2025-01-01",
    "OPENAI_ORG_ID": "org-2",
    "OPENAI_PROJECT_ID": "proj-2",
    "OPENAI_CUSTOM_HEADERS": "X-Team: b\nX-Cost: 7",
    "OPENAI_API_KEY": "sk-of-openai",
    "OPENAI_BASE_URL": "http://openai.example",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (KNOWN, {}),
    (KNOWN, EVERYWHERE),
    ({}, EVERYWHERE),
    ({**KNOWN, "azure_endpoint": f"{HOST}/"}, {}),
    ({**KNOWN, "azure_deployment": "d"}, {}),
    ({"base_url": f"{HOST}/gateway", "api_version": "v", "api_key": "k"}, {}),
    ({"base_url": f"{HOST}/deployments/d", "api_version": "v", "api_key": "k"}, {}),
    ({**TOKEN, "azure_ad_token": "t-1"}, EVERYWHERE),
    ({**TOKEN, "azure_ad_token_provider": lambda: "t-2"}, EVERYWHERE),
    ({}, {**EVERYWHERE, "AZURE_OPENAI_AD_TOKEN": "t-3"}),
    ({**KNOWN, "organization": "o", "project": "p"}, EVERYWHERE),
    ({**KNOWN, "default_headers": {"X-Team": "a"}, "default_query": {"a": [1, 2]}}, {}),
    ({**KNOWN, "default_query": {"api-version": "other"}}, {}),
]
NO_PART_OF_A_HEAD = {
    *("admin_api_key", "webhook_secret", "websocket_base_url", "workload_identity"),
    *("http_client", "max_retries", "timeout"),
}


def in_todays_form(head: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """A head of an SDK before 3.4 as later ones make it.

    Those before write a slash in the name of a deployment as it is, and prefer a key of the
    environment to a function that returns tokens.
    """
    if tuple(map(int, openai.__version__.split(".")[:2])) >= (3, 4):
        return head
    headers = dict(head["headers"])
    if provider := settings.get("azure_ad_token_provider"):
        headers.pop("api-key", None)
        headers["authorization"] = f"Bearer {provider()}"
    return {**head, "path": head["path"].replace("a%20b/c", "a%20b%2Fc"), "headers": headers}


@pytest.mark.parametrize("api", ["chat-completions", "responses"])
@pytest.mark.parametrize(("settings", "environment"), CASES)
@pytest.mark.parametrize("model_name", ["my-model", "a b/c"])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    model_name: str,
    api: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reply = RESPONSE if api == "responses" else CHAT
    with WireServer([reply, reply]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given: dict[str, Any] = {
            name: value.replace(HOST, server.url) if isinstance(value, str) else value
            for name, value in settings.items()
        }
        with openai.AzureOpenAI(max_retries=0, **given) as sdk:
            if api == "responses":
                sdk.responses.create(model=model_name, input="Q")
            else:
                sdk.chat.completions.create(
                    model=model_name, messages=[{"role": "user", "content": "Q"}]
                )
        with ChatAzureOpenAI(model=model_name, api=api, max_retries=0, **given) as model:
            assert model.invoke("Q").content == "hi"
        theirs, ours = server.requests
    assert head_of(ours) == in_todays_form(head_of(theirs), settings)


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    compared = {name for case in CASES for part in case for name in part}
    assert parameters_of(openai.AzureOpenAI) - compared - NO_PART_OF_A_HEAD == set()


def test_a_stream_says_which_provider_it_is_of() -> None:
    events: list[Any] = [
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
    with WireServer([sse(events)]) as server:
        settings = {**KNOWN, "azure_endpoint": server.url}
        with get_chat_model("azure-openai:mine", **settings).stream("Q") as stream:
            assert "".join(chunk.content for chunk in stream) == "hi"
            assert stream.message.response_metadata["model_provider"] == "azure-openai"


def test_an_entra_token_may_change_between_calls_and_after_a_401() -> None:
    tokens = iter(["t-1", "t-2", "t-3"])

    async def token() -> str:
        return next(tokens)

    async def ask(model: ChatAzureOpenAI) -> None:
        async with model:
            for _ in range(2):
                assert (await model.ainvoke("Q")).content == "hi"

    expired = json_answer({"error": {"code": "401", "message": "Token expired."}}, 401)
    with WireServer([CHAT, expired, CHAT]) as server:
        asyncio.run(
            ask(
                ChatAzureOpenAI(
                    model="m",
                    azure_endpoint=server.url,
                    api_version="v",
                    azure_ad_token_provider=token,
                )
            )
        )
        seen = [request.headers["authorization"] for request in server.requests]
    assert seen == ["Bearer t-1", "Bearer t-2", "Bearer t-3"]


def test_a_prompt_that_azure_filters_is_a_content_filter_error() -> None:
    body = {
        "error": {
            "message": "The response was filtered.",
            "code": "content_filter",
            "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation"},
        }
    }
    with WireServer([json_answer(body, 400)]) as server:
        model = ChatAzureOpenAI(model="m", **{**KNOWN, "azure_endpoint": server.url})
        with model, pytest.raises(ContentFilterError):
            model.invoke("Q")


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"azure_endpoint": None}, InvalidParameterError, "AZURE_OPENAI_ENDPOINT"),
        ({"api_version": None}, InvalidParameterError, "OPENAI_API_VERSION"),
        ({"api_key": None}, MissingAPIKeyError, "AZURE_OPENAI_API_KEY.*AZURE_OPENAI_AD_TOKEN"),
        ({"azure_ad_token": "t"}, InvalidParameterError, "api_key and azure_ad_token exclude"),
        ({"base_url": "http://x.org"}, InvalidParameterError, "base_url and azure_endpoint"),
        ({"model": ".."}, InvalidParameterError, "no name of a deployment"),
        (
            {"api_key": None, "azure_ad_token_provider": lambda: ""},
            MissingAPIKeyError,
            "azure_ad_token_provider returned",
        ),
    ],
)
def test_settings_that_cannot_be_right_are_one_plain_error(
    settings: dict[str, Any], kind: type[Exception], words: str
) -> None:
    given = {"model": "m", **KNOWN, "azure_endpoint": "http://127.0.0.1:9", **settings}
    with pytest.raises(kind, match=words):
        ChatAzureOpenAI(**given).invoke("Q")


def test_tokens_are_neither_shown_nor_pickled_nor_dumped() -> None:
    model = ChatAzureOpenAI(model="m", azure_ad_token=SecretStr("secret-token"))
    assert "secret-token" not in repr(model)
    assert "secret-token" not in model.model_dump_json()
    assert b"secret-token" not in pickle.dumps(model)
    model = ChatAzureOpenAI(model="m", azure_ad_token_provider=lambda: "secret-token")
    assert pickle.loads(pickle.dumps(model)).azure_ad_token_provider is None
    assert "azure_ad_token_provider" not in model.model_dump()
    assert "azure_endpoint" in model.model_json_schema()["properties"]


def test_a_client_of_azure_carries_the_calls() -> None:
    with (
        WireServer([CHAT]) as server,
        openai.AzureOpenAI(azure_endpoint=server.url, api_version="v", api_key="k") as client,
    ):
        assert ChatAzureOpenAI(model="m", client=client).invoke("Q").content == "hi"
        with pytest.raises(InvalidParameterError, match=r"api_version= .* beside client="):
            ChatAzureOpenAI(model="m", client=client, api_version="v").invoke("Q")
