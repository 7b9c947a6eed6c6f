"""What a call cost, in US dollars: from its usage, or from chat-cost where that is installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from chat_core import AIMessage, AIMessageChunk, ChatModel

if TYPE_CHECKING:
    from types import ModuleType

    from chat_core.provider import Run

__all__ = ["cost_of", "prepare_costs"]


def prepare_costs() -> None:
    """Load the list of prices, so that no event loop waits for it at the end of an answer."""
    prices = _prices()
    if prices is not None:
        prices.load_prices()


def cost_of(run: Run, answer: AIMessage | AIMessageChunk) -> float | None:
    """The entry ``cost`` of the usage, else the price of the model; ``None`` if it is unknown."""
    usage = answer.usage_metadata
    if usage is None:
        return None
    if "cost" in usage:
        cost: float | None = usage["cost"]
        return cost
    prices = _prices()
    if prices is None or not isinstance(run.runnable, ChatModel):
        return None
    found: float | None = prices.answer_cost(run.runnable, usage, answer.response_metadata)
    return found


@cache
def _prices() -> ModuleType | None:
    """The package ``chat_cost``; ``None`` where it is not installed."""
    return None if find_spec("chat_cost") is None else import_module("chat_cost")
