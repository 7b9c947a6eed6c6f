"""``ask_rows``: asks one piece of the rows, in a process of Ray.

A process keeps its models, their connections and its event loop from one piece to the next, as long
as they are of the same run.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chat_core import ChatModel

from ..check import Asked
from ..descriptors import allow_descriptors
from ..engine import Engine
from ..feed import Feed
from ..options import Models, open_models
from ..pool import Pool
from ..results import Result
from ..shared_limiter import SharedLimiter
from .collector import pickled_error, pickled_result

__all__ = ["Setup", "ask_rows"]

_LOOK_EVERY = 0.5
"""Seconds after which a worker without a result asks whether the run goes on."""


@dataclass(frozen=True)
class Setup:
    """What a worker needs to ask rows; it can be pickled.

    Args:
        run: the name of the run.
        models, fallbacks: models or ids, as ``run_batch`` takes them.
        open_model: makes the model of an id.
        max_concurrency: how many requests of one worker are under way at most.
    """

    run: str
    models: Models
    fallbacks: Models
    open_model: Callable[[str], ChatModel]
    max_concurrency: int


class _ActorLimits:
    """The actor of ``SharedLimits``, with the methods that a ``SharedLimiter`` calls."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def wait(self, name: str, characters: int, max_tokens: int | None) -> float:
        seconds: float = await self._actor.wait.remote(name, characters, max_tokens)
        return seconds

    async def end(self, name: str, usage: Any) -> None:
        await self._actor.end.remote(name, usage)

    def hold(self, seconds: float) -> None:
        self._actor.hold.remote(seconds)


class _Worker:
    """The models of a run in this process, and the event loop on which they are asked."""

    def __init__(self, setup: Setup, limits: Any) -> None:
        self.setup = setup
        self._runner = asyncio.Runner()
        limiter = None if limits is None else SharedLimiter(_ActorLimits(limits))
        self._pool = Pool(
            open_models(setup.models, setup.open_model),
            open_models(setup.fallbacks, setup.open_model),
            setup.open_model,
            limiter,
        )

    def ask(self, rows: list[Asked], collector: Any) -> int:
        """Ask those of ``rows`` that have no result. Returns how many were to be asked."""
        return self._runner.run(self._ask(rows, collector))

    def close(self) -> None:
        """Close every connection and the event loop."""
        self._runner.run(self._close_models())
        self._runner.close()

    async def _ask(self, rows: list[Asked], collector: Any) -> int:
        keys = set(await collector.unanswered.remote([asked.row.key for asked in rows]))
        left = [asked for asked in rows if asked.row.key in keys]
        if not left:
            return 0
        results: list[tuple[str, bytes]] = []
        has_results = asyncio.Event()

        def on_result(result: Result) -> None:
            results.append((result.key, pickled_result(result)))
            has_results.set()

        allow_descriptors(self.setup.max_concurrency)
        engine = Engine(
            Feed(_each(left)),
            self._pool,
            on_result,
            max_concurrency=min(self.setup.max_concurrency, len(left)),
        )
        asking = asyncio.create_task(engine.run())
        asking.add_done_callback(lambda _: has_results.set())
        while not asking.done() or results:
            await _wait(has_results.wait())
            has_results.clear()
            sent, results[:] = results[:], []
            if not await collector.add.remote(sent) and not engine.is_stopping:
                engine.stop()
        await asking
        if engine.stopped_by is not None:
            await collector.stop.remote(pickled_error(engine.stopped_by))
        return len(left)

    async def _close_models(self) -> None:
        for backend in self._pool.all():
            await backend.model.aclose()


_workers: dict[str, _Worker] = {}
"""The worker of this process: at most one, by the name of its run."""


def ask_rows(table: Any, setup: Setup, collector: Any, limits: Any) -> Any:
    """Ask the rows of ``table``, an Arrow table with a pickle in each row.

    The results go to ``collector``. Returns a table with the number of rows that were asked.
    """
    rows = [pickle.loads(row.as_py()) for row in table["row"]]  # noqa: S301 - the driver wrote it
    worker = _worker(setup, limits)
    asked = worker.ask(rows, collector)
    return table.__class__.from_pydict({"asked": [asked]})


def _worker(setup: Setup, limits: Any) -> _Worker:
    if setup.run not in _workers:
        for old in _workers.values():
            old.close()
        _workers.clear()
        _workers[setup.run] = _Worker(setup, limits)
    return _workers[setup.run]


def _each(rows: list[Asked]) -> Iterator[Asked | None]:
    yield from rows


async def _wait(event: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(event, _LOOK_EVERY)
    except TimeoutError:
        pass
