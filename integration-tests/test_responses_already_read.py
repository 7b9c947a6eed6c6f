"""A response that the user's HTTP client has read already is an answer like any other.

Mock transports give out such responses, and hooks that log bodies make them.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from chat_core import AuthenticationError, ChatModel, get_chat_model

CHAT = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
EVENT = {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
CLAUDE = {"type": "message", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"}


def answering(library: Any, status: int = 200) -> Any:
    """A transport of ``library`` that answers from memory."""

    def answer(request: Any) -> Any:
        if status != 200:
            return library.Response(status, json={"error": {"message": "No."}})
        if request.url.path.startswith("/v1/messages") or "rawPredict" in request.url.path:
            return library.Response(200, json=CLAUDE)
        if json.loads(request.content).get("stream"):
            text = f"data: {json.dumps(EVENT)}\n\ndata: [DONE]\n\n"
            headers = {"content-type": "text/event-stream"}
            return library.Response(200, text=text, headers=headers)
        return library.Response(200, json=CHAT)

    return library.MockTransport(answer)


libraries = pytest.mark.parametrize("library", [httpx, httpx2])


def text_of(model: ChatModel, stream: bool) -> str:
    return "".join(c.content for c in model.stream("Q")) if stream else model.invoke("Q").content


@libraries
@pytest.mark.parametrize("stream", [False, True])
def test_a_users_http_client_may_answer_from_memory(library: Any, stream: bool) -> None:
    with library.Client(transport=answering(library)) as client:
        assert text_of(get_chat_model("groq:m", api_key="k", http_client=client), stream) == "hi"

    async def ask() -> str:
        async with library.AsyncClient(transport=answering(library)) as client:
            model = get_chat_model("groq:m", api_key="k", async_http_client=client)
            if stream:
                return "".join([chunk.content async for chunk in model.astream("Q")])
            return (await model.ainvoke("Q")).content

    assert asyncio.run(ask()) == "hi"


@libraries
def test_a_refusal_from_memory_is_the_error_of_its_status(library: Any) -> None:
    with library.Client(transport=answering(library, 401)) as client:
        model = get_chat_model("groq:m", api_key="k", http_client=client)
        with pytest.raises(AuthenticationError, match=r"No\."):
            model.invoke("Q")


@pytest.mark.parametrize("stream", [False, True])
def test_an_sdks_client_may_answer_from_memory(stream: bool) -> None:
    with openai.OpenAI(
        api_key="k", http_client=httpx2.Client(transport=answering(httpx2))
    ) as client:
        assert text_of(get_chat_model("openai:m", client=client), stream) == "hi"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("Anthropic", {"api_key": "k"}),
        ("AnthropicBedrock", {"api_key": "k", "aws_region": "us-east-1"}),
        ("AnthropicVertex", {"access_token": "t", "region": "us-east5", "project_id": "p"}),
        ("AnthropicFoundry", {"api_key": "k", "resource": "r"}),
    ],
)
def test_a_client_of_anthropics_sdk_keeps_its_http_client(
    kind: str, settings: dict[str, Any]
) -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.host)
        return httpx2.Response(200, json=CLAUDE)

    http_client = httpx2.Client(transport=httpx2.MockTransport(answer))
    with getattr(anthropic, kind)(http_client=http_client, **settings) as client:
        model = get_chat_model("anthropic:claude-x", client=client)
        assert model.invoke("Q").content == "hi"
        assert client.max_retries == 2
    assert len(seen) == 1
