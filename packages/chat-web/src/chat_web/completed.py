"""``completed``: clean-up that comes to its end although its task is cancelled, also repeatedly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from chat_core.provider import wait_until_done

__all__ = ["completed"]

T = TypeVar("T")


async def completed(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, which runs in a task of its own.

    Raises ``CancelledError``, once ``work`` has ended, where the caller was cancelled meanwhile. A
    scope of anyio, such as that of a middleware, cancels again and again until the task ends.
    """
    task = asyncio.create_task(work)
    await wait_until_done([task])
    return task.result()
