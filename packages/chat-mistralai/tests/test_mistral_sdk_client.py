"""A client of Mistral's SDK carries each call, those of Azure and Google Cloud too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import Answer, Close, Reset, Stall, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    InvalidParameterError,
    RateLimitError,
    StreamInterruptedError,
)
from chat_mistralai import ChatMistralAI
from mistralai.azure.client import MistralAzure
from mistralai.client import Mistral
from mistralai.client.chat import Chat
from mistralai.client.utils import BackoffStrategy, RetryConfig
from mistralai.gcp.client import MistralGCP

REPLY = json_answer(
    {
        "id": "c",
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
ODD_REPLY = json_answer({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
"""The SDK cannot read it."""
STREAM = sse(
    [
        {"choices": [{"index": 0, "delta": {"content": "hi", "new": 1}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
)
PATHS = {
    "Mistral": ("/v1/chat/completions", "/v1/chat/completions"),
    "MistralAzure": ("/models/chat/completions", "/models/chat/completions"),
    "MistralGCP": (
        "/v1/projects/p/locations/us-central1/publishers/mistralai/models/m:rawPredict",
        "/v1/projects/p/locations/us-central1/publishers/mistralai/models/m:streamRawPredict",
    ),
}
kinds = pytest.mark.parametrize("kind", list(PATHS))


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


def make_client(kind: str, server: WireServer) -> Any:
    if kind == "MistralAzure":
        return MistralAzure(api_key="k", server_url=server.url)
    if kind == "MistralGCP":
        return MistralGCP(
            access_token="k", project_id="p", region="us-central1", server_url=server.url
        )
    again = RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, 500), retry_connection_errors=True)
    return Mistral(api_key="k", server_url=server.url, retry_config=again)


@kinds
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_each_client_of_the_sdk_carries_the_call_with_our_body(
    server: WireServer, kind: str, stream: bool, is_async: bool
) -> None:
    server.queue(STREAM if stream else REPLY)

    async def ask(client: Any) -> str:
        model = ChatMistralAI(model="m", client=client, model_kwargs={"new": [1]})
        async with client:
            if stream:
                return "".join([chunk.content async for chunk in model.astream("Q")])
            return (await model.ainvoke("Q")).content

    if is_async:
        seen = asyncio.run(ask(make_client(kind, server)))
    else:
        with make_client(kind, server) as client:
            model = ChatMistralAI(model="m", client=client, model_kwargs={"new": [1]})
            model = model.bind(default_headers={"X-Team": "a"})
            if stream:
                seen = "".join(chunk.content for chunk in model.stream("Q"))
            else:
                seen = model.invoke("Q").content
        assert server.requests[0].headers["x-team"] == "a"
    assert seen == "hi"
    (request,) = server.requests
    assert request.path == PATHS[kind][stream]
    assert request.headers["authorization"] == "Bearer k"
    assert request.headers["user-agent"].startswith(("mistral", "speakeasy"))
    assert request.json["new"] == [1]


@pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
def test_a_wrapped_method_sees_each_call_once(
    server: WireServer, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    seen: list[Any] = []
    name = "stream" if stream else "complete"
    method = getattr(Chat, name)

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        seen.append((kwargs["model"], kwargs["messages"][0]["content"]))
        return result

    monkeypatch.setattr(Chat, name, wrapper)
    server.queue(STREAM if stream else REPLY)
    with make_client("Mistral", server) as client:
        model = ChatMistralAI(model="m", client=client)
        list(model.stream("Q")) if stream else model.invoke("Q")
    assert seen == [("m", "Q")]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (401, AuthenticationError)])
def test_a_refusal_is_our_error_and_the_sdk_retries_nothing(
    server: WireServer, stream: bool, status: int, kind: type[Exception]
) -> None:
    server.queue(json_answer({"message": "No, and no."}, status))
    with make_client("Mistral", server) as client:
        model = ChatMistralAI(model="m", client=client, max_retries=0)
        with pytest.raises(kind, match="No, and no"):
            list(model.stream("Q")) if stream else model.invoke("Q")
    assert len(server.requests) == 1


def test_a_broken_connection_is_a_connection_error_and_is_tried_again_by_us(
    server: WireServer,
) -> None:
    server.queue(Answer(before=[Reset()]), Answer(before=[Reset()]), REPLY)
    with make_client("Mistral", server) as client:
        with pytest.raises(APIConnectionError):
            ChatMistralAI(model="m", client=client, max_retries=0).invoke("Q")
        assert len(server.requests) == 1
        assert ChatMistralAI(model="m", client=client, max_retries=1).invoke("Q").content == "hi"


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_answer_that_takes_too_long_ends_in_our_timeout(
    server: WireServer, is_async: bool
) -> None:
    server.queue(Answer(before=[Stall()]))

    async def ask() -> None:
        async with make_client("Mistral", server) as client:
            await ChatMistralAI(model="m", client=client, answer_timeout=0.3).ainvoke("Q")

    def ask_blocking() -> None:
        with make_client("Mistral", server) as client:
            ChatMistralAI(model="m", client=client, answer_timeout=0.3).invoke("Q")

    with pytest.raises(APITimeoutError, match="answer_timeout"):
        asyncio.run(ask()) if is_async else ask_blocking()


def test_a_body_that_breaks_off_is_an_interrupted_answer(server: WireServer) -> None:
    server.queue(Answer(headers={"content-length": "99"}, body=[b'{"id": "c", ', Close()]))
    with make_client("Mistral", server) as client:
        model = ChatMistralAI(model="m", client=client, max_retries=0)
        with pytest.raises(StreamInterruptedError):
            model.invoke("Q")


def test_an_answer_that_the_sdk_cannot_read_is_read_by_us(server: WireServer) -> None:
    server.queue(ODD_REPLY, ODD_REPLY)
    with make_client("Mistral", server) as client:
        model = ChatMistralAI(model="m", client=client)
        assert model.invoke("Q").content == "hi"
        assert "".join(chunk.content for chunk in model.stream("Q")) == "hi"


def test_a_client_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match="MistralAzure or MistralGCP of mistralai; got"):
        ChatMistralAI(model="m", client=object()).invoke("Q")
    with Mistral(api_key="k") as client:
        model = ChatMistralAI(model="m", client=client, api_key="k")
        with pytest.raises(InvalidParameterError, match=r"api_key= .* client="):
            model.invoke("Q")
