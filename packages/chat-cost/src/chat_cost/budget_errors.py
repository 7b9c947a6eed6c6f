"""Why a call was refused before it was sent: a budget does not allow it."""

from __future__ import annotations

from chat_core import ChatError

__all__ = ["BudgetExceededError", "UnknownPriceError"]


class BudgetExceededError(ChatError):
    """A request would exceed a budget; nothing was sent. It is not tried again.

    Args:
        message: a sentence with the figures.
        limit: ``"max_tokens"`` or ``"max_cost"``.
        maximum: the limit, in tokens or US dollars, as the figures below are.
        used: what finished answers have used.
        reserved: what calls under way may use.
        needed: what this request needs at least.
        retry_after: in how many seconds enough of a budget with a window is free again, if nothing
            else is asked; ``None`` where waiting does not help.
    """

    def __init__(
        self,
        message: str,
        *,
        limit: str = "",
        maximum: float | None = None,
        used: float = 0,
        reserved: float = 0,
        needed: float | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.limit = limit
        self.maximum = maximum
        self.used = used
        self.reserved = reserved
        self.needed = needed
        self.retry_after = retry_after


class UnknownPriceError(BudgetExceededError):
    """The price of a model is unknown, and its budget is one of money; nothing was sent."""
