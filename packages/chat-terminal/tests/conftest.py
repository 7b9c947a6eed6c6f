from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_conformance.offline import OfflineServer


@pytest.fixture
def server() -> Iterator[OfflineServer]:
    with OfflineServer() as running:
        yield running


@pytest.fixture
def env(server: OfflineServer, tmp_path: Path) -> dict[str, str]:
    """An environment in which Groq and OpenAI are the local server, and nothing else is set."""
    return {
        "PATH": os.environ["PATH"],
        # As for all tests: see the conftest.py of the workspace.
        "PYDANTIC_DISABLE_PLUGINS": os.environ["PYDANTIC_DISABLE_PLUGINS"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "GROQ_API_KEY": "a-key",
        "GROQ_BASE_URL": server.url,
        "OPENAI_API_KEY": "a-key",
        "OPENAI_BASE_URL": server.url,
    }
