"""A client of OpenAI's SDK that the user hands in carries each call, once."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from chat_conformance.http_answers import Answer, Reset, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import APIConnectionError, APIError, InvalidParameterError, RateLimitError
from chat_openai import ChatOpenAI, ChatOpenAICompatible

REPLIES: dict[str, Any] = {
    "chat-completions": {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]},
    "responses": {
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}],
    },
}
STREAMS: dict[str, list[Any]] = {
    "chat-completions": [
        {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ],
    "responses": [
        {"type": "response.output_text.delta", "output_index": 0, "delta": "hi"},
        {"type": "response.completed", "response": {"output": []}},
    ],
}

apis = pytest.mark.parametrize("api", ["chat-completions", "responses"])


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


def settings(server: WireServer) -> dict[str, Any]:
    return {"api_key": "k", "base_url": f"{server.url}/v1", "max_retries": 5}


@pytest.fixture
def client(server: WireServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(**settings(server)) as client:
        yield client


@apis
@pytest.mark.parametrize("stream", [False, True])
def test_blocking_calls_go_through_the_client(
    server: WireServer, client: openai.OpenAI, api: Any, stream: bool
) -> None:
    server.queue(sse(STREAMS[api]) if stream else json_answer(REPLIES[api]))
    model = ChatOpenAI(model="m", api=api, client=client, temperature=0.5)
    model = model.bind(default_headers={"X-Team": "a"})
    seen = "".join(c.content for c in model.stream("Q")) if stream else model.invoke("Q").content
    assert seen == "hi"
    (request,) = server.requests
    assert request.headers["user-agent"].startswith("OpenAI/Python")
    assert request.headers["x-team"] == "a"


@apis
@pytest.mark.parametrize("stream", [False, True])
def test_calls_on_a_loop_go_through_the_async_client(
    server: WireServer, api: Any, stream: bool
) -> None:
    server.queue(sse(STREAMS[api]) if stream else json_answer(REPLIES[api]))

    async def ask() -> str:
        async with openai.AsyncOpenAI(**settings(server)) as client:
            model = ChatOpenAI(model="m", api=api, async_client=client)
            if stream:
                return "".join([chunk.content async for chunk in model.astream("Q")])
            return (await model.ainvoke("Q")).content

    assert asyncio.run(ask()) == "hi"


def test_azure_builds_its_own_address(server: WireServer) -> None:
    server.queue(json_answer(REPLIES["chat-completions"]))
    tokens = iter(["token-1"])
    with openai.AzureOpenAI(
        azure_endpoint=server.url,
        api_version="2025-01-01",
        azure_ad_token_provider=lambda: next(tokens),
    ) as client:
        assert ChatOpenAI(model="mine", client=client).invoke("Q").content == "hi"
    (request,) = server.requests
    assert request.path == "/openai/deployments/mine/chat/completions"
    assert request.query == {"api-version": "2025-01-01"}
    assert request.headers["authorization"] == "Bearer token-1"


def test_a_wrapped_method_sees_each_call_once_with_its_messages(
    server: WireServer, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openai.resources.chat.completions import Completions

    seen: list[Any] = []
    create = Completions.create

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["messages"])
        return create(self, *args, **kwargs)

    monkeypatch.setattr(Completions, "create", wrapper)
    server.queue(json_answer(REPLIES["chat-completions"]))
    ChatOpenAI(model="m", client=client).invoke("Q")
    assert seen == [[{"role": "user", "content": "Q"}]]


@apis
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer({"error": {"message": "Slow down."}}, status=429), RateLimitError),
        (Answer(before=[Reset()]), APIConnectionError),
    ],
    ids=["refused", "reset"],
)
def test_errors_are_ours_and_the_sdk_retries_nothing(
    server: WireServer, client: openai.OpenAI, api: Any, answer: Answer, kind: type[APIError]
) -> None:
    server.queue(answer)
    with pytest.raises(kind):
        ChatOpenAI(model="m", api=api, client=client, max_retries=0).invoke("Q")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client": object()}, "openai.OpenAI"),
        ({"client": openai.AsyncOpenAI(api_key="k")}, "openai.OpenAI"),
        ({"async_client": openai.OpenAI(api_key="k")}, "openai.AsyncOpenAI"),
        ({"async_client": openai.AsyncOpenAI(api_key="k")}, "client="),
        ({"client": openai.OpenAI(api_key="k"), "base_url": "http://x.org"}, "base_url"),
    ],
    ids=["another", "async", "sync", "none for blocking code", "a setting beside it"],
)
def test_a_client_that_cannot_carry_the_call_is_refused(given: Any, words: str) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        ChatOpenAI(model="m", **given).invoke("Q")


def test_a_compatible_server_may_be_the_clients(server: WireServer, client: openai.OpenAI) -> None:
    server.queue(json_answer(REPLIES["chat-completions"]))
    assert ChatOpenAICompatible(model="m", client=client).invoke("Q").content == "hi"
    with pytest.raises(InvalidParameterError, match="base_url is required"):
        ChatOpenAICompatible(model="m")


def test_a_model_with_a_client_is_not_pickled_without_it(client: openai.OpenAI) -> None:
    model = ChatOpenAI(model="m", client=client)
    with pytest.raises(InvalidParameterError, match="client="):
        pickle.dumps(model)
    assert pickle.loads(pickle.dumps(model.bind(client=None))).model == "m"


def test_what_the_client_raises_before_sending_is_explained_and_not_tried_again() -> None:
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        raise RuntimeError("no tenant")

    client = openai.AzureOpenAI(
        azure_endpoint="http://127.0.0.1:9", api_version="v", azure_ad_token_provider=token
    )
    with client, pytest.raises(InvalidParameterError, match=r"client=.*no tenant"):
        ChatOpenAI(model="m", client=client, max_retries=3).invoke("Q")
    assert asked == [1]
