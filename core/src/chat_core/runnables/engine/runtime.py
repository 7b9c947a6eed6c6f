"""Runtimes: what the steps of a chain wait for, in blocking code and on an event loop.

A step is written once, as a coroutine or an async generator that awaits only its runtime. Under
``AsyncRuntime`` it is ordinary asyncio code. Under ``SyncRuntime`` nothing that it awaits ever
suspends, so ``run_sync`` runs it to its end without an event loop. A runtime

- calls the user's functions and iterates the user's iterators and the models' streams;
- runs branches in parallel (in threads, or in tasks), bounded in number and in what they buffer;
- makes a producer wait while the queue of its events is full.

A step may yield one thing to ``run_sync``'s caller: ``FLUSH``, which asks it to deliver the queued
events before the thread blocks (``runnables/events.py``).
"""

from __future__ import annotations

import inspect
import types
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Hashable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from ...errors import InvalidParameterError
from ...runs.run import EventSink, RunContext, use_run_context

__all__ = [
    "END",
    "FLUSH",
    "Branch",
    "LoopIterator",
    "Runtime",
    "Side",
    "run_sync",
    "iterate_sync",
    "flush",
]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

END: Any = object()
"""What an iteration yields in place of ``StopIteration``."""

FLUSH = object()
"""Handed to the driver by ``flush``: deliver the events that wait."""

Branch: TypeAlias = Callable[["Runtime"], AsyncGenerator[T, None]]
"""Something to iterate beside others; it gets the runtime to use in there."""

Side: TypeAlias = Callable[["Runtime"], Awaitable[T]]
"""Something to await beside others."""


class LoopIterator:
    """The chunks that a generator function reads, while it has them."""

    def __init__(self, iterator: object) -> None:
        self.iterator = iterator

    async def take_back(self) -> None:
        """End a wait for a chunk that the function has begun: it reads no more."""


class Runtime(ABC):
    """What a step may wait for."""

    is_async: bool
    sink: EventSink | None = None

    @abstractmethod
    async def call(
        self, function: Callable[..., object], *args: object, run_context: RunContext | None
    ) -> Any:
        """Call the user's ``function`` in ``run_context``; await what it returns if need be."""

    @abstractmethod
    def iterate(
        self, iterable: Any, *, run_context: RunContext | None = None, users: bool = False
    ) -> AsyncGenerator[Any, None]:
        """The items of an iterable, closed at the end.

        With ``users`` it is user code, blocking or async; otherwise it is of this runtime's kind,
        a generator or something whose iterator is one.
        """

    @abstractmethod
    def as_iterator(self, items: AsyncGenerator[object, None], *, to_async: bool) -> LoopIterator:
        """``items`` as an iterator that the user's generator function can loop over."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait."""

    @abstractmethod
    def lock(self) -> AbstractAsyncContextManager[object]:
        """A lock between branches."""

    @abstractmethod
    def run_parallel(
        self, branches: Sequence[Branch[T]], *, limit: int | None
    ) -> AsyncGenerator[tuple[int, T], None]:
        """The items of all ``branches`` as they come, each with its branch's position.

        At most ``limit`` run at once. The first exception of any kind ends the other branches and
        is raised. Closing the generator ends all of them.
        """

    async def gather(self, sides: Sequence[Side[T]], *, limit: int | None) -> list[T]:
        """The results of all ``sides``, in order. The first error ends the others and is raised."""

        def as_branch(side: Side[T]) -> Branch[T]:
            async def branch(runtime: Runtime) -> AsyncGenerator[T, None]:
                yield await side(runtime)

            return branch

        if len(sides) == 1:
            return [await sides[0](self)]
        items = self.run_parallel([as_branch(side) for side in sides], limit=limit)
        results = {position: result async for position, result in items}
        return [results[position] for position in range(len(sides))]


@types.coroutine
def flush() -> Generator[object, None, None]:
    """Have the driver deliver the events that wait. Only in the thread that reads them."""
    yield FLUSH


def run_sync(program: Awaitable[T]) -> T:
    """Run a program of ``SyncRuntime`` to its end.

    Raises ``RuntimeError`` if it awaits anything that is not a runtime's.
    """
    steps = program.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("A step awaited something of an event loop in blocking code.")


def iterate_sync(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of a program of ``SyncRuntime``, for blocking code."""
    try:
        while True:
            try:
                item = run_sync(items.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        run_sync(items.aclose())


def refuse_coroutine(function: object, value: object) -> None:
    """Raise ``InvalidParameterError`` if ``value``, got from ``function``, needs an event loop."""
    if inspect.iscoroutine(value):
        value.close()
    elif not inspect.isawaitable(value) and not isinstance(value, AsyncIterator):
        return
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    raise InvalidParameterError(
        f"{name} is async: call the chain with ainvoke, astream, abatch or astream_events, or give"
        " RunnableLambda a blocking function beside it: RunnableLambda(blocking, a_function)."
    )


def call_as(
    run_context: RunContext | None, function: Callable[..., object], *args: object, **kwargs: object
) -> Any:
    """``function(*args, **kwargs)`` in ``run_context``."""
    if run_context is None:
        return function(*args, **kwargs)
    with use_run_context(run_context):
        return function(*args, **kwargs)


def next_as(run_context: RunContext | None, iterator: Iterator[Any]) -> Any:
    """The next item or ``END``, in ``run_context``."""
    if run_context is None:
        return next(iterator, END)
    with use_run_context(run_context):
        return next(iterator, END)
