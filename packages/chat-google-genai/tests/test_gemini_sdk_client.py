"""A ``genai.Client`` that the user hands in carries each call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.http_answers import Answer, Reset, Stall, json_answer, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APITimeoutError,
    ChatModel,
    InvalidParameterError,
    InvalidRequestError,
    RateLimitError,
)
from chat_google_genai import ChatGoogleGenerativeAI
from google import genai
from google.genai import types
from google.genai.models import Models

REPLY: dict[str, Any] = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [{"text": "hi", "thoughtSignature": "+/+/"}]},
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
SLOW_DOWN = {"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as server:
        yield server


@pytest.fixture
def client(server: WireServer) -> Iterator[Any]:
    options = types.HttpOptions(base_url=server.url)
    with genai.Client(api_key="k", vertexai=False, http_options=options) as client:
        yield client


def make(client: Any, **settings: Any) -> ChatModel:
    given = {"model": "gemini-x", "max_retries": 0, "client": client, **settings}
    return ChatGoogleGenerativeAI(**given)


def test_a_stream_that_falls_silent_in_blocking_code_ends_in_time(
    server: WireServer, client: Any
) -> None:
    begun = {"candidates": [{"content": {"role": "model", "parts": [{"text": "be"}]}}]}
    server.queue(sse([begun, Stall()]))
    stream = make(client, timeout=3, idle_timeout=0.2).stream("Q")
    with pytest.raises(APITimeoutError, match=r"idle_timeout=0\.2") as caught:
        list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "be"
    assert server.wait_for_disconnect(30)


def signature_of(message: Any) -> Any:
    return message.blocks[0].extras["thoughtSignature"]


def test_whole_answers_and_streams_go_through_the_client_with_our_body(
    server: WireServer, client: Any
) -> None:
    server.queue(json_answer(REPLY), sse([REPLY]))
    model = make(client, top_k=3, default_headers={"X-Team": "a"})
    whole = model.invoke("Q")
    assert whole.content == "hi"
    stream = model.stream("Q")
    assert "".join(chunk.content for chunk in stream) == "hi"
    assert stream.message is not None
    assert signature_of(stream.message) == signature_of(whole) == "+/+/"
    first, second = server.requests
    assert first.path == "/v1/models/gemini-x:generateContent"
    assert second.path == "/v1/models/gemini-x:streamGenerateContent"
    for request in (first, second):
        assert request.json["generationConfig"] == {"topK": 3}
        assert request.headers["x-goog-api-key"] == "k"
        assert request.headers["x-team"] == "a"


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
def test_the_same_client_carries_calls_on_a_loop(server: WireServer, client: Any) -> None:
    server.queue(json_answer(REPLY), sse([REPLY]))

    async def ask() -> str:
        model = make(client)
        whole = (await model.ainvoke("Q")).content
        streamed = "".join([chunk.content async for chunk in model.astream("Q")])
        await client.aio.aclose()
        return whole + streamed

    assert asyncio.run(ask()) == "hihi"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_refusal_is_our_error_and_the_sdk_retries_nothing(
    server: WireServer, client: Any, stream: bool
) -> None:
    server.queue(json_answer(SLOW_DOWN, 429))
    with pytest.raises(RateLimitError, match="Slow down"):
        list(make(client).stream("Q")) if stream else make(client).invoke("Q")
    assert len(server.requests) == 1


def test_an_error_in_a_stream_comes_after_the_text_before_it(
    server: WireServer, client: Any
) -> None:
    begun = {"candidates": [{"content": {"role": "model", "parts": [{"text": "hi"}]}}]}
    server.queue(sse([begun, SLOW_DOWN]))
    with pytest.raises(RateLimitError) as caught:
        list(make(client).stream("Q"))
    assert caught.value.partial is not None
    assert caught.value.partial.content == "hi"


def test_a_broken_connection_is_a_connection_error(server: WireServer, client: Any) -> None:
    server.queue(Answer(before=[Reset()]))
    with pytest.raises(APIConnectionError):
        make(client).invoke("Q")


def test_a_wrapped_method_sees_each_call_once(
    server: WireServer, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    method = Models.generate_content

    def wrapper(self: Any, **given: Any) -> Any:
        answer = method(self, **given)
        seen.append((given["model"], given["contents"][0]["parts"][0]["text"]))
        return answer

    monkeypatch.setattr(Models, "generate_content", wrapper)
    server.queue(json_answer(REPLY))
    make(client).invoke("Q")
    assert seen == [("models/gemini-x", "Q")]


def test_what_a_client_cannot_carry_is_refused(client: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"a google\.genai\.Client; got"):
        make(object()).invoke("Q")
    with pytest.raises(InvalidParameterError, match=r"api_key= .* client="):
        make(client, api_key="k").invoke("Q")
    with pytest.raises(InvalidParameterError, match="extra_query="):
        make(client).invoke("Q", extra_query={"a": 1})


def test_a_refused_request_of_vertex_ai_is_our_error(server: WireServer) -> None:
    server.queue(json_answer({"error": {"code": 400, "message": "No.", "status": "X"}}, 400))
    options = types.HttpOptions(base_url=server.url)
    client = genai.Client(api_key="k", vertexai=True, http_options=options)
    with client, pytest.raises(InvalidRequestError, match=r"No\."):
        make(client).invoke("Q")
    assert server.requests[0].path.startswith("/v1beta1/")
