"""``Runnable``: everything that can be a step of a chain, and every way to call one.

A step is written once, for sync and async, as one or both of

- ``_invoke(value, context)``: a coroutine from the whole input to the whole output;
- ``_transform(chunks, context)``: an async generator from chunks to chunks.

They await only ``context.runtime`` and other steps' ``traced_invoke`` and ``traced_transform``,
which are the same two and also report the step's run. Every public method is made of these.

A class of the user's own may instead override ``invoke`` (or ``stream``, or their async forms) as
plain Python and leave the rest to this class.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, overload

from ..runs.run import RunConfig, merge_configs, start_run
from .engine.accumulators import FoldMaker, Merge
from .engine.config_arguments import config_of_method
from .engine.runtime import call_as
from .engine.scope import Chunks, StepContext
from .engine.tracing import trace_invoke, trace_transform, trace_whole_transform
from .streams import AsyncItems, AsyncStream, Items, Stream

if TYPE_CHECKING:
    from ..runs.events import RunType, StreamEvent
    from ..runs.run import Run
    from .each import RunnableEach
    from .fallbacks import RunnableWithFallbacks
    from .retry import RunnableRetry
    from .sequence import RunnableSequence

__all__ = ["Runnable", "RunnableLike"]

In = TypeVar("In")
Out = TypeVar("Out")
Other = TypeVar("Other")

RunnableLike: TypeAlias = "Runnable[Any, Any] | Callable[..., Any] | Mapping[str, Any]"
"""What ``|`` takes: a runnable, a function or generator function, a dict of these (in parallel)."""


class Runnable(ABC, Generic[In, Out]):
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

    def get_name(self) -> str:
        """The name that its events carry unless ``run_name`` gives another."""
        return type(self).__name__

    # --- what a step is

    async def _invoke(self, value: Any, context: StepContext, **kwargs: Any) -> Any:
        method = self._own("ainvoke", "invoke") if context.runtime.is_async else self._own("invoke")
        if method is not None:
            if not self.traces_itself:
                kwargs |= config_of_method(method, context)
            return await context.runtime.call(
                partial(method, **kwargs), value, run_context=context.run_context
            )
        self._refuse_unwritten()
        chunks = Chunks.of(value)
        flow = self._transform(chunks, context, **kwargs)
        return await Chunks(flow, self.fold_maker(chunks.fold)).collect()

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        value = await chunks.collect()
        method = self._own("astream", "stream") if context.runtime.is_async else self._own("stream")
        if method is None:
            self._refuse_unwritten()
            yield await self._invoke(value, context, **kwargs)
            return
        if not self.traces_itself:
            kwargs |= config_of_method(method, context)
        stream = call_as(context.run_context, method, value, **kwargs)
        items = context.runtime.iterate(
            stream, run_context=context.run_context, users=not self.traces_itself
        )
        try:
            async for chunk in items:
                yield chunk
        finally:
            await items.aclose()

    def fold_maker(self, upstream: FoldMaker) -> FoldMaker:
        """How this step's chunks fold, given how those of the step before it do."""
        return Merge

    def _own(self, *names: str) -> Callable[..., Any] | None:
        """The first of the methods ``names`` that a subclass has written."""
        for name in names:
            if getattr(type(self), name) is not getattr(Runnable, name):
                method: Callable[..., Any] = getattr(self, name)
                return method
        return None

    def _refuse_unwritten(self) -> None:
        if self._own("_invoke", "_transform", "invoke", "ainvoke", "stream", "astream") is None:
            raise NotImplementedError(f"{type(self).__name__} must implement invoke.")

    # --- a step with its run

    async def traced_invoke(
        self, value: Any, context: StepContext, config: RunConfig | None, kwargs: dict[str, Any]
    ) -> Any:
        """The whole output, told as a run beneath ``context.run_context``."""
        if self.traces_itself:
            return await self._invoke(value, context, config=config, **kwargs)
        run, inner = self._begin(context, config)
        if run is None:
            return await self._invoke(value, inner, **kwargs)
        return await trace_invoke(run, value, self._invoke(value, inner, **kwargs))

    def traced_transform(
        self, chunks: Chunks, context: StepContext, config: RunConfig | None, kwargs: dict[str, Any]
    ) -> Chunks:
        """The output's chunks, told as a run beneath ``context.run_context``."""
        fold = self.fold_maker(chunks.fold)
        if self.traces_itself:
            return Chunks(self._transform(chunks, context, config=config, **kwargs), fold)
        run, inner = self._begin(context, config)
        if run is None:
            return Chunks(self._transform(chunks, inner, **kwargs), fold)

        def flow(heard: Chunks) -> AsyncGenerator[Any, None]:
            return self._transform(heard, inner, **kwargs)

        made = fold()
        if not self.traces_chunks:
            return Chunks(trace_whole_transform(run, chunks, flow, made), fold, made)
        return Chunks(trace_transform(run, chunks, flow, made, whole=self.reads_whole), fold, made)

    def _begin(
        self, context: StepContext, config: RunConfig | None
    ) -> tuple[Run | None, StepContext]:
        if config:
            config = merge_configs(config)
            context = context.given(config)
        run = start_run(self.run_type, self.get_name(), config, run_context=context.run_context)
        return run, context if run is None else context.under(run)

    # --- calling it

    def invoke(self, input: In, config: RunConfig | None = None, **kwargs: Any) -> Out:
        """The whole output for ``input``. ``kwargs`` go to the step itself, of a chain to its
        first.
        """
        from .engine.runtime import run_sync
        from .engine.sync_runtime import SyncRuntime

        context = StepContext.here(SyncRuntime())
        output: Out = run_sync(self.traced_invoke(input, context, config, kwargs))
        return output

    async def ainvoke(self, input: In, config: RunConfig | None = None, **kwargs: Any) -> Out:
        """``invoke`` on an event loop. Blocking functions among the steps run in threads."""
        from .engine.async_runtime import AsyncRuntime

        context = StepContext.here(AsyncRuntime())
        output: Out = await self.traced_invoke(input, context, config, kwargs)
        return output

    def stream(self, input: In, config: RunConfig | None = None, **kwargs: Any) -> Stream[Any]:
        """The output as it comes; a step begins with the first chunk of the one before it."""
        from .engine.runtime import iterate_sync
        from .engine.sync_runtime import SyncRuntime

        context = StepContext.here(SyncRuntime())
        chunks = Chunks.of(input)
        return Items(
            lambda: iterate_sync(self.traced_transform(chunks, context, config, kwargs).items)
        )

    def astream(
        self, input: In, config: RunConfig | None = None, **kwargs: Any
    ) -> AsyncStream[Any]:
        """``stream`` on an event loop."""
        from .engine.async_runtime import AsyncRuntime

        context = StepContext.here(AsyncRuntime())
        chunks = Chunks.of(input)
        return AsyncItems(lambda: self.traced_transform(chunks, context, config, kwargs).items)

    def stream_events(
        self,
        input: In,
        config: RunConfig | None = None,
        *,
        version: Literal["v2"] = "v2",
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> Stream[StreamEvent]:
        """Everything that happens in this runnable and beneath it, as ``StreamEvent``s
        (``events.py``).

        Args:
            input: as for ``stream``, and so are ``config`` and ``kwargs``.
            version: the schema; ``"v2"`` is the only one.
            include_names, include_types, include_tags: report only runs that one of these names.
            exclude_names, exclude_types, exclude_tags: and none that one of these names.

        Closing the stream stops the runs and closes their responses. A reader that stops reading
        stops the producer. An error is the run's ``on_…_error`` event first, and then raised.
        """
        from ..runs.events import EventFilter, refuse_unknown_version
        from .events import stream_events

        refuse_unknown_version(version)
        wanted = EventFilter(
            include_names,
            include_types,
            include_tags,
            exclude_names,
            exclude_types,
            exclude_tags,
        )
        return stream_events(self, input, config, kwargs, wanted)

    def astream_events(
        self,
        input: In,
        config: RunConfig | None = None,
        *,
        version: Literal["v2"] = "v2",
        include_names: Sequence[str] | None = None,
        include_types: Sequence[str] | None = None,
        include_tags: Sequence[str] | None = None,
        exclude_names: Sequence[str] | None = None,
        exclude_types: Sequence[str] | None = None,
        exclude_tags: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> AsyncStream[StreamEvent]:
        """``stream_events`` on an event loop."""
        from ..runs.events import EventFilter, refuse_unknown_version
        from .events import astream_events

        refuse_unknown_version(version)
        wanted = EventFilter(
            include_names,
            include_types,
            include_tags,
            exclude_names,
            exclude_types,
            exclude_tags,
        )
        return astream_events(self, input, config, kwargs, wanted)

    def batch(
        self,
        inputs: Sequence[In],
        config: RunConfig | Sequence[RunConfig] | None = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """``invoke`` on every input, in threads side by side; the outputs in the inputs' order.

        Args:
            config: for all inputs, or a list with one for each.
            max_concurrency: how many run at once; also taken from the config.
            return_exceptions: put an input's exception into the list instead of raising the first.
        """
        from .batch import batch, batch_options

        options = batch_options(inputs, config, max_concurrency, return_exceptions)
        return batch(self, inputs, options, kwargs)

    async def abatch(
        self,
        inputs: Sequence[In],
        config: RunConfig | Sequence[RunConfig] | None = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """``batch`` on an event loop, in tasks side by side."""
        from .batch import abatch, batch_options

        options = batch_options(inputs, config, max_concurrency, return_exceptions)
        return await abatch(self, inputs, options, kwargs)

    def batch_as_completed(
        self,
        inputs: Sequence[In],
        config: RunConfig | Sequence[RunConfig] | None = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Any]]:
        """``batch``, yielding ``(position of the input, output)`` as soon as each is done."""
        from .batch import batch_as_completed, batch_options

        options = batch_options(inputs, config, max_concurrency, return_exceptions)
        return batch_as_completed(self, inputs, options, kwargs)

    def abatch_as_completed(
        self,
        inputs: Sequence[In],
        config: RunConfig | Sequence[RunConfig] | None = None,
        *,
        max_concurrency: int | None = None,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Any]]:
        """``batch_as_completed`` on an event loop."""
        from .batch import abatch_as_completed, batch_options

        options = batch_options(inputs, config, max_concurrency, return_exceptions)
        return abatch_as_completed(self, inputs, options, kwargs)

    # --- making others of it

    @overload
    def __or__(self, other: Runnable[Any, Other]) -> RunnableSequence[In, Other]: ...
    @overload
    def __or__(
        self, other: Callable[..., Any] | Mapping[str, Any]
    ) -> RunnableSequence[In, Any]: ...
    def __or__(self, other: RunnableLike) -> RunnableSequence[In, Any]:
        """A chain: this, then ``other``."""
        from .sequence import RunnableSequence

        return RunnableSequence(self, other)

    def __ror__(self, other: RunnableLike) -> RunnableSequence[Any, Out]:
        """A chain: ``other``, then this."""
        from .sequence import RunnableSequence

        return RunnableSequence(other, self)

    def bind(self, **kwargs: Any) -> Runnable[In, Out]:
        """The same with ``kwargs`` given to every call."""
        from .binding import RunnableBinding

        return RunnableBinding(self, kwargs=kwargs)

    def with_config(self, config: RunConfig | None = None, **kwargs: Any) -> Runnable[In, Out]:
        """The same with a run name, tags, metadata or ``max_concurrency`` of its own."""
        from .binding import RunnableBinding

        return RunnableBinding(self, config=merge_configs(config, kwargs))

    def with_retry(
        self,
        *,
        retry_if_exception_type: tuple[type[BaseException], ...] | None = None,
        wait_exponential_jitter: bool = True,
        stop_after_attempt: int = 3,
    ) -> RunnableRetry[In, Out]:
        """The same, tried again when it fails; a stream only before its first chunk.

        Args:
            retry_if_exception_type: what is tried again; by default whatever trying again may cure
                (``retry.py`` says what that is).
            wait_exponential_jitter: wait between attempts, longer each time, or as long as the
                vendor asks.
            stop_after_attempt: how many attempts there are in all.
        """
        from .retry import RunnableRetry

        return RunnableRetry(
            self,
            retry_if=retry_if_exception_type,
            wait=wait_exponential_jitter,
            attempts=stop_after_attempt,
        )

    def with_fallbacks(
        self,
        fallbacks: Sequence[RunnableLike],
        *,
        exceptions_to_handle: tuple[type[BaseException], ...] = (Exception,),
    ) -> RunnableWithFallbacks[In, Out]:
        """The same, and where it fails, the first of ``fallbacks`` that does not; a stream only
        before its first chunk.
        """
        from .fallbacks import RunnableWithFallbacks

        return RunnableWithFallbacks(self, fallbacks, exceptions_to_handle=exceptions_to_handle)

    def pick(self, keys: str | Sequence[str]) -> RunnableSequence[In, Any]:
        """A chain: this, then one key of the dict it gives, or a dict of several."""
        from .pick import RunnablePick

        return self | RunnablePick(keys)

    def assign(self, **steps: RunnableLike) -> RunnableSequence[In, dict[str, Any]]:
        """A chain: this, then the dict it gives with more keys, each made from it by a step."""
        from .dicts import RunnableAssign

        return self | RunnableAssign(**steps)

    def map(self) -> RunnableEach[In, Out]:
        """The same for a list: every item goes through it, side by side."""
        from .each import RunnableEach

        return RunnableEach(self)
