"""Runs: one call of one runnable, who called it, and telling those who listen.

A *caller* (a context variable in user code, an argument inside chains) says who listens and beneath
which runs. While it is ``None`` and no observer is registered there are no runs at all, and a
model's stream pays one look at the variable for the whole call. A function step runs with itself as
the caller, so a model called in it is reported beneath it with nothing passed by hand, in tasks
too; threads of the user's own need ``contextvars.copy_context().run``, as ``asyncio.to_thread``
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypedDict, cast

from .. import observers
from ..errors import InvalidParameterError

if TYPE_CHECKING:
    from .events import RunType, StreamEvent

__all__ = [
    "Caller",
    "Listener",
    "Run",
    "RunConfig",
    "calling",
    "current_caller",
    "dispatch_custom_event",
    "is_heard",
    "merge_configs",
    "start_run",
]


class RunConfig(TypedDict, total=False):
    """What a call may say about its run.

    ``tags`` and ``metadata`` also go to the runs beneath it. ``max_concurrency`` bounds how much of
    ``batch`` and of parallel steps runs at once.
    """

    run_name: str
    tags: list[str]
    metadata: dict[str, Any]
    max_concurrency: int | None


_KEYS = frozenset(RunConfig.__annotations__)


def merge_configs(*configs: Mapping[str, Any] | None) -> RunConfig:
    """All ``configs`` as one: tags (sorted where several give some) and metadata add up, otherwise
    the later one wins.

    Raises ``InvalidParameterError`` for an unknown key, or tags that are not a list of strings.
    """
    merged: dict[str, Any] = {}
    for config in configs:
        for key, value in (config or {}).items():
            if key not in _KEYS:
                raise InvalidParameterError(
                    f"Unknown key {key!r} in a run's config; known: {', '.join(sorted(_KEYS))}."
                )
            if key == "tags":
                tags = list(dict.fromkeys(_read_tags(value)))
                merged[key] = sorted({*merged[key], *tags}) if merged.get(key) else tags
            elif key == "metadata":
                merged[key] = {**merged.get(key, {}), **(value or {})}
            else:
                merged[key] = value
    return cast(RunConfig, merged)


def _read_tags(tags: Any) -> list[str]:
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags or ()):
        raise InvalidParameterError(f"tags is a list of strings; got {tags!r}.")
    return list(tags or ())


class Listener(Protocol):
    """Whoever receives the events beneath one ``stream_events`` call. Used from any thread."""

    @property
    def crowded(self) -> bool:
        """Whether so many events wait that the producer should."""

    async def room(self) -> None:
        """Wait, on an event loop, until the listener is no longer crowded."""

    def wants(self, name: str, run_type: str, tags: list[str]) -> bool:
        """Whether events of such a run are delivered."""

    def emit(self, event: StreamEvent) -> None:
        """Take one event. Waits for room when called from a thread that is not the reader's."""

    def emit_chunk(self, event: StreamEvent) -> None:
        """``emit`` for the many events that are neither a start nor an end."""


class Caller(NamedTuple):
    """Who calls: the listener above, the ids of the runs above, and what those hand down.

    ``step_tag`` (``seq:step:2``) stands first on the very next run and not beneath it.
    """

    listener: Listener | None
    parent_ids: list[str]
    tags: list[str]
    metadata: dict[str, Any]
    step_tag: str | None = None

    def hand_tags(self, own: Iterable[str] | None) -> list[str]:
        """The tags from above and a run's own, in the order that LangChain's v2 events have: those
        of a step of a chain are sorted where it adds some; a call in user code puts its own last.
        """
        if not own:
            return self.tags
        tags = dict.fromkeys([*self.tags, *own])
        return sorted(tags) if self.step_tag else list(tags)


_caller: ContextVar[Caller | None] = ContextVar("chat_core_caller", default=None)

current_caller = _caller.get
"""The caller that a runnable called right here has, or ``None`` where nobody listens."""


