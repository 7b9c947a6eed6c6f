"""A client of the OpenAI SDK with Fireworks' address carries each call."""

from __future__ import annotations

import asyncio

import openai
import pytest
from chat_conformance.http_answers import json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError
from chat_fireworks import ChatFireworks

REPLY = json_answer({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})
STREAM = sse(
    [
        {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]},
        "[DONE]",
    ]
)


def test_the_client_carries_calls_of_every_kind() -> None:
    async def ask(url: str) -> str:
        async with openai.AsyncOpenAI(api_key="k", base_url=url) as client:
            model = ChatFireworks(model="accounts/x/models/m", async_client=client)
            streamed = "".join([chunk.content async for chunk in model.astream("Q")])
            return streamed + (await model.ainvoke("Q")).content

    with WireServer() as server:
        url = f"{server.url}/inference/v1"
        with openai.OpenAI(api_key="k", base_url=url) as client:
            server.queue(STREAM, REPLY, STREAM, REPLY)
            model = ChatFireworks(model="accounts/x/models/m", client=client)
            assert "".join(chunk.content for chunk in model.stream("Q")) == "hi"
            assert model.invoke("Q").content == "hi"
        assert asyncio.run(ask(url)) == "hihi"
        assert {r.path for r in server.requests} == {"/inference/v1/chat/completions"}
        assert all("OpenAI/Python" in r.headers["user-agent"] for r in server.requests)


def test_a_client_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameterError, match=r"openai\.OpenAI with Fireworks' base_url"):
        ChatFireworks(model="m", client=object()).invoke("Q")
