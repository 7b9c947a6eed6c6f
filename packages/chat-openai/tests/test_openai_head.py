"""Method, address, query and headers equal what the installed SDK sends, for all that it reads."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import openai
import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.oracle import head_of, parameters_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError, get_chat_model
from chat_openai import ChatOpenAI

REPLIES: dict[str, Any] = {
    "chat-completions": {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]},
    "responses": {"object": "response", "status": "completed", "output": []},
}
HOST = "{server}"
"""Stands for the address of the test's server."""
VARIABLES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "OPENAI_CUSTOM_HEADERS",
)
KNOWN = {"base_url": f"{HOST}/v1", "api_key": "sk-1"}
EVERYWHERE = {
    "OPENAI_API_KEY": "sk-2",
    "OPENAI_BASE_URL": f"{HOST}/gateway/v1",
    "OPENAI_ORG_ID": "org-2",
    "OPENAI_PROJECT_ID": "proj-2",
    "OPENAI_CUSTOM_HEADERS": "X-Team: b\nX-Cost: 7: 8\nno header",
}


def create(sdk: openai.OpenAI, api: str, stream: bool) -> None:
    if api == "responses":
        sdk.responses.create(model="m", input="Q", stream=stream)
    else:
        sdk.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=stream
        )


CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (KNOWN, {}),
    (KNOWN, EVERYWHERE),
    ({}, EVERYWHERE),
    ({**KNOWN, "base_url": f"{HOST}/v1/"}, {}),
    ({**KNOWN, "base_url": HOST}, {}),
    ({**KNOWN, "organization": "org-1", "project": "proj-1"}, {}),
    ({**KNOWN, "organization": "org-1", "project": "proj-1"}, EVERYWHERE),
    ({**KNOWN, "default_headers": {"X-Team": "a", "OpenAI-Beta": "b"}}, EVERYWHERE),
    ({**KNOWN, "default_headers": {"authorization": "Basic x"}}, {}),
    (KNOWN, {"OPENAI_CUSTOM_HEADERS": "Authorization: Bearer gateway\nOpenAI-Project: p"}),
    ({**KNOWN, "default_query": {"api-version": "preview", "n": 1, "on": True}}, {}),
    ({**KNOWN, "default_query": {"a": [1, 2], "b": {"c": "d", "e": [3]}, "f": None}}, {}),
]
NO_PART_OF_A_HEAD = {
    *("OPENAI_ADMIN_KEY", "admin_api_key"),  # administration alone
    *("OPENAI_WEBHOOK_SECRET", "webhook_secret", "websocket_base_url"),  # other than HTTP requests
    *("OPENAI_API_TYPE", "OPENAI_LOG", "DEFER_PYDANTIC_BUILD"),  # the SDK's module, logs and types
    *("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY"),  # compared for Azure
    *("AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION"),  # compared for Azure
    *("AWS_BEARER_TOKEN_BEDROCK", "AWS_BEDROCK_BASE_URL"),  # OpenAI's models on AWS: client=
    *("AWS_DEFAULT_REGION", "AWS_REGION"),
    *("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_PROJECT"),  # OpenAI's models on Google Cloud: client=
    *("provider", "workload_identity"),  # client=
    "data_residency",  # chooses among addresses, which base_url= takes
    *("http_client", "max_retries", "timeout"),  # settings of every model
}


@pytest.mark.parametrize(("settings", "environment"), CASES)
@pytest.mark.parametrize("api", ["chat-completions", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    api: Any,
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    reply = json_answer(REPLIES[api])
    with WireServer([reply, reply]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given = {"max_retries": 0, **settings}
        if "base_url" in given:
            given["base_url"] = given["base_url"].replace(HOST, server.url)
        with openai.OpenAI(**given) as sdk:
            create(sdk, api, stream)
        with ChatOpenAI(model="m", api=api, **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == head_of(theirs)


@pytest.mark.parametrize("name", ["openai", "openai-compatible"])
def test_the_user_agent_says_who_sends(name: str) -> None:
    with WireServer([json_answer(REPLIES["chat-completions"])]) as server:
        settings = {"base_url": f"{server.url}/v1", "api_key": "k"}
        with get_chat_model(f"{name}:m", **settings) as model:
            model.invoke("Q")
    assert server.requests[0].headers["user-agent"].startswith("chat-openai/")


def test_a_base_url_of_the_environment_that_is_no_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "api.example.org/v1")
    with pytest.raises(InvalidParameterError, match="address"):
        ChatOpenAI(model="m", api_key="k").invoke("Q")


def test_a_request_does_not_import_the_sdk() -> None:
    program = (
        "import sys\n"
        "from chat_core import APIConnectionError, get_chat_model\n"
        "for name in ('openai', 'openai-compatible'):\n"
        "    for api in ('chat-completions', 'responses'):\n"
        "        model = get_chat_model(f'{name}:m', api=api, api_key='k', max_retries=0,\n"
        "                               base_url='http://127.0.0.1:9/v1')\n"
        "        try:\n"
        "            model.invoke('Q')\n"
        "        except APIConnectionError:\n"
        "            print(name, api, 'openai' in sys.modules)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = found.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.endswith("False") for line in lines)


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    compared = {name for case in CASES for part in case for name in part}
    read = variables_read("openai") | parameters_of(openai.OpenAI)
    assert read - compared - NO_PART_OF_A_HEAD == set()
