"""``reasoning`` as Mistral's ``reasoning_effort`` or ``prompt_mode``, by model; pure.

Adjustable models think (``high``) or not (``none``). Magistral models always think; ``prompt_mode``
puts the vendor's own system prompt for that first.
https://docs.mistral.ai/capabilities/reasoning/adjustable
"""

from __future__ import annotations

import re
from typing import Any

from chat_core.provider import Reasoning, choose_reasoning

from .names import PROVIDER

__all__ = ["reasoning_fields"]

_ON = ("low", "medium", "high", "max")
_NEVER = re.compile(
    r"codestral|devstral|ministral|mistral-large|mistral-tiny|mistral-saba|nemo|open-|pixtral"
    r"|voxtral|mistral-ocr|mistral-embed|mistral-(?:small|medium)-2[0-5]\d\d",
    re.IGNORECASE,
)
"""Models that do not reason, versions before March 2026 among them: ``reasoning_effort`` came with
Mistral Small 4 (2603) and Mistral Medium 3.5 (pydantic/pydantic-ai#5285)."""


def reasoning_fields(reasoning: Reasoning, model: str) -> dict[str, Any]:
    """The fields of a request for ``reasoning``: each word but ``off`` turns it on.

    Raises ``InvalidRequestError`` for what the model has no parameter for.
    """
    words: dict[str, dict[str, Any]]
    if "magistral" in model.lower():
        words = {word: {"prompt_mode": "reasoning"} for word in _ON}
    elif _NEVER.search(model):
        words = {"off": {}} if reasoning == "off" else {}
    else:
        words = {word: {"reasoning_effort": "high"} for word in _ON}
        words["off"] = {"reasoning_effort": "none"}
    return choose_reasoning(reasoning, words, model=model, provider=PROVIDER)
