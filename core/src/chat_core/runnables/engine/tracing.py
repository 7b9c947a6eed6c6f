"""Telling a step's run to whoever listens, wrapped around what the step does.

A step whose input streams in is told as started when the first chunk reaches it, without its input;
the end gives input and output. One that can only begin with all of it tells it at the start. A
caller who leaves ends the run with what had been made so far.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from ...concurrency.cancellation import Cancelled
from ...runs.run import Run
from .accumulators import Fold
from .runtime import END
from .scope import Chunks, Made, close

__all__ = ["trace_invoke", "trace_transform", "trace_whole_transform"]

Flow = Callable[[Chunks], AsyncGenerator[Any, None]]


async def trace_invoke(run: Run, value: Any, call: Coroutine[Any, Any, Any]) -> Any:
    """The result of ``call``, told as a run from ``value``."""
    run.start(value)
    try:
        output = await call
    except BaseException as error:
        run.error(error)
        raise
    run.end(output)
    return output


async def trace_transform(
    run: Run, chunks: Chunks, flow: Flow, made: Fold, *, whole: bool = False
) -> AsyncGenerator[Any, None]:
    """What ``flow`` makes of ``chunks``, every chunk of it told and folded into ``made``; with
    ``whole`` the run starts once all of them are there.
    """
    if whole:
        value = await chunks.collect()
        chunks = Chunks.of(value)
        run.start(value)
    first = await anext(chunks.items, END)
    if not whole:
        run.start()
    fold = chunks.fold() if chunks.made is None else None
    taken: Made = fold if fold is not None else chunks.made  # type: ignore[assignment]
    heard = _hear(first, chunks.items, fold)
    items = flow(Chunks(heard, chunks.fold))
    try:
        async for chunk in items:
            made.add(chunk)
            run.stream(chunk)
            yield chunk
    except (GeneratorExit, Cancelled):
        run.end(made.value(), input=taken.value())
        raise
    except BaseException as error:
        run.error(error, input=taken.value())
        raise
    finally:
        await close(items)
        await close(heard)
    run.end(made.value(), input=taken.value())


async def _hear(
    first: Any, rest: AsyncGenerator[Any, None], fold: Fold | None
) -> AsyncGenerator[Any, None]:
    if first is END:
        return
    if fold is None:
        yield first
        async for chunk in rest:
            yield chunk
        return
    fold.add(first)
    yield first
    async for chunk in rest:
        fold.add(chunk)
        yield chunk


async def trace_whole_transform(
    run: Run, chunks: Chunks, flow: Flow, made: Fold
) -> AsyncGenerator[Any, None]:
    """What ``flow`` makes of the whole input; ended before anything is handed on."""
    value = await chunks.collect()
    run.start(value)
    outputs = []
    try:
        async for chunk in flow(Chunks.of(value)):
            made.add(chunk)
            outputs.append(chunk)
    except BaseException as error:
        run.error(error)
        raise
    run.end(made.value())
    for chunk in outputs:
        yield chunk
