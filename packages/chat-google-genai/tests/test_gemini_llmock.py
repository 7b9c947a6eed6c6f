"""The Gemini door of the embedded llmock: answers, tools, structured output, and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.llmock_server import LlmockServer
from chat_core.messages import HumanMessage, ToolMessage
from chat_google_genai import ChatGoogleGenerativeAI
from pydantic import BaseModel, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[LlmockServer]:
    with LlmockServer() as server:
        yield server


@pytest.fixture
def server(running: LlmockServer) -> LlmockServer:
    running.script.reset()
    return running


@pytest.fixture
def model(server: LlmockServer) -> Iterator[ChatGoogleGenerativeAI]:
    with ChatGoogleGenerativeAI(
        model="gemini-2.5-flash",
        api_key=SecretStr("k"),
        base_url=server.base_url("google-genai"),
    ) as made:
        yield made


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


class City(BaseModel):
    """A city."""

    name: str


def test_an_answer_streams_and_comes_whole(
    server: LlmockServer, model: ChatGoogleGenerativeAI
) -> None:
    server.script.reply("Hello there, moon", times=2)
    assert model.invoke("Q").content == "Hello there, moon"
    stream = model.stream("Q")
    assert "".join(chunk.content for chunk in stream) == "Hello there, moon"
    assert stream.message.finish_reason == "stop"
    assert stream.message.usage_metadata is not None


def test_a_tool_is_called_and_answered(server: LlmockServer, model: ChatGoogleGenerativeAI) -> None:
    server.script.call_tool("weather", {"city": "Paris"})
    server.script.reply("It is sunny.")
    talk: list[Any] = [HumanMessage("How is Paris?")]
    armed = model.bind_tools([weather])
    talk.append(armed.invoke(talk))
    (call,) = talk[-1].tool_calls
    assert (call.name, call.args) == ("weather", {"city": "Paris"})
    talk.append(ToolMessage(weather(**call.args), call.id))
    assert armed.invoke(talk).content == "It is sunny."


def test_structured_output_is_asked_for_natively(
    server: LlmockServer, model: ChatGoogleGenerativeAI
) -> None:
    server.script.reply('{"name": "Paris"}')
    assert model.with_structured_output(City).invoke("Q") == City(name="Paris")


def test_a_client_that_meets_faults_stays_resilient(
    server: LlmockServer, model: ChatGoogleGenerativeAI
) -> None:
    server.script.rate_limit(retry_after=0.01)
    server.script.fail(503)
    server.script.reply("through")
    assert model.bind(max_retries=5).invoke("Q").content == "through"
    server.script.assert_resilient()
