"""``RunnableParallel``: the same input to several steps side by side, their outputs in a dict."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from ..arguments import of_type
from ..errors import InvalidParameterError
from .base import AnyRunnable, Runnable, RunnableLike
from .engine.accumulators import Accumulator, AddableDict, PerKey
from .engine.runtime import END, Runtime, Side
from .engine.scope import Chunks, StepContext
from .engine.step import AnyStep
from .nesting import check_depth
from .sequence import as_runnable

__all__ = ["RunnableParallel", "Tee"]


class RunnableParallel(Runnable[Any, dict[str, Any]]):
    """``{"a": step, "b": step}``: threads side by side, on an event loop tasks.

    Chunks come as they are made, ``{"a": chunk}``, and add up with ``+``. The first branch that
    fails ends the others. ``max_concurrency`` bounds how many run at once.
    """

    def __init__(
        self, steps: Mapping[str, RunnableLike] | None = None, /, **more: RunnableLike
    ) -> None:
        if steps is not None:
            of_type("steps", steps, Mapping, "a dict of steps")
        given = {**(steps or {}), **more}
        if not given:
            raise InvalidParameterError("RunnableParallel needs at least one step.")
        self.steps: dict[str, AnyRunnable] = {}
        for key, step in given.items():
            self.steps[key] = as_runnable(step)
        self.depth = check_depth(1, *self.steps.values())

    def get_name(self) -> str:
        """With the keys it makes."""
        return f"RunnableParallel<{','.join(self.steps)}>"

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return any(step.names_one_call() for step in self.steps.values())

    def __repr__(self) -> str:
        return f"RunnableParallel({', '.join(f'{k}={v!r}' for k, v in self.steps.items())})"

    async def _invoke(
        self, value: object, context: StepContext, **kwargs: object
    ) -> dict[str, Any]:
        def side(key: str, step: AnyStep) -> Side[object]:
            async def run(runtime: Runtime) -> object:
                inner = context.tagged(f"map:key:{key}")._replace(runtime=runtime)
                return await step.traced_invoke(value, inner, None, kwargs)

            return run

        sides = [side(key, step) for key, step in self.steps.items()]
        outputs = await context.runtime.gather(sides, limit=context.limit)
        return dict(zip(self.steps, outputs, strict=True))

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        tee = Tee(chunks, len(self.steps), context.runtime.lock())

        def branch(position: int, key: str, runtime: Runtime) -> AsyncGenerator[object, None]:
            inner = context.tagged(f"map:key:{key}")._replace(runtime=runtime)
            return self.steps[key].traced_transform(tee.branch(position), inner, None, kwargs).items

        keys = list(self.steps)
        branches = [partial(branch, position, key) for position, key in enumerate(keys)]
        items = context.runtime.run_parallel(branches, limit=context.limit)
        try:
            async for position, chunk in items:
                yield AddableDict({keys[position]: chunk})
        finally:
            await items.aclose()

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return PerKey({key: step.accumulator(upstream) for key, step in self.steps.items()})


class Tee:
    """The same chunks for several branches; the branch that is ahead pulls for all of them.

    A branch that lags behind holds the chunks that it has yet to take.
    """

    def __init__(
        self, chunks: Chunks, count: int, lock: AbstractAsyncContextManager[object]
    ) -> None:
        self._chunks = chunks
        self._lock = lock
        self._waiting: list[deque[object] | None] = [deque() for _ in range(count)]
        self._ended = False
        self._error: BaseException | None = None

    def branch(self, position: int) -> Chunks:
        """The chunks for one branch; take each position once."""
        return Chunks(self._items(position), self._chunks.accumulator)

    async def _items(self, position: int) -> AsyncGenerator[object, None]:
        mine = self._waiting[position]
        assert mine is not None
        try:
            while True:
                while mine:
                    yield mine.popleft()
                if self._ended:
                    if self._error is not None:
                        raise self._error
                    return
                async with self._lock:
                    if not mine and not self._ended:
                        await self._pull()
        finally:
            self._waiting[position] = None

    async def _pull(self) -> None:
        try:
            item = await anext(self._chunks.items, END)
        except BaseException as error:
            self._ended, self._error = True, error
            raise
        if item is END:
            self._ended = True
            return
        for waiting in self._waiting:
            if waiting is not None:
                waiting.append(item)
