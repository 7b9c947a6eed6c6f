"""A cache in front of every provider: an answer of each wire is replayed as it came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_cache import SQLiteCache, with_cache
from chat_conformance.declared import DECLARED
from chat_conformance.offline import OfflineServer
from chat_core import (
    AIMessage,
    AIMessageChunk,
    CachePoint,
    HumanMessage,
    SystemMessage,
    TextBlock,
)
from chat_cost import Budget, with_budget, with_cost
from rich_answers import LOOK, model_with_tool, rich_answer


@pytest.fixture(scope="module")
def server() -> Iterator[OfflineServer]:
    with OfflineServer() as running:
        yield running


def unmarked(chunk: AIMessageChunk | AIMessage) -> object:
    facts = {name: v for name, v in chunk.response_metadata.items() if name != "cached"}
    usage = {name: value for name, value in (chunk.usage_metadata or {}).items() if name != "cost"}
    return (chunk.blocks, chunk.id, chunk.name, chunk.additional_kwargs, facts, usage)


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
async def test_an_answer_is_replayed_as_it_came_and_asked_for_once(
    subject: Any, server: OfflineServer, tmp_path: Path
) -> None:
    server.answer(rich_answer(subject))
    asked = len(server.calls)
    cached = with_cache(model_with_tool(subject, server), SQLiteCache(tmp_path / "answers.db"))
    first = list(cached.stream("Where?"))
    again = list(cached.stream("Where?"))
    over = [chunk async for chunk in cached.astream("Where?")]
    assert [unmarked(chunk) for chunk in again] == [unmarked(chunk) for chunk in first]
    assert over == again
    whole, known = cached.invoke("Where?"), sum(first[1:], first[0]).to_message()
    assert unmarked(whole) == unmarked(known)
    assert whole.tool_calls[0].args == {"city": "Rome, the eternal city"}
    assert whole.response_metadata["cached"] is True
    assert len(server.calls) == asked + 1


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
def test_settings_of_the_connection_do_not_tell_requests_apart(
    subject: Any, server: OfflineServer, tmp_path: Path
) -> None:
    server.answer(rich_answer(subject))
    asked = len(server.calls)
    cached = with_cache(model_with_tool(subject, server), SQLiteCache(tmp_path / "answers.db"))
    cached.invoke("Where?")
    cached.bind(max_retries=0, timeout=7, api_key="another").invoke("Where?")
    assert len(server.calls) == asked + 1
    cached.invoke("Where is it?")
    cached.invoke("Where?", max_tokens=4000)
    assert len(server.calls) == asked + 3


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
def test_marks_for_the_cache_of_the_vendor_do_not_tell_requests_apart(
    subject: Any, server: OfflineServer, tmp_path: Path
) -> None:
    server.answer(rich_answer(subject))
    asked = len(server.calls)
    provider, _, name = subject.model_id.partition(":")
    plain = server.model(f"{provider}:{subject.cache_points_model or name}", **subject.settings)
    cached = with_cache(plain, SQLiteCache(tmp_path / "answers.db"))
    rules, question = TextBlock("Answer in one line."), HumanMessage("Where?")
    for points in ([], [CachePoint()]):
        cached.bind_tools([LOOK, *points]).invoke([SystemMessage([rules, *points]), question])
    assert len(server.calls) == asked + 1
    cached.invoke([SystemMessage([rules, CachePoint()]), question])
    assert len(server.calls) == asked + 2


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
def test_a_cached_answer_costs_nothing_and_uses_no_budget(
    subject: Any, server: OfflineServer, tmp_path: Path
) -> None:
    server.answer(rich_answer(subject))
    budget = Budget(max_tokens=100_000)
    cached = with_cache(model_with_tool(subject, server), SQLiteCache(tmp_path / "answers.db"))
    priced = with_cost(with_budget(cached, budget))
    fresh = priced.invoke("Where?").usage_metadata
    used = budget.used_tokens
    again = priced.invoke("Where?").usage_metadata
    assert fresh is not None
    assert again is not None
    assert fresh.output_tokens == again.output_tokens == 7
    assert again.cost == 0.0
    assert budget.used_tokens == used > 0
