"""``Step``: what a chain runs.

A step is written once, for blocking code and for an event loop, as one or both of

- ``_invoke(value, context)``: a coroutine from the whole input to the whole output;
- ``_transform(chunks, context)``: an async generator from chunks to chunks.

They await only ``context.runtime`` and other steps' ``traced_invoke`` and ``traced_transform``,
which call ``_invoke`` and ``_transform`` and report the step's run. If a class defines only one of
the two methods, ``__init_subclass__`` adds the other. A user's class may define the public methods
(``invoke``, ``stream``, ``ainvoke``, ``astream``) instead; ``_invoke`` and ``_transform`` then call
those.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias

from ...errors import InvalidParameterError
from ...runs.config import RunConfig, merge_configs
from ...runs.run import start_run
from .accumulators import Accumulator, Merge
from .config_arguments import config_of_method
from .runtime import call_as
from .scope import Chunks, StepContext
from .tracing import trace_invoke, trace_transform, trace_whole_transform
from .types import In, Out

if TYPE_CHECKING:
    from ...runs.events import RunType
    from ...runs.run import Run

__all__ = ["Step", "bind_defaults"]


class Step(ABC, Generic[In, Out]):
    """A step from ``In`` to ``Out``.

    ``run_type`` is part of the names of its events. ``traces_chunks`` is false for steps that
    report whole values only (prompts, tools). ``reads_whole`` is true for steps that start, and
    report their input, once all of it has arrived. ``traces_itself`` is true for classes that
    report their own runs (chat models).
    """

    run_type: ClassVar[RunType] = "chain"
    traces_chunks: ClassVar[bool] = True
    reads_whole: ClassVar[bool] = False
    traces_itself: ClassVar[bool] = False

    depth = 1
    """How many steps may wait for each other in here (``nesting.py``)."""

    written_methods: ClassVar[frozenset[str]] = frozenset()
    """The public methods that the class writes itself."""

    def get_name(self) -> str:
        """The name that its events carry unless ``run_name`` gives another."""
        return type(self).__name__

    def names_one_call(self) -> bool:
        """Whether a bound option names one call, so that several inputs cannot share it."""
        return False

    async def _invoke(self, value: In, context: StepContext, **kwargs: object) -> Out:
        """The whole output. Unless a class writes it: see ``bind_defaults``."""
        raise NotImplementedError(f"{type(self).__name__} must implement invoke.")

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        """The output's chunks. Unless a class writes it: see ``bind_defaults``."""
        yield await self._invoke(await chunks.collect(), context, **kwargs)

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        """An empty accumulator for this step's chunks, given one for those of the step before."""
        return Merge()

    # --- a step with its run

    async def traced_invoke(
        self,
        value: In,
        context: StepContext,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> Out:
        """The whole output, reported as a run beneath ``context.run_context``."""
        if self.traces_itself:
            return await self._invoke(value, context, config=config, **kwargs)
        run, inner = self._begin(context, config)
        if run is None:
            return await self._invoke(value, inner, **kwargs)
        return await trace_invoke(run, value, self._invoke(value, inner, **kwargs))

    def traced_transform(
        self,
        chunks: Chunks,
        context: StepContext,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> Chunks:
        """The output's chunks, reported as a run beneath ``context.run_context``."""
        accumulator = self.accumulator(chunks.accumulator)
        if self.traces_itself:
            return Chunks(self._transform(chunks, context, config=config, **kwargs), accumulator)
        run, inner = self._begin(context, config)
        if run is None:
            return Chunks(self._transform(chunks, inner, **kwargs), accumulator)

        def flow(traced: Chunks) -> AsyncGenerator[object, None]:
            return self._transform(traced, inner, **kwargs)

        whole = accumulator.new()
        if self.traces_chunks:
            items = trace_transform(run, chunks, flow, whole, reads_whole=self.reads_whole)
        else:
            items = trace_whole_transform(run, chunks, flow, whole)
        return Chunks(items, accumulator, whole)

    def _begin(
        self, context: StepContext, config: RunConfig | None
    ) -> tuple[Run | None, StepContext]:
        if config:
            config = merge_configs(config)
            context = context.given(config)
        run_context = context.run_context
        run = start_run(
            self.run_type, self.get_name(), config, run_context=run_context, runnable=self
        )
        return run, context if run is None else context.under(run)


AnyStep: TypeAlias = Step[Any, Any]
"""A step of which only its methods are used, not its types."""


def bind_defaults(cls: type[AnyStep], written: frozenset[str]) -> None:
    """Give ``cls`` what it does not write of ``_invoke`` and ``_transform``.

    Written whole, a step yields its output as one chunk; written as a stream, its output is the
    accumulated chunks. ``written`` are the public methods that it writes. Called once for each
    class.
    """
    cls.written_methods = written
    own_invoke = cls._invoke not in _DEFAULTS
    own_transform = cls._transform not in _DEFAULTS
    streams = bool(written & {"stream", "astream"})
    if not own_invoke and written & {"invoke", "ainvoke"}:
        cls._invoke = _invoke_by_method  # type: ignore[method-assign]
    elif not own_invoke and (own_transform or streams):
        cls._invoke = _invoke_by_transform  # type: ignore[method-assign]
    if not own_transform and streams:
        cls._transform = _transform_by_method  # type: ignore[method-assign]


async def _invoke_by_transform(
    self: Step[In, Out], value: In, context: StepContext, **kwargs: object
) -> Out:
    chunks = Chunks.of(value)
    flow = self._transform(chunks, context, **kwargs)
    output: Out = await Chunks(flow, self.accumulator(chunks.accumulator)).collect()
    return output


async def _invoke_by_method(
    self: Step[In, Out], value: In, context: StepContext, **kwargs: object
) -> Out:
    method = _method(self, context, "ainvoke", "invoke")
    if method is None:
        if not self.written_methods & {"stream", "astream"}:
            raise _needs_a_loop(self)
        return await _invoke_by_transform(self, value, context, **kwargs)
    call = partial(method, **kwargs, **config_of_method(method, context))
    output: Out = await context.runtime.call(call, value, run_context=context.run_context)
    return output


async def _transform_by_method(
    self: AnyStep, chunks: Chunks, context: StepContext, **kwargs: object
) -> AsyncGenerator[object, None]:
    value = await chunks.collect()
    method = _method(self, context, "astream", "stream")
    if method is None:
        if not self.written_methods & {"invoke"}:
            raise _needs_a_loop(self)
        yield await self._invoke(value, context, **kwargs)
        return
    kwargs |= config_of_method(method, context)
    stream = call_as(context.run_context, method, value, **kwargs)
    items = context.runtime.iterate(stream, run_context=context.run_context, users=True)
    try:
        async for chunk in items:
            yield chunk
    finally:
        await items.aclose()


_DEFAULTS = (
    vars(Step)["_invoke"],
    vars(Step)["_transform"],
    _invoke_by_transform,
    _invoke_by_method,
    _transform_by_method,
)


def _method(
    step: AnyStep, context: StepContext, on_a_loop: str, blocking: str
) -> Callable[..., object] | None:
    """The method of the two that the class writes; a blocking one also serves on a loop."""
    names = (on_a_loop, blocking) if context.runtime.is_async else (blocking,)
    for name in names:
        if name in step.written_methods:
            method: Callable[..., object] = getattr(step, name)
            return method
    return None


def _needs_a_loop(step: AnyStep) -> InvalidParameterError:
    return InvalidParameterError(
        f"{type(step).__name__} writes async methods alone: call the chain with ainvoke, astream,"
        " abatch or astream_events, or write invoke too."
    )
