"""chat-cost: what answers of chat models cost, in US dollars, and budgets of tokens and money."""

from __future__ import annotations

from .answer_cost import answer_cost
from .budget import Amount, Budget
from .budget_errors import BudgetExceededError, UnknownPriceError
from .cost import with_cost
from .job_budget import JobBudget, JobRow, count_row, reserve_job
from .library import load_prices
from .own_prices import register_price, unregister_price
from .price import price
from .with_budget import set_process_budget, with_budget

__version__ = "0.1.0"

__all__ = [
    "Amount",
    "Budget",
    "BudgetExceededError",
    "JobBudget",
    "JobRow",
    "UnknownPriceError",
    "answer_cost",
    "count_row",
    "load_prices",
    "price",
    "register_price",
    "reserve_job",
    "set_process_budget",
    "unregister_price",
    "with_budget",
    "with_cost",
]
