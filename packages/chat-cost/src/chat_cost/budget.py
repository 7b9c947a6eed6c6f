"""``Budget``: at most so many tokens and so much money, for all models that share it.

Rules:

- Before a request is sent, what it may use is reserved: an estimate of its input, and its output up
  to the model's ``max_tokens`` (``estimate.py``). Where used, reserved and needed together exceed a
  limit, the request is refused with ``BudgetExceededError``.
- When the answer is there, the reservation gives way to what the vendor has counted. So calls at
  the same time exceed a limit at most by what their answers use beyond their reservations: with
  ``max_tokens`` set by the error of the estimates of their inputs; without it by what answers are
  longer than ``unbounded_output``.
- An error before the first chunk returns the reservation. A stream that is left early or broken off
  counts what has arrived, by the vendor's counts as far as there are some, else by an estimate. An
  answer from a cache counts nothing.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Literal, NamedTuple, TypeAlias

from chat_core import InvalidParameterError
from chat_core.provider import ForkLock

from .budget_errors import BudgetExceededError
from .counts import is_amount

__all__ = ["Amount", "Budget", "Reservation"]

UnknownPrice: TypeAlias = Literal["refuse", "count-tokens"]


class Amount(NamedTuple):
    """Tokens, and US dollars."""

    tokens: float = 0
    cost: float = 0.0


class Budget:
    """Limits that models share; give the same object to each. For threads and event loops alike.

    Args:
        max_tokens: at most so many tokens, of input and output together.
        max_cost: at most so many US dollars.
        window: in any so many seconds; ``None`` is for as long as the object lives.
        unknown_price: what becomes of a model without a known price under ``max_cost``:
            ``"refuse"`` raises ``UnknownPriceError``, ``"count-tokens"`` takes its cost for 0, so
            that ``max_tokens`` alone bounds it.
        unbounded_output: tokens of output that are reserved for a model without ``max_tokens``.

    Raises ``InvalidParameterError`` for a limit that is none. A copy in another process (pickle,
    fork) begins with what was used so far and counts by itself from there.
    """

    def __init__(
        self,
        *,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        window: float | None = None,
        unknown_price: UnknownPrice = "refuse",
        unbounded_output: int = 1000,
    ) -> None:
        self.max_tokens = _checked("max_tokens", max_tokens)
        self.max_cost = _checked("max_cost", max_cost)
        if max_tokens is None and max_cost is None:
            raise InvalidParameterError("A Budget needs max_tokens=, max_cost= or both.")
        self.window = _checked("window", window)
        if window == 0:
            raise InvalidParameterError("window is more than 0 seconds, or None; got 0.")
        if unknown_price not in ("refuse", "count-tokens"):
            raise InvalidParameterError(
                f"unknown_price is 'refuse' or 'count-tokens'; got {unknown_price!r:.60}."
            )
        self.unknown_price = unknown_price
        self.unbounded_output = _checked("unbounded_output", unbounded_output) or 0
        self._lock = ForkLock()
        self._spent: deque[tuple[float, Amount]] = deque()
        self._used = Amount()
        self._reserved = Amount()
        self._pid = os.getpid()

    def __repr__(self) -> str:
        names = ("max_tokens", "max_cost", "window")
        limits = [
            f"{name}={value:g}" for name in names if (value := getattr(self, name)) is not None
        ]
        shown = [*limits, f"used_tokens={self.used_tokens}", f"used_cost={self.used_cost:.6g}"]
        return f"Budget({', '.join(shown)})"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_lock": None, "_reserved": Amount(), "_spent": deque(self._spent)}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._lock = ForkLock()

    @property
    def used_tokens(self) -> int:
        """Tokens of finished answers, within the window."""
        return round(self._now_used().tokens)

    @property
    def used_cost(self) -> float:
        """US dollars of finished answers, within the window; 0 for a budget of tokens alone."""
        return self._now_used().cost

    @property
    def reserved(self) -> Amount:
        """What calls under way may use."""
        return self._reserved

    def reset(self) -> None:
        """Begin anew: nothing is used. Calls under way stay reserved."""
        with self._lock:
            self._spent.clear()
            self._used = Amount()

    def reserve(self, needed: Amount, what: str = "this request") -> Reservation:
        """Set ``needed`` aside for a request that is sent by other means; errors call it ``what``.

        Raises ``BudgetExceededError`` where a limit does not allow it, and
        ``InvalidParameterError`` for what is no amount.
        """
        _check_amount("needed", needed)
        with self._lock:
            self._expire()
            if self._pid != os.getpid():  # calls under way at a fork are the parent's
                self._pid, self._reserved = os.getpid(), Amount()
            for place, limit in enumerate(("max_tokens", "max_cost")):
                used, reserved = self._used[place], self._reserved[place]
                self._check(limit, getattr(self, limit), used, reserved, needed[place], what)
            self._reserved = _sum(self._reserved, needed)
        return Reservation(self, needed)

    def settle(self, reserved: Amount, used: Amount) -> None:
        """Count ``used`` in place of ``reserved``."""
        with self._lock:
            self._reserved = _sum(self._reserved, reserved, sign=-1)
            self._used = _sum(self._used, used)
            if self.window is not None:
                self._spent.append((time.monotonic(), used))

    def _now_used(self) -> Amount:
        with self._lock:
            self._expire()
            return self._used

    def _expire(self) -> None:
        """Forget what was used before the window."""
        if self.window is None:
            return
        begin = time.monotonic() - self.window
        while self._spent and self._spent[0][0] <= begin:
            self._used = _sum(self._used, self._spent.popleft()[1], sign=-1)
        if not self._spent:
            self._used = Amount()

    def _check(
        self,
        limit: str,
        maximum: float | None,
        used: float,
        reserved: float,
        needed: float,
        what: str,
    ) -> None:
        # A sum of floats that should be the limit may miss it by its last digits.
        if maximum is None or used + reserved + needed <= maximum * (1 + 1e-12):
            return
        shown = _tokens if limit == "max_tokens" else _dollars
        raise BudgetExceededError(
            f"The budget of {shown(maximum)} does not allow {what}: {shown(used)} are used,"
            f" {shown(reserved)} reserved by calls under way, and it needs at least"
            f" {shown(needed)}. Nothing was sent.",
            limit=limit,
            maximum=maximum,
            used=used,
            reserved=reserved,
            needed=needed,
            retry_after=self._retry_after(limit, used + reserved + needed - maximum),
        )

    def _retry_after(self, limit: str, excess: float) -> float | None:
        """Seconds until so much of what was used has left the window."""
        for at, amount in self._spent if self.window is not None else ():
            excess -= amount.tokens if limit == "max_tokens" else amount.cost
            if excess <= 0:
                return max(0.0, at + (self.window or 0.0) - time.monotonic())
        return None


class Reservation:
    """What one call has set aside. ``settle`` counts once; later calls do nothing."""

    __slots__ = ("_budget", "_open", "amount")

    def __init__(self, budget: Budget, amount: Amount) -> None:
        self._budget = budget
        self._open = True
        self.amount = amount

    def settle(self, used: Amount) -> None:
        """Count ``used`` instead of what was reserved.

        Raises ``InvalidParameterError`` for what is no amount; the reservation stands then.
        """
        _check_amount("used", used)
        if self._open:
            self._open = False
            self._budget.settle(self.amount, used)


def _sum(left: Amount, right: Amount, *, sign: int = 1) -> Amount:
    tokens = left.tokens + sign * right.tokens
    return Amount(max(tokens, 0), max(left.cost + sign * right.cost, 0.0))


def _check_amount(name: str, value: object) -> None:
    if not isinstance(value, Amount) or not all(map(is_amount, value)):
        raise InvalidParameterError(
            f"{name} is an Amount(tokens, cost) of numbers, 0 or more; got {value!r:.60}."
        )


def _tokens(count: float) -> str:
    return f"{round(count):,} tokens"


def _dollars(cost: float) -> str:
    return f"${cost:.6f}" if cost < 1 else f"${cost:,.2f}"


def _checked(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if not is_amount(value):
        raise InvalidParameterError(f"{name} is a number, 0 or more, or None; got {value!r:.60}.")
    return value
