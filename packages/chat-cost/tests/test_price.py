"""``price``: exact names, tokens of every kind, tiers, and ``None`` for what is unknown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from chat_core import InvalidParameterError, UsageMetadata
from chat_cost import price, register_price, unregister_price

NOVEMBER = datetime(2026, 11, 20, 12, tzinfo=UTC)
MILLION = 1_000_000


def usage(
    input: int | None,
    output: int | None,
    *,
    of_input: dict[str, Any] | None = None,
    of_output: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "input_tokens": input,
        "output_tokens": output,
        "input_token_details": of_input or {},
        "output_token_details": of_output or {},
    }


ONE_EACH = usage(MILLION, MILLION)
SMALL = usage(1000, 100)


def cents(model: str, used: dict[str, Any], **options: Any) -> float | None:
    return price(model, used, at=NOVEMBER, **options)


@pytest.mark.parametrize(
    ("model", "provider", "dollars"),
    [
        # input and output of a thousand and a hundred tokens, by the vendors' lists
        ("gpt-4o-mini", "openai", 0.00015 + 0.00006),
        ("gpt-4o-mini-2024-07-18", "openai", 0.00015 + 0.00006),
        ("claude-haiku-4-5-20251001", "anthropic", 0.001 + 0.0005),
        ("llama-3.3-70b-versatile", "groq", 0.00059 + 0.000079),
        ("gemini-2.5-flash", "google-genai", 0.0003 + 0.00025),
        ("models/gemini-2.5-flash", "google-genai", 0.0003 + 0.00025),
        ("publishers/google/models/gemini-2.5-flash", "google-vertexai", 0.0003 + 0.00025),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", 0.0011 + 0.00055),
        ("gpt-4o-mini", "azure-openai", 0.00015 + 0.00006),
    ],
)
def test_a_listed_model_has_the_price_of_the_vendors_list(
    model: str, provider: str, dollars: float
) -> None:
    assert cents(model, SMALL, provider=provider) == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o-mini-turbo", "openai"),
        ("gpt-4o-mini-2", "openai"),
        ("gpt-4", "groq"),
        ("claude-opus-4-10", "anthropic"),
        ("claude-opus-4-1-fast", "anthropic"),
        ("claude-haiku-4-55", "anthropic"),
        ("my-claude-haiku-4-5", "anthropic"),
        ("gemini-2.5-pro-preview-tts-2", "google-genai"),
        ("gemini-3.6-flash-ultra", "google-genai"),
        ("notamazon.nova-prototype", "bedrock"),
        ("amazon.nova-pro-max-v1:0", "bedrock"),
        ("llama-3.3-70b", "groq"),
        ("gpt-4o", "openai-compatible"),
        ("llama3.2", "ollama"),
        ("gpt-4o", "no-such-provider"),
        ("", "openai"),
    ],
)
def test_a_name_that_is_not_listed_has_no_price_however_similar(model: str, provider: str) -> None:
    assert cents(model, SMALL, provider=provider) is None


@pytest.mark.parametrize(
    ("model", "alias"),
    [
        ("anthropic:claude-sonnet-4-5", "anthropic:claude-sonnet-4-5-20250929"),
        ("anthropic:claude-sonnet-4-0", "anthropic:claude-sonnet-4-20250514"),
        ("google-genai:gemini-3-flash-preview", "google-genai:gemini-3-flash-preview-001"),
        ("bedrock:amazon.nova-pro-v1:0", "bedrock:amazon.nova-pro-v1:0:300k"),
        ("fireworks:accounts/fireworks/models/deepseek-v3p2", "fireworks:deepseek-v3p2"),
        ("OpenAI:gpt-4o-mini", "gpt-4o-mini"),
    ],
)
def test_a_dated_or_versioned_name_has_the_price_of_its_model(model: str, alias: str) -> None:
    known = cents(model, SMALL)
    if alias.endswith(":300k"):
        assert known is not None
        return
    assert known == cents(alias, SMALL) != None  # noqa: E711


def test_a_name_without_a_provider_has_its_makers_price() -> None:
    assert cents("claude-haiku-4-5", SMALL) == cents("anthropic:claude-haiku-4-5", SMALL)
    assert cents("llama-3.3-70b-versatile", SMALL) is None


def test_the_address_tells_hosts_of_one_wire_apart() -> None:
    def at(base_url: str) -> float | None:
        return cents("deepseek-chat", ONE_EACH, provider="openai-compatible", base_url=base_url)

    assert at("https://api.deepseek.com/v1") is not None
    assert at("http://127.0.0.1:8000/v1") is None
    of_azure = cents("gpt-4o", SMALL, provider="openai", base_url="https://x.openai.azure.com")
    assert of_azure == cents("gpt-4o", SMALL, provider="azure-openai")


# --- tokens of every kind


def test_cached_tokens_are_charged_once_at_their_own_price() -> None:
    cached = usage(MILLION, 0, of_input={"cache_read": MILLION})
    half = usage(MILLION, 0, of_input={"cache_read": MILLION // 2})
    fresh = usage(MILLION, 0)
    name = "openai:gpt-4o"
    assert cents(name, fresh) == 2.5
    assert cents(name, cached) == 1.25
    assert cents(name, half) == pytest.approx(1.875)


def test_written_cache_entries_cost_by_how_long_they_live() -> None:
    written = usage(100_000, 0, of_input={"cache_creation": 100_000})
    name = "anthropic:claude-haiku-4-5"
    assert cents(name, written) == pytest.approx(0.125)
    an_hour = {"cache_creation": {"ephemeral_1h_input_tokens": 100_000}}
    assert cents(name, written, metadata=an_hour) == pytest.approx(0.2)


def test_audio_has_its_own_price_on_both_sides() -> None:
    spoken = usage(MILLION, MILLION, of_input={"audio": MILLION}, of_output={"audio": MILLION})
    assert cents("openai:gpt-audio", ONE_EACH) == 12.5
    assert cents("openai:gpt-audio", spoken) == 96


def test_audio_without_a_listed_price_is_not_charged_as_text() -> None:
    name = "openai:gpt-4o-audio-preview"
    assert cents(name, SMALL) is not None
    assert cents(name, usage(1000, 100, of_input={"audio": 10})) is None
    assert cents(name, usage(1000, 100, of_output={"audio": 10})) is None
    at_google = usage(1000, 100, of_input={"audio": 10})
    assert cents("google-genai:gemini-2.5-pro", at_google) == cents(
        "google-genai:gemini-2.5-pro", SMALL
    )


def test_cached_audio_is_charged_where_text_alone_cannot_be_what_was_cached() -> None:
    name = "google-genai:gemini-2.5-flash"
    spoken = usage(1000, 0, of_input={"audio": 900, "cache_read": 500})
    assert cents(name, spoken) is not None
    assert cents(name, spoken) < cents(name, usage(1000, 0, of_input={"audio": 900}))  # type: ignore[operator]


def test_reasoning_is_part_of_the_output_and_not_charged_again() -> None:
    thought = usage(0, MILLION, of_output={"reasoning": 900_000})
    assert cents("openai:gpt-5-mini", thought) == cents("openai:gpt-5-mini", usage(0, MILLION))


def test_a_long_prompt_raises_the_price_of_all_of_it() -> None:
    name = "google-genai:gemini-2.5-pro"
    short = cents(name, usage(200_000, 0))
    long = cents(name, usage(200_001, 0))
    assert short == pytest.approx(0.25)
    assert long == pytest.approx(0.50, rel=1e-4)


def test_searches_that_anthropic_reports_are_charged() -> None:
    facts = {"server_tool_use": {"web_search_requests": 3}}
    name = "anthropic:claude-haiku-4-5"
    plain, searched = cents(name, SMALL), cents(name, SMALL, metadata=facts)
    assert plain is not None
    assert searched == pytest.approx(plain + 0.03)


# --- tiers


def test_a_service_tier_has_its_own_price() -> None:
    standard = cents("openai:o3", ONE_EACH)
    assert standard == 10
    assert cents("openai:o3", ONE_EACH, metadata={"service_tier": "default"}) == standard
    assert cents("openai:o3", ONE_EACH, metadata={"service_tier": "flex"}) == 5


def test_a_tier_that_is_not_listed_for_this_model_is_unknown() -> None:
    assert cents("openai:gpt-3.5-turbo", SMALL, metadata={"service_tier": "flex"}) is None
    flex = cents("groq:llama-3.3-70b-versatile", SMALL, metadata={"service_tier": "flex"})
    assert flex == cents("groq:llama-3.3-70b-versatile", SMALL)


def test_a_batch_job_has_its_own_price_or_none() -> None:
    assert cents("openai:o3", ONE_EACH, processing="batch") == 5
    assert cents("anthropic:claude-haiku-4-5", ONE_EACH, processing="batch") == 3
    fireworks = "fireworks:accounts/fireworks/models/deepseek-v3p2"
    assert cents(fireworks, ONE_EACH) is not None
    assert cents(fireworks, ONE_EACH, processing="batch") is None


# --- what is unknown, and what is wrong


@pytest.mark.parametrize(
    "counts",
    [
        None,
        {},
        usage(None, 10),
        usage(10, None),
        usage(10, 10, of_input={"cache_read": 11}),
        usage(-1, 10),
        {"input_tokens": "many", "output_tokens": 1},
        {"input_tokens": float("nan"), "output_tokens": 1},
        {"input_tokens": True, "output_tokens": 1},
        {"input_tokens": 10**400, "output_tokens": 1},
        UsageMetadata(),
    ],
)
def test_counts_that_are_missing_or_contradict_each_other_have_no_price(counts: Any) -> None:
    assert price("openai:gpt-4o", counts) is None


@pytest.mark.parametrize(
    "counts",
    [
        usage(None, 10),
        usage(-1, 10),
        {"input_tokens": "9", "output_tokens": 1},
        {"input_tokens": float("nan"), "output_tokens": 1},
        {"input_tokens": 9, "output_tokens": 1, "input_token_details": {"cache_read": "9"}},
    ],
)
@pytest.mark.usefixtures("own_price")
def test_counts_that_are_none_have_no_registered_price_either(counts: Any) -> None:
    assert price("cellar-1", counts) is None


@pytest.mark.parametrize(
    "given", [{"provider": 5}, {"base_url": 5}, {"metadata": 5}, {"at": "2026-01-01"}]
)
def test_an_argument_of_another_type_is_refused_by_its_name(given: dict[str, Any]) -> None:
    with pytest.raises(
        InvalidParameterError, match=f"{next(iter(given))} is an? |metadata is resp"
    ):
        price("openai:gpt-4o", SMALL, **given)


def test_no_tokens_cost_nothing() -> None:
    assert price("openai:gpt-4o", usage(0, 0)) == 0.0


def test_details_of_another_shape_are_none() -> None:
    odd = {"input_tokens": 1000, "output_tokens": 100, "input_token_details": 7}
    assert cents("openai:gpt-4o-mini", odd) == cents("openai:gpt-4o-mini", SMALL)


def test_a_model_that_is_no_text_and_usage_that_is_no_dict_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="usage is usage_metadata of an answer"):
        price("gpt-4o", "usage")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="model is the name of a model; got 7"):
        price(7, SMALL)  # type: ignore[arg-type]


# --- prices of one's own


@pytest.fixture
def own_price() -> Iterator[None]:
    register_price("Cellar-1", input=1, output=2, cache_read=0.1, output_audio=20)
    register_price("cellar-1", provider="openai_compatible", input=0, output=0)
    register_price("gpt-4o", provider="openai", input=1, output=1)
    yield
    unregister_price("cellar-1")
    unregister_price("cellar-1", provider="openai-compatible")
    unregister_price("gpt-4o", provider="openai")


@pytest.mark.usefixtures("own_price")
def test_a_registered_price_comes_before_the_list() -> None:
    assert price("openai:gpt-4o", ONE_EACH) == 2
    assert price("cellar-1", ONE_EACH) == 3
    assert price("openai-compatible:cellar-1", ONE_EACH) == 0
    detailed = usage(
        MILLION, MILLION, of_input={"cache_read": MILLION}, of_output={"audio": MILLION}
    )
    assert price("groq:cellar-1", detailed) == pytest.approx(20.1)
    assert price("cellar-1", usage(None, 3)) is None


@pytest.mark.usefixtures("own_price")
@pytest.mark.parametrize(
    ("of_input", "of_output"),
    [({"cache_read": 11}, {}), ({}, {"audio": 8}), ({}, {"audio": 10**9})],
)
def test_a_registered_price_of_parts_that_exceed_their_whole_is_unknown(
    of_input: dict[str, int], of_output: dict[str, int]
) -> None:
    odd = usage(10, 7, of_input=of_input, of_output=of_output)
    assert price("cellar-1", odd) is None
    assert price("openai-compatible:cellar-1", odd) == 0


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "1", None, True])
def test_a_price_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError, match="input is a price in US dollars"):
        register_price("m", input=wrong, output=1)


def test_nothing_is_fetched_and_no_program_pays_for_prices_that_it_does_not_ask() -> None:
    program = (
        "import sys, threading\n"
        "import chat_cost\n"
        "assert 'genai_prices' not in sys.modules\n"
        "chat_cost.price('openai:gpt-4o', {'input_tokens': 1, 'output_tokens': 1})\n"
        "from genai_prices import data_snapshot\n"
        "assert data_snapshot._custom_snapshot is None\n"
        "assert threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
