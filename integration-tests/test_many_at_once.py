"""Many streams at once on one model: none waits for another, and all hang up when left."""

from __future__ import annotations

import asyncio

import pytest
from chat_conformance.answers import Stall
from chat_conformance.offline import OfflineServer
from chat_conformance.speech import Delivery, Said
from chat_conformance.voices import MistralVoice
from chat_core import AsyncChatStream, ChatModel, get_chat_model

MANY = 300
"""Three times what an HTTP library's own pool allows."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "provider",
    ["openai", "openai-responses", "anthropic", "fireworks", "google-genai", "groq", "mistralai"],
)
async def test_hundreds_of_streams_are_open_at_once_on_one_model(provider: str) -> None:
    voice = MistralVoice() if provider == "mistralai" else None
    with OfflineServer(voice) as server:
        server.says_always(Delivery(Said("Hello ", Stall(), piece=6)))
        async with _model(provider, server.url) as model:
            streams = [model.astream("Hi") for _ in range(MANY)]
            openings = [asyncio.wait_for(_first_words(stream), 60) for stream in streams]
            assert await asyncio.gather(*openings) == ["Hello "] * MANY
            assert server.wire.open_connections == MANY
            await asyncio.gather(*[stream.aclose() for stream in streams])
            left = [exchange.wait_until_left for exchange in server.exchanges]
            assert all(await asyncio.to_thread(lambda: [wait(5) for wait in left]))


async def _first_words(stream: AsyncChatStream) -> str:
    while True:
        chunk = await anext(stream)
        if chunk.content:
            return chunk.content


def _model(provider: str, url: str) -> ChatModel:
    if provider == "openai-responses":
        return get_chat_model("openai:any", api_key="k", base_url=url, api="responses")
    return get_chat_model(f"{provider}:any", api_key="k", base_url=url)
