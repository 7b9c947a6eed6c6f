"""Head and body of a request equal what Ollama's own client sends."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.oracle import head_of, parameters_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_core import (
    AIMessage,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    Message,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import ToolSpec
from chat_ollama import ChatOllama
from ollama import Client
from ollama_wire import done, lines, piece

WHOLE = json_answer({**done(), "message": {"role": "assistant", "content": "hi"}})
STREAMED = Answer(
    headers={"content-type": "application/x-ndjson"}, body=lines(piece(content="hi"), done())
)
COMPARED = {"OLLAMA_API_KEY", "OLLAMA_HOST", "host", "headers"}
NO_PART_OF_A_HEAD = {"kwargs"}
"""Settings of the HTTP client, which are settings of every model here."""

PNG = "iVBORw0KGgo="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["", "/", "/pond", "/pond/"])
@pytest.mark.parametrize("key", [None, "of-the-environment"])
@pytest.mark.parametrize("source", ["setting", "environment"])
def test_a_head_equals_the_clients(
    stream: bool, path: str, key: str | None, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    if key:
        monkeypatch.setenv("OLLAMA_API_KEY", key)
    answer = STREAMED if stream else WHOLE
    with WireServer([answer, answer]) as server:
        address = server.url.removeprefix("http://") + path
        if source == "environment":
            monkeypatch.setenv("OLLAMA_HOST", address)
        host = address if source == "setting" else None
        messages = [{"role": "user", "content": "Hi"}]
        with Client(host, headers={"X-Team": "a"}) as client:
            answered: Any = client.chat("m", messages, stream=stream)
            list(answered)
        headers: Any = {"X-Team": "a"}
        with ChatOllama(model="m", base_url=host, default_headers=headers, max_retries=0) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == head_of(theirs)


def test_all_that_the_client_reads_is_compared_or_no_part_of_a_head() -> None:
    read = variables_read("ollama") | parameters_of(Client)
    assert read - COMPARED - NO_PART_OF_A_HEAD == set()


def test_a_key_of_ones_own_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "of-the-environment")
    with (
        WireServer([WHOLE]) as server,
        ChatOllama(model="m", base_url=server.url, api_key="mine") as model,
    ):
        model.invoke("Q")
        assert server.requests[0].headers["authorization"] == "Bearer mine"


def test_no_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    with WireServer([WHOLE]) as server, ChatOllama(model="m", base_url=server.url) as model:
        assert model.invoke("Q").content == "hi"
        assert "authorization" not in server.requests[0].headers


CONVERSATION: list[Message] = [
    SystemMessage("Be kind."),
    HumanMessage([TextBlock("Where is it?"), ImageBlock(base64=PNG, mime_type="image/png")]),
    AIMessage([TextBlock("One moment."), ToolCall("look", {"city": "Ulm"}, "c-1")]),
    ToolMessage("Sunny.", "c-1"),
]
THEIR_CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where is it?", "images": [PNG]},
    {
        "role": "assistant",
        "content": "One moment.",
        "tool_calls": [{"function": {"name": "look", "arguments": {"city": "Ulm"}}}],
    },
    {"role": "tool", "content": "Sunny.", "tool_name": "look"},
]


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_equals_the_clients(stream: bool) -> None:
    """But for the ids of calls, which the client does not know."""
    answer = STREAMED if stream else WHOLE
    given: dict[str, Any] = {
        "think": "low",
        "keep_alive": "5m",
        "format": CITY,
        "logprobs": True,
        "top_logprobs": 3,
    }
    options: dict[str, Any] = {"num_ctx": 2048, "top_k": 5, "seed": 1, "stop": ["END"]}
    function = {"name": "look", "description": "Look.", "parameters": CITY}
    with WireServer([answer, answer]) as server:
        with Client(server.url) as client:
            answered: Any = client.chat(
                "m",
                THEIR_CONVERSATION,
                tools=[{"type": "function", "function": function}],
                options={**options, "num_predict": 9, "temperature": 0.5},
                stream=stream,
                **given,
            )
            list(answered)
        model = ChatOllama(
            model="m", base_url=server.url, max_tokens=9, temperature=0.5, **given, **options
        ).bind(tools=[ToolSpec("look", "Look.", CITY)])
        list(model.stream(CONVERSATION)) if stream else model.invoke(CONVERSATION)
        model.close()
        theirs, ours = (request.json for request in server.requests)
    for turn in ours["messages"]:
        turn.pop("tool_call_id", None)
        for call in turn.get("tool_calls", ()):
            del call["id"]
    assert ours == theirs


def test_a_client_of_ollamas_package_is_refused_with_what_to_do() -> None:
    with (
        Client("127.0.0.1:9") as client,
        pytest.raises(InvalidParameterError, match=r"no public method.*base_url="),
    ):
        ChatOllama(model="m", client=client).invoke("Q")
