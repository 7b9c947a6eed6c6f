"""What async methods need of asyncio: its running event loop, and its worker threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..errors import UnsupportedEventLoopError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

__all__ = ["call_in_thread", "running_loop"]

T = TypeVar("T")


def running_loop() -> AbstractEventLoop:
    """The event loop that runs in this thread.

    Raises ``UnsupportedEventLoopError`` if there is none of asyncio's: under trio, for example.
    """
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        pass
    raise UnsupportedEventLoopError(
        "Async methods run on an event loop of asyncio (uvloop is one), and none runs here. Under"
        " trio, call the blocking methods in a thread: trio.to_thread.run_sync(model.invoke, ...)."
    )


async def call_in_thread(function: Callable[[], T]) -> T:
    """What ``function`` returns in a worker thread, in a copy of this context.

    Raises what it raises; a ``StopIteration`` as the cause of a ``RuntimeError``, as a generator
    does: a future does not take it, so the call would wait without end.
    """
    from asyncio import to_thread

    def call() -> T:
        try:
            return function()
        except StopIteration as error:
            raise RuntimeError("A function that ran in a thread raised StopIteration.") from error

    return await to_thread(call)
