"""Each parameter of Google's is a field of the model, and reaches the wire because it is one."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from chat_core import HumanMessage, InvalidParameterError
from chat_core.provider import CallOptions, WireModel
from chat_google_genai import ChatGoogleGenerativeAI
from chat_google_genai.request_fields import Sent
from chat_google_genai.settings import GeminiModel
from google.genai import types

COMMON = {"temperature": 0.5, "top_p": 0.5, "max_tokens": 5, "stop": ["x"]}
OBJECTS = {
    "audio_transcription_config": {},
    "image_config": {"aspect_ratio": "1:1"},
    "response_schema": {"type": "STRING"},
    "speech_config": "Kore",
    "thinking_config": {"include_thoughts": True},
    "tool_config": {"include_server_side_tool_invocations": True},
    "response_json_schema": {"type": "string"},
    "modalities": ["TEXT"],
    "response_modalities": ["TEXT"],
    "safety_settings": {"HARM_CATEGORY_HARASSMENT": "BLOCK_NONE"},
    "labels": {"team": "a"},
}
WORDS = ("service_tier", "cached_content", "continuation_token", "media_resolution")
TEXTS = dict.fromkeys((*WORDS, "thinking_level", "response_mime_type"), "low")

OTHERWISE = {
    "max_output_tokens": "max_tokens",
    "stop_sequences": "stop",
    "system_instruction": "a system message",
    "tools": "bind_tools",
    "http_options": "the settings of the connection",
    "should_return_http_response": "response_metadata",
    "automatic_function_calling": "the user runs tools",
    "automatic_continuation": "the user asks with continuation_token",
    "routing_config": "Vertex AI only",
    "model_selection_config": "Vertex AI only",
    "audio_timestamp": "Vertex AI only",
    "model_armor_config": "Vertex AI only",
    "generation_output_config": "Vertex AI only",
}
"""Parameters of the SDK that are no field here, and what stands for them."""

OWN = sorted(set(GeminiModel.model_fields) - set(WireModel.model_fields))


def body(**settings: Any) -> dict[str, Any]:
    model = ChatGoogleGenerativeAI(model="gemini-2.5-flash", **settings)
    return model._encode([HumanMessage("Q")], CallOptions(), stream=False)


def sample(name: str) -> Any:
    return {**COMMON, **OBJECTS, **TEXTS}.get(name, 1)


@pytest.mark.parametrize("name", [*COMMON, *OWN])
def test_each_field_reaches_the_wire(name: str) -> None:
    assert body(**{name: sample(name)}) != body()


def test_each_parameter_of_the_sdk_is_a_field_or_stands_elsewhere() -> None:
    documented = set(types.GenerateContentConfig.model_fields)
    assert documented - set(OTHERWISE) <= set(ChatGoogleGenerativeAI.model_fields)


def test_a_field_is_all_that_a_new_parameter_needs() -> None:
    class Newer(ChatGoogleGenerativeAI):
        new_switch: Annotated[bool | None, Sent(("generationConfig",))] = None
        new_number: Annotated[int | None, Sent(name="otherName")] = None

    sent = Newer(model="m", new_switch=True, new_number=3)._encode(
        [HumanMessage("Q")], CallOptions(), stream=False
    )
    assert sent["generationConfig"] == {"newSwitch": True}
    assert sent["otherName"] == 3


@pytest.mark.parametrize(
    ("model_kwargs", "generation"),
    [
        ({"generation_config": {"max_output_tokens": 9}}, {"maxOutputTokens": 9}),
        ({"generationConfig": {"maxOutputTokens": 9}}, {"maxOutputTokens": 9}),
        ({"generation_config": {"new_one": 9}}, {"maxOutputTokens": 5, "new_one": 9}),
    ],
)
def test_model_kwargs_in_snake_case_name_the_same_field(
    model_kwargs: dict[str, Any], generation: dict[str, Any]
) -> None:
    sent = body(max_tokens=5, model_kwargs=model_kwargs)
    assert sent["generationConfig"] == generation
    assert "generation_config" not in sent


def test_model_kwargs_that_name_no_other_field_are_sent_as_they_are() -> None:
    given = {"new_field": {"a_b": 1}, "labels": {"cost_center": "a"}}
    assert (
        body(model_kwargs=given, labels={"costCenter": "b"}).items()
        >= {
            "new_field": {"a_b": 1},
            "labels": {"costCenter": "b", "cost_center": "a"},
        }.items()
    )


@pytest.mark.parametrize("name", ["generation_config", "generationConfig"])
@pytest.mark.parametrize("count", ["candidate_count", "candidateCount"])
def test_several_candidates_are_refused_in_every_spelling(name: str, count: str) -> None:
    with pytest.raises(InvalidParameterError, match="candidate_count=2"):
        body(model_kwargs={name: {count: 2}})
