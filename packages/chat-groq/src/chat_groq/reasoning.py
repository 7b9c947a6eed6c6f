"""``reasoning`` as Groq's ``reasoning_effort`` and ``reasoning_format``, by model; pure.

Sources: the docstring of ``reasoning_effort`` in Groq's SDK, https://console.groq.com/docs/reasoning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chat_core.provider import Reasoning, choose_reasoning, effort_words

from .dialect import GroqDialect
from .names import PROVIDER

__all__ = ["reasoning_fields"]

_QWEN = re.compile(r"qwen-?3(?:\.(\d+))?", re.IGNORECASE)
_EFFORTS_SINCE = 8
"""The version of qwen3 (3.8) since which there are efforts besides ``default``."""

_ON = ("low", "medium", "high", "max")


def reasoning_fields(reasoning: Reasoning, model: str) -> dict[str, Any]:
    """The fields of a request for ``reasoning``.

    What a model that is no gpt-oss reasons is asked for apart from the text (``parsed``): by
    default it stands in the text, between tags. Raises ``InvalidRequestError`` for what the model
    has no parameter for.
    """
    reasons = GroqDialect(model).replays_reasoning
    if reasoning == "off" and not reasons:
        return {}
    words = _words(model) if reasons else {}
    effort = choose_reasoning(reasoning, words, model=model, provider=PROVIDER)
    fields = {"reasoning_effort": effort} if effort else {}
    if reasoning != "off" and "gpt-oss" not in model.lower():
        fields["reasoning_format"] = "parsed"
    return fields


def _words(model: str) -> Mapping[str, str | None]:
    """The effort for each word; ``None`` for a model that reasons without taking one."""
    if "gpt-oss" in model.lower():
        return effort_words(("low", "medium", "high"))
    found = _QWEN.search(model)
    if found is None:
        return dict.fromkeys(_ON)
    if int(found[1] or 0) >= _EFFORTS_SINCE:
        return effort_words(("none", "low", "medium", "high"))
    return {"off": "none", **dict.fromkeys(_ON, "default")}
