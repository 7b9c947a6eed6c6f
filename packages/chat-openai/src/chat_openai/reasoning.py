"""``reasoning`` as an effort of OpenAI's models, by the family in their name; pure.

Sources: OpenAI's reasoning guide and API reference ("gpt-5.1 … none, low, medium, and high", "the
gpt-5-pro model only supports high", "xhigh is supported for all models after gpt-5.1-codex-max"),
its refusals ("Supported values are: …", anomalyco/opencode#4451, egoist/chatwise-releases#1257 for
chat models), the efforts of each model in anomalyco/models.dev#2351, ``max`` since gpt-5.6
(anomalyco/opencode#36141).
"""

from __future__ import annotations

import re

from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .names import is_reasoning_model

__all__ = ["choose_effort", "efforts_of", "gpt_version"]

_THREE = ("low", "medium", "high")
_COMMON = ("none", *_THREE)
"""What servers of other vendors take for ``reasoning_effort`` (vLLM, OpenRouter, Gemini)."""

_GPT = re.compile(r"gpt-(\d+)(?:\.(\d+))?", re.IGNORECASE)
_PRO = re.compile(r"-pro(-|$)", re.IGNORECASE)
_CHAT = re.compile(r"-chat(-|$)", re.IGNORECASE)
_CODEX = re.compile(r"codex", re.IGNORECASE)

_SINCE: tuple[tuple[tuple[int, int], tuple[str, ...]], ...] = (
    ((5, 6), (*_COMMON, "xhigh", "max")),
    ((5, 2), (*_COMMON, "xhigh")),
    ((5, 1), _COMMON),
    ((5, 0), ("minimal", *_THREE)),
)
"""The efforts of each generation of GPT; a newer one has those of the newest here."""


def gpt_version(model: str) -> tuple[int, int] | None:
    """The two numbers in the name of a GPT; ``None`` for other models."""
    found = _GPT.search(model)
    return None if found is None else (int(found[1]), int(found[2] or 0))


def efforts_of(model: str) -> tuple[str, ...]:
    """The efforts that one of OpenAI's models takes; none for a model that does not reason."""
    if not is_reasoning_model(model) or "-preview" in model or model.startswith("o1-mini"):
        return ()
    if "deep-research" in model:
        return ("medium",)
    version = gpt_version(model)
    if version is None:  # o1, o3, o4-mini, codex-mini
        return _THREE
    efforts = next(efforts for since, efforts in _SINCE if version >= since)
    if _CHAT.search(model):
        return ("medium",) if version >= (5, 1) else ()
    if _PRO.search(model):
        return ("high",) if version < (5, 2) else tuple(efforts[efforts.index("medium") :])
    if _CODEX.search(model):  # codex models always reason
        own = tuple(effort for effort in efforts if effort in (*_THREE, "xhigh", "max"))
        return (*own, "xhigh") if "codex-max" in model and "xhigh" not in own else own
    return efforts


def choose_effort(reasoning: Reasoning, model: str, *, provider: str, is_open: bool) -> str | None:
    """The effort for ``reasoning``; ``None`` where nothing has to be sent.

    ``is_open`` says that the name may stand for any model: a deployment, another vendor's.

    Raises ``InvalidRequestError`` for what the model has no effort for.
    """
    if is_open and not is_reasoning_model(model):
        words = effort_words(_COMMON)
    else:
        words = effort_words(efforts_of(model))
    if reasoning == "off" and not words:
        return None  # it never reasons
    has_less = reasoning == "off" and "minimal" in efforts_of(model)
    return choose_reasoning(
        reasoning,
        words,
        model=model,
        provider=provider,
        instead="The least that it takes is reasoning_effort='minimal'." if has_less else "",
    )
