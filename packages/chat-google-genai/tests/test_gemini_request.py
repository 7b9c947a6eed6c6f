"""The request body: settings, tools, the choice among them, and the form of the answer."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import HumanMessage, InvalidParameterError
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec
from chat_google_genai import ChatGoogleGenerativeAI
from gemini_wire import request

WEATHER = ToolSpec("weather", "Look outside.", {"type": "object", "properties": {}})
TIME = ToolSpec("time", strict=True)


def body(**settings: Any) -> dict[str, Any]:
    """What a model with these settings sends."""
    model = ChatGoogleGenerativeAI(model="gemini-2.5-flash", **settings)
    return model._encode([HumanMessage("Q")], CallOptions(), stream=False)


def generation(**settings: Any) -> Any:
    return body(**settings).get("generationConfig")


def test_nothing_is_sent_that_was_not_set() -> None:
    assert body() == {
        "model": "models/gemini-2.5-flash",
        "contents": [{"role": "user", "parts": [{"text": "Q"}]}],
    }


@pytest.mark.parametrize(
    ("settings", "wire"),
    [
        ({"temperature": 0}, {"temperature": 0}),
        ({"top_p": 0.5}, {"topP": 0.5}),
        ({"top_k": 40}, {"topK": 40}),
        ({"max_tokens": 5}, {"maxOutputTokens": 5}),
        ({"stop": "x"}, {"stopSequences": ["x"]}),
        ({"seed": 0}, {"seed": 0}),
        ({"presence_penalty": 0.0}, {"presencePenalty": 0.0}),
        ({"frequency_penalty": 1}, {"frequencyPenalty": 1}),
        ({"response_logprobs": True, "logprobs": 5}, {"responseLogprobs": True, "logprobs": 5}),
        ({"logprobs": 5}, {"responseLogprobs": True, "logprobs": 5}),
        ({"logprobs": True}, {"responseLogprobs": True}),
        ({"logprobs": False}, {"responseLogprobs": False}),
        ({"response_logprobs": False, "logprobs": 5}, {"responseLogprobs": False, "logprobs": 5}),
        ({"response_modalities": ["text", "IMAGE"]}, {"responseModalities": ["TEXT", "IMAGE"]}),
        ({"modalities": ["text", "image"]}, {"responseModalities": ["TEXT", "IMAGE"]}),
        (
            {"modalities": ["text"], "response_modalities": ["AUDIO"]},
            {"responseModalities": ["AUDIO"]},
        ),
        ({"media_resolution": "low"}, {"mediaResolution": "MEDIA_RESOLUTION_LOW"}),
        (
            {"media_resolution": "MEDIA_RESOLUTION_HIGH"},
            {"mediaResolution": "MEDIA_RESOLUTION_HIGH"},
        ),
        ({"thinking_budget": 0}, {"thinkingConfig": {"thinkingBudget": 0}}),
        (
            {"thinking_level": "low", "include_thoughts": True},
            {"thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True}},
        ),
        (
            {"thinking_config": {"thinking_budget": 9, "includeThoughts": False}},
            {"thinkingConfig": {"thinkingBudget": 9, "includeThoughts": False}},
        ),
        (
            {"speech_config": "Kore"},
            {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}},
        ),
        ({"speech_config": {"language_code": "de"}}, {"speechConfig": {"languageCode": "de"}}),
        ({"image_config": {"aspect_ratio": "1:1"}}, {"imageConfig": {"aspectRatio": "1:1"}}),
        (
            {"image_config": {"output_mime_type": "image/jpeg"}},
            {"imageConfig": {"imageOutputOptions": {"mimeType": "image/jpeg"}}},
        ),
        ({"candidate_count": 1}, {"candidateCount": 1}),
        ({"enable_enhanced_civic_answers": True}, {"enableEnhancedCivicAnswers": True}),
        (
            {"response_json_schema": {"type": "string"}},
            {"responseJsonSchema": {"type": "string"}, "responseMimeType": "application/json"},
        ),
        (
            {"response_schema": {"type": "string"}, "response_mime_type": "text/x.enum"},
            {"responseSchema": {"type": "STRING"}, "responseMimeType": "text/x.enum"},
        ),
        ({"model_kwargs": {"generationConfig": {"new": 1}}, "top_k": 2}, {"new": 1, "topK": 2}),
    ],
)
def test_settings_have_their_place_in_the_generation_config(
    settings: dict[str, Any], wire: dict[str, Any]
) -> None:
    assert generation(**settings) == wire


@pytest.mark.parametrize(
    ("settings", "wire"),
    [
        ({"cached_content": "cachedContents/1"}, {"cachedContent": "cachedContents/1"}),
        ({"service_tier": "flex"}, {"serviceTier": "flex"}),
        ({"labels": {"team": "a"}}, {"labels": {"team": "a"}}),
        ({"model_kwargs": {"newField": [1]}}, {"newField": [1]}),
        (
            {"safety_settings": {"HARM_CATEGORY_HARASSMENT": "BLOCK_NONE"}},
            {
                "safetySettings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
                ]
            },
        ),
        (
            {"tool_config": {"include_server_side_tool_invocations": True}},
            {"toolConfig": {"includeServerSideToolInvocations": True}},
        ),
        (
            {"stream_function_call_arguments": True},
            {"toolConfig": {"functionCallingConfig": {"streamFunctionCallArguments": True}}},
        ),
    ],
)
def test_other_settings_have_their_place_in_the_body(
    settings: dict[str, Any], wire: dict[str, Any]
) -> None:
    got = body(**settings)
    assert {name: got[name] for name in wire} == wire


def test_objects_of_the_sdk_are_taken_as_they_are() -> None:
    from google.genai import types

    config = types.ThinkingConfig(thinking_budget=3)
    assert generation(thinking_config=config) == {"thinkingConfig": {"thinkingBudget": 3}}


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"thinking_config": {"budget": 3}}, r"thinking_config.*budget.*thinking_budget"),
        ({"safety_settings": [{"categories": "x"}]}, r"safety_settings.*category"),
        ({"image_config": 3}, "image_config"),
        ({"thinking_budget": 3, "thinking_level": "low"}, "exclude each other"),
        ({"model_kwargs": {"generationConfig": {"candidateCount": 2}}}, "batch"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_before_any_request(
    settings: dict[str, Any], shown: str
) -> None:
    with pytest.raises(InvalidParameterError, match=shown):
        body(**settings)


def test_more_than_one_candidate_points_at_candidates() -> None:
    with pytest.raises(InvalidParameterError, match="candidates"):
        ChatGoogleGenerativeAI(model="gemini-2.5-flash", candidate_count=2)


@pytest.mark.parametrize(
    ("model", "resource"),
    [
        ("gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("models/gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("tunedModels/mine", "tunedModels/mine"),
    ],
)
def test_a_model_is_a_resource(model: str, resource: str) -> None:
    sent = ChatGoogleGenerativeAI(model=model)._encode(
        [HumanMessage("Q")], CallOptions(), stream=True
    )
    assert sent["model"] == resource


# --- tools


def test_functions_are_declared_together_and_server_tools_beside_them() -> None:
    got = request(tools=(WEATHER, {"googleSearch": {}}, TIME))["tools"]
    assert got == [
        {
            "functionDeclarations": [
                {
                    "name": "weather",
                    "description": "Look outside.",
                    "parametersJsonSchema": {"type": "object", "properties": {}},
                },
                {"name": "time", "parametersJsonSchema": {"type": "object", "properties": {}}},
            ]
        },
        {"googleSearch": {}},
    ]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (None, None),
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("any", {"mode": "ANY"}),
        ("weather", {"mode": "ANY", "allowedFunctionNames": ["weather"]}),
    ],
)
def test_the_tool_choice_is_a_mode(choice: str | None, wire: Any) -> None:
    got = request(tools=(WEATHER,), tool_choice=choice)
    assert (got.get("toolConfig") or {}).get("functionCallingConfig") == wire


def test_strict_tools_are_validated() -> None:
    got = request(tools=(WEATHER, TIME))["toolConfig"]
    assert got == {"functionCallingConfig": {"mode": "VALIDATED"}}


def test_the_choice_is_merged_into_the_tool_config() -> None:
    config = {"functionCallingConfig": {"streamFunctionCallArguments": True}}
    got = request(tools=(WEATHER,), tool_choice="any", settings={"body": {"toolConfig": config}})
    assert got["toolConfig"] == {
        "functionCallingConfig": {"streamFunctionCallArguments": True, "mode": "ANY"}
    }


def test_a_choice_of_no_tool_names_the_tools() -> None:
    with pytest.raises(InvalidParameterError, match=r"'wether'.*weather"):
        request(tools=(WEATHER,), tool_choice="wether")


def test_forbidding_parallel_calls_is_not_offered() -> None:
    with pytest.raises(InvalidParameterError, match="parallel_tool_calls"):
        request(tools=(WEATHER,), parallel_tool_calls=False)
    assert "toolConfig" not in request(tools=(WEATHER,), parallel_tool_calls=True)


def test_tools_in_googles_shape_are_checked_and_put_in_the_wires_words() -> None:
    model = ChatGoogleGenerativeAI(model="gemini-2.5-flash").bind_tools(
        [{"google_search": {}}], tool_choice={"function_calling_config": {"mode": "any"}}
    )
    options = CallOptions(**model._options)
    sent = model._encode([HumanMessage("Q")], options, stream=False)
    assert sent["tools"] == [{"googleSearch": {}}]
    assert sent["toolConfig"] == {"functionCallingConfig": {"mode": "ANY"}}
    wrong = model.bind_tools([{"googel_search": {}}])
    with pytest.raises(InvalidParameterError, match=r"googel_search.*google_search"):
        wrong._encode([HumanMessage("Q")], CallOptions(**wrong._options), stream=False)


# --- the form of the answer


def test_a_schema_of_the_answer_is_asked_for_natively() -> None:
    schema = {"type": "object", "properties": {"a": {"const": "x"}}}
    got = request(response_schema=ResponseSchema("R", schema, "A thing."))["generationConfig"]
    assert got == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {
            "type": "object",
            "properties": {"a": {"enum": ["x"], "type": "string"}},
            "description": "A thing.",
        },
    }


def test_json_mode_asks_for_any_json() -> None:
    assert request(json_mode=True)["generationConfig"] == {"responseMimeType": "application/json"}


def test_a_schema_that_google_cannot_express_is_named_before_any_request() -> None:
    tool = ToolSpec("f", parameters={"properties": {"a": {"not": {"type": "string"}}}})
    with pytest.raises(InvalidParameterError, match=r"tool 'f', a: Google cannot express 'not'"):
        request(tools=(tool,))
    with pytest.raises(InvalidParameterError, match="the response schema"):
        request(response_schema=ResponseSchema("R", {"if": {}}))


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="Two tools are called 'f'"):
        request(tools=(ToolSpec("f", "", {}), ToolSpec("f", "", {})))
