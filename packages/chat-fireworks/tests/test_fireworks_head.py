"""Address and headers equal what the ``openai`` SDK sends to Fireworks, and only what it should."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.oracle import head_of
from chat_conformance.wire_server import WireServer
from chat_fireworks import ChatFireworks

REPLY = json_answer(
    {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
)
FOR_OPENAI = {
    "OPENAI_API_KEY": "sk-openai",
    "OPENAI_BASE_URL": "http://openai.example",
    "OPENAI_ORG_ID": "org-1",
    "OPENAI_PROJECT_ID": "proj-1",
    "OPENAI_CUSTOM_HEADERS": "X-OpenAI-Only: 1",
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/inference/v1", "/inference/v1/", "/gateway"])
@pytest.mark.parametrize("headers", [None, {"X-Session-Affinity": "s"}])
@pytest.mark.parametrize("environment", [{}, FOR_OPENAI])
def test_a_head_equals_the_sdks_without_openais_environment(
    stream: bool,
    path: str,
    headers: dict[str, Any] | None,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (*FOR_OPENAI, "FIREWORKS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with WireServer([REPLY, REPLY]) as server:
        given: dict[str, Any] = {
            "api_key": "fw_1",
            "base_url": server.url + path,
            "default_headers": headers,
            "max_retries": 0,
        }
        with openai.OpenAI(**given) as sdk:
            sdk.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "Hi"}], stream=stream
            )
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with ChatFireworks(model="m", **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == head_of(theirs)
