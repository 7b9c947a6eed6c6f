"""``ToolLoopResult``: what a tool loop returns, and what its errors carry as ``partial``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat_core import AIMessage, Message, UsageMetadata

__all__ = ["ToolLoopResult"]


@dataclass(slots=True)
class ToolLoopResult:
    """The whole conversation and the final answer of a tool loop.

    It may be given to a model, or to the loop again, in place of messages.

    Args:
        messages: the input, then each answer with the results of its calls in the order of the
            calls, then the final answer.
        answer: the final answer; in a ``partial`` the last one, which may have been cut off;
            ``None`` where there is none yet.
        steps: how many answers the model gave.
        usage_metadata: the tokens of all answers; ``None`` where no answer has any.
        parsed: the object of ``response_format``; ``None`` without one.
    """

    messages: list[Message]
    answer: AIMessage | None
    steps: int
    usage_metadata: UsageMetadata | None = None
    parsed: Any = None

    @property
    def content(self) -> str:
        """The text of the final answer."""
        return "" if self.answer is None else self.answer.content

    def to_messages(self) -> list[Message]:
        """The conversation, as a model's input."""
        return list(self.messages)
