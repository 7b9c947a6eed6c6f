"""``reasoning=`` at Google: budgets until Gemini 2.5, levels since Gemini 3."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_google_genai import ChatGoogleGenerativeAI
from chat_google_genai.reasoning import thinking_fields


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatGoogleGenerativeAI(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


def thinking(model: str, **settings: Any) -> dict[str, Any]:
    """``thinkingConfig`` without ``includeThoughts``."""
    config = parameters(model, **settings)["generationConfig"]["thinkingConfig"]
    return {name: value for name, value in config.items() if name != "includeThoughts"}


@pytest.mark.parametrize(
    ("model", "word", "sent"),
    [
        ("gemini-2.5-flash", "off", {"thinkingBudget": 0}),
        ("gemini-2.5-flash", "medium", {"thinkingBudget": 8192}),
        ("gemini-2.5-flash", "max", {"thinkingBudget": 24576}),
        ("gemini-2.5-pro", "max", {"thinkingBudget": 32768}),
        ("gemini-2.5-pro", 2000, {"thinkingBudget": 2000}),
        ("gemini-3-pro-preview", "max", {"thinkingLevel": "HIGH"}),
        ("gemini-3.1-pro-preview", "medium", {"thinkingLevel": "MEDIUM"}),
        ("gemini-3-flash-preview", 2000, {"thinkingBudget": 2000}),
        ("gemini-9-flash", "low", {"thinkingLevel": "LOW"}),
    ],
)
def test_each_word_is_a_budget_or_a_level(model: str, word: Any, sent: dict[str, Any]) -> None:
    assert thinking(model, reasoning=word) == sent


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("gemini-2.5-pro", "off", "cannot stop reasoning"),
        ("gemini-2.5-pro", 64, "128 to 32768 tokens"),
        ("gemini-3-flash-preview", "off", "thinking_level='minimal'"),
        ("gemini-3-pro-preview", "medium", "it takes 'low', 'high', 'max'"),
        ("gemini-2.0-flash", "low", "does not reason"),
        ("gemini-3-pro-preview", 10**9, "at most 65536 tokens.*reasoning='max'"),
        ("gemini-flash-latest", 65_537, "at most 65536 tokens"),
    ],
)
def test_what_a_model_has_no_word_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


@pytest.mark.parametrize(
    ("project", "word", "budget"),
    [("pond", "off", 0), ("pond", 64, 64), ("pond", "max", 24_576), ("image-lab", "low", 1024)],
)
def test_the_path_before_a_name_makes_it_no_model_of_another_family(
    project: str, word: Any, budget: int
) -> None:
    path = f"projects/{project}/locations/global/publishers/google/models/gemini-2.5-flash"
    assert thinking_fields(word, path, "google-vertexai")["thinking_budget"] == budget


def test_thoughts_are_asked_for_unless_the_user_has_said_otherwise() -> None:
    config = parameters("gemini-2.5-flash", reasoning="low")["generationConfig"]["thinkingConfig"]
    assert config["includeThoughts"] is True
    settings = {"reasoning": "low", "include_thoughts": False}
    config = parameters("gemini-2.5-flash", **settings)["generationConfig"]["thinkingConfig"]
    assert config == {"thinkingBudget": 1024, "includeThoughts": False}


@pytest.mark.parametrize(
    "own",
    [
        {"thinking_level": "low"},
        {"thinking_config": {"thinking_level": "low"}},
        {"model_kwargs": {"generation_config": {"thinking_config": {"thinking_level": "LOW"}}}},
    ],
)
def test_googles_own_level_wins_and_no_budget_stands_beside_it(own: dict[str, Any]) -> None:
    made = ChatGoogleGenerativeAI(model="gemini-2.5-flash", reasoning="high", **own)
    found = made.reasoning_parameters()["generationConfig"]["thinkingConfig"]
    assert {name.lower(): value.lower() for name, value in found.items()} == {
        "thinkinglevel": "low"
    }
