"""pydantic-ai's direct requests to a model, streamed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any


@cache
def model(url: str) -> Any:
    """The model that talks to `url`, on OpenAI's wire."""
    provider = import_module("pydantic_ai.providers.openai").OpenAIProvider(
        base_url=url, api_key="none"
    )
    return import_module("pydantic_ai.models.openai").OpenAIChatModel("any", provider=provider)


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """A function that iterates one stream."""
    model(job["url"])
    return astream


async def astream(job: dict[str, Any]) -> int:
    """Every event of the model."""
    direct = import_module("pydantic_ai.direct")
    request = import_module("pydantic_ai.messages").ModelRequest.user_text_prompt("Sing")
    events = 0
    async with direct.model_request_stream(model(job["url"]), [request]) as stream:
        async for _ in stream:
            events += 1
    return events
