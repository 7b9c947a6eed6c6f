"""``reasoning`` as Fireworks' ``reasoning_effort``, by the family in the model's name; pure.

Sources: the docstring of ``reasoning_effort`` in Fireworks' SDK (fireworks-ai 1.2.30), its guide
https://docs.fireworks.ai/guides/reasoning, and where a row says so a report of live requests.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .names import PROVIDER

__all__ = ["choose_effort"]

_THREE = ("low", "medium", "high")
_ANY = ("none", *_THREE)


class _Family(NamedTuple):
    """Models, by a part of their names, and the efforts that they take."""

    names: re.Pattern[str]
    efforts: tuple[str, ...]
    takes_number: bool = False
    """Whether a number of tokens bounds the reasoning."""


_FAMILIES = (
    # The SDK: "accepts only" these three; ``none`` and integers are errors.
    _Family(re.compile(r"gpt-oss|minimax-m2"), _THREE),
    # "Reasoning only": https://docs.together.ai/docs/reasoning-overview
    _Family(re.compile(r"kimi-k2-thinking"), _THREE),
    # anomalyco/models.dev#2132: on or off, however much is asked for.
    _Family(re.compile(r"kimi-k2p[5-9]"), _ANY),
    # The data of models.dev: it does not reason.
    _Family(re.compile(r"kimi-k2"), ()),
    # anomalyco/models.dev#3777
    _Family(re.compile(r"kimi-k3"), (*_ANY, "max"), takes_number=True),
    # The guide, as deepagents-code cites it (FIREWORKS_GLM_EFFORTS).
    _Family(re.compile(r"glm-5"), ("none", "high", "max")),
    # The SDK: on or off; efforts and integers have no further effect.
    _Family(re.compile(r"glm-4|deepseek-v3"), _ANY),
    # anomalyco/models.dev#2132: ``high`` and ``max`` differ; ``xhigh`` is another name of ``max``.
    _Family(re.compile(r"deepseek-v[4-9]"), (*_ANY, "max")),
    # lambda-symbolics/autolith#25: "non-reasoning model does not support reasoning_effort"
    _Family(re.compile(r"qwen3p7-plus"), ()),
    # anomalyco/models.dev#6290
    _Family(re.compile(r"qwen3p8"), ("low", "medium", "xhigh")),
    # Their makers' model cards: they do not reason.
    _Family(re.compile(r"llama|mixtral|mistral|gemma-?[23]|qwen2"), ()),
)
"""The first that fits a name counts."""

_OTHER = _Family(re.compile(""), _ANY, takes_number=True)
"""What Qwen3 takes by the SDK, and any model that is not known here."""


def choose_effort(reasoning: Reasoning, model: str) -> str | int | None:
    """The effort for ``reasoning``, or a number of tokens; ``None`` where nothing has to be sent.

    Raises ``InvalidRequestError`` for what the model has no effort for.
    """
    name = model.lower()
    family = next((each for each in _FAMILIES if each.names.search(name)), _OTHER)
    if isinstance(reasoning, int) and family.takes_number:
        return reasoning
    if reasoning == "off" and not family.efforts:
        return None
    words = effort_words(family.efforts)
    return choose_reasoning(reasoning, words, model=model, provider=PROVIDER)
