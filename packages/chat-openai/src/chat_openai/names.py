"""Names that more than one file of this package needs."""

from __future__ import annotations

import re

__all__ = ["COMPATIBLE", "OPENAI", "is_reasoning_model"]

OPENAI = "openai"
COMPATIBLE = "openai-compatible"
"""The provider ids, and what ``response_metadata["model_provider"]`` of their answers says."""

_REASONING = re.compile(r"(ft:)?(o\d|gpt-([5-9]|\d\d)|codex-)", re.IGNORECASE)


def is_reasoning_model(model: str) -> bool:
    """Whether a bare model name is of OpenAI's reasoning families (o1, o3, o4, gpt-5 …).

    They want ``max_completion_tokens``, know the ``developer`` role and can encrypt their
    reasoning.
    """
    return _REASONING.match(model) is not None
