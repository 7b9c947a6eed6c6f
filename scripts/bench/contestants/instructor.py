"""instructor's partial objects, as its documentation shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

from .story import Story, count, first_title


@cache
def client(url: str) -> Any:
    """The client that talks to `url`, on OpenAI's wire."""
    vendor = import_module("openai").AsyncOpenAI(base_url=url, api_key="none")
    library = import_module("instructor")
    return library.from_openai(vendor, mode=library.Mode.JSON_SCHEMA)


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """The way that the job names."""
    client(job["url"])
    return {"objects": objects, "first_title": first}[job["way"]]


def _stories(job: dict[str, Any]) -> AsyncIterator[Any]:
    messages = [{"role": "user", "content": "Tell"}]
    stories: AsyncIterator[Any] = client(job["url"]).create_partial(
        response_model=Story, model="any", messages=messages
    )
    return stories


async def objects(job: dict[str, Any]) -> int:
    """Every object."""
    return await count(_stories(job))


async def first(job: dict[str, Any]) -> int:
    """The chunks until the first title."""
    return await first_title(_stories(job), job["url"])
