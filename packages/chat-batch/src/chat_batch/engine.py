"""``Engine``: asks rows with a fixed number of tasks, and hands out each result as it arrives.

Rules:

- At most ``max_concurrency`` requests are under way; as many tasks are made, and used again for
  every row.
- A row whose request has to be made again waits outside of the tasks, which go on with other rows.
  At most ``MOST_WAITING`` rows wait so; beyond that no new row is read.
- A row that failed for good is given to the fallbacks in turn.
- Where no file descriptor (or port, or memory) is left for a connection, one task ends and the row
  is asked later: fewer requests are then under way. If the last task finds none when it asks once
  more, the run is stopped.
- Stopping starts no more requests; those under way have ``grace`` seconds to be answered.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from chat_core import ChatError, OverloadedError, RateLimitError
from chat_core.provider import is_out_of_resources, retry_delay

from .check import Asked
from .cost import is_over_budget, seconds_until_allowed
from .descriptors import logger
from .errors import OutputError
from .feed import Feed
from .pool import Backend, Pool, closes_model, freest
from .results import Result

__all__ = ["Engine", "seconds_before_retry"]

GRACE = 5.0
"""Seconds that requests under way may go on when a run is stopped."""
LONGEST_WAIT = 3600.0
"""The longest time that a vendor may ask a batch to wait, in seconds."""
MOST_WAITING = 64
"""How many rows may wait for a request to be made again before no new row is read."""
_LONGEST_NAP = 0.5


@dataclass
class _OpenRow:
    """A row that has no result yet: its requests so far, and which models it has tried."""

    asked: Asked
    stage: int = 0
    failures: int = 0
    attempts: int = 0
    seconds: float = 0.0
    error: ChatError | None = None
    model: str = ""


@dataclass
class Engine:
    """Asks the rows of ``feed``; ``on_result`` takes each result, and may raise ``OutputError``."""

    feed: Feed
    pool: Pool
    on_result: Callable[[Result], None]
    max_concurrency: int
    stopped_by: Exception | None = None
    _waiting: list[tuple[float, int, _OpenRow]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _is_exhausted: bool = False
    _surplus: set[asyncio.Task[Any] | None] = field(default_factory=set)
    _is_alone: bool = False
    _grace: float = GRACE
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _workers: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Ask every row, or those before the run is stopped."""
        self._workers = {asyncio.create_task(self._work()) for _ in range(self.max_concurrency)}
        stopping = asyncio.create_task(self._stop.wait())
        try:
            pending: set[asyncio.Task[Any]] = {*self._workers}
            while pending and not stopping.done():
                done, rest = await asyncio.wait(
                    {*pending, stopping}, return_when=asyncio.FIRST_COMPLETED
                )
                pending = rest - {stopping}
                for task in done - {stopping}:
                    if not task.cancelled():  # by a second stop
                        task.result()
            if pending and self._grace > 0:
                await asyncio.wait(pending, timeout=self._grace)
        finally:
            for task in (stopping, *self._workers):
                task.cancel()
            await asyncio.gather(stopping, *self._workers, return_exceptions=True)

    def stop(self, cause: Exception | None = None, *, grace: float = GRACE) -> None:
        """Start no more requests. A second call ends those that are under way at once."""
        if self.is_stopping:
            for worker in self._workers:
                worker.cancel()
            return
        self.stopped_by = cause
        self._grace = grace
        self._stop.set()
        self.feed.stop()

    @property
    def is_stopping(self) -> bool:
        """Whether the run was stopped."""
        return self._stop.is_set()

    async def _work(self) -> None:
        while (open_row := await self._next()) is not None:
            await self._ask(open_row)
            if asyncio.current_task() in self._surplus:
                return

    async def _next(self) -> _OpenRow | None:
        """The row to ask next: one that has waited long enough, else a new one."""
        while not self.is_stopping:
            if self._waiting and self._waiting[0][0] <= time.monotonic():
                return heapq.heappop(self._waiting)[2]
            if not self._is_exhausted and len(self._waiting) < MOST_WAITING:
                if (asked := await self._read()) is not None:
                    return _OpenRow(asked)
                continue
            if not self._waiting:
                return None
            await self._nap(self._waiting[0][0])
        return None

    async def _read(self) -> Asked | None:
        try:
            asked = await self.feed.next()
        except Exception as error:  # noqa: BLE001 - of a user's rows; it ends the run
            self.stop(error)
            return None
        if asked is None:
            self._is_exhausted = True
        return asked

    async def _nap(self, until: float) -> None:
        """Wait until a time of ``time.monotonic``, but at most a moment, or until the stop."""
        seconds = min(max(0.0, until - time.monotonic()), _LONGEST_NAP)
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            pass

    async def _ask(self, open_row: _OpenRow) -> None:
        row = open_row.asked.row
        try:
            backends = self.pool.backends(row.model, open_row.stage)
        except ChatError as error:  # the row names a model that there is not
            open_row.model = row.model or ""
            return self._next_stage(open_row, error)
        if not backends:
            return self._no_backend(open_row)
        backend = freest(backends)
        if backend.held_until > time.monotonic():
            return self._put_back(open_row, backend.held_until)
        open_row.model = backend.name
        open_row.attempts += 1
        started = time.perf_counter()
        try:
            message = await backend.ask(open_row.asked.messages, row.settings)
        except Exception as error:  # noqa: BLE001 - it becomes the row's result
            open_row.seconds += time.perf_counter() - started
            self._failed(open_row, backend, error)
        else:
            open_row.seconds += time.perf_counter() - started
            self._is_alone = False
            self._finish(open_row, Result(row.id, message, None, backend.name))
        await asyncio.sleep(0)  # a model that never waits must not keep the loop
        return None

    def _failed(self, open_row: _OpenRow, backend: Backend, error: Exception) -> None:
        """Decide what becomes of a row whose request has failed."""
        is_own_model = open_row.asked.row.model is not None and open_row.stage == 0
        if closes_model(error) and not is_own_model:
            backend.closed_by = error
            open_row.attempts -= 1
            return self._put_back(open_row, 0.0)
        if is_out_of_resources(error):
            open_row.attempts -= 1
            self._put_back(open_row, 0.0)
            return self._ask_fewer(error)
        open_row.failures += 1
        delay = seconds_before_retry(error, failed=open_row.failures, retries=backend.retries)
        if delay is None:
            return self._next_stage(open_row, error)
        due = time.monotonic() + delay
        if isinstance(error, RateLimitError | OverloadedError) or is_over_budget(error):
            backend.hold_until(due)
            if freest(self.pool.backends(open_row.asked.row.model, open_row.stage)) is not backend:
                due = 0.0
        return self._put_back(open_row, due)

    def _ask_fewer(self, error: Exception) -> None:
        """End the present task. The last asks once more, alone, and then stops the run."""
        surplus = {*self._surplus, asyncio.current_task()}
        if any(task not in surplus and not task.done() for task in self._workers):
            if not self._surplus:
                logger.warning("%s The run goes on with fewer requests at once.", error)
            self._surplus = surplus
        elif self._is_alone:
            self.stop(error)
        else:
            self._is_alone = True

    def _next_stage(self, open_row: _OpenRow, error: Exception) -> None:
        """Give the row to the next fallback; without one, ``error`` is its result."""
        open_row.error = _as_chat_error(error)
        if self.pool.has_stage(open_row.stage + 1):
            open_row.stage += 1
            open_row.failures = 0
            return self._put_back(open_row, 0.0)
        return self._finish(
            open_row, Result(open_row.asked.row.id, None, open_row.error, open_row.model)
        )

    def _no_backend(self, open_row: _OpenRow) -> None:
        """Every model of the row's stage is closed: the next stage, the row's error, or the end."""
        if self.pool.has_stage(open_row.stage + 1):
            open_row.stage += 1
            open_row.failures = 0
            return self._put_back(open_row, 0.0)
        if open_row.error is not None:
            return self._finish(
                open_row, Result(open_row.asked.row.id, None, open_row.error, open_row.model)
            )
        closed = [backend.closed_by for backend in self.pool.all() if backend.closed_by is not None]
        return self.stop(closed[0])

    def _put_back(self, open_row: _OpenRow, due: float) -> None:
        heapq.heappush(self._waiting, (due, next(self._order), open_row))

    def _finish(self, open_row: _OpenRow, result: Result) -> None:
        finished = Result(
            result.id,
            result.message,
            result.error,
            result.model,
            seconds=open_row.seconds,
            attempts=open_row.attempts,
            digest=open_row.asked.digest,
        )
        try:
            self.on_result(finished)
        except OutputError as error:
            self.stop(error, grace=0.0)


def seconds_before_retry(error: Exception, *, failed: int, retries: int) -> float | None:
    """Seconds to wait after the ``failed``-th failure of a row, or ``None`` to give up.

    A batch waits as a model does, and up to ``LONGEST_WAIT`` where the vendor asks for it.
    """
    if not isinstance(error, ChatError):
        return None
    asked: float | None = getattr(error, "retry_after", None)
    if is_over_budget(error):  # it refuses before anything is sent, so this is no attempt
        return seconds_until_allowed(error)
    is_retryable = getattr(error, "is_retryable", False)
    if asked is not None and is_retryable and failed <= retries and asked <= LONGEST_WAIT:
        return asked
    return retry_delay(error, failed=failed, max_retries=retries)


def _as_chat_error(error: Exception) -> ChatError:
    """``error`` itself, or a ``ChatError`` that names it: an exception of a model's own code."""
    if isinstance(error, ChatError):
        return error
    found = ChatError(f"{type(error).__name__}: {error}")
    found.__cause__ = error
    return found
