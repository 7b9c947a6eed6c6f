"""``with_cost``: the price of an answer in its usage, on every way to ask."""

from __future__ import annotations

import pickle
from typing import ClassVar

import pytest
from chat_core import (
    AIMessage,
    InvalidParameterError,
    UsageMetadata,
    event_from_json,
    event_to_json,
    merge_chunks,
)
from chat_core.testing import FakeChatModel
from chat_cost import answer_cost, price, register_price, unregister_price, with_cost
from spending_model import SpendingModel

COST = (10 * 1 + 20 * 2) / 1_000_000


async def test_each_way_to_ask_gives_the_same_cost() -> None:
    model = with_cost(SpendingModel())
    whole = model.invoke("hi").usage_metadata
    assert whole is not None
    assert whole["cost"] == whole.cost == pytest.approx(COST)
    assert (await model.ainvoke("hi")).usage_metadata == whole
    chunks = list(model.stream("hi"))
    assert chunks[-1].usage_metadata == whole
    assert chunks[-1].content == ""
    assert merge_chunks(chunks).usage_metadata == whole
    assert [c async for c in model.astream("hi")] == chunks


def test_all_but_the_last_chunk_are_those_of_the_model() -> None:
    plain = SpendingModel()
    assert list(with_cost(plain).stream("hi"))[:-1] == list(plain.stream("hi"))


def test_adding_chunks_keeps_one_cost_and_never_adds_them() -> None:
    first, *others = with_cost(SpendingModel(usage_first=True)).stream("hi")
    total = first
    for chunk in others:
        total += chunk
    assert total.usage_metadata is not None
    assert total.usage_metadata.cost == pytest.approx(COST)
    assert (total + total).usage_metadata == total.usage_metadata


def test_events_carry_the_cost_also_as_json() -> None:
    *_, last, end = with_cost(SpendingModel()).stream_events("hi")
    for message in (last["data"]["chunk"], end["data"]["output"]):
        assert message.usage_metadata.cost == pytest.approx(COST)
    again = event_from_json(event_to_json(end))
    assert again["data"]["output"].usage_metadata == end["data"]["output"].usage_metadata


def test_an_unknown_price_is_none_and_an_answer_without_usage_has_none() -> None:
    usage = with_cost(SpendingModel(model="cost-9")).invoke("hi").usage_metadata
    assert usage is not None
    assert usage["cost"] is None
    assert usage.cost is None
    silent = with_cost(SpendingModel(output=None))
    assert silent.invoke("hi").usage_metadata is None
    assert len(list(silent.stream("hi"))) == 5


def test_the_message_of_the_model_itself_is_not_changed() -> None:
    kept = AIMessage("hi", usage_metadata=UsageMetadata(input_tokens=1, output_tokens=1))
    with_cost(FakeChatModel(responses=[kept])).invoke("hi")
    assert kept.usage_metadata is not None
    assert "cost" not in kept.usage_metadata


def test_an_answer_from_a_cache_costs_nothing() -> None:
    usage = with_cost(SpendingModel(cached=True)).invoke("hi").usage_metadata
    assert usage is not None
    assert (usage["cost"], usage["output_tokens"]) == (0.0, 20)


def test_the_model_that_has_answered_is_charged() -> None:
    def cost(asked: str, answered: str) -> float | None:
        usage = with_cost(SpendingModel(model=asked, answered=answered)).invoke("x").usage_metadata
        return None if usage is None else usage.cost

    assert cost("a-deployment", "cost-1") == pytest.approx(COST)
    assert cost("cost-1", "cost-1-20261101") == pytest.approx(COST)
    assert cost("another", "nowhere-listed") is None
    register_price("house-model", provider="spending", input=0, output=0)
    try:
        assert cost("house-model", "cost-1") == 0
    finally:
        unregister_price("house-model", provider="spending")


def test_a_similar_name_that_answers_is_not_charged_as_the_model_that_was_asked() -> None:
    model = FakeChatModel(model="gpt-4o", responses="x")
    usage = UsageMetadata(input_tokens=1, output_tokens=1)
    assert answer_cost(model, usage, {"model_name": "gpt-4o"}) is None  # no vendor's model
    assert answer_cost(model, None, {"cached": True}) == 0.0


def test_a_model_with_cost_is_bound_pickled_and_derived() -> None:
    model = pickle.loads(pickle.dumps(with_cost(SpendingModel()))).bind(output=0)
    usage = model.with_retry().invoke("hi").usage_metadata
    assert usage.cost == pytest.approx(10 / 1_000_000)


def test_a_chain_is_no_model_to_price() -> None:
    with pytest.raises(InvalidParameterError, match="Wrap the model itself"):
        with_cost(SpendingModel().with_retry())  # type: ignore[type-var]


class _SentElsewhere(SpendingModel):
    """A model whose connection, such as a client of the user's own, leads to another host."""

    provider: ClassVar[str] = "openai"

    model: str = "deepseek-chat"

    def last_address(self) -> str:
        return "https://api.deepseek.com/chat/completions"


def test_the_host_that_the_request_went_to_decides_the_price() -> None:
    usage = UsageMetadata(input_tokens=1000, output_tokens=1000)
    expected = price("deepseek:deepseek-chat", usage)
    assert expected is not None
    assert answer_cost(_SentElsewhere(), usage, {}) == expected
