"""What a first model costs before its first request, counted in modules: no clock is read.

Each count is taken in a fresh interpreter, beside one that only makes a pydantic model.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

BARE = """
import importlib.metadata, pydantic
class Model(pydantic.BaseModel):
    field: int = 1
Model()
importlib.metadata.entry_points(group="none")
"""
FIRST_MODEL = "from chat_core import get_chat_model; get_chat_model({id!r}, **{settings!r})"
CORE_AND_ONE_MODEL = 80
"""Modules of core, pluggy, one model's class and the standard library that pydantic does not bring.

A count, not a time: an empty ``__init__`` is one too. It is 77 today; the codec, the tools and the
rate limiter are loaded when they are first needed.
"""

CODEC = 48
"""Modules more where settings are checked by the code that encodes them, so that it comes along.

It is 47 today: kinds of bodies, failures of decoders, names of speakers, media blocks and checks of
arguments are files of their own.
"""

BRING_THEIR_CODEC = {"anthropic", "bedrock", "google-genai", "google-vertexai"}

HEAVY = {
    "aiohttp",
    "anthropic",
    "asyncio",
    "botocore",
    "google.auth",
    "google.genai",
    "groq",
    "h11",
    "http.client",
    "httpx",
    "httpx2",
    "mistralai",
    "ollama",
    "openai",
    "requests",
    "ssl",
}
"""SDKs, HTTP clients, and what of the standard library only a request needs."""

VERTEX = {"project": "p", "location": "l"}


def modules(program: str) -> set[str]:
    """What a fresh interpreter has imported after ``program``."""
    finished = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    "provider",
    [
        "anthropic",
        "bedrock",
        "fireworks",
        "google-genai",
        "google-vertexai",
        "groq",
        "mistralai",
        "ollama",
        "openai",
        "openai-compatible",
    ],
)
def test_a_first_model_brings_few_modules_and_none_that_only_a_request_needs(provider: str) -> None:
    settings = VERTEX if provider == "google-vertexai" else {}
    if provider == "openai-compatible":
        settings = {"base_url": "http://127.0.0.1:9"}
    brought = modules(FIRST_MODEL.format(id=f"{provider}:any", settings=settings)) - modules(BARE)
    assert not brought & HEAVY
    limit = CORE_AND_ONE_MODEL + (CODEC if provider in BRING_THEIR_CODEC else 0)
    assert len(brought) <= limit, sorted(brought)
    others = {name.partition(".")[0] for name in brought if name.startswith("chat_")}
    assert others <= {"chat_core", "chat_completions", *_family(provider)}


def test_importing_core_alone_loads_no_provider_and_no_chain() -> None:
    brought = modules("import chat_core") - modules(BARE)
    assert not brought & HEAVY
    assert not {name for name in brought if name.startswith("chat_") and "chat_core" not in name}
    assert not brought & {
        "chat_core.chains.prompts",
        "chat_core.chains.parsers",
        "chat_core.tools.tool",
    }


def _family(provider: str) -> set[str]:
    if provider == "google-vertexai":
        return {"chat_google_genai", "chat_google_vertexai"}
    return {f"chat_{provider.removesuffix('-compatible').replace('-', '_')}"}
