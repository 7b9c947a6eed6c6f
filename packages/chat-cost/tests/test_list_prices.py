"""Prices of a model's list, as part of its profile."""

from __future__ import annotations

import pytest
from chat_core import ModelProfile, UsageMetadata
from chat_cost import price, register_price, unregister_price
from chat_cost.list_prices import read_profile


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("groq", "llama-3.3-70b-versatile"),
        ("anthropic", "claude-haiku-4-5"),
        ("google-genai", "gemini-2.5-pro"),
        ("deepseek", "deepseek-chat"),
    ],
)
def test_a_million_tokens_cost_what_the_profile_has(provider: str, model: str) -> None:
    profile = read_profile(provider, (model,))
    assert profile is not None
    assert profile.input_price is not None
    assert profile.output_price is not None
    few = UsageMetadata(input_tokens=1_000, output_tokens=1_000)
    cost = price(model, few, provider=provider)
    assert cost == pytest.approx((profile.input_price + profile.output_price) / 1_000)


def test_the_first_name_with_a_price_counts() -> None:
    profile = read_profile("groq", ("perch-2", "llama-3.3-70b-versatile"))
    assert profile == read_profile("groq", ("llama-3.3-70b-versatile",))
    assert read_profile("groq", ("perch-2",)) is None
    assert read_profile("ollama", ("llama-3.3-70b-versatile",)) is None


def test_a_registered_price_comes_first() -> None:
    register_price("perch-2", provider="groq", input=1, output=3, cache_read=0.5)
    try:
        profile = read_profile("groq", ("perch-2",))
    finally:
        unregister_price("perch-2", provider="groq")
    assert profile == ModelProfile(
        input_price=1, output_price=3, cache_read_price=0.5, cache_creation_price=1
    )
