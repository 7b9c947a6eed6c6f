"""The whole way, against the offline server that speaks the OpenAI wire and judges its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_conformance.llmock_server import LlmockServer
from chat_core.errors import AuthenticationError, StreamInterruptedError
from chat_core.messages import HumanMessage, ToolMessage
from chat_fireworks import ChatFireworks
from pydantic import BaseModel


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


@pytest.fixture
def model(server: LlmockServer) -> Iterator[ChatFireworks]:
    with ChatFireworks(
        model="accounts/fireworks/models/gpt-oss-20b",
        api_key="key",
        base_url=server.base_url("fireworks"),
    ) as made:
        yield made


async def test_invoke_and_stream_give_the_scripted_answer(
    server: LlmockServer, model: ChatFireworks
) -> None:
    server.script.reply("one two three", times=4)
    assert model.invoke("Hi").content == "one two three"
    assert "".join(chunk.content for chunk in model.stream("Hi")) == "one two three"
    assert (await model.ainvoke("Hi")).content == "one two three"
    stream = model.astream("Hi")
    assert len([chunk async for chunk in stream]) > 1
    assert stream.message.content == "one two three"
    server.script.assert_resilient(strict=True)
    await model.aclose()


@pytest.mark.parametrize("streams", [False, True])
def test_a_tool_is_called_and_its_result_is_heard(
    server: LlmockServer, model: ChatFireworks, streams: bool
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
    assert (asked.name, asked.args) == ("weather", {"city": "Ulm"})
    server.script.reply("It is sunny.")
    result = ToolMessage(weather(**asked.args), asked.id or "")
    assert bound.invoke([question, message, result]).content == "It is sunny."
    server.script.assert_resilient(strict=True)


def test_structured_output_comes_natively_and_through_a_tool(
    server: LlmockServer, model: ChatFireworks
) -> None:
    ada = Person(name="Ada", age=36)
    server.script.reply(ada.model_dump_json())
    assert model.with_structured_output(Person).invoke("Who?") == ada
    server.script.call_tool("Person", ada.model_dump())
    chain = model.with_structured_output(Person, method="function_calling")
    assert chain.invoke("Who?") == ada
    server.script.assert_resilient(strict=True)


def test_a_limit_is_tried_again_and_a_refusal_is_told(
    server: LlmockServer, model: ChatFireworks
) -> None:
    server.script.rate_limit(retry_after=0).reply("ok")
    assert model.invoke("Hi").content == "ok"
    server.script.fail(401)
    with pytest.raises(AuthenticationError):
        model.invoke("And now?")
    server.script.assert_resilient(strict=True)


def test_a_stream_cut_short_is_told_with_what_arrived(
    server: LlmockServer, model: ChatFireworks
) -> None:
    server.script.reply("one two three four").truncate(after_chunks=2)
    with pytest.raises(StreamInterruptedError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial is not None
