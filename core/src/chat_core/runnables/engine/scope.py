"""What passes between steps: chunks on their way, and the context in which a step runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, NamedTuple

from ...runs.config import RunConfig, merge_configs
from ...runs.run import Run, RunContext, current_run_context
from .accumulators import Accumulated, Accumulator, Latest

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["Chunks", "StepContext", "close"]


class Chunks:
    """Chunks on their way to a step.

    ``accumulator`` is an empty accumulator that puts them together. ``accumulated`` is there where
    the step before puts them together anyway, so that it is done once.
    """

    __slots__ = ("accumulated", "accumulator", "items")

    def __init__(
        self,
        items: AsyncGenerator[Any, None],
        accumulator: Accumulator,
        accumulated: Accumulated | None = None,
    ) -> None:
        self.items = items
        self.accumulator = accumulator
        self.accumulated = accumulated

    @classmethod
    def of(cls, value: object) -> Chunks:
        """One value that is there already, as the only chunk."""
        return cls(_only(value), Latest())

    def __aiter__(self) -> AsyncGenerator[Any, None]:
        return self.items

    async def close(self) -> None:
        """Stop the steps before: nothing reads on."""
        await close(self.items)

    async def collect(self) -> Any:
        """Wait for all of them; the value that they make together."""
        whole = self.accumulator.new()
        async for chunk in self.items:
            whole.add(chunk)
        return whole.value()


async def close(items: AsyncGenerator[object, None]) -> None:
    """Close ``items``, unless a cancelled thread that has not ended yet is inside them."""
    try:
        await items.aclose()
    except RuntimeError:
        if not getattr(items, "ag_running", False):
            raise


async def _only(value: object) -> AsyncGenerator[object, None]:
    yield value


class StepContext(NamedTuple):
    """What a step runs with: its runtime, the context of its caller's run, how many branches may
    run at once beneath it, and the merged configs of the calls above.
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
        """The context beneath a call with ``config``; ``run_name`` is for that call's run alone."""
        handed = merge_configs(self.config, config)
        handed.pop("run_name", None)
        return self._replace(limit=config.get("max_concurrency", self.limit), config=handed)

    def tagged(self, tag: str) -> StepContext:
        """The same, with a tag for the very next run."""
        if self.run_context is None:
            return self
        return self._replace(run_context=self.run_context._replace(step_tag=tag))
