"""The event loop on which all MCP sessions of this process run, in one daemon thread.

A session belongs to one task of one loop, and may be used from blocking code and from any number of
other loops; so it has a loop of its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from chat_core.provider import ForkLock, current_cancel_scope

__all__ = ["run_blocking", "submit"]

T = TypeVar("T")

_LOCK = ForkLock()


class _LoopThread:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self.loop.run_forever, name="chat-tool-loop-mcp")
        thread.daemon = True
        thread.start()


_current: _LoopThread | None = None


def submit(program: Coroutine[Any, Any, T]) -> Future[T]:
    """Run ``program`` on the loop of the sessions. Cancelling the future cancels it there."""
    global _current
    with _LOCK:
        if _current is None or _current.pid != os.getpid():  # threads do not survive a fork
            _current = _LoopThread()
        return asyncio.run_coroutine_threadsafe(program, _current.loop)


def run_blocking(program: Coroutine[Any, Any, T]) -> T:
    """The result of ``program``. What ends the wait early, such as Ctrl-C, cancels it."""
    future = submit(program)
    scope = current_cancel_scope()
    if scope is not None:
        scope.add(future.cancel)
    try:
        return future.result()
    except CancelledError:
        raise asyncio.CancelledError from None
    finally:
        if scope is not None:
            scope.discard(future.cancel)
        future.cancel()
