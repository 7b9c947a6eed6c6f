"""chat-core and its providers, used as a program uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any

from chat_core import ChatModel, ChatPromptTemplate, StrOutputParser, get_chat_model

from .story import Story, count, first_title


@cache
def model(wire: str, url: str, engine: str = "httpx") -> ChatModel:
    """The model that talks to `url`."""
    settings: dict[str, Any] = {"api_key": "none", "base_url": url, "http_engine": engine}
    if wire == "openai-responses":
        wire, settings["api"] = "openai", "responses"
    return get_chat_model(f"{wire}:any", **settings)


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """The way that the job names."""
    model(job["wire"], job["url"])
    ways: dict[str, Callable[[dict[str, Any]], Awaitable[int]]] = {
        "stream": stream,
        "astream": astream,
        "aiohttp": aiohttp,
        "fold": fold,
        "events": events,
        "chain": chain,
        "batch": batch,
        "objects": objects,
        "first_title": first,
    }
    return ways[job["way"]]


def _stories(job: dict[str, Any]) -> AsyncIterator[Any]:
    asking = model(job["wire"], job["url"]).with_structured_output(Story, method="json_schema")
    return asking.astream("Tell")


async def objects(job: dict[str, Any]) -> int:
    """Every object."""
    return await count(_stories(job))


async def first(job: dict[str, Any]) -> int:
    """The chunks until the first title."""
    return await first_title(_stories(job), job["url"])


async def astream(job: dict[str, Any]) -> int:
    """Every chunk."""
    chunks = 0
    async for _ in model(job["wire"], job["url"]).astream("Sing"):
        chunks += 1
    return chunks


async def aiohttp(job: dict[str, Any]) -> int:
    """Every chunk, read by the aiohttp engine."""
    chunks = 0
    async for _ in model(job["wire"], job["url"], "aiohttp").astream("Sing"):
        chunks += 1
    return chunks


async def stream(job: dict[str, Any]) -> int:
    """Every chunk, in blocking code."""
    chunks = 0
    for _ in model(job["wire"], job["url"]).stream("Sing"):
        chunks += 1
    return chunks


async def fold(job: dict[str, Any]) -> int:
    """Every chunk, and the message of them all."""
    chunks = 0
    stream = model(job["wire"], job["url"]).astream("Sing")
    async for _ in stream:
        chunks += 1
    assert stream.message.blocks
    return chunks


async def events(job: dict[str, Any]) -> int:
    """Every event of the model."""
    seen = 0
    async for _ in model(job["wire"], job["url"]).astream_events("Sing", version="v2"):
        seen += 1
    return seen


async def chain(job: dict[str, Any]) -> int:
    """Every event of prompt | model | parser."""
    prompt = ChatPromptTemplate.from_messages([("human", "Sing about {thing}")])
    steps = prompt | model(job["wire"], job["url"]) | StrOutputParser()
    seen = 0
    async for _ in steps.astream_events({"thing": "fish"}, version="v2"):
        seen += 1
    return seen


async def batch(job: dict[str, Any]) -> int:
    """Many answers, so many at once."""
    answers = await model(job["wire"], job["url"]).abatch(
        ["Sing"] * job["prompts"], config={"max_concurrency": job["concurrency"]}
    )
    return len(answers)
