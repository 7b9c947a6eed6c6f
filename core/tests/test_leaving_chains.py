"""Leaving a chain's stream by several ways at once: each may be the one that closes it."""

from __future__ import annotations

import asyncio
from typing import Any

from chat_core.chains.parsers import StrOutputParser
from chat_core.testing import FakeChatModel


async def test_break_inside_the_with_block_closes_once_and_quietly() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    chain = FakeChatModel(responses=["one two three"]) | StrOutputParser()
    for stream in (chain.astream("Hi"), chain.astream_events("Hi")):
        async with stream:
            async for _ in stream:
                break
        await asyncio.sleep(0.01)
    assert complaints == []
