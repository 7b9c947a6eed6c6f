"""Functions as steps: ``RunnableLambda`` from whole input, ``RunnableGenerator`` from chunks."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, overload

from typing_extensions import TypeVar

from ..errors import InvalidParameterError
from ..messages.chunks import AIMessageChunk
from .base import Runnable
from .engine.config_arguments import config_of_function
from .engine.runtime import refuse_coroutine
from .engine.scope import Chunks, StepContext

__all__ = ["RunnableGenerator", "RunnableLambda"]

In = TypeVar("In", default=Any)  # the parameter of a lambda has no type
Out = TypeVar("Out", default=Any)


class RunnableLambda(Runnable[In, Out]):
    """A function of the whole input.

    Args:
        function: blocking or async; a generator function's items are the output's chunks. If it
            returns a runnable, that is called with the same input.
        afunction: what async calls use instead of a blocking ``function``.
        name: in events; by default the function's own, or ``RunnableLambda``.

    In async calls a blocking function runs in a thread; in blocking calls an async one is refused.
    A model called inside reports its events beneath this step. A function with a further parameter
    named ``config`` gets the ``RunConfig`` that the chain was called with. An ``AIMessageChunk``
    merged from a stream arrives as the ``AIMessage`` that ``invoke`` would have given.
    """

    @overload
    def __init__(
        self,
        function: Callable[[In], Runnable[Any, Out, Any]],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        function: Callable[[In], AsyncIterator[Out]],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        function: Callable[[In], Awaitable[Out]],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        function: Callable[[In], Iterator[Out]],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        function: Callable[[In], Out],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        function: Callable[..., Out],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
    def __init__(
        self,
        function: Callable[..., object],
        afunction: Callable[..., object] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        for given in (function, afunction):
            if given is not None and not callable(given):
                raise InvalidParameterError(
                    f"RunnableLambda takes a function; got {type(given).__name__}: {given!r:.100}"
                )
        self._function = function
        self._afunction = afunction
        self._name = name or _name_of(function, "RunnableLambda")

    def get_name(self) -> str:
        """The function's name."""
        return self._name

    def __repr__(self) -> str:
        is_nameless = self._name == "RunnableLambda"
        return f"RunnableLambda({'lambda' if is_nameless else self._name})"

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        value = await chunks.collect()
        if isinstance(value, AIMessageChunk):
            value = value.to_message()
        function = self._function
        if context.runtime.is_async and self._afunction is not None:
            function = self._afunction
        kwargs |= config_of_function(function, context)
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            output = function(value, **kwargs)
        else:
            call = partial(function, **kwargs) if kwargs else function
            output = await context.runtime.call(call, value, run_context=context.run_context)
        returned: object = output
        if returned is self:
            raise InvalidParameterError(
                f"The function of the step {self._name!r} returns the step itself, which would be"
                " called with the same input without an end. Return another step, or the output."
            )
        if isinstance(output, Runnable):
            items = output.traced_transform(Chunks.of(value), context, None, {}).items
        elif inspect.isgenerator(output) or inspect.isasyncgen(output):
            items = context.runtime.iterate(output, run_context=context.run_context, users=True)
        else:
            yield output
            return
        try:
            async for chunk in items:
                yield chunk
        finally:
            await items.aclose()


class RunnableGenerator(Runnable[In, Out]):
    """A generator function from an iterator of chunks to chunks, blocking or async.

    It runs while the steps before it still talk. In async calls a blocking one is advanced in a
    thread; in blocking calls an async one is refused. ``config`` is as for ``RunnableLambda``.
    """

    @overload
    def __init__(
        self,
        function: Callable[[AsyncIterator[In]], AsyncIterator[Out]],
        *,
        name: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self, function: Callable[[Iterator[In]], Iterator[Out]], *, name: str | None = None
    ) -> None: ...
    @overload
    def __init__(self, function: Callable[..., object], *, name: str | None = None) -> None: ...
    def __init__(self, function: Callable[..., object], *, name: str | None = None) -> None:
        if not (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
            raise InvalidParameterError(
                "RunnableGenerator takes a generator function over an iterator of chunks;"
                f" got {function!r:.100}"
            )
        self._function = function
        self._name = name or _name_of(function, "RunnableGenerator")

    def get_name(self) -> str:
        """The function's name."""
        return self._name

    def __repr__(self) -> str:
        return f"RunnableGenerator({self._name})"

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        to_async = inspect.isasyncgenfunction(self._function)
        if to_async and not context.runtime.is_async:
            refuse_coroutine(self._function, self._function(chunks.items))
        lent = context.runtime.as_iterator(chunks.items, to_async=to_async)
        output = self._function(
            lent.iterator, **kwargs, **config_of_function(self._function, context)
        )
        items = context.runtime.iterate(output, run_context=context.run_context, users=True)
        try:
            async for chunk in items:
                yield chunk
        finally:
            await items.aclose()
            await lent.take_back()


def _name_of(function: Callable[..., object], fallback: str) -> str:
    name = getattr(function, "__name__", fallback)
    return fallback if name == "<lambda>" else str(name)
