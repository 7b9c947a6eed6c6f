"""``RunnableEach``: a runnable over every item of a list, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments import items_of
from .base import Runnable
from .batch import check_key
from .engine.runtime import Runtime, Side
from .engine.scope import StepContext
from .engine.types import In, Out
from .nesting import check_depth

__all__ = ["RunnableEach"]


class RunnableEach(Runnable[Sequence[In], list[Out]]):
    """A list in, the list of ``bound``'s outputs out, in the same order."""

    def __init__(self, bound: Runnable[In, Out, Any]) -> None:
        self.bound = bound
        self.depth = check_depth(1, bound)

    def get_name(self) -> str:
        """With the bound runnable's name."""
        return f"RunnableEach<{self.bound.get_name()}>"

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self.bound.names_one_call()

    def __repr__(self) -> str:
        return f"{self.bound!r}.map()"

    async def _invoke(
        self, value: Sequence[In], context: StepContext, **kwargs: object
    ) -> list[Out]:
        def side(item: In) -> Side[Out]:
            async def run(runtime: Runtime) -> Out:
                inner = context._replace(runtime=runtime)
                return await self.bound.traced_invoke(item, inner, None, kwargs)

            return run

        items = items_of("The input of map()", value, "a list")
        check_key(self.bound, items, kwargs)
        sides = [side(item) for item in items]
        return await context.runtime.gather(sides, limit=context.limit) if sides else []