@contextmanager
def calling(caller: Caller | None) -> Iterator[None]:
    """Make ``caller`` the caller of whatever is called inside the ``with``."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def is_heard() -> bool:
    """Whether a run that started here and now would be heard by anybody."""
    return _caller.get() is not None or observers.active is not None


def start_run(
    run_type: RunType,
    name: str,
    config: RunConfig | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
    caller: Caller | None = None,
) -> Run | None:
    """A new run beneath ``caller`` (by default the current one); ``None`` when nobody would hear
    it.

    ``name`` gives way to the config's ``run_name``. ``metadata`` is the run's own and is not handed
    down. Nothing is reported before ``Run.start``.
    """
    caller = caller or _caller.get()
    if caller is None:
        if observers.active is None:
            return None
        caller = _UNHEARD
    return Run(run_type, name, config, metadata, caller)


_UNHEARD = Caller(None, [], [], {})
_UNKNOWN: Any = object()


class Run:
    """One call of one runnable. Its methods may be called from sync and async code alike.

    Call ``start``, any number of ``stream``, and one of ``end`` or ``error``; what follows the
    first of those two is ignored. ``output`` is what ``end`` was told. ``crowded`` and ``room`` are
    for async code that streams: where the first is true await the second, so that a slow reader
    slows the producer. In threads ``stream`` itself waits.
    """

    __slots__ = (
        "_ended",
        "_handed_down",
        "_input",
        "_listener",
        "_stream_event",
        "_told",
        "metadata",
        "name",
        "output",
        "parent_ids",
        "run_id",
        "run_type",
        "tags",
    )

    def __init__(
        self,
        run_type: RunType,
        name: str,
        config: RunConfig | None,
        metadata: Mapping[str, Any] | None,
        caller: Caller,
    ) -> None:
        from uuid import uuid4

        config = config or {}
        tags = caller.hand_tags(config.get("tags"))
        inherited = {**caller.metadata, **(config.get("metadata") or {})}
        self.run_type = run_type
        self.run_id = str(uuid4())
        self.name = config.get("run_name") or name
        self.parent_ids = caller.parent_ids
        self.tags = [caller.step_tag, *tags] if caller.step_tag else tags
        self.metadata = {**inherited, **(metadata or {})}
        self._handed_down = (tags, inherited)
        self._listener = caller.listener
        self._told = self._listener is not None and self._listener.wants(
            self.name, run_type, self.tags
        )
        self._stream_event = f"on_{run_type}_stream"
        self._input = _UNKNOWN
        self._ended = False
        self.output: Any = None

    @property
    def crowded(self) -> bool:
        """Whether a producer should await ``room`` before it goes on."""
        return self._listener is not None and self._listener.crowded

    async def room(self) -> None:
        """Wait until the reader has caught up."""
        if self._listener is not None:
            await self._listener.room()

    def as_caller(self) -> Caller:
        """This run as the caller of what it calls."""
        return Caller(self._listener, [*self.parent_ids, self.run_id], *self._handed_down)

    def event(self, kind: str, data: Any) -> StreamEvent:
        """An event of this run, such as ``on_chain_start`` for the kind ``start``."""
        return {
            "event": f"on_{self.run_type}_{kind}",
            "name": self.name,
            "run_id": self.run_id,
            "parent_ids": self.parent_ids,
            "tags": self.tags,
            "metadata": self.metadata,
            "data": data,
        }

    def start(self, input: Any = _UNKNOWN) -> None:
        """The run begins. ``input`` is left out where it is not known yet: it may stream in."""
        self._input = input
        if self._told:
            self._emit("start", {} if input is _UNKNOWN else {"input": input})
        if observers.active is not None:
            known = None if input is _UNKNOWN else input
            observers.notify("chat_run_start", self, input=known)

    def stream(self, chunk: Any) -> None:
        """The run yields ``chunk``."""
        if self._told:
            event: StreamEvent = {
                "event": self._stream_event,
                "name": self.name,
                "run_id": self.run_id,
                "parent_ids": self.parent_ids,
                "tags": self.tags,
                "metadata": self.metadata,
                "data": {"chunk": chunk},
            }
            self._listener.emit_chunk(event)  # type: ignore[union-attr]
        if observers.active is not None:
            observers.notify("chat_run_chunk", self, chunk=chunk)

    def end(self, output: Any, *, input: Any = _UNKNOWN) -> None:
        """The run ends well. ``input`` is what ``start`` could not know yet."""
        if self._ended:
            return
        self._ended = True
        self.output = output
        if self._told:
            known = self._input if input is _UNKNOWN else input
            self._emit("end", {"output": output} | ({} if known is _UNKNOWN else {"input": known}))
        if observers.active is not None:
            observers.notify("chat_run_end", self, output=output)

    def error(self, error: BaseException, *, input: Any = _UNKNOWN) -> None:
        """The run fails; the caller sees the error itself after this."""
        if self._ended:
            return
        self._ended = True
        if self._told:
            known = self._input if input is _UNKNOWN else input
            self._emit("error", {"error": error} | ({} if known is _UNKNOWN else {"input": known}))
        if observers.active is not None:
            observers.notify("chat_run_error", self, error=error)

    def _emit(self, kind: str, data: Any) -> None:
        self._listener.emit(self.event(kind, data))  # type: ignore[union-attr]


def dispatch_custom_event(name: str, data: Any) -> None:
    """Report something of the user's own as ``on_custom_event``, beneath the step that runs now.

    For sync and async code alike. Where nobody listens nothing happens. The event's run is the
    step's own; filters see ``name``, the step's tags, and no type.
    """
    caller = _caller.get()
    if caller is None or caller.listener is None:
        return
    if not caller.listener.wants(name, "custom", caller.tags):
        return
    caller.listener.emit(
        {
            "event": "on_custom_event",
            "name": name,
            "run_id": caller.parent_ids[-1] if caller.parent_ids else "",
            "parent_ids": caller.parent_ids[:-1],
            "tags": caller.tags,
            "metadata": caller.metadata,
            "data": data,
        }
    )
