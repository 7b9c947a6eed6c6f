"""Address, query and headers equal what the installed SDK sends, for every setting it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.oracle import head_of, parameters_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_core import MissingAPIKeyError
from chat_mistralai import ChatMistralAI
from mistral_wire import content_event, stop
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
NO_PART_OF_A_HEAD = {
    *("MISTRAL_DEBUG", "debug_logger"),  # logging
    *("MISTRAL_OTLP_TRACES_ENDPOINT", "MISTRAL_SDK_DEBUG_TRACING", "MISTRAL_SDK_TELEMETRY"),
    "MISTRAL_AUDIO_BASE_URL",  # agents that speak
    *("client", "async_client", "retry_config", "timeout_ms"),  # settings of every model
    *("server", "url_params"),  # choose among addresses, which base_url= takes
}
COMPARED = {"MISTRAL_API_KEY", "MISTRAL_SA_TOKEN_PATH", "api_key", "server_url"}
STREAMED = sse([content_event("hi"), stop(), "[DONE]"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["", "/", "/gateway"])
@pytest.mark.parametrize("headers", [None, {"X-Team": "a", "Accept": "text/plain"}])
@pytest.mark.parametrize("source", ["setting", "environment", "file", "file and setting"])
def test_a_head_equals_the_sdks(
    stream: bool,
    path: str,
    headers: dict[str, Any] | None,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "of-the-environment")
    key = "of-the-user" if "setting" in source else None
    if "file" in source:
        (tmp_path / "token").write_text("Bearer of-the-file\n")
        monkeypatch.setenv("MISTRAL_SA_TOKEN_PATH", str(tmp_path / "token"))
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


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    read = variables_read("mistralai") | parameters_of(Mistral)
    assert read - COMPARED - NO_PART_OF_A_HEAD == set()


def test_the_file_with_the_token_is_read_for_each_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    monkeypatch.setenv("MISTRAL_SA_TOKEN_PATH", str(file))
    with WireServer([WHOLE, WHOLE]) as server, ChatMistralAI(model="m", base_url=server.url) as m:
        for token in ("t-1", "t-2"):
            file.write_text(token)
            m.invoke("Q")
        seen = [request.headers["authorization"] for request in server.requests]
        file.write_text(" ")
        with pytest.raises(MissingAPIKeyError, match=r"MISTRAL_SA_TOKEN_PATH=.*empty file"):
            m.invoke("Q")
        file.unlink()
        with pytest.raises(MissingAPIKeyError, match=r"MISTRAL_SA_TOKEN_PATH=.*cannot be read"):
            m.invoke("Q")
    assert seen == ["Bearer t-1", "Bearer t-2"]
