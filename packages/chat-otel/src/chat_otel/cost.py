"""What a call cost, in US dollars: from its usage, or from chat-cost where that is installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chat_core import AIMessage, AIMessageChunk, ChatModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from chat_core.provider import Run

__all__ = ["cost_of"]


def cost_of(run: Run, answer: AIMessage | AIMessageChunk) -> float | None:
    """The entry ``cost`` of the usage, else the price of the model; ``None`` if it is unknown."""
    usage = answer.usage_metadata
    if usage is None:
        return None
    if "cost" in usage:
        cost: float | None = usage["cost"]
        return cost
    price = _price()
    if price is None:
        return None
    provider = run.metadata.get("ls_provider")
    address = run.runnable.last_address() if isinstance(run.runnable, ChatModel) else ""
    facts: dict[str, Any] = {"base_url": address or None, "metadata": answer.response_metadata}
    for model in (answer.response_metadata.get("model_name"), run.metadata.get("ls_model_name")):
        if isinstance(model, str):
            cost = price(model, usage, provider=provider, **facts)
            if cost is not None:
                return cost
    return None


@cache
def _price() -> Callable[..., float | None] | None:
    """``chat_cost.price``; ``None`` where the package is not installed."""
    if find_spec("chat_cost") is None:
        return None
    price: Callable[..., float | None] = import_module("chat_cost").price
    return price
