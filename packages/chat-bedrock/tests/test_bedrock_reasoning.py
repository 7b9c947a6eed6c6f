"""``reasoning=`` on Bedrock: the fields of each family."""

from typing import Any

import pytest
from chat_bedrock import ChatBedrock
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatBedrock(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def fields(**sent: Any) -> dict[str, Any]:
    return {"additionalModelRequestFields": sent}


def nova(effort: str) -> dict[str, Any]:
    return fields(reasoningConfig={"type": "enabled", "maxReasoningEffort": effort})


@pytest.mark.parametrize(
    ("model", "word", "sent"),
    [
        (CLAUDE, "off", {}),
        (CLAUDE, "medium", fields(thinking={"type": "enabled", "budget_tokens": 8192})),
        (CLAUDE, 1500, fields(thinking={"type": "enabled", "budget_tokens": 1500})),
        (
            "anthropic.claude-opus-5",
            "max",
            {
                **fields(thinking={"type": "adaptive", "display": "summarized"}),
                "outputConfig": {"effort": "max"},
            },
        ),
        ("anthropic.claude-opus-5", "off", fields(thinking={"type": "disabled"})),
        ("us.amazon.nova-2-lite-v1:0", "max", nova("high")),
        ("us.amazon.nova-2-lite-v1:0", "off", fields(reasoningConfig={"type": "disabled"})),
        ("openai.gpt-oss-120b-1:0", "low", fields(reasoning_effort="low")),
        ("us.openai.gpt-5.6-luna", "off", fields(reasoning={"effort": "none"})),
        ("global.openai.gpt-6-astra", "max", fields(reasoning={"effort": "max"})),
        ("moonshot.kimi-k2-thinking", "high", fields(reasoning_effort="high")),
        ("moonshotai.kimi-k2.5", "max", fields(reasoning_effort="max")),
        ("amazon.nova-lite-v1:0", "off", {}),
    ],
)
def test_each_word_is_a_field_of_the_family(model: str, word: Any, sent: dict[str, Any]) -> None:
    assert parameters(model, reasoning=word) == sent


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("openai.gpt-oss-120b-1:0", "off", "cannot stop reasoning"),
        ("anthropic.claude-opus-5-5", "off", "cannot stop reasoning"),
        ("global.openai.gpt-6-astra", "off", "cannot stop reasoning"),
        ("moonshotai.kimi-k2.5", "medium", "no such reasoning; it takes 'low', 'high', 'max'"),
        ("anthropic.claude-opus-4-8", 3000, "takes no number of tokens"),
        (CLAUDE, 600, "at least 1024"),
        ("amazon.nova-lite-v1:0", "low", "does not reason"),
        ("qwen.qwen3-32b-v1:0", "low", "additional_model_request_fields"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 10**9, "at most 64000 tokens"),
        ("anthropic.claude-opus-4-1-20250805-v1:0", 32_000, "at most 32000 tokens"),
        ("us.anthropic.claude-sonnet-4-6", 128_000, "at most 128000 tokens"),
    ],
)
def test_what_a_model_has_no_word_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_claudes_rules_hold_on_bedrock_too() -> None:
    with pytest.raises(InvalidRequestError, match=r"temperature=0\.5 beside reasoning"):
        parameters(CLAUDE, reasoning="low", temperature=0.5)
    with pytest.raises(InvalidRequestError, match="max_tokens=900 has no room"):
        parameters(CLAUDE, reasoning="low", max_tokens=900)


@pytest.mark.parametrize("word", ["high", "max"])
@pytest.mark.parametrize("name", ["max_tokens", "temperature", "top_p"])
def test_nova_at_high_effort_takes_no_limits(name: str, word: Any) -> None:
    model = "us.amazon.nova-2-lite-v1:0"
    with pytest.raises(InvalidRequestError, match=f"{name}=1(.0)? beside reasoning"):
        parameters(model, reasoning=word, **{name: 1})
    assert parameters(model, reasoning="medium", **{name: 1}) == nova("medium")


def test_the_models_own_fields_win_over_the_word() -> None:
    own = {"thinking": {"type": "enabled", "budget_tokens": 1111}, "top_k": 3}
    made = ChatBedrock(model=CLAUDE, reasoning="max", additional_model_request_fields=own)
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert body["additionalModelRequestFields"] == own
    assert made.reasoning_parameters() == fields(thinking=own["thinking"])


def test_interleaved_thinking_may_have_more_tokens_than_one_answer() -> None:
    own = {"anthropic_beta": ["interleaved-thinking-2025-05-14"]}
    for max_tokens in (None, 8_000):
        made = ChatBedrock(
            model=CLAUDE,
            reasoning=100_000,
            max_tokens=max_tokens,
            additional_model_request_fields=own,
        )
        thinking = {"type": "enabled", "budget_tokens": 100_000}
        assert made.reasoning_parameters() == fields(thinking=thinking)
        body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
        assert body["additionalModelRequestFields"] == {**own, "thinking": thinking}
