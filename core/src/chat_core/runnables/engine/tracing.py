"""Reporting a step's run to whatever traces it: generators around what the step does.

A step whose input streams in is started when the first chunk reaches it, and its input is reported
at its end, with the output. A step that can begin only with all of its input reports it at the
start. A caller who closes the stream ends the run with the output so far.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from ...runs.recorder import Recorder
from ...runs.run import Run
from .accumulators import Accumulator, Latest
from .runtime import END
from .scope import Chunks, close

__all__ = ["trace_invoke", "trace_transform", "trace_whole_transform"]

T = TypeVar("T")

Flow = Callable[[Chunks], AsyncGenerator[object, None]]


async def trace_invoke(run: Run, value: object, call: Awaitable[T]) -> T:
    """The result of ``call``, reported as ``run`` from ``value``."""
    run.start(value)
    output = Latest()
    with Recorder(run, output.value):
        result = await call
        output.add(result)
    return result


async def trace_transform(
    run: Run, chunks: Chunks, flow: Flow, output: Accumulator, *, reads_whole: bool = False
) -> AsyncGenerator[object, None]:
    """The chunks of ``flow(chunks)``, each reported and added to ``output``.

    With ``reads_whole`` the run starts once all of its input is there.
    """
    if reads_whole:
        value = await chunks.collect()
        chunks = Chunks.of(value)
        run.start(value)
    first = await anext(chunks.items, END)
    if not reads_whole:
        run.start()
    own = chunks.accumulator.new() if chunks.accumulated is None else None
    taken = chunks.accumulated or own
    assert taken is not None
    traced = _input_chunks(first, chunks.items, own)
    items = flow(Chunks(traced, chunks.accumulator))
    with Recorder(run, output.value, input=taken.value, streams=True):
        try:
            async for chunk in items:
                output.add(chunk)
                run.stream(chunk)
                yield chunk
        finally:
            await close(items)
            await close(traced)


async def _input_chunks(
    first: object, rest: AsyncGenerator[object, None], taken: Accumulator | None
) -> AsyncGenerator[object, None]:
    """``first`` and ``rest``, added to ``taken`` if no step before accumulates them."""
    if first is END:
        return
    if taken is None:
        yield first
        async for chunk in rest:
            yield chunk
        return
    taken.add(first)
    yield first
    async for chunk in rest:
        taken.add(chunk)
        yield chunk


async def trace_whole_transform(
    run: Run, chunks: Chunks, flow: Flow, output: Accumulator
) -> AsyncGenerator[object, None]:
    """The chunks of ``flow`` on the whole input; the run ends before the first is yielded."""
    value = await chunks.collect()
    run.start(value)
    made = []
    with Recorder(run, output.value):
        async for chunk in flow(Chunks.of(value)):
            output.add(chunk)
            made.append(chunk)
    for chunk in made:
        yield chunk
