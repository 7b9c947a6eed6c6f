"""The floor: HTTP, a split at blank lines, and JSON; no types, no errors, no tool calls.

The HTTP library is the one below the vendor's SDK, so that its speed counts on neither side.
The parser is pydantic-core's, which costs less than the standard library's, so the floor is low.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx2
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

_ON_HTTPX = {"groq", "google-genai"}
"""Wires that go through httpx; the other SDKs stand on httpx2, its successor."""

_clients: dict[tuple[str, bool], Any] = {}


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """A function that reads one answer."""
    if job["way"] == "stream":
        return stream
    return {"batch": batch}.get(job["way"], astream)


def client(wire: str, *, is_async: bool) -> Any:
    """One client for all calls, as a program would have."""
    library: Any = httpx if wire in _ON_HTTPX else httpx2
    key = (library.__name__, is_async)
    if key not in _clients:
        limits = library.Limits(max_connections=None, max_keepalive_connections=1000)
        kind = library.AsyncClient if is_async else library.Client
        _clients[key] = kind(limits=limits, timeout=60)
    return _clients[key]


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
    opened = client(job["wire"], is_async=True).stream("POST", url, json=BODY)
    async with opened as response:
        async for data in response.aiter_bytes():
            *frames, rest = (rest + data).split(end)
            objects += read(frames)
    return objects


async def stream(job: dict[str, Any]) -> int:
    """The same in blocking code."""
    objects, rest = 0, b""
    end = b"\r\n\r\n" if job["wire"] == "google-genai" else b"\n\n"
    url = job["url"] + PATHS[job["wire"]]
    with client(job["wire"], is_async=False).stream("POST", url, json=BODY) as response:
        for data in response.iter_bytes():
            *frames, rest = (rest + data).split(end)
            objects += read(frames)
    return objects


async def whole(job: dict[str, Any]) -> int:
    """One unstreamed answer."""
    body = {**BODY, "stream": False}
    http = client(job["wire"], is_async=True)
    response = await http.post(job["url"] + PATHS[job["wire"]], json=body)
    from_json(response.content)
    return 1


async def batch(job: dict[str, Any]) -> int:
    """Many unstreamed answers, so many at once."""
    gate = asyncio.Semaphore(job["concurrency"])

    async def one() -> int:
        async with gate:
            return await whole(job)

    return sum(await asyncio.gather(*[one() for _ in range(job["prompts"])]))
