"""``with_budget``: a model that asks a budget before each request; and a budget for a process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from chat_core import AIMessage, AIMessageChunk, APIError, ChatModel, InvalidParameterError
from chat_core.provider import (
    AsyncSegments,
    ModelCall,
    ModelMiddleware,
    Segments,
    drop_middleware,
    use_middleware,
    wrap_model,
)

from .answer_cost import answer_cost
from .answer_facts import AnswerFacts
from .budget import Amount, Budget, Reservation
from .budget_errors import UnknownPriceError
from .counts import is_amount
from .estimate import input_tokens, output_bound
from .library import load_prices

__all__ = ["BudgetMiddleware", "Spending", "needed_amount", "set_process_budget", "with_budget"]

Model = TypeVar("Model", bound=ChatModel)


def with_budget(model: Model, budget: Budget) -> Model:
    """A copy of ``model`` whose requests ``budget`` allows, or refuses before they are sent.

    What it raises then is ``BudgetExceededError``, which is not tried again; ``with_fallbacks``
    goes on with a cheaper model.

    Raises ``InvalidParameterError`` for what is no chat model or no ``Budget``.
    """
    return wrap_model(model, _middleware(budget))


_of_process: BudgetMiddleware | None = None


def set_process_budget(budget: Budget | None) -> None:
    """Have ``budget`` bound every model of this process, in place of the one before.

    ``None`` takes it away. Budgets of single models hold beside it.
    """
    global _of_process
    before, after = _of_process, None if budget is None else _middleware(budget)
    if before is not None:
        drop_middleware(before)
    if after is not None:
        use_middleware(after)
    _of_process = after


def _middleware(budget: Budget) -> BudgetMiddleware:
    if not isinstance(budget, Budget):
        raise InvalidParameterError(f"budget is a Budget; got {budget!r:.60}.")
    if budget.max_cost is not None:
        load_prices()
    return BudgetMiddleware(budget)


class BudgetMiddleware(ModelMiddleware):
    """Reserves before a call, and settles after it."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def __repr__(self) -> str:
        return repr(self.budget)

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        """See ``ModelMiddleware``."""
        with _spending(self.budget, call) as spending:
            message = answer()
            spending.end([message])
        return message

    async def agenerate(
        self, call: ModelCall, answer: Callable[[], Awaitable[AIMessage]]
    ) -> AIMessage:
        """See ``ModelMiddleware``."""
        with _spending(self.budget, call) as spending:
            message = await answer()
            spending.end([message])
        return message

    def stream(self, call: ModelCall, answer: Callable[[], Segments]) -> Segments:
        """See ``ModelMiddleware``."""
        with _spending(self.budget, call) as spending:
            segments = answer()
            try:
                for segment in segments:
                    spending.facts.note_text(segment)
                    yield segment
            finally:
                segments.close()
            spending.end()

    async def astream(self, call: ModelCall, answer: Callable[[], AsyncSegments]) -> AsyncSegments:
        """See ``ModelMiddleware``."""
        with _spending(self.budget, call) as spending:
            segments = answer()
            try:
                async for segment in segments:
                    spending.facts.note_text(segment)
                    yield segment
            finally:
                await segments.aclose()
            spending.end()


class Spending:
    """One call in the books of a budget: a ``with`` block from its reservation to its end.

    Args:
        budget: the budget.
        model: the model that is asked.
        given: tokens of its input, estimated.
        bound: the most tokens of its output, where something bounds it.
        is_reserved: whether what it may use is set aside; not for what the vendor has answered.
    """

    def __init__(
        self,
        budget: Budget,
        model: ChatModel,
        given: int,
        bound: int | None,
        *,
        is_reserved: bool = True,
    ) -> None:
        self.facts = AnswerFacts()
        self._budget = budget
        self._model = model
        self._input = given
        self._is_whole = False
        needed = needed_amount(budget, model, given, bound) if is_reserved else Amount()
        self._reserved = budget.reserve(needed) if is_reserved else Reservation(budget, needed)

    def __enter__(self) -> Self:
        return self

    def end(self, chunks: Iterable[AIMessage | AIMessageChunk] = ()) -> None:
        """The answer is whole; ``chunks`` are what has not been noted of it."""
        self.facts.note_text(chunks)
        self._is_whole = True

    def settle(self) -> None:
        """Count what was used in place of what was reserved; once."""
        self._reserved.settle(self._used())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, APIError) and error.partial is not None and not self.facts.arrived:
            self.facts.note_text([error.partial])
        self.settle()

    def _used(self) -> Amount:
        facts = self.facts
        if facts.is_cached or not facts.arrived:
            return Amount()
        usage: dict[str, Any] = dict(facts.usage or {})
        given, made = _count(usage, "input_tokens"), _count(usage, "output_tokens")
        usage["input_tokens"] = self._input if given is None else given
        estimated = -(-facts.characters // 4)
        if made is None or not self._is_whole:
            usage["output_tokens"] = max(made or 0, estimated)
        total = usage["input_tokens"] + usage["output_tokens"]
        if self._is_whole and given is not None and made is not None:
            total = _count(usage, "total_tokens") or total
        return Amount(total, self._cost_of(usage))

    def _cost_of(self, usage: dict[str, Any]) -> float:
        """What the answer costs. One of unknown price counts what was reserved for it."""
        if self._budget.max_cost is None:
            return 0.0
        cost = answer_cost(self._model, usage, self.facts.metadata)
        return cost if is_amount(cost) else self._reserved.amount.cost


def _spending(budget: Budget, call: ModelCall) -> Spending:
    return Spending(budget, call.model, input_tokens(call), output_bound(call))


def needed_amount(budget: Budget, model: ChatModel, given: int, bound: int | None) -> Amount:
    """What an answer may use of ``budget``. Raises ``UnknownPriceError``."""
    made = round(budget.unbounded_output) if bound is None else bound
    cost: float | None = 0.0
    if budget.max_cost is not None:
        cost = answer_cost(model, {"input_tokens": given, "output_tokens": made}, {})
    if cost is None and budget.unknown_price == "refuse":
        raise _unknown_price(budget, model)
    return Amount(given + made, cost or 0.0)


def _unknown_price(budget: Budget, model: ChatModel) -> UnknownPriceError:
    name = f"{model.provider}:{model.model}"
    return UnknownPriceError(
        f"The price of {name} is unknown, so a budget of max_cost={budget.max_cost:g}"
        " cannot hold it. Nothing was sent. Set the price with chat_cost.register_price(), or"
        " make the budget with unknown_price='count-tokens'.",
        limit="max_cost",
        maximum=budget.max_cost,
        used=budget.used_cost,
        reserved=budget.reserved.cost,
    )


def _count(usage: dict[str, Any], name: str) -> float | None:
    """A count that the vendor reports; ``None`` for one that is none, such as a negative one."""
    count = usage.get(name)
    return count if is_amount(count) else None
