"""The version of the API belongs to the connection, and httpx2 sends what we encode."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import httpx2
import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import APIConnectionError, InvalidParameterError
from chat_google_genai import ChatGoogleGenerativeAI

REPLY = json_answer(
    {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
        ]
    }
)


def test_another_version_bound_later_is_another_address() -> None:
    with WireServer([REPLY, REPLY]) as server:
        with ChatGoogleGenerativeAI(model="m", api_key="k", base_url=server.url) as model:
            model.invoke("Q")
            with model.bind(api_version="v1") as bound:
                bound.invoke("Q")
        paths = [request.path for request in server.requests]
    assert paths == ["/v1beta/models/m:generateContent", "/v1/models/m:generateContent"]


def test_a_version_beside_a_client_would_have_no_effect_and_is_refused() -> None:
    model = ChatGoogleGenerativeAI(model="m", client=object(), api_version="v1")
    with pytest.raises(InvalidParameterError, match=r"api_version= .* client="):
        model.invoke("Q")


WITHOUT_HTTPX = """
import sys
sys.modules["httpx"] = None
from chat_google_genai import ChatGoogleGenerativeAI
from google.genai import types
config = types.ThinkingConfig(thinking_budget=0)
with ChatGoogleGenerativeAI(
    model="m", api_key="k", base_url=sys.argv[1], thinking_config=config
) as model:
    print(model.invoke("Q").content, "httpx2" in sys.modules)
"""


def test_a_call_needs_no_httpx() -> None:
    with WireServer([REPLY]) as server:
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_HTTPX, server.url],
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
    assert (done.stdout.split(), done.stderr) == (["hi", "True"], "")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_users_client_of_either_library_carries_the_call(library: Any) -> None:
    with WireServer([REPLY]) as server, library.Client(headers={"x-team": "birds"}) as client:
        model = ChatGoogleGenerativeAI(
            model="m", api_key="k", base_url=server.url, http_client=client
        )
        assert model.invoke("Q").content == "hi"
        assert server.requests[0].headers["x-team"] == "birds"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_failure_of_a_users_client_is_a_connection_error(library: Any) -> None:
    with library.Client() as client:
        model = ChatGoogleGenerativeAI(
            model="m", api_key="k", base_url="http://127.0.0.1:1", http_client=client, max_retries=0
        )
        with pytest.raises(APIConnectionError):
            model.invoke("Q")
