"""A loop that is left or cancelled closes what it has open, once and to the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest
from chat_core import AIMessageChunk, Message
from chat_core.testing import FakeChatModel
from chat_tool_loop import MCPTools, run_tools
from chat_tool_loop.mcp_session import MCPSession
from loop_models import answer, call, model


class Slow(FakeChatModel):
    """A model that says one word, and notes when its stream has been closed, which takes a step."""

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        try:
            async for segment in super()._astream(messages, **options):
                yield segment
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            closed.append(True)


closed: list[bool] = []


@pytest.mark.parametrize("timeout", [None, 60])
async def test_a_stream_that_is_closed_has_closed_the_answer_of_the_model(
    timeout: float | None,
) -> None:
    closed.clear()
    asked = Slow(responses=["one two three"])
    stream = run_tools(asked, [swim], timeout=timeout).astream("Count")
    await anext(stream)
    await stream.aclose()
    assert closed == [True]


async def swim(lake: str) -> str:
    """Swim."""
    return lake


class Diver:
    """A tool whose clean-up takes until ``may_end`` is set."""

    def __init__(self) -> None:
        self.is_ending, self.may_end = asyncio.Event(), asyncio.Event()
        self.ended: list[str] = []

    async def dive(self, lake: str) -> str:
        """Dive."""
        try:
            await asyncio.Event().wait()
        finally:
            self.is_ending.set()
            await self.may_end.wait()
            self.ended.append(lake)
        return lake


@pytest.mark.parametrize("timeout", [None, 60])
async def test_a_second_cancellation_does_not_break_off_how_tools_end(
    timeout: float | None,
) -> None:
    diver = Diver()
    asked = model(answer("", call("dive", "1", lake="x"), call("dive", "2", lake="y")))
    stream = run_tools(asked, [diver.dive], timeout=timeout).astream("Dive")

    async def read() -> None:
        async for _ in stream:
            pass

    task = asyncio.create_task(read())
    await _steps(50)
    for _ in range(3):
        task.cancel()
        await _steps(10)
    assert diver.is_ending.is_set()
    diver.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(diver.ended) == ["x", "y"]


async def test_a_cancellation_while_the_time_limit_ends_tools_does_not_break_them_off() -> None:
    diver = Diver()
    asked = model(answer("", call("dive", "1", lake="x"), call("dive", "2", lake="y")))
    task = asyncio.create_task(run_tools(asked, [diver.dive], timeout=0.05).ainvoke("Dive"))
    await asyncio.wait_for(diver.is_ending.wait(), 20)
    task.cancel()
    await _steps(10)
    diver.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(diver.ended) == ["x", "y"]


async def test_a_second_cancellation_does_not_go_on_before_an_mcp_server_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    async def close(_: MCPSession) -> None:
        begun.set()
        await asyncio.to_thread(may_end.wait, 20)
        ended.set()

    monkeypatch.setattr(MCPSession, "close", close)
    tools = MCPTools.stdio("a-program")
    leaving = asyncio.create_task(tools.__aexit__(None, None, None))
    assert await asyncio.to_thread(begun.wait, 20)
    for _ in range(3):
        leaving.cancel()
        await _steps(10)
    assert not leaving.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert ended.is_set()


async def _steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
