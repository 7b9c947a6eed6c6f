"""``reasoning`` as parameters of the models on Bedrock, by family and version; pure.

They stand in ``additionalModelRequestFields``, Claude's effort in ``outputConfig``. Sources:

- Claude: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html
- Nova 2: https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
- OpenAI: gpt-oss takes ``reasoning_effort``, GPT ``reasoning.effort``, as tried in
  vercel/ai#19403, stdapi-ai/stdapi.ai#283, anomalyco/opencode#48195 (GPT-6 Astra: no ``none``)
- Kimi K2: ``reasoning_effort`` of three levels, langchain-ai/langchain-aws#1188 and #1262
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from chat_core import InvalidRequestError
from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .families import family_of
from .names import PROVIDER

__all__ = ["check_sampling", "reasoning_fields"]

_CLAUDE = re.compile(r"claude-(?:([a-z]+)-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)(?:-([a-z]+))?")
_LEAST_BUDGET = 1_024
_BUDGETS = {"low": 2_048, "medium": 8_192, "high": 16_384, "max": 27_904}
"""Tokens to think with for each word, on Claude until 4.5; all fit into the 32,000 of an answer."""

_MOST_OUTPUT: tuple[tuple[tuple[int, int], str, int], ...] = (
    ((4, 6), "", 128_000),
    ((4, 5), "", 64_000),
    ((4, 0), "opus", 32_000),
    ((4, 0), "", 64_000),
    ((3, 7), "", 128_000),
)
"""The most tokens of an answer of Claude, thinking among them, since a version, of a family or of
all: "Model parameters" of Claude in the user guide, and for 4.6 Effect-TS/effect#7129."""

_EFFORTS = {word: word for word in ("low", "medium", "high", "max")}

_INSTEAD = "What the model takes can be given in additional_model_request_fields."


def reasoning_fields(
    reasoning: Reasoning, model: str, max_tokens: int | None, betas: Sequence[str] = ()
) -> tuple[dict[str, Any], str | None]:
    """The additional request fields, and the effort, for ``reasoning``.

    With the beta word of interleaved thinking a budget of Claude is that of a whole turn with its
    tool calls, and may exceed ``max_tokens``.

    Raises ``InvalidRequestError`` for what the model has no parameter for.
    """
    family = family_of(model)
    if family == "anthropic":
        return _claude(reasoning, model, max_tokens, betas)
    if family == "amazon" and "nova-2" in model:
        words = {word: _nova(word) for word in ("low", "medium", "high")}
        words |= {"max": _nova("high"), "off": {"reasoningConfig": {"type": "disabled"}}}
    elif family == "openai":
        words = _openai(model)
    elif family in ("moonshot", "moonshotai") and "kimi-k2" in model:
        efforts = effort_words(("low", "high", "max"))
        words = {word: {"reasoning_effort": effort} for word, effort in efforts.items()}
    else:
        # Older Nova, Llama and the like do not reason; of the others nothing is known.
        never = family in ("amazon", "meta", "ai21", "cohere", "mistral", "writer")
        words = {"off": {}} if never and reasoning == "off" else {}
    found = choose_reasoning(reasoning, words, model=model, provider=PROVIDER, instead=_INSTEAD)
    return found, None


def _openai(model: str) -> dict[str, dict[str, Any]]:
    if "gpt-oss" in model:
        efforts = effort_words(("low", "medium", "high"))
        return {word: {"reasoning_effort": effort} for word, effort in efforts.items()}
    words = effort_words(("none", "low", "medium", "high", "xhigh", "max"))
    if "astra" in model:
        del words["off"]
    return {word: {"reasoning": {"effort": effort}} for word, effort in words.items()}


def _nova(effort: str) -> dict[str, Any]:
    return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort}}


def _claude(
    reasoning: Reasoning, model: str, max_tokens: int | None, betas: Sequence[str]
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
        most = next(n for since, of, n in _MOST_OUTPUT if version >= since and of in ("", name))
        if isinstance(reasoning, int) and version >= (4, 0) and _is_interleaved(betas):
            max_tokens, most = None, reasoning + 1
        budget = _budget(reasoning, model, max_tokens, most)
        return {"thinking": {"type": "enabled", "budget_tokens": budget}}, None
    shown = {"display": "summarized"} if version >= (4, 7) else {}
    return {"thinking": {"type": "adaptive", **shown}}, reasoning


def _is_interleaved(betas: Sequence[str]) -> bool:
    return any(str(word).startswith("interleaved-thinking-") for word in betas)


def _claude_off(model: str, name: str, version: tuple[int, int]) -> dict[str, Any]:
    if version < (5, 0) and name not in ("fable", "mythos"):
        return {}  # these models think only if asked to
    if name in ("fable", "mythos") or (name == "opus" and version >= (5, 5)):
        choose_reasoning("off", _EFFORTS, model=model, provider=PROVIDER)
    if name == "sonnet" and version >= (5, 5):
        return {"thinking": {"type": "between_tools"}}
    return {"thinking": {"type": "disabled"}}


def _budget(reasoning: Reasoning, model: str, max_tokens: int | None, most: int) -> int:
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
    if tokens >= most:
        raise InvalidRequestError(
            f"reasoning={tokens}: an answer of {model} has at most {most} tokens, thinking among"
            f" them. Give fewer than {most}, or a word such as reasoning='max'.",
            provider=PROVIDER,
        )
    if max_tokens is not None and tokens >= max_tokens:
        raise InvalidRequestError(
            f"max_tokens={max_tokens} has no room for reasoning={reasoning!r}: thinking counts"
            f" towards it, and takes at least {_LEAST_BUDGET} tokens. Raise max_tokens.",
            provider=PROVIDER,
        )
    return tokens


def check_sampling(fields: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raise ``InvalidRequestError`` for a setting that the model refuses while it reasons.

    Claude: "`temperature` may only be set to 1 when thinking is enabled". Nova 2 at high effort
    takes no ``maxTokens``, ``temperature`` or ``topP`` (UKGovernmentBEIS/inspect_ai#3848).
    """
    if (fields.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        refused = {"temperature": settings.get("temperature")}
        kind, instead = "Claude", "off"
        if refused["temperature"] == 1:
            return
    elif (fields.get("reasoningConfig") or {}).get("maxReasoningEffort") == "high":
        refused = {name: settings.get(name) for name in ("max_tokens", "temperature", "top_p")}
        kind, instead = "Nova", "medium"
    else:
        return
    for name, value in refused.items():
        if value is not None:
            raise InvalidRequestError(
                f"{name}={value} beside reasoning: {kind} does not take it while it reasons so;"
                f" leave {name} out, or use reasoning={instead!r}.",
                provider=PROVIDER,
            )
