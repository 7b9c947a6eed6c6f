"""Address, query and headers equal what the installed SDK sends to Vertex AI."""

from __future__ import annotations

from typing import Any

import google.auth
import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_google_vertexai import ChatVertexAI
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

REPLY = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
    ]
}
HOST = "{server}"
"""Stands for the address of the test's server."""
PLACE = {"project": "p-1", "location": "europe-west4"}
CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({**PLACE, "base_url": HOST}, {}),
    ({**PLACE, "base_url": f"{HOST}/"}, {"GOOGLE_GENAI_API_VERSION": "v1"}),
    ({**PLACE, "base_url": HOST}, {"GOOGLE_GENAI_API_VERSION": "beta"}),
    ({**PLACE, "base_url": HOST, "api_version": "v1"}, {"GOOGLE_GENAI_API_VERSION": "v1beta1"}),
    ({**PLACE, "base_url": HOST}, {"GOOGLE_CLOUD_PROJECT": "p-2", "GOOGLE_CLOUD_LOCATION": "us"}),
    (PLACE, {"GOOGLE_VERTEX_BASE_URL": f"{HOST}/gateway"}),
    ({**PLACE, "location": "global"}, {"GOOGLE_VERTEX_BASE_URL": HOST}),
    ({**PLACE, "base_url": HOST, "default_headers": {"X-Team": "a"}}, {}),
    ({**PLACE, "base_url": HOST}, {"GOOGLE_CLOUD_QUOTA_PROJECT": "payer"}),
    ({"api_key": "k", "base_url": HOST}, {}),
]


@pytest.mark.parametrize(("settings", "environment"), CASES)
@pytest.mark.parametrize("model_name", ["gemini-x", "publishers/google/models/gemini-x"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    model_name: str,
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in variables_read("google.genai"):
        monkeypatch.delenv(name, raising=False)
    answer = sse([REPLY]) if stream else json_answer(REPLY)
    with WireServer([answer, answer]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given: dict[str, Any] = {
            name: value.replace(HOST, server.url) if isinstance(value, str) else value
            for name, value in settings.items()
        }
        if "api_key" not in given:
            token = Credentials("token-1")  # type: ignore[no-untyped-call]
            monkeypatch.setattr(google.auth, "default", lambda **_: (token, "p-0"))
            given["credentials"] = token
        options = types.HttpOptions(
            base_url=given.get("base_url"),
            api_version=given.get("api_version"),
            headers=given.get("default_headers"),
        )
        named = ("api_key", "credentials", "project", "location")
        of_client: dict[str, Any] = {name: given.get(name) for name in named}
        with genai.Client(vertexai=True, http_options=options, **of_client) as sdk:
            call: dict[str, Any] = {"model": model_name, "contents": "Q"}
            if stream:
                list(sdk.models.generate_content_stream(**call))
            else:
                sdk.models.generate_content(**call)
        with ChatVertexAI(model=model_name, max_retries=0, **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = map(head_of, server.requests)
    theirs["headers"].pop("accept", None)
    ours["headers"].pop("accept", None)
    assert ours == theirs
