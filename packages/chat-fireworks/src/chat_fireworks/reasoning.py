"""``reasoning`` as Fireworks' ``reasoning_effort``, by the family in the model's name; pure.

https://docs.fireworks.ai/guides/reasoning
"""

from __future__ import annotations

import re

from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .names import PROVIDER

__all__ = ["choose_effort"]

_THREE = ("low", "medium", "high")
_ANY = ("none", *_THREE)

_FAMILIES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"gpt-oss|kimi-k2|minimax-m"), _THREE),  # these cannot stop reasoning
    (re.compile(r"glm-5"), ("none", "high", "max")),
    (re.compile(r"deepseek-v[4-9]"), (*_ANY, "xhigh")),
    (re.compile(r"llama|mixtral|mistral|gemma|qwen2"), ()),  # these do not reason
)
"""The efforts of models; any other model has those of ``_ANY``."""


def choose_effort(reasoning: Reasoning, model: str) -> str | int | None:
    """The effort for ``reasoning``, or a number of tokens; ``None`` where nothing has to be sent.

    Raises ``InvalidRequestError`` for what the model has no effort for.
    """
    name = model.lower()
    efforts = next((efforts for names, efforts in _FAMILIES if names.search(name)), _ANY)
    if isinstance(reasoning, int) and efforts:
        return reasoning
    if reasoning == "off" and not efforts:
        return None
    return choose_reasoning(reasoning, effort_words(efforts), model=model, provider=PROVIDER)
