"""``reasoning=`` at Fireworks: an effort or a number of tokens."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_fireworks import ChatFireworks


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatFireworks(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


@pytest.mark.parametrize(
    ("model", "word", "effort"),
    [
        ("qwen3-30b", "off", "none"),
        ("qwen3-30b", "max", "high"),
        ("qwen3-30b", 700, 700),
        ("glm-5p1", "max", "max"),
        ("deepseek-v4-pro", "max", "max"),
        ("deepseek-v3p2", "off", "none"),
        ("kimi-k2p6", "off", "none"),
        ("kimi-k2-thinking", "max", "high"),
        ("kimi-k3", "max", "max"),
        ("kimi-k3", 2048, 2048),
        ("qwen3p8-2p4t-a95b", "max", "xhigh"),
        ("gemma-4-31b-it", "high", "high"),
        ("gpt-oss-120b", "low", "low"),
    ],
)
def test_each_word_is_the_models_own_effort(model: str, word: Any, effort: Any) -> None:
    assert parameters(model, reasoning=word) == {"reasoning_effort": effort}


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("gpt-oss-120b", "off", "cannot stop reasoning"),
        ("gpt-oss-120b", 700, "takes no number of tokens"),
        ("minimax-m2p5", 700, "takes no number of tokens"),
        ("minimax-m2p5", "off", "cannot stop reasoning"),
        ("glm-4p7", 700, "takes no number of tokens"),
        ("kimi-k2-instruct-0905", "high", "does not reason"),
        ("qwen3p7-plus", "low", "does not reason"),
        ("glm-5p1", "low", "no such reasoning; it takes 'off', 'high', 'max'"),
        ("llama-v3p3-70b-instruct", 700, "does not reason"),
    ],
)
def test_what_a_model_has_no_effort_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_thinking_stands_instead_of_the_word() -> None:
    thinking = {"type": "enabled", "budget_tokens": 2222}
    assert parameters("qwen3-30b", reasoning="low", thinking=thinking) == {"thinking": thinking}
    assert parameters("llama-v3p3-70b-instruct", reasoning="off") == {}
