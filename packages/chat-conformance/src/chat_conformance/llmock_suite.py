"""Tests of a model against llmock: answers, tools, structured output, errors, a broken stream.

    class TestLlmock(LlmockSuite):
        provider = "groq"

        def make(self, url: str) -> ChatModel:
            return ChatGroq(model="m", api_key="key", base_url=url)

Each test also fails if llmock's strict verdict on the client has a complaint.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import pytest
from chat_core import (
    AuthenticationError,
    ContextLengthExceededError,
    HumanMessage,
    StreamInterruptedError,
    ToolMessage,
)
from pydantic import BaseModel

from .llmock_server import LlmockServer

if TYPE_CHECKING:
    from chat_core import ChatModel

__all__ = ["LlmockSuite"]


class Person(BaseModel):
    """Someone."""

    name: str
    age: int


ADA = Person(name="Ada", age=36)


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


class LlmockSuite:
    """The tests, for one model of ``provider``, an id that llmock has a route for.

    ``streams_usage`` is false if llmock sends no usage in streams, though the vendor does.
    """

    provider: ClassVar[str]
    streams_usage: ClassVar[bool] = True

    @abstractmethod
    def make(self, url: str) -> ChatModel:
        """The model whose ``base_url`` is ``url``."""

    @pytest.fixture(scope="class")
    @classmethod
    def running(cls) -> Iterator[LlmockServer]:
        """llmock, for all tests of the class."""
        with LlmockServer() as server:
            yield server

    @pytest.fixture
    def server(self, running: LlmockServer) -> LlmockServer:
        """llmock, with an empty script."""
        running.script.reset()
        return running

    @pytest.fixture
    def model(self, server: LlmockServer) -> Iterator[ChatModel]:
        """The model, closed when the test is over."""
        with self.make(server.base_url(self.provider)) as made:
            yield made

    async def test_an_answer_comes_whole_and_streamed(
        self, server: LlmockServer, model: ChatModel
    ) -> None:
        """All four methods return the scripted answer, its finish reason and its usage."""
        server.script.reply("one two three", times=4)
        assert model.invoke("Hi").content == "one two three"
        assert "".join(chunk.content for chunk in model.stream("Hi")) == "one two three"
        async with model:
            whole = await model.ainvoke("Hi")
            stream = model.astream("Hi")
            assert len([chunk async for chunk in stream]) > 1
        for message in (whole, stream.message):
            assert (message.content, message.finish_reason) == ("one two three", "stop")
            if self.streams_usage or message is whole:
                assert message.usage_metadata is not None
                assert message.usage_metadata.output_tokens
        server.script.assert_resilient(strict=True)

    @pytest.mark.parametrize("streams", [False, True])
    def test_a_tool_is_called_and_its_result_is_sent_back(
        self, server: LlmockServer, model: ChatModel, streams: bool
    ) -> None:
        """A call has its arguments, and the vendor accepts its result."""
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
        assert message.finish_reason == "tool_calls"
        server.script.reply("It is sunny.")
        result = ToolMessage(weather(**asked.args), asked.id or "")
        assert bound.invoke([question, message, result]).content == "It is sunny."
        server.script.assert_resilient(strict=True)

    def test_structured_output_comes_natively_and_through_a_tool(
        self, server: LlmockServer, model: ChatModel
    ) -> None:
        """Both methods give the object."""
        server.script.reply(ADA.model_dump_json())
        assert model.with_structured_output(Person, method="json_schema").invoke("Who?") == ADA
        server.script.call_tool("Person", ADA.model_dump())
        chain = model.with_structured_output(Person, method="function_calling", include_raw=True)
        assert chain.invoke("Who?")["parsed"] == ADA
        server.script.assert_resilient(strict=True)

    def test_a_rate_limit_is_retried_and_other_errors_are_raised(
        self, server: LlmockServer, model: ChatModel
    ) -> None:
        """A rate limit is retried; other errors are raised by their class after one request."""
        server.script.rate_limit(retry_after=0).reply("ok")
        assert model.invoke("Hi").content == "ok"
        server.script.fail(401)
        with pytest.raises(AuthenticationError):
            model.invoke("And now?")
        server.script.limits(context_window=1)
        with pytest.raises(ContextLengthExceededError):
            model.invoke("A long prompt")
        assert len(server.script.requests) == 4
        server.script.assert_resilient(strict=True)

    def test_a_stream_cut_short_raises_with_what_arrived(
        self, server: LlmockServer, model: ChatModel
    ) -> None:
        """The error holds what had arrived, and a further call gets the whole answer."""
        count = "one two three four five six seven eight"
        server.script.reply(count, times=2).truncate(after_chunks=6)
        with pytest.raises(StreamInterruptedError) as caught:
            list(model.stream("Count!"))
        assert caught.value.partial is not None
        assert caught.value.partial.content.startswith("one")
        assert "".join(chunk.content for chunk in model.stream("Count!")) == count
        server.script.assert_resilient(strict=True)
