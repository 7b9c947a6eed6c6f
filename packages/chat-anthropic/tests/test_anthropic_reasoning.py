"""``reasoning=`` at Anthropic: budgets until 4.5, efforts since 4.6."""

from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
from chat_anthropic.families import default_max_tokens
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatAnthropic(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


ADAPTIVE = {"type": "adaptive", "display": "summarized"}


def budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


@pytest.mark.parametrize(
    ("model", "word", "sent"),
    [
        ("claude-3-5-haiku-latest", "off", {}),
        ("claude-3-7-sonnet-latest", "low", budget(2048)),
        ("claude-haiku-4-5", "off", {}),
        ("claude-haiku-4-5", "max", budget(59904)),
        ("claude-haiku-4-5", 5000, budget(5000)),
        (
            "claude-sonnet-4-6",
            "low",
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
        ),
        ("claude-sonnet-4-6", 5000, budget(5000)),
        ("claude-opus-4-8", "off", {}),
        ("claude-opus-5", "off", {"thinking": {"type": "disabled"}}),
        ("claude-opus-5-5", "max", {"thinking": ADAPTIVE, "output_config": {"effort": "max"}}),
        ("claude-sonnet-5-5", "off", {"thinking": {"type": "between_tools"}}),
        ("claude-sonnet-7", "high", {"thinking": ADAPTIVE, "output_config": {"effort": "high"}}),
    ],
)
def test_each_word_is_a_budget_or_an_effort(model: str, word: Any, sent: dict[str, Any]) -> None:
    assert parameters(model, reasoning=word) == sent


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("claude-3-5-haiku-latest", "low", "does not reason"),
        ("claude-haiku-4-5", 1000, "at least 1024 tokens"),
        ("claude-haiku-4-5", 64_000, "at most 64000 tokens.*reasoning='max'"),
        ("claude-opus-4-1", 32_000, "at most 32000 tokens"),
        ("claude-sonnet-4-0", 10**9, "at most 64000 tokens"),
        ("claude-sonnet-4-6", 10**9, "at most 128000 tokens"),
        ("claude-3-7-sonnet-latest", 10**9, "at most 128000 tokens"),
        ("claude-opus-4-7", 5000, "takes no number of tokens; it takes 'low'"),
        ("claude-opus-5-5", "off", "cannot stop reasoning"),
        ("claude-fable-5-1", "off", "cannot stop reasoning"),
    ],
)
def test_what_a_model_has_no_word_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_a_budget_leaves_room_for_the_answer() -> None:
    assert parameters("claude-haiku-4-5", reasoning="high", max_tokens=4000) == budget(3000)
    for asked in ("low", 1024):
        with pytest.raises(InvalidRequestError, match="max_tokens=1000 has no room"):
            parameters("claude-haiku-4-5", reasoning=asked, max_tokens=1000)


@pytest.mark.parametrize(
    ("model", "tokens", "most"),
    [
        ("claude-haiku-4-5", 63_999, 64_000),
        ("claude-opus-4-1", 31_999, 32_000),
        ("claude-sonnet-4-6", 127_000, 128_000),
        ("claude-sonnet-4-6", 100_000, 104_096),
    ],
)
def test_a_large_budget_has_the_room_that_the_model_has(model: str, tokens: int, most: int) -> None:
    assert default_max_tokens(model, tokens) == most
    assert parameters(model, reasoning=tokens) == budget(tokens)


def test_interleaved_thinking_may_have_more_tokens_than_one_answer() -> None:
    betas = ["interleaved-thinking-2025-05-14"]
    for model in ("claude-opus-4-1", "claude-sonnet-4-5"):
        for max_tokens in (None, 8_000):
            settings = {"reasoning": 100_000, "betas": betas, "max_tokens": max_tokens}
            assert parameters(model, **settings) == budget(100_000)
    assert default_max_tokens("claude-sonnet-4-5", 100_000) == 64_000
    with pytest.raises(InvalidRequestError, match="at least 1024 tokens"):
        parameters("claude-opus-4-1", reasoning=100, betas=betas)
    with pytest.raises(InvalidRequestError, match="at most 128000 tokens"):
        parameters("claude-3-7-sonnet-latest", reasoning=150_000, betas=betas)


@pytest.mark.parametrize("setting", [{"temperature": 0}, {"top_k": 5}])
def test_sampling_beside_thinking_is_refused_by_name(setting: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"{next(iter(setting))}=.* beside reasoning"):
        parameters("claude-haiku-4-5", reasoning="low", **setting)
    assert parameters("claude-haiku-4-5", reasoning="off", **setting) == {}
    assert parameters("claude-haiku-4-5", reasoning="low", temperature=1) == budget(2048)


def test_anthropics_own_parameters_win_over_the_word() -> None:
    assert parameters("claude-haiku-4-5", reasoning="high", **budget(1500)) == budget(1500)
    sent = parameters("claude-opus-4-8", reasoning="high", effort="xhigh")
    assert sent == {"thinking": ADAPTIVE, "output_config": {"effort": "xhigh"}}
    # A budget of the user's own gets no effort beside it from the word.
    assert parameters("claude-opus-4-6", reasoning="low", **budget(1500)) == budget(1500)


def test_a_forced_tool_is_refused_beside_reasoning_as_beside_thinking() -> None:
    assert ChatAnthropic(model="claude-haiku-4-5")._forces_tools()
    assert not ChatAnthropic(model="claude-haiku-4-5", reasoning="low")._forces_tools()
