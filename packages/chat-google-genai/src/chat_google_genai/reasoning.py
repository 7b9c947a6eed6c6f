"""``reasoning`` as Gemini's ``thinkingConfig``, by the version in the model's name; pure.

Gemini 2.5 takes a budget of tokens, Gemini 3 a level, and a budget for compatibility. The budgets
of the words are those that Google gives to the efforts of its OpenAI-compatible endpoint.
https://ai.google.dev/gemini-api/docs/thinking
"""

from __future__ import annotations

import re
from typing import Any

from chat_core import InvalidRequestError
from chat_core.provider import Reasoning, choose_reasoning, effort_words

__all__ = ["thinking_fields"]

_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?", re.IGNORECASE)
_BUDGETS = {"low": 1_024, "medium": 8_192, "high": 24_576}

_RANGES = (("pro", 128, 32_768), ("flash-lite", 512, 24_576), ("flash", 1, 24_576))
"""The least and the most tokens of each Gemini 2.5; all but Pro can also be turned off. Source:
the table of budgets at https://ai.google.dev/gemini-api/docs/thinking (Flash's begins at 0)."""

_MOST_OUTPUT = 65_536
"""The most tokens of an answer of Gemini 3, thoughts among them: the pages of its models at
https://ai.google.dev/gemini-api/docs/models"""

_NEVER = re.compile(r"gemini-(1|2\.0)|image|tts|embedding|gemma|audio", re.IGNORECASE)


def thinking_fields(reasoning: Reasoning, model: str, provider: str) -> dict[str, Any]:
    """The settings ``thinking_budget``, ``thinking_level`` and ``include_thoughts``.

    A name without a version, such as a tuned model's, is taken for one of the newest generation.
    Raises ``InvalidRequestError`` for what the model has no parameter for.
    """
    name = _last(model)
    if _NEVER.search(name):
        words: dict[str, dict[str, Any]] = {"off": {}} if reasoning == "off" else {}
        return choose_reasoning(reasoning, words, model=model, provider=provider)
    found = _VERSION.search(name)
    version = (int(found[1]), int(found[2] or 0)) if found else None
    if version is not None and version < (3, 0):
        fields: dict[str, Any] = {"thinking_budget": _budget(reasoning, model, provider)}
    elif isinstance(reasoning, int):
        fields = {"thinking_budget": _bounded(reasoning, model, provider)}
    else:
        has_medium = version != (3, 0) or "pro" not in name
        levels = ("low", "medium", "high") if has_medium else ("low", "high")
        word = choose_reasoning(
            reasoning,
            effort_words(levels),
            model=model,
            provider=provider,
            instead="Flash models have thinking_level='minimal'." if reasoning == "off" else "",
        )
        fields = {"thinking_level": word.upper()}
    return fields if reasoning == "off" else {**fields, "include_thoughts": True}


def _last(model: str) -> str:
    """The name at the end of a path; ``projects/…`` before it has words of families, as ``pro``."""
    return model.rpartition("/")[2]


def _bounded(tokens: int, model: str, provider: str) -> int:
    """``tokens`` of a model since Gemini 3. Raises ``InvalidRequestError`` for too many."""
    if tokens > _MOST_OUTPUT:
        raise InvalidRequestError(
            f"reasoning={tokens}: an answer of {model} has at most {_MOST_OUTPUT} tokens, and"
            " thoughts count towards them. Give fewer, or a word such as reasoning='max'.",
            provider=provider,
        )
    return tokens


def _budget(reasoning: Reasoning, model: str, provider: str) -> int:
    kind, least, most = next(
        (row for row in _RANGES if row[0] in _last(model).lower()), ("flash", 1, 24_576)
    )
    if isinstance(reasoning, int):
        if not least <= reasoning <= most:
            raise InvalidRequestError(
                f"reasoning={reasoning}: {model} reasons with {least} to {most} tokens.",
                provider=provider,
            )
        return reasoning
    words = {**_BUDGETS, "max": most}
    if kind != "pro":
        words["off"] = 0
    return choose_reasoning(reasoning, words, model=model, provider=provider)
