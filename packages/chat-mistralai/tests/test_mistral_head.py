"""Address, query and headers equal what the installed SDK sends, for every setting it reads."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of
from chat_conformance.wire_server import WireServer
from chat_mistralai import ChatMistralAI
from mistral_wire import said, stop
from mistralai.client import Mistral

WHOLE = json_answer(
    {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hi"},
                "finish_reason": "stop",
            }
        ],
    }
)
STREAMED = sse([said("hi"), stop(), "[DONE]"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["", "/", "/gateway"])
@pytest.mark.parametrize("headers", [None, {"X-Team": "a", "Accept": "text/plain"}])
@pytest.mark.parametrize("from_environment", [False, True])
def test_a_head_equals_the_sdks(
    stream: bool,
    path: str,
    headers: dict[str, Any] | None,
    from_environment: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "of-the-environment")
    key = None if from_environment else "of-the-user"
    answer = STREAMED if stream else WHOLE
    with WireServer([answer, answer]) as server:
        url = server.url + path
        call: dict[str, Any] = {
            "model": "m",
            "messages": [{"role": "user", "content": "Hi"}],
            "http_headers": headers,
        }
        with Mistral(api_key=key, server_url=url) as sdk:
            if stream:
                list(sdk.chat.stream(**call))
            else:
                sdk.chat.complete(**call)
        with ChatMistralAI(
            model="m", api_key=key, base_url=url, default_headers=headers, max_retries=0
        ) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == head_of(theirs)
