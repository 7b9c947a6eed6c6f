"""For each rule of Converse's rulebook a request that breaks it; see ``broken_requests.py``."""

from __future__ import annotations

from typing import Any

__all__ = ["BROKEN", "WHOLE"]

_WEATHER = {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Ulm"}}
_RESULT = {"toolUseId": "tooluse_1", "content": [{"text": "no such city"}], "status": "error"}
_SCHEMA = {"json": {"type": "object", "properties": {}}}

WHOLE: dict[str, Any] = {
    "system": [{"text": "Be kind."}, {"cachePoint": {"type": "default"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"document": {"format": "txt", "name": "Notes (2)", "source": {"bytes": "SGk="}}},
                {"document": {"format": "pdf", "name": "Notes", "source": {"bytes": "SGk="}}},
                {"text": "How is Ulm?"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}},
                {"toolUse": _WEATHER},
            ],
        },
        {"role": "user", "content": [{"toolResult": _RESULT}]},
        {"role": "assistant", "content": [{"text": "The answer is"}]},
    ],
    "toolConfig": {
        "tools": [{"toolSpec": {"name": "weather", "description": "d", "inputSchema": _SCHEMA}}],
        "toolChoice": {"tool": {"name": "weather"}},
    },
    "inferenceConfig": {"maxTokens": 10},
}
"""A request that breaks no rule."""

_CALL = "messages.1.content.1.toolUse"
_SPEC = "toolConfig.tools.0.toolSpec"
_POINT = {"cachePoint": {"type": "default"}}

BROKEN: dict[str, dict[str, Any]] = {
    "inference_parameters_are_known": {"inferenceConfig": {"topK": 3}},
    "the_first_turn_is_the_users": {"messages.0.role": "assistant"},
    "roles_alternate": {"messages.3.role": "user"},
    "turns_have_content": {"messages.3.content": []},
    "blocks_are_of_one_known_kind": {"messages.0.content.2": {"type": "text", "text": "Hi"}},
    "text_is_not_blank": {"messages.0.content.2.text": " "},
    "the_last_turn_has_no_space_behind": {"messages.3.content.0.text": "The answer is "},
    "reasoning_is_the_assistants": {
        "messages.3.content.0": {"reasoningContent": {"redactedContent": "eA=="}}
    },
    "calls_are_answered_at_once": {"messages.2.content.0": {"text": "What now?"}},
    "results_have_a_call": {"messages.2.content.0.toolResult.toolUseId": "tooluse_2"},
    "call_ids_are_unique": {"messages.3.content.0": {"toolUse": _WEATHER}},
    "call_ids_are_plain": {f"{_CALL}.toolUseId": "call 1"},
    "arguments_are_an_object": {f"{_CALL}.input": '{"city": "Ulm"}'},
    "failed_results_say_why": {"messages.2.content.0.toolResult.content": []},
    "tool_blocks_need_tools": {"toolConfig": None},
    "tools_are_there": {"toolConfig.tools": []},
    "tool_names_are_plain": {f"{_SPEC}.name": "the weather"},
    "tool_names_are_unique": {
        "toolConfig.tools": [{"toolSpec": {"name": "weather", "inputSchema": _SCHEMA}}] * 2
    },
    "tool_schemas_are_of_an_object": {f"{_SPEC}.inputSchema.json.type": "array"},
    "tool_descriptions_are_not_empty": {f"{_SPEC}.description": ""},
    "the_chosen_tool_is_there": {"toolConfig.toolChoice": {"tool": {"name": "clock"}}},
    "media_have_a_known_format": {"messages.0.content.0.document.format": "rtf"},
    "documents_have_plain_names": {"messages.0.content.0.document.name": "notes.txt"},
    "cache_points_are_few": {"system": [{"text": "Hi"}, *[_POINT] * 5]},
}
"""By rule, the changes of ``WHOLE`` that break it."""
