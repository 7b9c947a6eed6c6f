"""The whole way, against the offline server that speaks OpenAI's wires and judges its client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chat_conformance.llmock_server import LlmockServer
from chat_core.blocks import ToolCall
from chat_core.errors import (
    AuthenticationError,
    ContextLengthExceededError,
    StreamInterruptedError,
)
from chat_core.messages import HumanMessage, ToolMessage
from chat_core.registry import get_chat_model
from pydantic import BaseModel

if TYPE_CHECKING:
    from chat_core.model import ChatModel

WAYS = [
    ("openai", "chat-completions"),
    ("openai", "responses"),
    ("openai-compatible", "chat-completions"),
    ("openai-compatible", "responses"),
]


class Person(BaseModel):
    """Someone."""

    name: str
    age: int


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


@pytest.fixture(scope="module")
def running() -> Iterator[LlmockServer]:
    with LlmockServer() as server:
        yield server


@pytest.fixture
def server(running: LlmockServer) -> LlmockServer:
    running.script.reset()
    return running


@pytest.fixture(params=WAYS, ids=[" ".join(way) for way in WAYS])
def model(server: LlmockServer, request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    provider, api = request.param
    settings = {"api": api, "api_key": "key", "base_url": server.base_url(provider)}
    with get_chat_model(f"{provider}:gpt-4o-mini", **settings) as made:
        yield made


async def test_invoke_and_stream_give_the_scripted_answer(
    server: LlmockServer, model: ChatModel
) -> None:
    server.script.reply("one two three", times=4)
    assert model.invoke("Hi").content == "one two three"
    assert "".join(chunk.content for chunk in model.stream("Hi")) == "one two three"
    assert (await model.ainvoke("Hi")).content == "one two three"
    stream = model.astream("Hi")
    chunks = [chunk async for chunk in stream]
    assert len(chunks) > 1
    message = stream.message
    assert (message.content, message.finish_reason) == ("one two three", "stop")
    assert message.usage_metadata is not None
    assert message.usage_metadata.output_tokens
    server.script.assert_resilient(strict=True)
    await model.aclose()


@pytest.mark.parametrize("streams", [False, True])
def test_a_tool_is_called_and_its_result_is_heard(
    server: LlmockServer, model: ChatModel, streams: bool
) -> None:
    server.script.call_tool("weather", {"city": "Ulm"})
    bound = model.bind_tools([weather])
    question = HumanMessage("Weather?")
    if streams:
        stream = bound.stream([question])
        list(stream)
        message = stream.message
    else:
        message = bound.invoke([question])
    (asked,) = message.tool_calls
    assert asked == ToolCall("weather", {"city": "Ulm"}, asked.id, extras=asked.extras)
    assert message.finish_reason == "tool_calls"
    server.script.reply("It is sunny.")
    result = ToolMessage(weather(**asked.args), asked.id or "")
    assert bound.invoke([question, message, result]).content == "It is sunny."
    server.script.assert_resilient(strict=True)


def test_structured_output_comes_natively_and_through_a_tool(
    server: LlmockServer, model: ChatModel
) -> None:
    ada = Person(name="Ada", age=36)
    server.script.reply(ada.model_dump_json())
    assert model.with_structured_output(Person).invoke("Who?") == ada
    server.script.call_tool("Person", ada.model_dump())
    chain = model.with_structured_output(Person, method="function_calling", include_raw=True)
    assert chain.invoke("Who?")["parsed"] == ada
    server.script.assert_resilient(strict=True)


def test_a_limit_is_tried_again_and_a_refusal_is_told(
    server: LlmockServer, model: ChatModel
) -> None:
    server.script.rate_limit(retry_after=0).reply("ok")
    assert model.invoke("Hi").content == "ok"
    server.script.fail(401)
    with pytest.raises(AuthenticationError):
        model.invoke("And now?")
    server.script.context_overflow()
    with pytest.raises(ContextLengthExceededError):
        model.invoke("So much to say")
    server.script.assert_resilient(strict=True)


def test_a_stream_cut_short_is_told_with_what_arrived(
    server: LlmockServer, model: ChatModel
) -> None:
    server.script.reply("one two three four five six seven eight").truncate(after_chunks=6)
    with pytest.raises(StreamInterruptedError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial is not None
    assert caught.value.partial.content.startswith("one")
