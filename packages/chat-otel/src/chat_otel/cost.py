"""What a call cost, in US dollars, where its usage says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import AIMessage, AIMessageChunk

if TYPE_CHECKING:
    from chat_core.provider import Run

__all__ = ["cost_of"]


def cost_of(run: Run, answer: AIMessage | AIMessageChunk) -> float | None:
    """The entry ``cost`` of the usage; ``None`` where it is not known."""
    usage = answer.usage_metadata
    cost = None if usage is None else usage.get("cost")
    return cost if isinstance(cost, float | int) else None
