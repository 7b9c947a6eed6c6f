"""Building a model by its id imports no vendor's SDK and no HTTP library, for every class."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from chat_core import list_providers

HEAVY = (
    "anthropic botocore google.auth google.genai groq httpx httpx2 mistralai ollama openai requests"
    " ssl asyncio"
).split()

CODE = """
import json, sys
from chat_core import get_chat_model
name, settings = json.loads(sys.argv[1])
get_chat_model(f"{name}:{'demo' if name == 'offline' else 'x'}", **settings)
print(json.dumps([module for module in json.loads(sys.argv[2]) if module in sys.modules]))
"""


ONE_OF_EACH_CLASS = {provider.model_class: provider.name for provider in list_providers()}
"""A provider id for each model class; the last one, so that a host stands for all hosts."""


@pytest.mark.parametrize("name", ["openai-compatible", *ONE_OF_EACH_CLASS.values()])
def test_a_model_is_built_without_its_sdk(name: str) -> None:
    settings = {"base_url": "http://127.0.0.1:1"} if name == "openai-compatible" else {}
    run = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([name, settings]), json.dumps(HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        # Logfire's plugin for pydantic, if it is installed, imports what it likes.
        env={**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"},
    )
    assert json.loads(run.stdout) == []
