"""Names that more than one file of this package needs."""

from __future__ import annotations

import re

__all__ = [
    "AZURE",
    "COMPATIBLE",
    "HELD_BY_VENDOR",
    "OPENAI",
    "encrypts_reasoning",
    "is_reasoning_model",
]

OPENAI = "openai"
COMPATIBLE = "openai-compatible"
AZURE = "azure-openai"
"""The provider ids; answers have them as ``response_metadata["model_provider"]``."""

HELD_BY_VENDOR = ("previous_response_id", "conversation", "prompt")
"""Parameters of Responses with which the vendor has earlier turns itself."""

_REASONING = re.compile(r"(ft:)?(o\d|gpt-([5-9]|\d\d)|codex-)", re.IGNORECASE)

_CHAT = re.compile(r"-chat(-|$)", re.IGNORECASE)


def is_reasoning_model(model: str) -> bool:
    """Whether a bare model name is of OpenAI's reasoning families (o1, o3, o4, gpt-5 …).

    They want ``max_completion_tokens``, know the ``developer`` role and can encrypt their
    reasoning.
    """
    return _REASONING.match(model) is not None


def encrypts_reasoning(model: str) -> bool:
    """Whether a reasoning model hands out its reasoning encrypted; ``-chat-latest`` models do not.

    Source: pydantic/pydantic-ai#3326.
    """
    return is_reasoning_model(model) and _CHAT.search(model) is None
