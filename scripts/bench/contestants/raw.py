"""The floor: httpx, a split at blank lines, and JSON; no types, no errors, no tool calls.

The parser is pydantic-core's, which costs less than the standard library's, so the floor is low.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from pydantic_core import from_json

PATHS = {
    "openai": "/chat/completions",
    "groq": "/openai/v1/chat/completions",
    "fireworks": "/chat/completions",
    "mistralai": "/v1/chat/completions",
    "openai-responses": "/responses",
    "anthropic": "/v1/messages",
    "google-genai": "/v1beta/models/any:streamGenerateContent?alt=sse",
}
BODY = {"model": "any", "messages": [{"role": "user", "content": "Sing"}], "stream": True}

_clients: dict[bool, Any] = {}


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """A function that reads one answer."""
    if job["way"] == "stream":
        return stream
    return {"batch": batch}.get(job["way"], astream)


def client() -> httpx.AsyncClient:
    """One client for all, as a program would have."""
    if True not in _clients:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=1000)
        _clients[True] = httpx.AsyncClient(limits=limits, timeout=60)
    found: httpx.AsyncClient = _clients[True]
    return found


def read(frames: list[bytes]) -> int:
    """How many JSON objects `frames` hold."""
    objects = 0
    for frame in frames:
        _, _, data = frame.partition(b"data: ")
        if data[:1] == b"{":
            from_json(data)
            objects += 1
    return objects


async def astream(job: dict[str, Any]) -> int:
    """Every JSON object of a stream."""
    objects, rest = 0, b""
    end = b"\r\n\r\n" if job["wire"] == "google-genai" else b"\n\n"
    url = job["url"] + PATHS[job["wire"]]
    async with client().stream("POST", url, json=BODY) as response:
        async for data in response.aiter_bytes():
            *frames, rest = (rest + data).split(end)
            objects += read(frames)
    return objects


async def stream(job: dict[str, Any]) -> int:
    """The same in blocking code."""
    if False not in _clients:
        _clients[False] = httpx.Client(timeout=60)
    objects, rest = 0, b""
    end = b"\r\n\r\n" if job["wire"] == "google-genai" else b"\n\n"
    url = job["url"] + PATHS[job["wire"]]
    with _clients[False].stream("POST", url, json=BODY) as response:
        for data in response.iter_bytes():
            *frames, rest = (rest + data).split(end)
            objects += read(frames)
    return objects


async def whole(job: dict[str, Any]) -> int:
    """One unstreamed answer."""
    body = {**BODY, "stream": False}
    response = await client().post(job["url"] + PATHS[job["wire"]], json=body)
    from_json(response.content)
    return 1


async def batch(job: dict[str, Any]) -> int:
    """Many unstreamed answers, so many at once."""
    gate = asyncio.Semaphore(job["concurrency"])

    async def one() -> int:
        async with gate:
            return await whole(job)

    return sum(await asyncio.gather(*[one() for _ in range(job["prompts"])]))
