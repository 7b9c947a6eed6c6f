"""``running_loop``: asyncio's running event loop, or an error that names what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnsupportedEventLoopError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["running_loop"]


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
