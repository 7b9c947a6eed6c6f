"""``Feed``: the rows that have to be asked, one after another, for the tasks of an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from .check import Asked

__all__ = ["Feed"]

_SKIPPED_AT_ONCE = 500


class Feed:
    """Hands out the rows of ``rows``, in which ``None`` stands for a row that is not asked.

    With ``waits`` the rows come from something that may have to be waited for (a pipe, a
    generator): they are then read in a thread, so that answers go on arriving meanwhile.
    """

    def __init__(self, rows: Iterator[Asked | None], *, waits: bool = False) -> None:
        self._rows = rows
        self._reader = _ThreadedReader(rows) if waits else None

    def stop(self) -> None:
        """End the waits for a row: ``next`` returns ``None``."""
        if self._reader is not None:
            self._reader.stop()

    async def next(self) -> Asked | None:
        """The next row that has to be asked; ``None`` at the end. Raises what reading raises."""
        if self._reader is not None:
            return await self._reader.next()
        for skipped, row in enumerate(self._rows, 1):
            if row is not None:
                return row
            if not skipped % _SKIPPED_AT_ONCE:
                await asyncio.sleep(0)  # answers and signals have their turn
        return None


class _ThreadedReader:
    """Advances an iterator in a thread of its own, one step for each call of ``next``."""

    def __init__(self, rows: Iterator[Asked | None]) -> None:
        self._rows = rows
        self._calls: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Future[Any]]]
        self._calls = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waits: set[asyncio.Future[Any]] = set()

    def stop(self) -> None:
        for future in self._waits:
            _resolve(future, None, None)

    async def next(self) -> Asked | None:
        if self._thread is None:
            # A daemon: a pipe that never ends must not keep the process.
            self._thread = threading.Thread(target=self._run, name="rows", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._calls.put((loop, future))
        self._waits.add(future)
        try:
            row: Asked | None = await future
        finally:
            self._waits.discard(future)
        return row

    def _run(self) -> None:
        while True:
            loop, future = self._calls.get()
            row: Asked | None = None
            failure: BaseException | None = None
            try:
                row = next((row for row in self._rows if row is not None), None)
            except BaseException as error:  # noqa: BLE001 - it is raised where the row was wanted
                failure = error
            try:
                loop.call_soon_threadsafe(_resolve, future, row, failure)
            except RuntimeError:  # the loop was closed meanwhile
                return


def _resolve(future: asyncio.Future[Any], row: Asked | None, failure: BaseException | None) -> None:
    if future.done():  # cancelled, or no more wanted
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(row)
