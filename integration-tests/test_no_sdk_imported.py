"""A call imports no vendor's SDK: heads are built by the providers themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest
from chat_conformance.script import Delivery, Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_conformance.simulators import MistralSimulator

SDKS = {
    "anthropic": "anthropic",
    "bedrock": "botocore",
    "fireworks": "openai",
    "google-genai": "google.genai",
    "groq": "groq",
    "mistralai": "mistralai",
    "ollama": "ollama",
    "openai": "openai",
    "openai-compatible": "openai",
}

PROGRAM = """
import asyncio, sys
from chat_core import get_chat_model

async def ask_on_a_loop(model):
    async with model:
        return (await model.ainvoke("Hi")).content

model = get_chat_model(f"{sys.argv[1]}:any", api_key="k", base_url=sys.argv[2])
streamed = "".join(chunk.content for chunk in model.stream("Hi"))
print(streamed, asyncio.run(ask_on_a_loop(model)), sys.argv[3] in sys.modules)
"""


@pytest.mark.parametrize(("provider", "sdk"), SDKS.items())
def test_a_call_imports_no_sdk(provider: str, sdk: str) -> None:
    with ScriptedServer(MistralSimulator() if provider == "mistralai" else None) as server:
        server.answer_always(Delivery(Reply("Hello")))
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, provider, server.url, sdk],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert run.stdout.strip() == "Hello Hello False", run.stderr[-1000:]
