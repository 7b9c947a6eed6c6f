"""``RayEngine``: hands the rows to Ray Data, and takes each result; it runs in the driver.

Rules:

- The rows are put into Ray's object store in pieces, each a task of Ray Data. Ray starts a task
  again whose worker or machine has vanished; it then asks the rows without a result alone.
- Results do not travel through the data set but through a ``Collector``, so that each is kept as
  it arrives.
- The actors run on the machine of the driver, without which the run ends anyway.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import islice
from typing import Any

from chat_core import ChatError, RateLimiter

from ..check import Asked
from ..errors import OutputError
from ..results import Result
from ..shared_limiter import SharedLimits, for_many
from .collector import Collector
from .worker import Setup, ask_rows

__all__ = ["RayEngine"]

_ROWS_A_REQUEST = 16
"""Rows of a piece for each request that a worker has under way."""
_TAKE_EVERY = 0.5
_KEPT_WAITING = 30.0
"""Seconds that workers have for their last rows when a run is stopped."""


@dataclass
class RayEngine:
    """Asks ``rows`` on Ray; ``on_result`` takes each result, and may raise ``OutputError``.

    Args:
        ray: the module ``ray``, connected to a cluster.
        setup: what each worker needs; its ``max_concurrency`` is here that of the run.
        limiter: the limits of the run, which all workers share.
        workers: how many workers ask at once at most.
    """

    ray: Any
    rows: Iterator[Asked | None]
    setup: Setup
    limiter: RateLimiter | None
    on_result: Callable[[Result], None]
    workers: int
    stopped_by: Exception | None = None
    _is_stopping: bool = False
    _left: int = 0
    _collector: Any = None
    _limits: Any = None
    _pieces: list[Any] = field(default_factory=list)

    async def run(self) -> None:
        """Ask every row, or those before the run is stopped."""
        try:
            await asyncio.to_thread(self._put_rows)
            if self._pieces and not self._is_stopping:
                self._start_actors()
                await self._ask()
        except Exception as error:
            if not self._is_ray_error(error):
                raise
            self._fail(error)
        finally:
            self._pieces.clear()
            self._end_actors()

    def stop(self, cause: Exception | None = None) -> None:
        """Start no more requests. A second call ends those that are under way at once."""
        if self._is_stopping:
            self._end_actors()
            return
        self._is_stopping = True
        self.stopped_by = cause
        if self._collector is not None:
            self._collector.stop.remote()

    async def _ask(self) -> None:
        asking = asyncio.create_task(asyncio.to_thread(self._run_data_set))
        try:
            while not asking.done() and self._collector is not None:
                await self._take(_TAKE_EVERY)
            if self._collector is not None:
                await self._take(0.0)
        finally:
            if not asking.done():
                self._end_actors()  # the tasks fail without them, and so the data set ends
            await asyncio.wait([asking], timeout=_KEPT_WAITING)
        if asking.done() and (error := asking.exception()) is not None and not self._is_stopping:
            raise error
        if self._left and not self._is_stopping:
            self._fail(ChatError(f"{self._left:,} rows came back without a result"))

    async def _take(self, seconds: float) -> None:
        """Hand on the results that have arrived, after waiting up to ``seconds`` for one."""
        new, cause = await self._collector.take.remote(seconds)
        for data in new:
            self._left -= 1
            try:
                self.on_result(pickle.loads(data))  # noqa: S301 - a worker of this run wrote it
            except OutputError as error:
                self.stop(error)
                self._end_actors()
                return
        if cause is not None and not self._is_stopping:
            self.stop(pickle.loads(cause))  # noqa: S301 - a worker of this run wrote it

    def _put_rows(self) -> None:
        """Read the rows, and put them into the object store piece by piece."""
        pyarrow = import_module("pyarrow")
        size = _ROWS_A_REQUEST * self._concurrency()
        asked = (row for row in self.rows if row is not None)
        while some := list(islice(asked, size)):
            if self._is_stopping:
                return
            column = pyarrow.array([pickle.dumps(row) for row in some], pyarrow.binary())
            self._pieces.append(self.ray.put(pyarrow.table({"row": column})))
            self._left += len(some)

    def _run_data_set(self) -> None:
        """Run Ray Data over the rows until every piece is done."""
        data = import_module("ray.data")
        setup = replace(self.setup, max_concurrency=self._concurrency())
        with _quiet(data):
            rows = data.from_arrow_refs(self._pieces)
            tasks = rows.map_batches(
                ask_rows,
                batch_size=None,
                batch_format="pyarrow",
                fn_args=(setup, self._collector, self._limits),
                num_cpus=1,
                compute=data.TaskPoolStrategy(size=min(self.workers, len(self._pieces))),
            )
            for _ in tasks.iter_batches(batch_size=None):
                pass

    def _concurrency(self) -> int:
        """How many requests of one worker are under way at most."""
        return max(1, self.setup.max_concurrency // self.workers)

    def _start_actors(self) -> None:
        here = self.ray.get_runtime_context().get_node_id()
        strategies = import_module("ray.util.scheduling_strategies")
        beside = {
            "num_cpus": 0,
            "scheduling_strategy": strategies.NodeAffinitySchedulingStrategy(here, soft=False),
        }
        self._collector = self.ray.remote(Collector).options(**beside).remote()
        if self.limiter is not None:
            limits = self.ray.remote(SharedLimits).options(**beside)
            self._limits = limits.remote(for_many(self.limiter))

    def _end_actors(self) -> None:
        for actor in (self._collector, self._limits):
            if actor is not None:
                self.ray.kill(actor)
        self._collector = self._limits = None

    def _is_ray_error(self, error: Exception) -> bool:
        return isinstance(error, self.ray.exceptions.RayError)

    def _fail(self, error: Exception) -> None:
        """Note that Ray could not go on."""
        if self.stopped_by is None and not self._is_stopping:
            self._is_stopping = True
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            self.stopped_by = ChatError(f"Ray has ended the run: {first.rstrip('.')}")
            self.stopped_by.__cause__ = error


@contextmanager
def _quiet(data: Any) -> Iterator[None]:
    """Without the progress bars and notes of Ray Data; the batch has its own."""
    context, log = data.DataContext.get_current(), logging.getLogger("ray.data")
    bars, level = context.enable_progress_bars, log.level
    context.enable_progress_bars = False
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        log.setLevel(level)
