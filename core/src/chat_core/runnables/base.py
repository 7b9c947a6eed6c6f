"""``Runnable``: everything that can be a step of a chain, and every way to call one.

What a chain runs is ``Step`` (``engine/step.py``); this adds the public methods. A class of the
user overrides ``invoke`` (or ``stream``, or their async forms) as plain Python and inherits the
rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, overload

from typing_extensions import TypeVar

# The steps and the ways to call them are taken from the package's lazy face when they are used:
# importing a chat model costs no chain.
from .. import runnables
from ..runs.config import RunConfig, merge_configs
from .batching import Batching
from .engine.step import bind_defaults
from .engine.types import Chunk, In, Out

if TYPE_CHECKING:
    from ..runs.events import StreamEvent
    from .each import RunnableEach
    from .events import EventSource
    from .fallbacks import RunnableWithFallbacks
    from .retry import RunnableRetry
    from .sequence import RunnableSequence
    from .streams import AsyncStream, Stream

__all__ = ["AnyRunnable", "Runnable", "RunnableLike"]

Other = TypeVar("Other")
OtherChunk = TypeVar("OtherChunk")

AnyRunnable: TypeAlias = "Runnable[Any, Any]"
"""A runnable of which only its methods are used, not its types."""

RunnableLike: TypeAlias = "AnyRunnable | Callable[..., object] | Mapping[str, Any]"
"""What ``|`` takes: a runnable, a function or generator function, a dict of these (in parallel)."""

_PUBLIC = ("invoke", "ainvoke", "stream", "astream")


class Runnable(Batching[In, Out], Generic[In, Out, Chunk]):
    """A step of a chain from ``In`` to ``Out``, with every way to call it.

    ``Chunk`` is what it streams; by default parts of the type ``Out`` itself.
    """

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        written = (name for name in _PUBLIC if getattr(cls, name) is not getattr(Runnable, name))
        bind_defaults(cls, frozenset(written))

    def event_source(self) -> EventSource:
        """How the events of a call of this runnable are made."""
        return runnables.events.chain_events, runnables.events.achain_events

    # --- calling it

    def invoke(self, input: In, config: RunConfig | None = None, **kwargs: object) -> Out:
        """The whole output for ``input``. ``kwargs`` go to the step itself, of a chain to its
        first.
        """
        return runnables.calls.invoke(self, input, config, kwargs)

    async def ainvoke(self, input: In, config: RunConfig | None = None, **kwargs: object) -> Out:
        """``invoke`` on an event loop. Blocking functions among the steps run in threads."""
        return await runnables.calls.ainvoke(self, input, config, kwargs)

    def stream(self, input: In, config: RunConfig | None = None, **kwargs: object) -> Stream[Chunk]:
        """The output as it comes; a step begins with the first chunk of the one before it."""
        return runnables.calls.stream(self, input, config, kwargs)

    def astream(
        self, input: In, config: RunConfig | None = None, **kwargs: object
    ) -> AsyncStream[Chunk]:
        """``stream`` on an event loop."""
        return runnables.calls.astream(self, input, config, kwargs)

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
        **kwargs: object,
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
        wanted = runnables.events.read_filter(
            version,
            include_names,
            include_types,
            include_tags,
            exclude_names,
            exclude_types,
            exclude_tags,
        )
        return runnables.events.stream_events(self, input, config, kwargs, wanted)

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
        **kwargs: object,
    ) -> AsyncStream[StreamEvent]:
        """``stream_events`` on an event loop."""
        wanted = runnables.events.read_filter(
            version,
            include_names,
            include_types,
            include_tags,
            exclude_names,
            exclude_types,
            exclude_tags,
        )
        return runnables.events.astream_events(self, input, config, kwargs, wanted)

    # --- making others of it

    @overload
    def __or__(
        self, other: Runnable[Any, Other, OtherChunk]
    ) -> RunnableSequence[In, Other, OtherChunk]: ...
    @overload
    def __or__(self, other: Mapping[str, Any]) -> RunnableSequence[In, dict[str, Any]]: ...
    @overload
    def __or__(
        self, other: Callable[..., Runnable[Any, Other, OtherChunk]]
    ) -> RunnableSequence[In, Other, OtherChunk]: ...
    @overload
    def __or__(self, other: Callable[..., AsyncIterator[Other]]) -> RunnableSequence[In, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Awaitable[Other]]) -> RunnableSequence[In, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Iterator[Other]]) -> RunnableSequence[In, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Other]) -> RunnableSequence[In, Other]: ...
    def __or__(self, other: RunnableLike) -> RunnableSequence[In, Any, Any]:
        """A chain: this, then ``other``."""
        return runnables.RunnableSequence(self, other)

    def __ror__(self, other: RunnableLike) -> RunnableSequence[Any, Out, Chunk]:
        """A chain: ``other``, then this."""
        return runnables.RunnableSequence(other, self)

    def bind(self, **kwargs: object) -> Runnable[In, Out, Chunk]:
        """The same with ``kwargs`` given to every call."""
        return runnables.RunnableBinding(self, kwargs=kwargs)

    def with_config(
        self, config: RunConfig | None = None, **kwargs: object
    ) -> Runnable[In, Out, Chunk]:
        """The same with a run name, tags, metadata or ``max_concurrency`` of its own."""
        return runnables.RunnableBinding(self, config=merge_configs(config, kwargs))

    def with_retry(
        self,
        *,
        retry_if_exception_type: tuple[type[BaseException], ...] | None = None,
        wait_exponential_jitter: bool = True,
        stop_after_attempt: int = 3,
    ) -> RunnableRetry[In, Out, Chunk]:
        """The same, tried again when it fails; a stream only before its first chunk.

        Args:
            retry_if_exception_type: what is tried again; by default the errors that another attempt
                may cure, which ``retry.py`` lists.
            wait_exponential_jitter: wait between attempts, longer each time, or as long as the
                vendor asks.
            stop_after_attempt: how many attempts there are in all.
        """
        return runnables.RunnableRetry(
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
    ) -> RunnableWithFallbacks[In, Out, Chunk]:
        """The same, and where it fails, the first of ``fallbacks`` that does not; a stream only
        before its first chunk.
        """
        return runnables.RunnableWithFallbacks(
            self, fallbacks, exceptions_to_handle=exceptions_to_handle
        )

    def pick(self, keys: str | Sequence[str]) -> RunnableSequence[In, Any]:
        """A chain: this, then one key of the dict it gives, or a dict of several."""
        return self | runnables.RunnablePick(keys)

    def assign(self, **steps: RunnableLike) -> RunnableSequence[In, dict[str, Any]]:
        """A chain: this, then the dict it gives with more keys, each made from it by a step."""
        return self | runnables.RunnableAssign(**steps)

    def map(self) -> RunnableEach[In, Out]:
        """The same for a list: every item goes through it, side by side."""
        return runnables.RunnableEach(self)
