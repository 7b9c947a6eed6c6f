"""``reasoning=`` at Ollama: ``think``, a switch or a level."""

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidRequestError
from chat_core.provider import CallOptions
from chat_ollama import ChatOllama


def parameters(model: str, **settings: Any) -> dict[str, Any]:
    """What ``reasoning`` is sent as; seen in the body of a request too."""
    made = ChatOllama(model=model, **settings)
    found = made.reasoning_parameters()
    body = made._encode([HumanMessage("Hi")], CallOptions(), stream=False)
    assert found.items() <= body.items()
    return found


@pytest.mark.parametrize(
    ("model", "word", "think"),
    [
        ("qwen3:8b", "off", False),
        ("qwen3:8b", "low", True),
        ("gpt-oss:20b", "medium", "medium"),
        ("gpt-oss:20b", "max", "high"),
    ],
)
def test_each_word_is_a_switch_or_a_level(model: str, word: Any, think: Any) -> None:
    assert parameters(model, reasoning=word) == {"think": think}


@pytest.mark.parametrize(("model", "word"), [("gpt-oss:20b", "off"), ("qwen3:8b", 64)])
def test_what_think_cannot_say_is_refused(model: str, word: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"reasoning={word!r}: {model} .* it takes"):
        parameters(model, reasoning=word)


def test_think_itself_wins() -> None:
    assert parameters("qwen3:8b", reasoning="high", think=False) == {"think": False}
