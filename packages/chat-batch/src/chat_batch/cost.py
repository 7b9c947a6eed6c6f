"""Prices and budgets of chat-cost, where it is installed; without it costs are not known."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, TypeVar

from chat_core import ChatModel

from .results import Result

__all__ = [
    "cost_of",
    "count_row",
    "is_over_budget",
    "reserve_job",
    "seconds_until_allowed",
    "with_prices",
]

_UNTIL_ANSWERED = 0.2
"""Seconds after which some of the calls under way may have been answered."""

Model = TypeVar("Model", bound=ChatModel)


def with_prices(model: Model) -> Model:
    """``model``, whose answers have their price in ``usage_metadata["cost"]``."""
    try:
        chat_cost = import_module("chat_cost")
    except ImportError:
        return model
    priced: Model = chat_cost.with_cost(model)
    return priced


def cost_of(result: Result) -> float | None:
    """US dollars of the answer; ``None`` where that is not known."""
    usage = result.usage
    return None if usage is None else usage.get("cost")


def is_over_budget(error: Exception) -> bool:
    """Whether ``error`` is the refusal of a budget."""
    chat_cost = sys.modules.get("chat_cost")  # it is there if one of its errors is
    return chat_cost is not None and isinstance(error, chat_cost.BudgetExceededError)


def seconds_until_allowed(error: Exception) -> float | None:
    """Seconds after which a budget may allow what it has refused; ``None`` where it never will.

    What calls under way have reserved is mostly more than they use.
    """
    if getattr(error, "reserved", 0):
        return _UNTIL_ANSWERED
    seconds: float | None = getattr(error, "retry_after", None)
    return seconds


def reserve_job(model: ChatModel, rows: Iterable[tuple[str, ChatModel, Mapping[str, Any]]]) -> Any:
    """A ``chat_cost.JobBudget`` for rows (id, model, body); ``None`` where no budget bounds them.

    Raises ``BudgetExceededError``.
    """
    chat_cost = sys.modules.get("chat_cost")  # it is there if a model has a budget
    if chat_cost is None:
        return None
    return chat_cost.reserve_job(model, [chat_cost.JobRow(*row) for row in rows])


def count_row(name: str, model: ChatModel, result: Result) -> None:
    """Count a result of the job ``name`` in the budgets that bound it."""
    if (chat_cost := sys.modules.get("chat_cost")) is not None:
        chat_cost.count_row(name, model, result.key, result.message)
