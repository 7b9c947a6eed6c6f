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
G = TypeVar("G")
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


class _Opener(Generic[G]):
    """Makes the one generator of a stream when it is first asked for.

    A loop is given the generator alone, which this keeps only weakly: leaving the loop drops it,
    and so closes it, even while the stream object lives on.
    """

    def __init__(self, make: Callable[[], G], nothing: Callable[[], G]) -> None:
        self._make: Callable[[], G] | None = make
        self._nothing = nothing
        self._weak: Callable[[], G | None] = _gone
        self._kept: G | None = None

    def open(self, *, keep: bool) -> G:
        items = self._weak()
        if items is None:
            items = self._nothing() if self._make is None else self._make()
            self._make = None
            self._weak = ref(items)
        if keep:
            self._kept = items
        return items

    def opened(self) -> G | None:
        """The generator, if it was made and is still there. No other is made after this."""
        self._make = None
        return self._weak()


def _gone() -> None:
    return None


class Items(Generic[T]):
    """The ``Stream`` of a chain: one generator, made at the first step."""

    def __init__(self, make: Callable[[], Generator[T, None, None]]) -> None:
        self._opener: _Opener[Generator[T, None, None]] = _Opener(make, _nothing)

    def __iter__(self) -> Iterator[T]:
        return self._opener.open(keep=False)

    def __next__(self) -> T:
        return next(self._opener.open(keep=True))

    def close(self) -> None:
        """Stop whatever runs beneath, and close its responses."""
        items = self._opener.opened()
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
    """The ``AsyncStream`` of a chain."""

    def __init__(self, make: Callable[[], AsyncGenerator[T, None]]) -> None:
        self._opener: _Opener[AsyncGenerator[T, None]] = _Opener(make, _anothing)

    def __aiter__(self) -> AsyncGenerator[T, None]:
        return self._opener.open(keep=False)

    async def __anext__(self) -> T:
        return await anext(self._opener.open(keep=True))

    async def aclose(self) -> None:
        """Stop whatever runs beneath, and close its responses."""
        items = self._opener.opened()
        if items is not None:
            await items.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _nothing() -> Generator[T, None, None]:
    yield from ()


async def _anothing() -> AsyncGenerator[T, None]:
    return
    yield
