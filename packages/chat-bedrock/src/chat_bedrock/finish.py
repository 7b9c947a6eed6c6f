"""Stop reasons of Converse, and the finish reasons that they mean."""

from __future__ import annotations

__all__ = ["FINISH_REASONS", "finish_reason"]

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    # not in the service's model; models behind it have sent them
    "refusal": "refusal",
    "pause_turn": "pause",
}


def finish_reason(raw: str, *, has_calls: bool) -> str:
    """The finish reason that ``raw`` means in an answer with or without calls.

    Some models end an answer that calls a tool with ``end_turn`` (strands-agents/harness-sdk#644),
    or one that calls none with ``tool_use`` (strands-rl/strands-env#252): the calls decide.
    """
    if raw in ("end_turn", "tool_use"):
        return "tool_calls" if has_calls else "stop"
    return FINISH_REASONS.get(raw, "other")
