"""What ``stream`` and ``astream`` of a chain return: iterators that can be closed.

Nothing happens before the first step. Leaving the loop in any way (``break``, an exception,
``close``, the end of ``with``) closes everything beneath at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar
from weakref import ref

__all__ = ["AsyncItems", "AsyncStream", "Items", "Stream"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Stream(Protocol[T_co]):
    """An iterator that is also a context manager and can be closed; ``ChatStream`` is one too."""

    def __iter__(self) -> Iterator[T_co]: ...
    def __next__(self) -> T_co: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class AsyncStream(Protocol[T_co]):
    """``Stream`` on an event loop; ``AsyncChatStream`` is one too."""

    def __aiter__(self) -> AsyncIterator[T_co]: ...
    async def __anext__(self) -> T_co: ...
    async def aclose(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Items(Generic[T]):
    """The ``Stream`` of a chain: one generator, made at the first step.

    A loop gets the generator alone, which this keeps only weakly: leaving the loop drops it, and so
    closes it, even while the stream object lives on.
    """

    def __init__(self, make: Callable[[], Generator[T, None, None]]) -> None:
        self._make: Callable[[], Generator[T, None, None]] | None = make
        self._weak: Callable[[], Generator[T, None, None] | None] = _gone
        self._kept: Generator[T, None, None] | None = None

    def __iter__(self) -> Iterator[T]:
        items = self._weak()
        if items is None:
            items = _nothing() if self._make is None else self._make()
            self._make = None
            self._weak = ref(items)
        return items

    def __next__(self) -> T:
        if self._kept is None:
            self._kept = self.__iter__()  # type: ignore[assignment]
        return next(self._kept)  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop whatever runs beneath, and close its responses."""
        self._make = None
        items = self._weak()
        if items is not None:
            items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncItems(Generic[T]):
    """The ``AsyncStream`` of a chain.

    A loop gets a generator around the one that this keeps, so that leaving the loop closes both,
    and ``aclose`` can still be awaited.
    """

    def __init__(self, make: Callable[[], AsyncGenerator[T, None]]) -> None:
        self._make: Callable[[], AsyncGenerator[T, None]] | None = make
        self._items: AsyncGenerator[T, None] | None = None
        self._closing = False

    def _begun(self) -> AsyncGenerator[T, None]:
        if self._items is None:
            self._items = _anothing() if self._make is None else self._make()
            self._make = None
        return self._items

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        items = self._begun()
        try:
            async for item in items:
                yield item
        finally:
            await self.aclose()

    async def __anext__(self) -> T:
        return await anext(self._begun())

    async def aclose(self) -> None:
        """Stop whatever runs beneath, and close its responses."""
        self._make = None
        # A loop that is left closes by a task of its own, while the block around it closes too.
        if self._items is not None and not self._closing:
            self._closing = True
            await self._items.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _gone() -> None:
    return None


def _nothing() -> Generator[T, None, None]:
    yield from ()


async def _anothing() -> AsyncGenerator[T, None]:
    return
    yield
