"""A client of Groq's SDK that the user hands in carries each call, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import groq
import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError, RateLimitError
from chat_groq import ChatGroq
from groq.resources.chat.completions import Completions

REPLY = json_answer({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
STREAM = sse(
    [
        {"choices": [{"index": 0, "delta": {"content": "hi"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
)


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def client(server: WireServer) -> Iterator[groq.Groq]:
    with groq.Groq(api_key="k", base_url=server.url, max_retries=4) as client:
        yield client


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_client_carries_blocking_calls_and_its_wrapped_method_sees_them_once(
    server: WireServer, client: groq.Groq, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    seen: list[Any] = []
    create = Completions.create

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["messages"][0]["content"])
        return create(self, *args, **kwargs)

    monkeypatch.setattr(Completions, "create", wrapper)
    server.queue(STREAM if stream else REPLY)
    model = ChatGroq(model="m", client=client, model_kwargs={"new": [1]})
    answer = "".join(c.content for c in model.stream("Q")) if stream else model.invoke("Q").content
    assert (answer, seen) == ("hi", ["Q"])
    (request,) = server.requests
    assert request.path == "/openai/v1/chat/completions"
    assert request.headers["user-agent"].startswith("Groq/Python")
    assert request.json["new"] == [1]


def test_the_async_client_carries_calls_on_a_loop(server: WireServer) -> None:
    server.queue(STREAM, REPLY)

    async def ask() -> str:
        async with groq.AsyncGroq(api_key="k", base_url=server.url) as client:
            model = ChatGroq(model="m", async_client=client)
            streamed = "".join([chunk.content async for chunk in model.astream("Q")])
            return streamed + (await model.ainvoke("Q")).content

    assert asyncio.run(ask()) == "hihi"


def test_the_sdk_does_not_try_again(server: WireServer, client: groq.Groq) -> None:
    server.queue(json_answer({"error": {"message": "Slow down."}}, status=429))
    with pytest.raises(RateLimitError):
        ChatGroq(model="m", client=client, max_retries=0).invoke("Q")
    assert len(server.requests) == 1


def test_clients_of_another_kind_are_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match=r"a groq\.Groq; got builtins\.object"):
        ChatGroq(model="m", client=object()).invoke("Q")
    with pytest.raises(InvalidParameterError, match=r"a groq\.AsyncGroq; got groq\.Groq"):
        ChatGroq(model="m", async_client=groq.Groq(api_key="k")).invoke("Q")
