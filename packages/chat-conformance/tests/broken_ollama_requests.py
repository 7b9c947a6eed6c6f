"""For each rule of Ollama's rulebook a request that breaks it; see ``broken_requests.py``."""

from __future__ import annotations

from typing import Any

__all__ = ["BROKEN", "WHOLE"]

WHOLE: dict[str, Any] = {
    "model": "qwen3",
    "stream": True,
    "think": "low",
    "keep_alive": "1h30m",
    "format": {"type": "object"},
    "top_logprobs": 20,
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "How is Ulm?", "images": ["iVBORw0KGgo="]},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "a", "function": {"name": "weather", "arguments": {"city": "Ulm"}}}
            ],
        },
        {"role": "tool", "tool_name": "weather", "tool_call_id": "a", "content": "Sunny."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
        }
    ],
    "options": {"num_ctx": 4096, "temperature": 0, "stop": ["END"], "of_tomorrow": "x"},
}
"""A request that breaks no rule."""

_FUNCTION = "messages.2.tool_calls.0.function"

BROKEN: dict[str, dict[str, Any]] = {
    "the_model_is_named": {"model": ""},
    "somebody_speaks": {"messages": [{"role": "system", "content": "Be kind."}]},
    "roles_are_known": {"messages.0.role": "developer"},
    "content_is_text": {"messages.1.content": [{"type": "text", "text": "Hi"}]},
    "images_are_base64": {"messages.1.images": ["data:image/png;base64,iVBORw0KGgo="]},
    "arguments_are_an_object": {f"{_FUNCTION}.arguments": '{"city": "Ulm"}'},
    "calls_have_a_name": {f"{_FUNCTION}.name": ""},
    "results_follow_a_call": {"messages.2": {"role": "assistant", "content": "Hm."}},
    "tools_have_parameters": {"tools.0.function.parameters": {}},
    "options_have_their_type": {"options.num_ctx": "4096"},
    "the_format_is_json_or_a_schema": {"format": "yaml"},
    "thinking_is_a_switch_or_a_level": {"think": "a lot"},
    "the_model_is_kept_for_a_duration": {"keep_alive": "an hour"},
    "alternatives_are_few": {"top_logprobs": 21},
}
"""By rule, the changes of ``WHOLE`` that break it."""
