"""The vendors' SDKs and their typed streams, as their documentation shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

MESSAGES = [{"role": "user", "content": "Sing"}]


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """A function that iterates one typed stream."""
    client(job["wire"], job["url"])
    return _STREAMS[job["wire"]]


@cache
def client(wire: str, url: str) -> Any:
    """The SDK's async client for `url`; SDKs are imported by name, so none of them is required."""
    if wire in ("openai", "openai-responses", "fireworks"):
        return import_module("openai").AsyncOpenAI(api_key="none", base_url=url)
    if wire == "groq":
        return import_module("groq").AsyncGroq(api_key="none", base_url=url)
    if wire == "anthropic":
        return import_module("anthropic").AsyncAnthropic(api_key="none", base_url=url)
    if wire == "mistralai":
        return import_module("mistralai.client").Mistral(api_key="none", server_url=url)
    genai = import_module("google.genai")
    return genai.Client(api_key="none", http_options={"base_url": url}).aio


async def count(stream: Any) -> int:
    """Iterate to the end."""
    events = 0
    async for _ in stream:
        events += 1
    return events


async def completions(job: dict[str, Any]) -> int:
    """Chat Completions."""
    sdk = client(job["wire"], job["url"])
    return await count(
        await sdk.chat.completions.create(model="any", messages=MESSAGES, stream=True)
    )


async def responses(job: dict[str, Any]) -> int:
    """OpenAI's Responses."""
    sdk = client(job["wire"], job["url"])
    return await count(await sdk.responses.create(model="any", input="Sing", stream=True))


async def messages(job: dict[str, Any]) -> int:
    """Anthropic's Messages."""
    sdk = client(job["wire"], job["url"])
    create = sdk.messages.create
    return await count(await create(model="any", max_tokens=9, messages=MESSAGES, stream=True))


async def mistral(job: dict[str, Any]) -> int:
    """Mistral's chat."""
    sdk = client(job["wire"], job["url"])
    return await count(await sdk.chat.stream_async(model="any", messages=MESSAGES))


async def gemini(job: dict[str, Any]) -> int:
    """Google's generateContent."""
    models = client(job["wire"], job["url"]).models
    return await count(await models.generate_content_stream(model="any", contents="Sing"))


_STREAMS: dict[str, Callable[[dict[str, Any]], Awaitable[int]]] = {
    "openai": completions,
    "fireworks": completions,
    "groq": completions,
    "openai-responses": responses,
    "anthropic": messages,
    "mistralai": mistral,
    "google-genai": gemini,
}
