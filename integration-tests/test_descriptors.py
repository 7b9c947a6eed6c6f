"""Calls of a process that has no file descriptors left, with every kind of client."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from chat_core import APIConnectionError, ChatModel, get_chat_model

LEFT_OPEN = 2


@contextmanager
def no_descriptors() -> Iterator[None]:
    """A block in which this process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = os.dup(2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + LEFT_OPEN, hard))
    held = [highest]
    try:
        while True:
            held.append(os.dup(2))
    except OSError:
        pass
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in held:
            os.close(each)


@pytest.fixture
def address() -> str:
    """A port of loopback that no server listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def models(address: str) -> dict[str, ChatModel]:
    own: Any = {"base_url": address, "api_key": "k", "max_retries": 0}
    sdk: Any = {"base_url": address, "api_key": "k"}
    clients = {"client": openai.OpenAI(**sdk), "async_client": openai.AsyncOpenAI(**sdk)}
    return {
        "httpx": get_chat_model("groq:any", **own),
        "httpx2": get_chat_model("mistralai:any", **own),
        "aiohttp": get_chat_model("groq:any", http_engine="aiohttp", **own),
        "the SDK's client": get_chat_model("openai:any", max_retries=0, **clients),
    }


@pytest.mark.parametrize("kind", ["httpx", "httpx2", "the SDK's client"])
def test_a_blocking_call_names_the_descriptors(kind: str, address: str) -> None:
    model = models(address)[kind].bind(max_retries=5)
    with pytest.raises(APIConnectionError, match="Could not reach"):
        model.bind(max_retries=0).invoke("Hi")
    with (
        pytest.raises(APIConnectionError, match="No file descriptor is left") as caught,
        no_descriptors(),
    ):
        model.invoke("Hi")
    assert not caught.value.is_retryable


@pytest.mark.parametrize("kind", ["httpx", "httpx2", "aiohttp", "the SDK's client"])
def test_a_call_on_an_event_loop_names_the_descriptors(kind: str, address: str) -> None:
    model = models(address)[kind].bind(max_retries=5)

    async def asked() -> None:
        with pytest.raises(APIConnectionError, match="Could not reach"):
            await model.bind(max_retries=0).ainvoke("Hi")
        with (
            pytest.raises(APIConnectionError, match="No file descriptor is left"),
            no_descriptors(),
        ):
            await model.ainvoke("Hi")

    asyncio.run(asked())
