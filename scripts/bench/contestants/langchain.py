"""LangChain's integrations, as its documentation shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any


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
    return {"astream": astream, "events": events, "chain": chain, "batch": batch}[job["way"]]


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
