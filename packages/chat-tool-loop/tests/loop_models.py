"""Models with scripted answers that call tools, for the tests of the loop."""

from __future__ import annotations

from typing import Any

from chat_core import AIMessage, InvalidToolCall, TextBlock, ToolCall, UsageMetadata
from chat_core.testing import FakeChatModel

__all__ = ["answer", "call", "model"]


def call(name: str, id: str, /, **args: Any) -> ToolCall:
    """A call of the tool ``name``."""
    return ToolCall(name, args, id)


def answer(text: str = "", *calls: ToolCall | InvalidToolCall, finish: str = "") -> AIMessage:
    """An answer with ``text`` and ``calls`` that took ten tokens."""
    blocks = [*([TextBlock(text)] if text else []), *calls]
    return AIMessage(
        blocks,
        usage_metadata=UsageMetadata(input_tokens=7, output_tokens=3, total_tokens=10),
        response_metadata={"finish_reason": finish or ("tool_calls" if calls else "stop")},
    )


def model(*answers: Any) -> FakeChatModel:
    """A model that gives ``answers`` in turn."""
    return FakeChatModel(responses=list(answers))
