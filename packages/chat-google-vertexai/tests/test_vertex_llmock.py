"""llmock behind Vertex AI's paths: it has no such door, so a small ASGI wrapper makes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.messages import HumanMessage, ToolMessage
from chat_google_vertexai import ChatVertexAI
from google.oauth2.credentials import Credentials
from llmock.pytest_plugin import LLMock
from llmock.testing import LLMockServer

if TYPE_CHECKING:
    from collections.abc import Iterator

VERTEX = re.compile(r"/v1beta1/(?:projects/[^/]+/locations/[^/]+/)?publishers/google(/models/.+)")


class VertexDoor:
    """Maps Vertex AI's paths to llmock's Gemini door, and its bearer token to a key."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (found := VERTEX.fullmatch(scope["path"])):
            path = f"/gemini/v1beta{found[1]}"
            headers = [*scope["headers"], (b"x-goog-api-key", b"k")]
            scope = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def running() -> Iterator[LLMockServer]:
    server = LLMockServer()
    server.app.add_middleware(VertexDoor)
    with server:
        yield server


@pytest.fixture
def script(running: LLMockServer) -> LLMock:
    script = LLMock(running)
    script.reset()
    return script


@pytest.fixture
def model(running: LLMockServer) -> Iterator[ChatVertexAI]:
    with ChatVertexAI(
        model="gemini-2.5-flash",
        project="proj",
        location="europe-west4",
        credentials=Credentials("token"),  # type: ignore[no-untyped-call]
        base_url=running.url,
    ) as made:
        yield made


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def test_an_answer_streams_and_comes_whole(script: LLMock, model: ChatVertexAI) -> None:
    script.reply("Hello there, moon", times=2)
    assert model.invoke("Q").content == "Hello there, moon"
    assert "".join(chunk.content for chunk in model.stream("Q")) == "Hello there, moon"


def test_a_tool_is_called_and_answered(script: LLMock, model: ChatVertexAI) -> None:
    script.call_tool("weather", {"city": "Paris"})
    script.reply("It is sunny.")
    talk: list[Any] = [HumanMessage("How is Paris?")]
    armed = model.bind_tools([weather])
    talk.append(armed.invoke(talk))
    (call,) = talk[-1].tool_calls
    talk.append(ToolMessage(weather(**call.args), call.id))
    assert armed.invoke(talk).content == "It is sunny."


def test_a_client_that_meets_faults_stays_resilient(script: LLMock, model: ChatVertexAI) -> None:
    script.rate_limit(retry_after=0.01)
    script.reply("through")
    assert model.invoke("Q").content == "through"
    script.assert_resilient()
