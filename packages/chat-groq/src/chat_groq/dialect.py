"""How Groq's Chat Completions differ from OpenAI's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from chat_completions.dialect import Dialect
from chat_completions.encode_messages import holds_something
from chat_completions.entries import entries
from chat_core import (
    AIMessage,
    Block,
    CodeExecution,
    InvalidParameterError,
    Message,
    ServerToolCall,
    ServerToolResult,
    WebFetch,
    WebSearch,
)
from chat_core.provider import parse_arguments

from .names import PROVIDER

__all__ = ["GroqDialect", "refuse_unknown_fields"]

_REASONS = re.compile(r"gpt-oss|qwen-?3|qwq|deepseek-r1|thinking|minimax-m", re.IGNORECASE)
"""Models that reason; the others refuse a request whose history holds ``reasoning``."""

_ASSISTANT_FIELDS = frozenset(
    {"role", "content", "name", "tool_calls", "function_call", "reasoning"}
)
"""What Groq takes in an assistant message; any other field is refused with status 400."""

_KEPT_OF_X_GROQ = {
    "id": "request_id",
    "seed": "seed",
    "usage_breakdown": "usage_breakdown",
    "debug": "debug",
}
"""Fields of ``x_groq`` and what they are called in ``response_metadata``."""

_NAMES = {
    "search": WebSearch.name,
    "browser.search": WebSearch.name,
    "browser_search": WebSearch.name,
    "browser.open": WebFetch.name,
    "browser.find": WebFetch.name,
    "visit": WebFetch.name,
    "visit_website": WebFetch.name,
    "python": CodeExecution.name,
    "code_interpreter": CodeExecution.name,
}
"""``type`` of an executed tool → the name of its blocks; the type is then in their ``extras``."""

_RESULT_FIELDS = ("output", "search_results", "code_results", "browser_results")


def refuse_unknown_fields(messages: Sequence[Message]) -> None:
    """Raise ``InvalidParameterError`` for an answer with a field that Groq does not take.

    That is for answers that the caller wrote: of a vendor's answer unknown fields are left out.
    """
    for number, message in enumerate(messages):
        if not isinstance(message, AIMessage) or message.response_metadata.get("model_provider"):
            continue
        for name, value in message.additional_kwargs.items():
            if value and name not in _ASSISTANT_FIELDS and name not in GroqDialect.reasoning_fields:
                raise InvalidParameterError(
                    f"Message {number}: {PROVIDER} takes no field {name!r} in an answer. Leave it"
                    " out."
                )


class GroqDialect(Dialect):
    """Groq's facts, for one model.

    - Usage of a stream sits in ``x_groq.usage`` of the last chunk, whether asked for or not.
    - ``x_groq`` also holds the request id (first and last chunk), the seed, and ``error``.
    - Reasoning comes as ``reasoning`` and goes back as that, to models that reason.
    - ``executed_tools`` are tools that Groq ran: compound systems, browser search, code.
    - Images are taken from users alone.
    """

    provider = PROVIDER
    takes_refusals = False
    media = frozenset({"image:url", "image:base64"})
    reasoning_fields = ("reasoning", "reasoning_content")
    read_fields = frozenset({"x_groq"})
    other_fields = frozenset({"executed_tools"})

    def __init__(self, model: str) -> None:
        self.replays_reasoning = _REASONS.search(model) is not None

    def max_tokens_field(self, model: str) -> str:
        """``max_completion_tokens``; Groq calls the old name deprecated."""
        return "max_completion_tokens"

    def encode_turns(self, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The turns without the fields that Groq refuses, and without turns that are then empty."""
        known = [_known_fields(turn) if turn["role"] == "assistant" else turn for turn in turns]
        return [turn for turn in known if turn["role"] != "assistant" or holds_something(turn)]

    def usage(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any] | None:
        """``usage``, else ``x_groq.usage``, which holds cache counters alone in a whole answer."""
        return wire.get("usage") or (wire.get("x_groq") or {}).get("usage")

    def facts(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
        """The kept fields, and those of ``x_groq``: request id, seed, usage by model, debug."""
        kept = super().facts(wire, choice)
        x = wire.get("x_groq") or {}
        kept.update({ours: x[name] for name, ours in _KEPT_OF_X_GROQ.items() if x.get(name)})
        return kept

    def error(self, wire: dict[str, Any]) -> Any:
        """``x_groq.error``: why a stream was stopped early."""
        return (wire.get("x_groq") or {}).get("error")

    def other_blocks(self, delta: dict[str, Any]) -> list[Block]:
        """The tools that Groq ran: the call when it starts, call and result when it has ended."""
        blocks: list[Block] = []
        for number, tool in enumerate(entries(delta["executed_tools"])):
            index = tool.get("index")
            blocks += _executed(tool, number if index is None else index)
        return blocks


def _executed(tool: dict[str, Any], index: int) -> list[Block]:
    kind = tool.get("type") or "tool"
    name = _NAMES.get(kind, kind)
    extras = {} if name == kind else {"type": kind}
    arguments = tool.get("arguments") or ""
    try:
        args = parse_arguments(arguments)
    except ValueError:
        args = {"input": arguments}
    blocks: list[Block] = [ServerToolCall(name, args, index=index, extras=extras)]
    result = {field: tool[field] for field in _RESULT_FIELDS if tool.get(field)}
    if result.get("search_results") == {"results": []} and len(result) == 1:
        return blocks  # the search has only begun
    if result:
        blocks.append(ServerToolResult(result, name=name, index=index, extras=extras))
    return blocks


def _known_fields(turn: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in turn.items() if name in _ASSISTANT_FIELDS}
    if "reasoning_content" in turn:
        kept.setdefault("reasoning", turn["reasoning_content"])
    return kept
