"""Address, query and headers equal what the installed SDK sends, for every setting it reads.

Where nothing names a version of the API, the SDK takes ``v1`` and we take ``v1beta``, which has the
thinking, tools and media that the settings of the model offer.
"""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of, parameters_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_google_genai import ChatGoogleGenerativeAI
from google import genai
from google.genai import types

REPLY = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
    ]
}
HOST = "{server}"
"""Stands for the address of the test's server."""
BETA = {"GOOGLE_GENAI_API_VERSION": "v1beta"}
CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"base_url": HOST, "api_key": "k-1"}, BETA),
    ({"base_url": f"{HOST}/", "api_key": "k-1"}, {**BETA, "GOOGLE_API_KEY": "k-2"}),
    ({"base_url": f"{HOST}/proxy", "api_key": "k-1"}, {**BETA, "GEMINI_API_KEY": "k-2"}),
    ({"base_url": HOST}, {**BETA, "GOOGLE_API_KEY": "k-2", "GEMINI_API_KEY": "k-3"}),
    ({"base_url": HOST}, {**BETA, "GEMINI_API_KEY": "k-3"}),
    ({"api_key": "k-1"}, {**BETA, "GOOGLE_GEMINI_BASE_URL": f"{HOST}/gateway"}),
    ({"base_url": HOST, "api_key": "k-1"}, {**BETA, "GOOGLE_GEMINI_BASE_URL": "http://x.org"}),
    ({"base_url": HOST, "api_key": "k-1"}, {"GOOGLE_GENAI_API_VERSION": "beta"}),
    ({"base_url": HOST, "api_key": "k-1"}, {"GOOGLE_GENAI_API_VERSION": "v1"}),
    ({"base_url": HOST, "api_key": "k-1", "api_version": "v1alpha"}, BETA),
    ({"base_url": HOST, "api_key": "k-1", "default_headers": {"X-Team": "a"}}, BETA),
]
NO_PART_OF_A_HEAD = {
    *("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI", "vertexai", "enterprise"),
    *("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_PROJECT", "GOOGLE_VERTEX_BASE_URL"),  # Vertex AI
    *("credentials", "location", "project"),  # Vertex AI
    *("GOOGLE_GENAI_CLIENT_MODE", "GOOGLE_GENAI_REPLAYS_DIRECTORY", "GOOGLE_GENAI_REPLAY_ID"),
    *("PYTEST_CURRENT_TEST", "debug_config", "GOOGLE_GENAI_DEBUG"),  # the SDK's own tests and logs
    *("GOOGLE_GENAI_ACCESS_TOKEN", "GOOGLE_GENAI_API_KEY"),  # another API of the SDK
    *("GOOGLE_GENAI_DEFAULT_HEADERS", "GOOGLE_GENAI_USER_PROJECT"),  # another API of the SDK
    *("GOOGLE_GENAI_HTTP_CLIENT", "SSL_CERT_DIR", "SSL_CERT_FILE"),  # settings of every model
    "http_options",  # base_url=, api_version= and default_headers= here
}


@pytest.mark.parametrize(("settings", "environment"), CASES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in variables_read("google.genai"):
        monkeypatch.delenv(name, raising=False)
    answer = sse([REPLY]) if stream else json_answer(REPLY)
    with WireServer([answer, answer]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given = dict(settings)
        if "base_url" in given:
            given["base_url"] = given["base_url"].replace(HOST, server.url)
        options = types.HttpOptions(
            base_url=given.get("base_url"),
            api_version=given.get("api_version"),
            headers=given.get("default_headers"),
        )
        with genai.Client(api_key=given.get("api_key"), http_options=options) as sdk:
            call: dict[str, Any] = {"model": "gemini-x", "contents": "Q"}
            if stream:
                list(sdk.models.generate_content_stream(**call))
            else:
                sdk.models.generate_content(**call)
        with ChatGoogleGenerativeAI(model="gemini-x", max_retries=0, **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = map(head_of, server.requests)
    # What the SDK accepts is not part of what it asks for: it says nothing, and takes JSON.
    theirs["headers"].pop("accept", None)
    ours["headers"].pop("accept", None)
    assert ours == theirs


def test_without_a_named_version_the_address_is_that_of_the_beta(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GOOGLE_GENAI_API_VERSION", raising=False)
    with WireServer([json_answer(REPLY)]) as server:
        with ChatGoogleGenerativeAI(model="gemini-x", api_key="k", base_url=server.url) as model:
            model.invoke("Q")
        (request,) = server.requests
    assert request.path == "/v1beta/models/gemini-x:generateContent"


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    compared = {name for case in CASES for part in case for name in part}
    read = variables_read("google.genai") | parameters_of(genai.Client)
    assert read - compared - NO_PART_OF_A_HEAD == set()
