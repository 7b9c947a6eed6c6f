"""``run_batch_on_ray``: ``run_batch`` with its rows on a cluster of Ray."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections.abc import Callable, Iterator
from importlib import import_module
from os import PathLike
from typing import Any
from uuid import uuid4

from chat_core import ChatModel, InvalidParameterError
from typing_extensions import Unpack

from ..batch import AnyEngine, Batch, refuse_running_loop
from ..check import Asked
from ..counts import BatchSummary
from ..options import BatchOptions, Models, OpenById, whole_number
from ..results import Result
from .engine import RayEngine
from .worker import Setup

__all__ = ["RayBatch", "arun_batch_on_ray", "run_batch_on_ray"]


class RayBatch(Batch):
    """A ``Batch`` whose rows are asked by workers of Ray.

    Raises ``InvalidParameterError`` where Ray is missing, and for models that cannot travel.
    """

    def __init__(
        self,
        rows: object,
        *,
        model: Models,
        out: str | PathLike[str],
        workers: int | None = None,
        **options: Unpack[BatchOptions],
    ) -> None:
        self._ray = _import_ray()
        self._workers = None if workers is None else whole_number("workers", workers)
        super().__init__(rows, model=model, out=out, **options)
        fallbacks = options.get("fallback", ())
        open_model = options.get("open_model") or OpenById(options.get("settings") or {})
        self._setup = Setup(uuid4().hex, model, fallbacks, open_model, self._max_concurrency)
        for each in (*_listed(model), *_listed(fallbacks)):
            _refuse_own_limiter(each)
        _refuse_unpicklable(self._setup)

    def _make_engine(
        self,
        rows: Iterator[Asked | None],
        on_result: Callable[[Result], None],
        max_concurrency: int,
    ) -> AnyEngine:
        _connect(self._ray)
        cpus = int(self._ray.cluster_resources().get("CPU", 1))
        workers = max(1, min(self._workers or cpus, max_concurrency))
        return RayEngine(self._ray, rows, self._setup, self._limiter, on_result, workers)


async def arun_batch_on_ray(
    rows: object,
    *,
    model: Models,
    out: str | PathLike[str],
    workers: int | None = None,
    **options: Unpack[BatchOptions],
) -> BatchSummary:
    """``run_batch_on_ray`` on an event loop."""
    return await RayBatch(rows, model=model, out=out, workers=workers, **options).run()


def run_batch_on_ray(
    rows: object,
    *,
    model: Models,
    out: str | PathLike[str],
    workers: int | None = None,
    **options: Unpack[BatchOptions],
) -> BatchSummary:
    """``run_batch`` with its rows asked by the workers of a Ray cluster; the output is here.

    Arguments, results and what is raised are those of ``run_batch``. The rows are read as a whole
    before the first is asked. ``max_concurrency`` and limits are those of the whole run. The keys
    come from the environment of each worker.

    Args:
        rows: see ``run_batch``.
        model: see ``run_batch``; a model must be one that can be pickled.
        out: see ``run_batch``; a file of this machine.
        workers: how many processes ask at once; by default one for each CPU of the cluster.
        options: see ``BatchOptions``.

    Ray is used as it is connected (``ray.init``). If it is not, it connects to the cluster that
    ``RAY_ADDRESS`` names, or starts one of this machine alone.
    """
    refuse_running_loop("await arun_batch_on_ray(…)")
    return asyncio.run(arun_batch_on_ray(rows, model=model, out=out, workers=workers, **options))


def _import_ray() -> Any:
    try:
        import_module("ray.data")
        return import_module("ray")
    except ImportError as error:
        raise InvalidParameterError(
            'Ray is not installed: pip install "chat-batch[ray]".'
        ) from error


def _connect(ray: Any) -> None:
    """Connect to Ray if the program has not; a cluster that is started here is on loopback."""
    if ray.is_initialized():
        return
    if os.environ.get("RAY_ADDRESS"):
        ray.init(log_to_driver=False)
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(
        address="local",
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
    )


def _listed(models: Models) -> list[str | ChatModel]:
    return [models] if isinstance(models, str | ChatModel) else list(models)


def _refuse_own_limiter(model: str | ChatModel) -> None:
    if getattr(model, "rate_limiter", None) is not None:
        raise InvalidParameterError(
            "A rate_limiter of a model counts in one process alone; on Ray give the limits to the"
            " run: requests_per_minute, tokens_per_minute or rate_limiter."
        )


def _refuse_unpicklable(setup: Setup) -> None:
    try:
        import_module("ray.cloudpickle").dumps(setup)
    except InvalidParameterError:
        raise
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise InvalidParameterError(
            f"The models of a run on Ray travel to its workers as pickles, which fails: {error}."
        ) from error
