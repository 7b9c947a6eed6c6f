"""``reasoning=`` at Groq: the words of each model, and what none is for."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_groq import ChatGroq


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatGroq(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


PARSED = {"reasoning_format": "parsed"}


@pytest.mark.parametrize(
    ("model", "word", "sent"),
    [
        ("openai/gpt-oss-20b", "medium", {"reasoning_effort": "medium"}),
        ("openai/gpt-oss-20b", "max", {"reasoning_effort": "high"}),
        ("qwen/qwen3-32b", "off", {"reasoning_effort": "none"}),
        ("qwen/qwen3-32b", "low", {"reasoning_effort": "default", **PARSED}),
        ("qwen/qwen3.8-27b", "low", {"reasoning_effort": "low", **PARSED}),
        ("deepseek-r1-distill-llama-70b", "high", PARSED),
        ("llama-3.3-70b-versatile", "off", {}),
    ],
)
def test_each_word_is_the_models_own_effort(model: str, word: Any, sent: dict[str, Any]) -> None:
    assert parameters(model, reasoning=word) == sent


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("openai/gpt-oss-20b", "off", "cannot stop reasoning; it takes 'low', 'medium'"),
        ("llama-3.3-70b-versatile", "low", "does not reason"),
        ("qwen/qwen3-32b", 900, "takes no number of tokens; it takes 'off'"),
    ],
)
def test_what_a_model_has_no_effort_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_groqs_own_parameters_win_over_the_word() -> None:
    own = parameters("qwen/qwen3-32b", reasoning="high", reasoning_effort="none")
    assert own == {"reasoning_effort": "none"}
    shown = parameters("qwen/qwen3-32b", reasoning="high", reasoning_format="hidden")
    assert shown == {"reasoning_effort": "default", "reasoning_format": "hidden"}
    # The two parameters about the format exclude each other.
    given = parameters("qwen/qwen3-32b", reasoning="high", include_reasoning=False)
    assert given == {"reasoning_effort": "default", "include_reasoning": False}
