"""A vendor's SDK is asked once where its requests go; after that no call costs a step in it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Delivery, Reply
from chat_conformance.simulators import MistralSimulator
from chat_core import get_chat_model

SDKS = {
    "anthropic": "anthropic",
    "fireworks": "openai",
    "groq": "groq",
    "mistralai": "mistralai",
    "openai": "openai",
}


def folder(package: str) -> str:
    """Where the code of an installed package lies."""
    spec = find_spec(package)
    assert spec is not None
    places = spec.submodule_search_locations
    assert places is not None
    return str(Path(places[0]))


@pytest.mark.parametrize(("provider", "sdk"), SDKS.items())
def test_a_second_call_runs_none_of_the_sdks_code(provider: str, sdk: str) -> None:
    inside = folder(sdk)
    seen: list[str] = []

    def note(frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(inside):
            seen.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}")

    with OfflineServer(MistralSimulator() if provider == "mistralai" else None) as server:
        server.answer_always(Delivery(Reply("Hello")))
        with get_chat_model(f"{provider}:any", api_key="k", base_url=server.url) as model:
            assert "".join(chunk.content for chunk in model.stream("Hi")) == "Hello"
            sys.setprofile(note)
            try:
                reply = "".join(chunk.content for chunk in model.stream("Hi"))
            finally:
                sys.setprofile(None)
    assert reply == "Hello"
    assert seen == []
