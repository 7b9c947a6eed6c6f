"""Answers as objects: natively where model and schema allow it, else through a tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.wire_server import WireServer
from pydantic import BaseModel, SecretStr


class City(BaseModel):
    """A city."""

    name: str
    people: int


class Counts(BaseModel):
    """How often each word occurs."""

    words: dict[str, int]


def reply(content: dict[str, Any], stop: str = "end_turn") -> Answer:
    return json_answer({"type": "message", "id": "m", "content": [content], "stop_reason": stop})


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as running:
        yield running


def make(server: WireServer, model: str) -> ChatAnthropic:
    return ChatAnthropic(model=model, api_key=SecretStr("k"), base_url=server.url, max_retries=0)


def test_a_new_model_follows_the_schema_natively(server: WireServer) -> None:
    server.queue(reply({"type": "text", "text": '{"name": "Ulm", "people": 126000}'}))
    with make(server, "claude-sonnet-4-5") as model:
        assert model.with_structured_output(City).invoke("Q") == City(name="Ulm", people=126000)
    asked = server.requests[0].json
    assert asked["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert "tools" not in asked


def test_an_old_model_is_made_to_call_a_tool(server: WireServer) -> None:
    call = {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "City",
        "input": {"name": "Ulm", "people": 126000},
    }
    server.queue(reply(call, "tool_use"))
    with make(server, "claude-3-5-haiku-latest") as model:
        assert model.with_structured_output(City).invoke("Q") == City(name="Ulm", people=126000)
    asked = server.requests[0].json
    assert asked["tool_choice"] == {"type": "tool", "name": "City"}
    assert "output_config" not in asked


def test_a_schema_that_cannot_be_held_natively_becomes_a_tool(server: WireServer) -> None:
    call = {"type": "tool_use", "id": "t", "name": "Counts", "input": {"words": {"a": 2}}}
    server.queue(reply(call, "tool_use"))
    with make(server, "claude-sonnet-4-5") as model:
        assert model.with_structured_output(Counts).invoke("Q") == Counts(words={"a": 2})
    assert server.requests[0].json["tools"][0]["name"] == "Counts"
