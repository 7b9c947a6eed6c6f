"""What passes between steps: chunks on their way, and the context in which a step runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...runs.config import RunConfig, merge_configs
from ...runs.run import Run, RunContext, current_run_context
from .accumulators import FoldMaker, Latest, Merge

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["Chunks", "Made", "StepContext", "close"]


class Made(Protocol):
    """Whoever folds the chunks already; ``value`` is what has come so far, at the end all."""

    def value(self) -> Any: ...


class Chunks:
    """Chunks on their way to a step, and how they fold into the value that they make together.

    ``made`` is there where the step before folds them anyway, so that nobody does it twice.
    """

    __slots__ = ("fold", "items", "made")

    def __init__(
        self,
        items: AsyncGenerator[Any, None],
        fold: FoldMaker = Merge,
        made: Made | None = None,
    ) -> None:
        self.items = items
        self.fold = fold
        self.made = made

    @classmethod
    def of(cls, value: Any) -> Chunks:
        """One value that is there already, as the only chunk."""
        return cls(_only(value), Latest)

    def __aiter__(self) -> AsyncGenerator[Any, None]:
        return self.items

    async def close(self) -> None:
        """Nobody reads on."""
        await close(self.items)

    async def collect(self) -> Any:
        """Wait for all of them and fold them."""
        fold = self.fold()
        async for chunk in self.items:
            fold.add(chunk)
        return fold.value()


async def close(items: AsyncGenerator[Any, None]) -> None:
    """Close ``items``, unless a thread that was told to leave, and has not yet, is inside them."""
    try:
        await items.aclose()
    except RuntimeError:
        if not getattr(items, "ag_running", False):
            raise


async def _only(value: Any) -> AsyncGenerator[Any, None]:
    yield value


class StepContext(NamedTuple):
    """In which way a step moves, who called it, how much may run at once beneath it, and what the
    configs of the calls above said.
    """

    runtime: Runtime
    run_context: RunContext | None
    limit: int | None = None
    config: RunConfig | None = None

    @classmethod
    def here(cls, runtime: Runtime) -> StepContext:
        """The context of a call made from user code."""
        return cls(runtime, current_run_context())

    def under(self, run: Run) -> StepContext:
        """The context of what ``run`` calls."""
        return self._replace(run_context=run.as_run_context())

    def given(self, config: RunConfig) -> StepContext:
        """The context beneath a call that says ``config``; its run's name stays with that run."""
        handed = merge_configs(self.config, config)
        handed.pop("run_name", None)
        return self._replace(limit=config.get("max_concurrency", self.limit), config=handed)

    def tagged(self, tag: str) -> StepContext:
        """The same, with a tag for the very next run."""
        if self.run_context is None:
            return self
        return self._replace(run_context=self.run_context._replace(step_tag=tag))
