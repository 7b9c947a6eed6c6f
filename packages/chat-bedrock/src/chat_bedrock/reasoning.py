"""``reasoning`` as parameters of the models on Bedrock, by family and version; pure.

They stand in ``additionalModelRequestFields``, Claude's effort in ``outputConfig``.
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html
"""

from __future__ import annotations

import re
from typing import Any

from chat_core import InvalidRequestError
from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .families import family_of
from .names import PROVIDER

__all__ = ["check_temperature", "reasoning_fields"]

_CLAUDE = re.compile(r"claude-(?:([a-z]+)-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)(?:-([a-z]+))?")
_LEAST_BUDGET = 1_024
_BUDGETS = {"low": 2_048, "medium": 8_192, "high": 16_384, "max": 27_904}
"""Tokens to think with for each word, on Claude until 4.5; all fit into the 32,000 of an answer."""

_EFFORTS = {word: word for word in ("low", "medium", "high", "max")}

_INSTEAD = "What the model takes can be given in additional_model_request_fields."


def reasoning_fields(
    reasoning: Reasoning, model: str, max_tokens: int | None
) -> tuple[dict[str, Any], str | None]:
    """The additional request fields, and the effort, for ``reasoning``.

    Raises ``InvalidRequestError`` for what the model has no parameter for.
    """
    family = family_of(model)
    if family == "anthropic":
        return _claude(reasoning, model, max_tokens)
    if family == "amazon" and "nova-2" in model:
        words = {word: _nova(word) for word in ("low", "medium", "high")}
        words |= {"max": _nova("high"), "off": {"reasoningConfig": {"type": "disabled"}}}
    elif family == "openai":
        efforts = effort_words(("low", "medium", "high"))
        words = {word: {"reasoning_effort": effort} for word, effort in efforts.items()}
    else:
        # Older Nova, Llama and the like do not reason; of the others nothing is known.
        never = family in ("amazon", "meta", "ai21", "cohere", "mistral", "writer")
        words = {"off": {}} if never and reasoning == "off" else {}
    found = choose_reasoning(reasoning, words, model=model, provider=PROVIDER, instead=_INSTEAD)
    return found, None


def _nova(effort: str) -> dict[str, Any]:
    return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort}}


def _claude(
    reasoning: Reasoning, model: str, max_tokens: int | None
) -> tuple[dict[str, Any], str | None]:
    found = _CLAUDE.search(model)
    version = (int(found[2]), int(found[3] or 0)) if found else (5, 5)
    name = (found[1] or found[4] or "") if found else ""
    if reasoning == "off":
        return _claude_off(model, name, version), None
    if version < (3, 7):
        choose_reasoning(reasoning, {}, model=model, provider=PROVIDER)
    if isinstance(reasoning, int) and version >= (4, 7):
        choose_reasoning(reasoning, _EFFORTS, model=model, provider=PROVIDER)
    if isinstance(reasoning, int) or version < (4, 6):
        budget = _budget(reasoning, model, max_tokens)
        return {"thinking": {"type": "enabled", "budget_tokens": budget}}, None
    shown = {"display": "summarized"} if version >= (4, 7) else {}
    return {"thinking": {"type": "adaptive", **shown}}, reasoning


def _claude_off(model: str, name: str, version: tuple[int, int]) -> dict[str, Any]:
    if version < (5, 0) and name not in ("fable", "mythos"):
        return {}  # these models think only if asked to
    if name in ("fable", "mythos") or (name == "opus" and version >= (5, 5)):
        choose_reasoning("off", _EFFORTS, model=model, provider=PROVIDER)
    if name == "sonnet" and version >= (5, 5):
        return {"thinking": {"type": "between_tools"}}
    return {"thinking": {"type": "disabled"}}


def _budget(reasoning: Reasoning, model: str, max_tokens: int | None) -> int:
    """The tokens to think with: those of the word, at most three quarters of ``max_tokens``."""
    if isinstance(reasoning, int):
        tokens = reasoning
    else:
        tokens = _BUDGETS[reasoning]
        if max_tokens is not None:
            tokens = min(tokens, max(max_tokens * 3 // 4, _LEAST_BUDGET))
    if tokens < _LEAST_BUDGET:
        raise InvalidRequestError(
            f"reasoning={tokens}: {model} reasons with at least {_LEAST_BUDGET} tokens, or not at"
            " all with reasoning='off'.",
            provider=PROVIDER,
        )
    if max_tokens is not None and tokens >= max_tokens:
        raise InvalidRequestError(
            f"max_tokens={max_tokens} has no room for reasoning={reasoning!r}: thinking counts"
            f" towards it, and takes at least {_LEAST_BUDGET} tokens. Raise max_tokens.",
            provider=PROVIDER,
        )
    return tokens


def check_temperature(fields: dict[str, Any], temperature: float | None) -> None:
    """Raise ``InvalidRequestError`` for a temperature beside Claude's thinking.

    "`temperature` may only be set to 1 when thinking is enabled".
    """
    thinks = fields.get("thinking", {}).get("type") in ("enabled", "adaptive")
    if thinks and temperature not in (None, 1):
        raise InvalidRequestError(
            f"temperature={temperature} beside reasoning: Claude does not take it while it thinks;"
            " leave temperature out, or use reasoning='off'.",
            provider=PROVIDER,
        )
