"""``reasoning=`` at Mistral: on or off, or a model that always thinks."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_mistralai import ChatMistralAI


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatMistralAI(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


@pytest.mark.parametrize(
    ("model", "word", "sent"),
    [
        ("mistral-small-latest", "off", {"reasoning_effort": "none"}),
        ("mistral-medium-3-5", "low", {"reasoning_effort": "high"}),
        ("magistral-medium-latest", "medium", {"prompt_mode": "reasoning"}),
        ("codestral-latest", "off", {}),
        ("mistral-small-2603", "high", {"reasoning_effort": "high"}),
        ("mistral-medium-2505", "off", {}),
    ],
)
def test_every_word_but_off_turns_it_on(model: str, word: Any, sent: dict[str, Any]) -> None:
    assert parameters(model, reasoning=word) == sent


@pytest.mark.parametrize(
    ("model", "word", "what"),
    [
        ("magistral-medium-latest", "off", "cannot stop reasoning"),
        ("ministral-8b-latest", "high", "does not reason"),
        ("mistral-small-2506", "high", "does not reason"),
        ("mistral-medium-2508", "low", "does not reason"),
        ("mistral-small-latest", 512, "takes no number of tokens"),
    ],
)
def test_what_a_model_has_no_word_for_is_refused(model: str, word: Any, what: str) -> None:
    with pytest.raises(InvalidRequestError, match=what):
        parameters(model, reasoning=word)


def test_mistrals_own_effort_wins() -> None:
    own = parameters("mistral-small-latest", reasoning="high", reasoning_effort="low")
    assert own == {"reasoning_effort": "low"}
