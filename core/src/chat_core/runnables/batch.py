"""``batch`` and its kin: one runnable on many inputs side by side.

The blocking forms use a bounded number of threads, the async forms tasks; each input's runs are
traced beneath the run that called the batch.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..arguments import items_of, positive_count
from ..errors import InvalidParameterError
from ..runs.config import RunConfig, merge_configs
from .engine.async_runtime import AsyncRuntime
from .engine.runtime import Branch, Runtime, iterate_sync
from .engine.scope import StepContext
from .engine.sync_runtime import SyncRuntime
from .engine.types import In, Out

if TYPE_CHECKING:
    from .engine.step import Step

__all__ = [
    "BatchOptions",
    "abatch",
    "abatch_as_completed",
    "batch",
    "batch_as_completed",
    "check_key",
    "read_options",
]

_THREADS = 32
"""How many threads a blocking batch uses where the caller sets no bound."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """One config for each input, how many run at once, and what becomes of exceptions."""

    configs: tuple[RunConfig | None, ...]
    limit: int | None
    return_exceptions: bool


def read_options(
    inputs: Sequence[object],
    config: RunConfig | Sequence[RunConfig] | None,
    max_concurrency: int | None,
    return_exceptions: bool,
) -> BatchOptions:
    """What a batch call asks for. Raises ``InvalidParameterError`` where it cannot be right."""
    if isinstance(inputs, str) or not hasattr(inputs, "__len__"):
        raise InvalidParameterError(f"batch takes a list of inputs; got {inputs!r:.80}")
    configs: tuple[RunConfig | None, ...]
    if config is None or isinstance(config, dict):
        shared = merge_configs(config) if config else None
        configs = (shared,) * len(inputs)
    else:
        listed = items_of("config", config, "a dict, or a list of dicts")
        configs = tuple(merge_configs(one) for one in listed)
        if len(configs) != len(inputs):
            raise InvalidParameterError(f"{len(inputs)} inputs and {len(configs)} configs.")
    limit = max_concurrency
    if limit is None:
        limits = [one.get("max_concurrency") for one in configs if one]
        limit = min((some for some in limits if some is not None), default=None)
    if limit is not None:
        positive_count("max_concurrency", limit)
    return BatchOptions(configs, limit, return_exceptions)


def batch(
    runnable: Step[In, Out],
    inputs: Sequence[In],
    options: BatchOptions,
    kwargs: dict[str, object],
) -> list[Out | Exception]:
    """All outputs, in the order of the inputs."""
    completed = batch_as_completed(runnable, inputs, options, kwargs)
    outputs = dict(completed)
    return [outputs[position] for position in range(len(inputs))]


async def abatch(
    runnable: Step[In, Out],
    inputs: Sequence[In],
    options: BatchOptions,
    kwargs: dict[str, object],
) -> list[Out | Exception]:
    """``batch`` on an event loop."""
    completed = abatch_as_completed(runnable, inputs, options, kwargs)
    outputs = {position: output async for position, output in completed}
    return [outputs[position] for position in range(len(inputs))]


def batch_as_completed(
    runnable: Step[In, Out],
    inputs: Sequence[In],
    options: BatchOptions,
    kwargs: dict[str, object],
) -> Iterator[tuple[int, Out | Exception]]:
    """``(position, output)`` as each is done."""
    check_key(runnable, inputs, kwargs)
    completed = _completed(runnable, inputs, options, kwargs, SyncRuntime(), _THREADS)
    return iterate_sync(completed)


def abatch_as_completed(
    runnable: Step[In, Out],
    inputs: Sequence[In],
    options: BatchOptions,
    kwargs: dict[str, object],
) -> AsyncIterator[tuple[int, Out | Exception]]:
    """``batch_as_completed`` on an event loop."""
    check_key(runnable, inputs, kwargs)
    return _completed(runnable, inputs, options, kwargs, AsyncRuntime(), None)


def check_key(
    runnable: Step[In, Out], inputs: Sequence[object], kwargs: Mapping[str, object]
) -> None:
    """Raise ``InvalidParameterError`` for several inputs with the idempotency key of one call."""
    if len(inputs) < 2:
        return
    if kwargs.get("idempotency_key") is not None or runnable.names_one_call():
        raise InvalidParameterError(
            f"An idempotency_key names one call, and this batch has {len(inputs)}: its vendor would"
            " answer the first alone. Call invoke with a key for each input."
        )


async def _completed(
    runnable: Step[In, Out],
    inputs: Sequence[In],
    options: BatchOptions,
    kwargs: dict[str, object],
    runtime: Runtime,
    default_limit: int | None,
) -> AsyncGenerator[tuple[int, Out | Exception], None]:
    context = StepContext.here(runtime)

    def branch_of(position: int) -> Branch[Out | Exception]:
        async def branch(inner: Runtime) -> AsyncGenerator[Out | Exception, None]:
            config = options.configs[position]
            try:
                yield await runnable.traced_invoke(
                    inputs[position], context._replace(runtime=inner), config, dict(kwargs)
                )
            except Exception as error:
                if not options.return_exceptions:
                    raise
                yield error

        return branch

    branches = [branch_of(position) for position in range(len(inputs))]
    items = runtime.run_parallel(branches, limit=options.limit or default_limit)
    try:
        async for position, output in items:
            yield position, output
    finally:
        await items.aclose()
