"""LangChain's integrations, as its documentation shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

from .story import Story, count, first_title


@cache
def model(wire: str, url: str) -> Any:
    """The chat model that talks to `url`."""
    if wire.startswith("openai"):
        return import_module("langchain_openai").ChatOpenAI(
            model="any", api_key="none", base_url=url, use_responses_api=wire == "openai-responses"
        )
    if wire == "groq":
        return import_module("langchain_groq").ChatGroq(model="any", api_key="none", base_url=url)
    if wire == "anthropic":
        module = import_module("langchain_anthropic")
        return module.ChatAnthropic(model="any", api_key="none", base_url=url)
    if wire == "mistralai":
        module = import_module("langchain_mistralai")
        return module.ChatMistralAI(model="any", api_key="none", endpoint=f"{url}/v1")
    if wire == "google-genai":
        module = import_module("langchain_google_genai")
        return module.ChatGoogleGenerativeAI(model="any", api_key="none", base_url=url)
    raise LookupError(f"LangChain is not measured on {wire}")


def prepare(job: dict[str, Any]) -> Callable[[dict[str, Any]], Awaitable[int]]:
    """The way that the job names."""
    model(job["wire"], job["url"])
    ways: dict[str, Callable[[dict[str, Any]], Awaitable[int]]] = {
        "astream": astream,
        "events": events,
        "chain": chain,
        "batch": batch,
        "objects": objects,
        "dicts": dicts,
        "first_title": first,
        "first_of_dicts": first_of_dicts,
    }
    return ways[job["way"]]


def _stories(job: dict[str, Any], schema: Any) -> AsyncIterator[Any]:
    asking = model(job["wire"], job["url"]).with_structured_output(schema, method="json_schema")
    stories: AsyncIterator[Any] = asking.astream("Tell")
    return stories


async def objects(job: dict[str, Any]) -> int:
    """Every object of a class."""
    return await count(_stories(job, Story))


async def dicts(job: dict[str, Any]) -> int:
    """Every dict of the same schema."""
    return await count(_stories(job, Story.model_json_schema()))


async def first(job: dict[str, Any]) -> int:
    """The chunks until the first title of an object."""
    return await first_title(_stories(job, Story), job["url"])


async def first_of_dicts(job: dict[str, Any]) -> int:
    """The chunks until the first title of a dict."""
    return await first_title(_stories(job, Story.model_json_schema()), job["url"])


async def astream(job: dict[str, Any]) -> int:
    """Every chunk."""
    chunks = 0
    async for _ in model(job["wire"], job["url"]).astream("Sing"):
        chunks += 1
    return chunks


async def events(job: dict[str, Any]) -> int:
    """Every event of the model."""
    seen = 0
    async for _ in model(job["wire"], job["url"]).astream_events("Sing", version="v2"):
        seen += 1
    return seen


async def chain(job: dict[str, Any]) -> int:
    """Every event of prompt | model | parser."""
    prompts = import_module("langchain_core.prompts")
    parsers = import_module("langchain_core.output_parsers")
    prompt = prompts.ChatPromptTemplate.from_messages([("human", "Sing about {thing}")])
    steps = prompt | model(job["wire"], job["url"]) | parsers.StrOutputParser()
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
