"""llama.cpp's own server as the judge of three wires: Chat Completions, Responses and Messages.

The server, its grammars and its three wires are written by others; the model says one sentence
whose characters are cut into single bytes. ``make real-server`` runs this; elsewhere it is skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
from chat_core import (
    AIMessage,
    ChatModel,
    ContextLengthExceededError,
    HumanMessage,
    Message,
    StreamInterruptedError,
    ToolMessage,
)
from chat_openai import ChatOpenAICompatible
from llama_server import PYTHON_VARIABLE, LlamaServer
from pydantic import BaseModel

pytestmark = pytest.mark.skipif(
    PYTHON_VARIABLE not in os.environ, reason="make real-server runs it, in an environment apart"
)

SENTENCE = "Fish say ö or 世, with 🐙 and blub."
THOUGHT = "Let me think"
WIRES = ("chat-completions", "responses", "messages")
wires = pytest.mark.parametrize("wire", WIRES)


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    days: int


def model(server: LlamaServer, wire: Any, **settings: Any) -> ChatModel:
    """The provider that speaks ``wire``."""
    usual: dict[str, Any] = {"model": "talker", "temperature": 0, "max_retries": 0}
    given: dict[str, Any] = {**usual, "max_tokens": 200, **settings}
    if wire == "messages":
        return ChatAnthropic(base_url=server.url, api_key="none", **given)
    return ChatOpenAICompatible(base_url=f"{server.url}/v1", api=wire, **given)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LlamaServer]]:
    running = {manner: LlamaServer(manner) for manner in ("talk", "think", "call", "endless")}
    yield running
    for server in running.values():
        server.kill()


@wires
async def test_a_whole_answer_equals_its_stream(servers: dict[str, LlamaServer], wire: str) -> None:
    with model(servers["talk"], wire) as chat:
        whole = chat.invoke("Hi")
        stream = chat.stream("Hi")
        chunks = list(stream)
        assert "".join(chunk.content for chunk in chunks) == SENTENCE
        for chunk in chunks:
            assert chunk.content.encode().decode() == chunk.content
        assert whole.content == stream.message.content == SENTENCE
        assert whole.finish_reason == stream.message.finish_reason == "stop"
    async with model(servers["talk"], wire) as chat:
        astream = chat.astream("Hi")
        assert [chunk.content async for chunk in astream if chunk.content] == [
            chunk.content for chunk in chunks if chunk.content
        ]
        assert (await chat.ainvoke("Hi")).content == SENTENCE


@wires
def test_a_stream_counts_the_tokens_that_the_whole_answer_counts(
    servers: dict[str, LlamaServer], wire: str
) -> None:
    with model(servers["talk"], wire) as chat:
        whole = chat.invoke("How many?").usage_metadata
        stream = chat.stream("How many?")
        assert list(stream)
        streamed = stream.message.usage_metadata
    assert whole is not None
    assert streamed is not None
    assert whole.output_tokens == streamed.output_tokens == 17
    assert whole.input_tokens == streamed.input_tokens > 17


def test_the_sdks_read_the_same_text(servers: dict[str, LlamaServer]) -> None:
    import anthropic
    import openai

    url = servers["think"].url
    ask: Any = {"model": "talker", "temperature": 0}
    user: Any = [{"role": "user", "content": "Hi"}]
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        completion = client.chat.completions.create(messages=user, **ask)
        response = client.responses.create(input="Hi", **ask)
    with anthropic.Anthropic(base_url=url, api_key="none", max_retries=0) as messages_client:
        message = messages_client.messages.create(messages=user, max_tokens=200, model="talker")
    texts = [completion.choices[0].message.content, response.output_text]
    texts += [block.text for block in message.content if block.type == "text"]
    for wire, text in zip(WIRES, texts, strict=True):
        with model(servers["think"], wire) as chat:
            assert chat.invoke("Hi").content == text == SENTENCE


@wires
def test_reasoning_is_apart_from_the_text(servers: dict[str, LlamaServer], wire: str) -> None:
    with model(servers["think"], wire) as chat:
        whole = chat.invoke("Hi")
        stream = chat.stream("Hi")
        assert list(stream)
    for answer in (whole, stream.message):
        assert (answer.reasoning.strip(), answer.content) == (THOUGHT, SENTENCE)


@wires
def test_a_call_under_a_grammar_has_its_arguments(
    servers: dict[str, LlamaServer], wire: str
) -> None:
    with model(servers["call"], wire) as chat:
        calling = chat.bind_tools([Weather], tool_choice="any")
        stream = calling.stream("How is Ulm?")
        deltas = [delta for chunk in stream for delta in chunk.tool_call_chunks]
        for answer in (calling.invoke("How is Ulm?"), stream.message):
            (call, *_) = answer.tool_calls
            assert call.name == "Weather"
            Weather.model_validate(call.args, strict=True)
            assert answer.invalid_tool_calls == []
    assert len(deltas) > 2


@pytest.mark.parametrize("maker", WIRES)
@wires
def test_an_answer_of_one_wire_is_history_on_every_wire(
    servers: dict[str, LlamaServer], maker: str, wire: str
) -> None:
    with model(servers["call"], maker) as chat:
        called = chat.bind_tools([Weather], tool_choice="any").invoke("How is Ulm?")
    with model(servers["think"], maker) as chat:
        thought = chat.invoke("Hi")
    with model(servers["talk"], wire) as chat:
        results = [ToolMessage("sunny", call.id or "") for call in called.tool_calls]
        talk: list[Message] = [HumanMessage("How is Ulm?"), called, *results]
        assert chat.bind_tools([Weather]).invoke(talk).content == SENTENCE
        talk = [HumanMessage("Hi"), thought, HumanMessage("And?"), AIMessage("So."), *talk]
        assert chat.bind_tools([Weather]).invoke(talk).content == SENTENCE


def test_structured_output_follows_its_schema(servers: dict[str, LlamaServer]) -> None:
    """Chat Completions alone: the server takes no schema on the other two wires."""
    with model(servers["talk"], "chat-completions") as chat:
        made = chat.with_structured_output(Weather).invoke("How is Ulm?")
    assert isinstance(made, Weather)


@pytest.mark.parametrize("wire", ["chat-completions", "messages"])
def test_a_limit_of_tokens_ends_an_answer(servers: dict[str, LlamaServer], wire: str) -> None:
    """Not Responses: there the server says ``completed`` of an answer that it has cut off."""
    with model(servers["endless"], wire, max_tokens=20) as chat:
        answer = chat.invoke("Hi")
        stream = chat.stream("Hi")
        assert list(stream)
    assert answer.finish_reason == stream.message.finish_reason == "length"
    assert answer.content == stream.message.content


@wires
async def test_closing_a_stream_frees_the_slot(servers: dict[str, LlamaServer], wire: str) -> None:
    server = servers["endless"]
    with model(server, wire, max_tokens=None if wire != "messages" else 100_000) as chat:
        for number, _ in enumerate(chat.stream("Hi")):
            if number == 5:
                break
        assert server.is_idle_within(2)
    async with model(server, wire, max_tokens=None if wire != "messages" else 100_000) as chat:
        async with chat.astream("Hi") as stream:
            await anext(stream)
        assert server.is_idle_within(2)


@wires
def test_a_server_that_dies_interrupts_the_stream(wire: str) -> None:
    server = LlamaServer("endless")
    with model(server, wire, max_tokens=100_000) as chat:
        stream = chat.stream("Hi")
        assert [next(stream) for _ in range(5)]
        server.kill()
        with pytest.raises(StreamInterruptedError) as caught:
            list(stream)
    assert caught.value.partial is not None
    assert SENTENCE.startswith(caught.value.partial.content[:10])
    assert len(caught.value.partial.content) > 3


@wires
def test_a_prompt_that_is_too_long_is_named(wire: str) -> None:
    server = LlamaServer("talk", ["n_ctx=512", "n_parallel=1"])
    try:
        with model(server, wire) as chat:
            with pytest.raises(ContextLengthExceededError):
                chat.invoke("word " * 600)
            with pytest.raises(ContextLengthExceededError):
                list(chat.stream("word " * 600))
    finally:
        server.kill()
