"""``reasoning`` as Ollama's ``think``; pure.

gpt-oss takes levels and always thinks; other models are told to think or not to.
https://docs.ollama.com/capabilities/thinking
"""

from __future__ import annotations

from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .names import PROVIDER

__all__ = ["choose_think"]

_ON = ("low", "medium", "high", "max")


def choose_think(reasoning: Reasoning, model: str) -> bool | str:
    """``think`` for ``reasoning``. Raises ``InvalidRequestError`` for what it cannot say."""
    words: dict[str, bool | str]
    if "gpt-oss" in model.lower():
        words = {**effort_words(("low", "medium", "high"))}
    else:
        words = {**dict.fromkeys(_ON, True), "off": False}
    return choose_reasoning(reasoning, words, model=model, provider=PROVIDER)
