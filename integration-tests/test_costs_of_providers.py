"""What chat-cost makes of every provider's answers: one price by every way to ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Reply, Tokens
from chat_core import merge_chunks
from chat_cost import (
    Budget,
    UnknownPriceError,
    price,
    register_price,
    unregister_price,
    with_budget,
    with_cost,
)

WITHOUT_A_LIST = {"ollama", "openai-compatible"}
"""Servers of the user's own, whose prices no list has."""

LISTED = {
    "azure-openai": "gpt-4o",
    "fireworks": "accounts/fireworks/models/deepseek-v3p2",
}
"""Models with a price, where the declared one has none."""


@pytest.fixture(scope="module")
def server() -> Iterator[OfflineServer]:
    with OfflineServer(Reply("Fish swim.", tokens=Tokens(input=20, output=5))) as running:
        yield running


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
async def test_an_answer_has_one_price_by_every_way_to_ask(
    subject: Any, server: OfflineServer
) -> None:
    model = with_cost(server.model(subject.model_id, **subject.settings))
    register_price(model.model, provider=model.provider, input=3, output=100)
    try:
        found = [
            model.invoke("Hi"),
            await model.ainvoke("Hi"),
            merge_chunks(model.stream("Hi")),
            merge_chunks([chunk async for chunk in model.astream("Hi")]),
        ]
    finally:
        unregister_price(model.model, provider=model.provider)
    costs = [answer.usage_metadata and answer.usage_metadata.cost for answer in found]
    assert costs == [pytest.approx((20 * 3 + 5 * 100) / 1_000_000)] * 4


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
def test_a_budget_of_money_holds_a_model_of_each_vendor_or_says_that_its_price_is_unknown(
    subject: Any, server: OfflineServer
) -> None:
    provider, _, declared = subject.model_id.partition(":")
    name = LISTED.get(provider, declared)
    server.answer(Reply("Fish swim.", model=name, tokens=Tokens(input=20, output=5)))
    budget = Budget(max_cost=9)
    model = server.model(f"{provider}:{name}", max_tokens=99, **subject.settings)
    bounded = with_budget(model, budget)
    if provider in WITHOUT_A_LIST:
        with pytest.raises(UnknownPriceError, match=r"price of .* is unknown"):
            bounded.invoke("Hi")
        return
    usage = bounded.invoke("Hi").usage_metadata
    assert budget.used_cost == price(name, usage, provider=provider)
    assert budget.used_cost > 0
