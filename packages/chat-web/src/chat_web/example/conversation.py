"""The chain of the example: a model that may call two tools, several times, before it answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from chat_core import (
    AIMessageChunk,
    ChatError,
    ChatModel,
    Message,
    Runnable,
    RunnableLambda,
    Tool,
    ToolCall,
    ToolMessage,
    tool,
)

__all__ = ["conversation"]

_ROUNDS = 8
"""Answers with tool calls after which the last one stands."""


@tool
def roll_dice(count: int = 2) -> list[int]:
    """Roll up to 20 dice with six sides; returns what each shows."""
    return [random.randint(1, 6) for _ in range(min(max(count, 1), 20))]


@tool
def time_now() -> str:
    """Return the date and the time in UTC."""
    return datetime.now(UTC).strftime("%A, %d %B %Y, %H:%M UTC")


_TOOLS: dict[str, Tool[..., Any]] = {each.name: each for each in (roll_dice, time_now)}


def conversation(model: ChatModel, *, with_tools: bool) -> Runnable[Any, Any]:
    """A chain from the messages so far to the chunks of the answer."""
    asking = model.bind_tools(list(_TOOLS.values())) if with_tools else model

    async def answer(messages: list[Any]) -> AsyncIterator[AIMessageChunk]:
        history: list[Any] = list(messages)
        for _ in range(_ROUNDS):
            stream = asking.astream(history)
            async for chunk in stream:
                yield chunk
            calls = stream.message.tool_calls
            if not calls:
                return
            history += [stream.message, *await asyncio.gather(*map(_run, calls))]

    return RunnableLambda(answer)


async def _run(call: ToolCall) -> Message:
    """What the model is sent as the result of a call."""
    try:
        if call.name not in _TOOLS:
            raise ChatError(f"There is no tool {call.name!r}.")
        result: Message = await _TOOLS[call.name].ainvoke(call)
    except ChatError as error:
        result = ToolMessage(error.message, call.id or "", status="error")
    return result
