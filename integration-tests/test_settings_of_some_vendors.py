"""Settings that only some vendors have: what their refusal says is so."""

from __future__ import annotations

import pytest
from chat_core import InvalidParameterError, get_chat_model
from chat_core.catalogue import PROVIDERS_WITH


@pytest.mark.parametrize("setting", PROVIDERS_WITH)
def test_the_providers_that_a_refusal_names_have_the_setting(setting: str) -> None:
    for provider in PROVIDERS_WITH[setting]:
        assert setting in type(get_chat_model(f"{provider}:any")).model_fields
    for lacking in ("anthropic", "bedrock"):
        with pytest.raises(InvalidParameterError, match=f"{setting}.*models of 'openai', 'google"):
            get_chat_model(f"{lacking}:any", **{setting: ["text"]})
