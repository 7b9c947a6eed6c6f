"""What an answer costs in US dollars: the entry ``cost`` of its usage, priced by chat-cost."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from chat_core import AIMessage, ChatModel

from .results import Result

__all__ = ["add_cost", "cost_of"]


def add_cost(message: AIMessage, model: ChatModel) -> None:
    """Put the price of ``message`` into its usage, unless it is there or not known.

    Prices are those of chat-cost, where it is installed.
    """
    usage = message.usage_metadata
    if usage is None or usage.get("cost") is not None or (price := _price()) is None:
        return
    usage["cost"] = price(
        model.model,
        usage,
        provider=model.provider,
        base_url=model.base_url,
        metadata=message.response_metadata,
    )


def cost_of(result: Result) -> float | None:
    """US dollars of the answer; ``None`` where that is not known."""
    usage = result.usage
    return None if usage is None else usage.get("cost")


@cache
def _price() -> Any:
    """``chat_cost.price``; ``None`` where chat-cost is not installed."""
    try:
        return import_module("chat_cost").price
    except ImportError:
        return None
