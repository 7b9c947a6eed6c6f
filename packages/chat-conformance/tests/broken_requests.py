"""For each rule a request that breaks it, written as changes of a request that breaks none.

A change is ``{path: value}``, the path being keys and positions joined by dots; ``ABSENT`` removes
the key.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import broken_converse_requests as converse
import broken_ollama_requests as ollama

__all__ = ["ABSENT", "BROKEN", "WHOLE", "changed"]

ABSENT: Any = object()

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_CLOSED = {**_SCHEMA, "additionalProperties": False}
_PNG = "data:image/png;base64,iVBORw0KGgo="

_COMPLETIONS = {
    "model": "m",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [
        {"role": "system", "content": "Be kind."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "How is Ulm?"},
                {"type": "image_url", "image_url": {"url": _PNG}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "abcdefgh1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Ulm"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "abcdefgh1", "content": "Sunny."},
        {"role": "assistant", "content": "It is sunny."},
        {"role": "user", "content": "Thanks!"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "weather", "strict": True, "parameters": _CLOSED},
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": _CLOSED},
    },
    "max_completion_tokens": 9,
}

_RESPONSES = {
    "model": "m",
    "stream": True,
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "How is Ulm?"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "weather",
            "arguments": "{}",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "Sunny."},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "It is sunny."}],
        },
        {"role": "user", "content": "Thanks!"},
    ],
    "tools": [{"type": "function", "name": "weather", "strict": True, "parameters": _CLOSED}],
    "tool_choice": "required",
    "text": {
        "format": {"type": "json_schema", "name": "answer", "strict": True, "schema": _CLOSED}
    },
    "include": ["reasoning.encrypted_content"],
    "max_output_tokens": 16,
}

_MESSAGES = {
    "model": "claude-haiku-4-5",
    "max_tokens": 4096,
    "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "How is Ulm?"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "SIGNED"},
                {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Ulm"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "is_error": True,
                    "content": "It broke.",
                }
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "It is sunny."}]},
    ],
    "tools": [{"name": "weather", "input_schema": _SCHEMA}],
    "tool_choice": {"type": "tool", "name": "weather"},
    "stop_sequences": ["END"],
}

_GEMINI = {
    "systemInstruction": {"parts": [{"text": "Be kind."}]},
    "contents": [
        {
            "role": "user",
            "parts": [
                {"text": "How is Ulm?"},
                {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
            ],
        },
        {
            "role": "model",
            "parts": [
                {"text": "Hm.", "thought": True},
                {"functionCall": {"id": "1", "name": "weather", "args": {"city": "Ulm"}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "1", "name": "weather", "response": {"result": "?"}}}
            ],
        },
        {"role": "model", "parts": [{"text": "It is sunny."}]},
        {"role": "user", "parts": [{"text": "Thanks!"}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "weather", "parameters": _SCHEMA}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
}

WHOLE: dict[str, dict[str, Any]] = {
    "completions": _COMPLETIONS,
    "responses": _RESPONSES,
    "messages": _MESSAGES,
    "gemini": _GEMINI,
    "converse": converse.WHOLE,
    "ollama": ollama.WHOLE,
}
"""For each module of rules a request that breaks none of them."""

_CALL = "messages.2.tool_calls.0"

BROKEN: dict[str, dict[str, dict[str, Any]]] = {
    "completions": {
        "numbers_are_finite": {"temperature": float("nan")},
        "text_is_unicode": {"messages.0.content": "half \ud83d"},
        "images_have_their_registered_type": {
            "messages.1.content.1.image_url.url": "data:image/jpg;base64,/9j/"
        },
        "there_is_a_message": {"messages": []},
        "roles_are_known": {"messages.0.role": "robot"},
        "calls_are_answered_at_once": {"messages.3.role": "user"},
        "results_have_a_call": {"messages.3.tool_call_id": "abcdefgh2"},
        "call_ids_are_unique_in_a_turn": {
            "messages.2.tool_calls": [_COMPLETIONS["messages"][2]["tool_calls"][0]] * 2  # type: ignore[index]
        },
        "call_ids_are_short": {f"{_CALL}.id": "x" * 41, "messages.3.tool_call_id": "x" * 41},
        "tool_calls_are_not_empty": {"messages.4.tool_calls": []},
        "arguments_are_json_text": {f"{_CALL}.function.arguments": '{"city": '},
        "a_turn_has_content": {"messages.4.content": None},
        "content_parts_fit_their_role": {
            "messages.4.content": [{"type": "thinking", "thinking": "Hm."}]
        },
        "assistant_turns_have_no_output_fields": {"messages.4.annotations": []},
        "function_names_are_plain": {"response_format.json_schema.name": "Page[City]"},
        "tools_are_not_empty": {
            "tools": [],
            "tool_choice": ABSENT,
        },
        "parameters_are_of_an_object": {
            "tools.0.function.parameters": {"$ref": "#/$defs/City"},
            "tools.0.function.strict": False,
        },
        "strict_schemas_are_closed": {"tools.0.function.parameters": _SCHEMA},
        "strict_answers_are_objects": {
            "response_format.json_schema.schema": {"type": "array", "items": {"type": "string"}}
        },
        "stream_options_need_a_stream": {"stream": ABSENT},
        "tool_settings_need_tools": {"tools": ABSENT, "tool_choice": "auto"},
        "the_chosen_tool_is_there": {"tool_choice.function.name": "clock"},
        "one_limit_of_tokens": {"max_tokens": 9},
        "image_addresses_are_urls": {"messages.1.content.1.image_url.url": "iVBORw0KGgo="},
        "mistral_call_ids_have_nine_characters": {
            f"{_CALL}.id": "call_1",
            "messages.3.tool_call_id": "call_1",
        },
        "mistral_users_do_not_follow_tools": {"messages.4.role": "user"},
        "mistral_ends_with_a_question": {"messages.5.role": "assistant"},
    },
    "responses": {
        "there_is_an_input": {"input": []},
        "messages_have_a_role": {"input.0.role": "tool"},
        "content_parts_fit_their_role": {"input.4.content.0.type": "input_text"},
        "messages_have_content": {"input.4.content": []},
        "calls_have_an_output": {
            "input.3": {"type": "message", "role": "user", "content": "And?"},
        },
        "outputs_have_a_call": {
            "input.2": {"type": "message", "role": "assistant", "content": "Hm."},
        },
        "call_ids_are_short": {"input.2.call_id": "x" * 65, "input.3.call_id": "x" * 65},
        "item_ids_are_unique": {"input.4.id": "msg_1", "input.0.id": "msg_1"},
        "item_ids_have_their_prefix": {"input.2.id": "call_1"},
        "reasoning_is_followed_by_its_item": {
            "input.1": {"role": "user", "content": "Hm?"},
            "input.4": {"type": "reasoning", "id": "rs_2", "summary": []},
        },
        "reasoning_has_a_summary": {"input.1.summary": ABSENT},
        "arguments_are_json_text": {"input.2.arguments": {}},
        "function_names_are_plain": {"text.format.name": "Page[City]"},
        "parameters_are_of_an_object": {
            "tools.0.parameters": {"$ref": "#/$defs/City"},
            "tools.0.strict": False,
        },
        "strict_schemas_are_closed": {"tools.0.parameters": _SCHEMA},
        "strict_answers_are_objects": {
            "text.format.schema": {"type": "array", "items": {"type": "string"}}
        },
        "tool_choice_needs_tools": {"tools": ABSENT},
        "stream_options_need_a_stream": {
            "stream": ABSENT,
            "stream_options": {"include_obfuscation": False},
        },
        "chat_models_have_no_encrypted_reasoning": {"model": "gpt-5-chat-latest"},
        "there_are_tokens_enough": {"max_output_tokens": 15},
    },
    "messages": {
        "there_is_a_limit_of_tokens": {"max_tokens": ABSENT},
        "the_first_turn_is_the_users": {"messages.0.role": "system"},
        "roles_are_known": {"messages.3.role": "ai"},
        "turns_have_content": {"messages.0.content": []},
        "text_is_not_blank": {"system.0.text": " \n"},
        "the_last_turn_has_no_space_behind": {"messages.3.content.0.text": "It is "},
        "no_turn_ends_in_thinking": {
            "messages.3.content.0": {"type": "thinking", "thinking": "Hm.", "signature": "S"}
        },
        "thinking_is_signed": {"messages.1.content.0.signature": ABSENT},
        "calls_are_answered_at_once": {
            "messages.2.content": [
                {"type": "text", "text": "Look:"},
                _MESSAGES["messages"][2]["content"][0],  # type: ignore[index]
            ]
        },
        "results_have_a_call": {"messages.2.content.0.tool_use_id": "toolu_2"},
        "call_ids_are_unique": {
            "messages.1.content": [_MESSAGES["messages"][1]["content"][3]] * 2,  # type: ignore[index]
            "messages.2.content": [_MESSAGES["messages"][2]["content"][0]] * 2,  # type: ignore[index]
        },
        "call_ids_are_plain": {
            "messages.1.content.3.id": "call:1",
            "messages.2.content.0.tool_use_id": "call:1",
        },
        "arguments_are_an_object": {"messages.1.content.3.input": "{}"},
        "tool_names_are_plain": {"messages.1.content.3.name": "drive.search"},
        "tool_names_are_unique": {
            "tools": [{"name": "weather", "input_schema": _SCHEMA}] * 2,
        },
        "tool_schemas_are_of_an_object": {
            "tools.0.input_schema": {"type": "object", "anyOf": [{"required": ["city"]}]}
        },
        "failed_results_say_why": {"messages.2.content.0.content": ""},
        "server_calls_have_their_result": {
            "messages.1.content.2.tool_use_id": "srv_2",
            "messages.2.content": [
                _MESSAGES["messages"][2]["content"][0],  # type: ignore[index]
                {"type": "text", "text": "And?"},
            ],
        },
        "images_have_a_known_type": {"messages.0.content.1.source.media_type": "image/tiff"},
        "blocks_have_no_output_fields": {"messages.3.content.0.index": 0},
        "tool_choice_needs_tools": {"tools": ABSENT, "tool_choice": {"type": "auto"}},
        "the_chosen_tool_is_there": {"tool_choice.name": "clock"},
        "tools_are_not_forced_while_thinking": {
            "thinking": {"type": "enabled", "budget_tokens": 2000}
        },
        "thinking_fits_the_answer": {
            "thinking": {"type": "enabled", "budget_tokens": 1000},
            "tool_choice": {"type": "auto"},
        },
        "cache_marks_are_few": {
            "messages.0.content": [
                {"type": "text", "text": "Hm.", "cache_control": {"type": "ephemeral"}}
            ]
            * 4
        },
        "stop_sequences_are_not_blank": {"stop_sequences": ["\n"]},
    },
    "gemini": {
        "there_is_a_content": {"contents": []},
        "roles_are_known": {"contents.3.role": "assistant"},
        "contents_have_parts": {"contents.3.parts": []},
        "parts_have_one_value": {"contents.3.parts.0.finishReason": "STOP"},
        "text_is_not_empty": {"contents.3.parts.0.text": ""},
        "a_model_turn_is_not_thought_alone": {"contents.3.parts.0.thought": True},
        "roles_alternate": {"contents.4.role": "model"},
        "calls_are_answered_at_once": {"contents.2.parts.0.functionResponse.name": "clock"},
        "responses_have_a_call": {
            "contents.1.parts": [{"text": "Hm."}],
        },
        "response_ids_are_those_of_the_calls": {"contents.2.parts.0.functionResponse.id": "2"},
        "arguments_are_objects": {"contents.2.parts.0.functionResponse.response": "Sunny."},
        "responses_have_no_reference": {
            "contents.2.parts.0.functionResponse.response": {"schema": {"$ref": "#/a"}}
        },
        "function_names_are_plain": {
            "tools.0.functionDeclarations": [
                {"name": "weather"},
                {"name": "how is it"},
            ]
        },
        "function_names_are_unique": {"tools.0.functionDeclarations": [{"name": "weather"}] * 2},
        "media_have_a_type": {"contents.0.parts.1.inlineData.mimeType": ABSENT},
        "the_chosen_functions_are_there": {
            "toolConfig.functionCallingConfig.allowedFunctionNames": ["clock"]
        },
    },
    "converse": converse.BROKEN,
    "ollama": ollama.BROKEN,
}
"""By module of rules and rule, the changes that break that rule."""


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``body`` with ``changes``."""
    new = deepcopy(body)
    for path, value in changes.items():
        *outer, last = path.split(".")
        inner: Any = new
        for step in outer:
            inner = inner[int(step) if isinstance(inner, list) else step]
        if value is ABSENT:
            del inner[last]
        else:
            inner[int(last) if isinstance(inner, list) else last] = value
    return new
