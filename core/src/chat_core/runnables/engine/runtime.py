"""The two ways of moving: what steps of a chain do that differs between blocking code and event
loops.

Steps are written once, as coroutines and async generators that wait for nothing but a mover. Under
``SyncMover`` nothing they await ever suspends, so ``drive`` runs them to their end without an event
loop; under ``AsyncMover`` they are ordinary asyncio code. A mover

- calls the user's functions and iterates the user's iterators and the models' streams;
- runs branches side by side (threads here, tasks there), bounded in number and in what they hold;
- makes a producer wait where the reader of its events is slow.

The one thing that a step may hand to ``SyncMover``'s driver is ``FLUSH``: events wait, deliver them
before this thread blocks. See ``event_stream.py``.
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
    Coroutine,
    Generator,
    Hashable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from ...errors import InvalidParameterError
from ...runs.run import Caller, Listener, calling

__all__ = ["END", "FLUSH", "Branch", "Lent", "Mover", "drive", "drive_items", "flush"]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

END: Any = object()
"""What an iteration yields in place of ``StopIteration``."""

FLUSH: Any = object()
"""Handed to the driver by ``flush``: deliver the events that wait."""

Branch: TypeAlias = Callable[["Mover"], AsyncGenerator[Any, None]]
"""Something to iterate beside others; it gets the mover to use in there."""

Side: TypeAlias = Callable[["Mover"], Coroutine[Any, Any, T]]
"""Something to await beside others."""


class Lent:
    """The chunks that a generator function reads, while it has them."""

    def __init__(self, iterator: Any) -> None:
        self.iterator = iterator

    async def take_back(self) -> None:
        """The function reads no more; nothing of it is left waiting for a chunk."""


class Mover(ABC):
    """What a step may wait for."""

    is_async: bool
    listener: Listener | None = None

    @abstractmethod
    async def call(self, function: Callable[..., Any], *args: Any, caller: Caller | None) -> Any:
        """What the user's ``function`` returns, awaited if need be; ``caller`` is its caller."""

    @abstractmethod
    def iterate(
        self, iterable: Any, *, caller: Caller | None = None, users: bool = False
    ) -> AsyncGenerator[Any, None]:
        """The items of an iterable, closed at the end.

        ``users`` says that it is user code, blocking or async; otherwise it is of this mover's
        kind, a generator or something whose iterator is one.
        """

    @abstractmethod
    def lend(self, items: AsyncGenerator[Any, None], *, to_async: bool) -> Lent:
        """``items`` as an iterator that the user's generator function can loop over."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait."""

    @abstractmethod
    def lock(self) -> AbstractAsyncContextManager[Any]:
        """A lock between branches."""

    @abstractmethod
    def side_by_side(
        self, branches: Sequence[Branch], *, limit: int | None
    ) -> AsyncGenerator[tuple[int, Any], None]:
        """The items of all ``branches`` as they come, each with its branch's position.

        At most ``limit`` run at once. The first error ends the others and is raised; so does
        leaving.
        """

    async def gather(self, sides: Sequence[Side[T]], *, limit: int | None) -> list[T]:
        """The results of all ``sides``, in order. The first error ends the others and is raised."""

        def as_branch(side: Side[T]) -> Branch:
            async def branch(mover: Mover) -> AsyncGenerator[T, None]:
                yield await side(mover)

            return branch

        if len(sides) == 1:
            return [await sides[0](self)]
        items = self.side_by_side([as_branch(side) for side in sides], limit=limit)
        results: dict[int, T] = {position: result async for position, result in items}
        return [results[position] for position in range(len(sides))]


@types.coroutine
def flush() -> Generator[Any, None, None]:
    """Have the driver deliver the events that wait. Only in the thread that reads them."""
    yield FLUSH


def drive(program: Awaitable[T]) -> T:
    """Run a program of ``SyncMover`` to its end.

    Raises ``RuntimeError`` if it awaits anything that is not a mover's.
    """
    steps = program.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("A step awaited something of an event loop in blocking code.")


def drive_items(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of a program of ``SyncMover``, for blocking code."""
    try:
        while True:
            try:
                item = drive(items.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        drive(items.aclose())


def refuse_coroutine(function: Callable[..., Any], value: Any) -> None:
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


def call_as(caller: Caller | None, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)`` with ``caller`` as its caller."""
    if caller is None:
        return function(*args, **kwargs)
    with calling(caller):
        return function(*args, **kwargs)


def next_as(caller: Caller | None, iterator: Iterator[Any]) -> Any:
    """The next item or ``END``, with ``caller`` as the caller of what the iterator calls."""
    if caller is None:
        return next(iterator, END)
    with calling(caller):
        return next(iterator, END)
