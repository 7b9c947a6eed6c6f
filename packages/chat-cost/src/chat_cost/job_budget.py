"""Budgets of a vendor's batch job, for the package that submits it.

Rules:

- Before a job is submitted, what all its rows may use is reserved in every budget of its model, as
  for calls (``budget.py``), or the job is refused.
- The result of a row, when it is read, counts in place of what was reserved for it: once, however
  often it is read in this process. An error counts nothing.
- Of a job that another process has submitted nothing is reserved here; its results count when they
  are read, and are not refused, because the vendor has answered them.
- Prices are list prices; what a vendor takes off for batch jobs is not taken off here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chat_core import AIMessage, ChatModel
from chat_core.provider import ModelCall, estimate_tokens, middleware_of

from .budget import Amount, Budget
from .estimate import output_bound
from .with_budget import BudgetMiddleware, Spending, needed_amount

__all__ = ["JobBudget", "JobRow", "count_row", "reserve_job"]


class JobRow(NamedTuple):
    """A row of a job: its id, the model with the row's settings, and the body that is sent."""

    key: str
    model: ChatModel
    body: Mapping[str, Any]

    @property
    def given(self) -> int:
        """Tokens of the input, estimated."""
        return estimate_tokens(self.body)

    @property
    def bound(self) -> int | None:
        """The most tokens of the output, where the user bounds it."""
        return output_bound(ModelCall.bound_to(self.model))


class JobBudget:
    """What the rows of a job have set aside in the budgets of its model."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self._budgets = budgets
        self._reserved: dict[str, list[Spending]] = {}
        self._counted: set[str] = set()

    def reserve(self, rows: Sequence[JobRow]) -> None:
        """Set aside what ``rows`` may use; nothing of it where this raises.

        Raises ``BudgetExceededError``.
        """
        try:
            for budget in self._budgets:
                self._reserve(budget, rows)
        except BaseException:  # Ctrl-C too: many rows take seconds
            self.release()
            raise

    def _reserve(self, budget: Budget, rows: Sequence[JobRow]) -> None:
        needed = [needed_amount(budget, row.model, row.given, row.bound) for row in rows]
        total = Amount(sum(each.tokens for each in needed), sum(each.cost for each in needed))
        # All at once, so that a refusal has the figures of the job; then each row by itself.
        budget.reserve(total, f"this batch job of {len(rows):,} rows").settle(Amount())
        for row in rows:
            spending = Spending(budget, row.model, row.given, row.bound)
            self._reserved.setdefault(row.key, []).append(spending)

    def submitted(self, name: str) -> None:
        """The vendor has taken the job, under ``name``."""
        _jobs[name] = self

    def release(self) -> None:
        """The job was not submitted: nothing of it is reserved any more."""
        for key in list(self._reserved):
            self.count(key, self._budgets, None, None)

    def count(
        self,
        key: str,
        budgets: Sequence[Budget],
        model: ChatModel | None,
        message: AIMessage | None,
    ) -> None:
        """Count the result of the row ``key``; ``message`` is ``None`` for an error."""
        if key in self._counted:
            return
        self._counted.add(key)
        spendings = self._reserved.pop(key, None)
        if spendings is None and model is not None:
            spendings = [Spending(each, model, 0, None, is_reserved=False) for each in budgets]
        for spending in spendings or ():
            spending.end([] if message is None else [message])
            spending.settle()


_jobs: dict[str, JobBudget] = {}
"""The jobs of this process by their names, so that no result counts twice."""


def reserve_job(model: ChatModel, rows: Sequence[JobRow]) -> JobBudget | None:
    """What ``rows`` may use is set aside in every budget of ``model``; ``None`` without a budget.

    Raises ``BudgetExceededError`` where one does not allow the job.
    """
    budgets = _budgets_of(model)
    if not budgets:
        return None
    made = JobBudget(budgets)
    made.reserve(rows)
    return made


def count_row(name: str, model: ChatModel, key: str, message: AIMessage | None) -> None:
    """Count the result of a row of the job ``name``, which ``model`` has read."""
    budgets = _budgets_of(model)
    job = _jobs.get(name)
    if job is None:
        if not budgets:
            return
        job = _jobs[name] = JobBudget(budgets)
    job.count(key, budgets, model, message)


def _budgets_of(model: ChatModel) -> list[Budget]:
    found = middleware_of(model)
    return [each.budget for each in found if isinstance(each, BudgetMiddleware)]
