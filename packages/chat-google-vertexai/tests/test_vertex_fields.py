"""Each parameter that only Vertex AI has is a field, and reaches the wire because it is one."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import HumanMessage
from chat_core.provider import CallOptions
from chat_google_genai.settings import GeminiModel
from chat_google_vertexai import ChatVertexAI

PLACE = {"project", "location", "credentials", "api_version"}
OWN = sorted(set(ChatVertexAI.model_fields) - set(GeminiModel.model_fields) - PLACE)
SAMPLES = {
    "audio_timestamp": True,
    "routing_config": {"manual_mode": {"model_name": "m"}},
    "model_selection_config": {"feature_selection_preference": "BALANCED"},
    "model_armor_config": {"prompt_template_name": "t"},
}


def body(**settings: Any) -> dict[str, Any]:
    model = ChatVertexAI(model="gemini-2.5-flash", **settings)
    return model._encode([HumanMessage("Q")], CallOptions(), stream=False)


@pytest.mark.parametrize("name", OWN)
def test_each_field_reaches_the_wire(name: str) -> None:
    assert body(**{name: SAMPLES[name]}) != body()
