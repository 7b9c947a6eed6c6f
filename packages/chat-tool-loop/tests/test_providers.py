"""The loop on the wires of the vendors: what goes back is what each vendor accepts."""

from __future__ import annotations

import asyncio
import threading

import pytest
from chat_conformance import OfflineServer, Reply
from chat_conformance.http_answers import Stall
from chat_conformance.script import Call, EndOfBody, ErrorReply
from chat_core import AIMessageChunk, OverloadedError, StreamInterruptedError, ToolMessage
from chat_tool_loop import TimeLimitError, ToolLoop, ToolLoopResult, run_tools
from pydantic import BaseModel

MODELS = [
    "openai:gpt-4o-mini",
    "anthropic:claude-haiku-4-5",
    "google-genai:gemini-2.5-flash",
    "groq:llama-3.3-70b-versatile",
    "mistralai:mistral-small-latest",
    "ollama:llama3.2",
    "bedrock:anthropic.claude-haiku-4-5-20251001-v1:0",
]


class Lake(BaseModel):
    """A lake."""

    name: str
    depth: int


def depth(lake: str) -> str:
    """Say how deep a lake is."""
    return {"Mjosa": "453 m"}[lake]


def lookups() -> list[Reply]:
    """An answer with a good call, a call that fails, and one of no tool; then one in words."""
    calls = (
        Call("depth", '{"lake": "Mjosa"}', "call00001"),
        Call("depth", '{"lake": "Loch"}', "call00002"),
        Call("height", "{}", "call00003"),
    )
    return [Reply("Let me see. ", *calls), Reply("It is 453 m deep.")]


@pytest.mark.parametrize("id", MODELS)
def test_results_and_errors_go_back_on_every_wire(id: str) -> None:
    with OfflineServer(lookups()) as server, server.model(id) as model:
        items = list(run_tools(model, [depth]).stream("How deep is Mjosa?"))
        whole = items[-1]
        assert isinstance(whole, ToolLoopResult)
        assert whole.content == "It is 453 m deep."
        text = "".join(item.content for item in items if isinstance(item, AIMessageChunk))
        assert text == "Let me see. It is 453 m deep."
        results = [each for each in whole.messages if isinstance(each, ToolMessage)]
        assert [each.status for each in results] == ["success", "error", "error"]
        sent = [each.content for each in server.calls[1] if isinstance(each, ToolMessage)]
        assert len(sent) == 3
        assert "453 m" in sent[0]
        assert "KeyError: 'Loch'" in sent[1]


@pytest.mark.parametrize("id", MODELS[:3])
async def test_an_object_is_the_last_answer_on_an_event_loop(id: str) -> None:
    answers = [
        Reply(Call("depth", '{"lake": "Mjosa"}', "call00001")),
        Reply(Call("Lake", '{"name": "Mjosa", "depth": 453}', "call00002")),
        Reply("You are welcome."),
    ]
    async with OfflineServer(answers) as server:
        model = server.model(id)
        loop = run_tools(model, [depth], response_format=Lake)
        result = await loop.ainvoke("How deep is Mjosa?")
        assert result.parsed == Lake(name="Mjosa", depth=453)
        thanks = await model.ainvoke([*result.to_messages(), ("human", "Thanks")])
        assert thanks.content == "You are welcome."
        await model.aclose()


def test_an_error_of_the_vendor_is_raised_as_it_is() -> None:
    call = Reply(Call("depth", '{"lake": "Mjosa"}', "call00001"))
    answers = [call, ErrorReply("unavailable"), call, Reply("It is", EndOfBody())]
    with OfflineServer(answers) as server, server.model(MODELS[0], max_retries=0) as model:
        loop = run_tools(model, [depth])
        with pytest.raises(OverloadedError):
            loop.invoke("How deep?")
        with pytest.raises(StreamInterruptedError) as raised:
            list(loop.stream("How deep?"))
        assert raised.value.partial is not None


@pytest.mark.parametrize("is_async", [False, True])
def test_the_time_limit_closes_a_response_that_still_arrives(is_async: bool) -> None:
    text = ""
    with OfflineServer(Reply("one two", Stall())) as server, server.model(MODELS[0]) as model:
        for timeout in (0.5, 4.0):  # a busy machine may need longer than the first
            loop = run_tools(model, [depth], timeout=timeout)
            with pytest.raises(TimeLimitError) as raised:
                asyncio.run(read(loop)) if is_async else list(loop.stream("Count"))
            arrived = raised.value.partial.answer
            text = arrived.content if arrived else ""
            if text == "one two":
                break
        assert server.wire.wait_for_disconnect(20)
    assert text == "one two"


async def read(loop: ToolLoop) -> None:
    async for _ in loop.astream("Count"):
        pass


def test_closing_a_stream_closes_the_response_and_leaves_no_thread() -> None:
    with OfflineServer("one two three", pause=0.2) as server, server.model(MODELS[0]) as model:
        before = set(threading.enumerate())
        stream = run_tools(model, [depth], timeout=60).stream("Count")
        next(stream)
        stream.close()
        left = {each for each in threading.enumerate() if each.name == "chat-core-step"} - before
        assert not left
