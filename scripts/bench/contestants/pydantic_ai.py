"""pydantic-ai's direct requests to a model, and objects from its agents, streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

from .story import Story, count, first_title


@cache
def model(url: str) -> Any:
    """The model that talks to `url`, on OpenAI's wire."""
    provider = import_module("pydantic_ai.providers.openai").OpenAIProvider(
        base_url=url, api_key="none"
    )
    return import_module("pydantic_ai.models.openai").OpenAIChatModel("any", provider=provider)


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """The way that the job names."""
    model(job["url"])
    return {"astream": astream, "objects": objects, "first_title": first}[job["way"]]


async def _stories(job: dict[str, Any]) -> AsyncIterator[Any]:
    library = import_module("pydantic_ai")
    agent = library.Agent(model(job["url"]), output_type=library.NativeOutput(Story))
    async with agent.run_stream("Tell") as run:
        async for story in run.stream_output(debounce_by=None):
            yield story


async def objects(job: dict[str, Any]) -> int:
    """Every object."""
    return await count(_stories(job))


async def first(job: dict[str, Any]) -> int:
    """The chunks until the first title."""
    return await first_title(_stories(job), job["url"])


async def astream(job: dict[str, Any]) -> int:
    """Every event of the model."""
    direct = import_module("pydantic_ai.direct")
    request = import_module("pydantic_ai.messages").ModelRequest.user_text_prompt("Sing")
    events = 0
    async with direct.model_request_stream(model(job["url"]), [request]) as stream:
        async for _ in stream:
            events += 1
    return events
