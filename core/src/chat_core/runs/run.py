"""Runs: one call of one runnable, the runs above it, and the events that report it.

A ``RunContext`` (a context variable in user code, an argument inside chains) names the sink that
receives events and the runs above. While it is ``None`` and no observer is registered no runs are
made: the stream of a model reads the variable once for the whole call. A function step runs in a
context of its own, so a model that it calls, also in a task, is reported beneath it. The user's own
threads need ``contextvars.copy_context().run``, as ``asyncio.to_thread`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..arguments import of_type
from ..json_text import JSONObject
from . import hooks
from .hooks import Attached, log_failure

if TYPE_CHECKING:
    from ..messages.message import AIMessage
    from .config import RunConfig
    from .events import RunType, StreamEvent
    from .hooks import Attachment

__all__ = [
    "RunContext",
    "EventSink",
    "Run",
    "use_run_context",
    "current_run_context",
    "dispatch_custom_event",
    "is_traced",
    "start_run",
]


class EventSink(Protocol):
    """Receives the events beneath one ``stream_events`` call. Used from any thread."""

    @property
    def is_full(self) -> bool:
        """Whether so many events wait that the producer should."""

    async def wait_for_space(self) -> None:
        """Wait, on an event loop, until ``is_full`` is false."""

    def wants(self, name: str, run_type: str, tags: list[str]) -> bool:
        """Whether events of such a run are delivered."""

    def emit(self, event: StreamEvent) -> None:
        """Take one event. Waits for room when called from a thread that is not the reader's."""

    def emit_chunk(self, event: StreamEvent) -> None:
        """``emit`` for the many events that are neither a start nor an end."""


class RunContext(NamedTuple):
    """Who calls: the sink above, the ids of the runs above, and what those hand down.

    ``step_tag`` (``seq:step:2``) stands first on the very next run and not beneath it.
    ``attachments`` are those of the run that calls; they may be added until it has started.
    """

    sink: EventSink | None
    parent_ids: list[str]
    tags: list[str]
    metadata: JSONObject
    step_tag: str | None = None
    attachments: Sequence[Attachment] = ()

    def hand_tags(self, own: Iterable[str] | None) -> list[str]:
        """The tags from above and a run's own, in the order that LangChain's v2 events have: those
        of a step of a chain are sorted where it adds some; a call in user code puts its own last.
        """
        if not own:
            return self.tags
        tags = dict.fromkeys([*self.tags, *own])
        return sorted(tags) if self.step_tag else list(tags)


_run_context: ContextVar[RunContext | None] = ContextVar("chat_core_run_context", default=None)

current_run_context = _run_context.get
"""The context of a runnable that is called here, or ``None`` if nothing traces runs."""


@contextmanager
def use_run_context(run_context: RunContext | None) -> Iterator[None]:
    """What is called inside the ``with`` runs in ``run_context``, its attachments attached."""
    token = _run_context.set(run_context)
    try:
        if run_context is not None and run_context.attachments:
            with Attached(run_context.attachments):
                yield
        else:
            yield
    finally:
        _run_context.reset(token)


def is_traced() -> bool:
    """Whether a sink or an observer would receive the events of a run that starts here."""
    return _run_context.get() is not None or hooks.active is not None


def start_run(
    run_type: RunType,
    name: str,
    config: RunConfig | None = None,
    *,
    metadata: Mapping[str, object] | None = None,
    run_context: RunContext | None = None,
    runnable: object = None,
) -> Run | None:
    """A new run of ``runnable`` in ``run_context`` (by default the current one), or ``None`` if
    nothing traces it.

    ``name`` gives way to the config's ``run_name``. ``metadata`` is the run's own and is not handed
    down. Nothing is reported before ``Run.start``.
    """
    run_context = run_context or _run_context.get()
    if run_context is None:
        if hooks.active is None:
            return None
        run_context = _UNTRACED
    run = Run(run_type, name, config, metadata, run_context)
    run.runnable = runnable
    return run


_UNTRACED = RunContext(None, [], [], {})
_UNKNOWN = object()


class Run:
    """One call of one runnable. Its methods may be called from sync and async code alike.

    Call ``start``, any number of ``stream``, and one of ``end`` or ``error``; what follows the
    first of those two is ignored. ``output`` is the argument of ``end``. Async code that streams
    awaits ``wait_for_space`` while ``is_full`` is true, so that a slow reader slows the producer;
    in threads ``stream`` itself waits. ``describe_input`` may be set to a function from the input
    to what events show of it and to further data of the error event, which is in ``input_data``.

    For observers: ``runnable`` is what runs (a model, a tool, a step), ``streams`` says whether a
    model's answer is asked for as a stream, ``left_early`` whether the caller closed the stream
    before its end. In ``chat_run_start`` an observer may append to
    ``attachments``, and to ``chunk_listeners`` functions that are called with each chunk of this
    run alone. ``parent_attachments`` are those of the run above. ``candidates`` returns the answers
    that have arrived, in the order of their index, where several were asked for with one request;
    otherwise it is ``None``.
    """

    __slots__ = (
        "_ended",
        "_handed_down",
        "_input",
        "_is_wanted",
        "_sink",
        "_stream_event",
        "attachments",
        "candidates",
        "chunk_listeners",
        "describe_input",
        "input_data",
        "left_early",
        "metadata",
        "name",
        "output",
        "parent_attachments",
        "parent_ids",
        "run_id",
        "run_type",
        "runnable",
        "streams",
        "tags",
    )

    def __init__(
        self,
        run_type: RunType,
        name: str,
        config: RunConfig | None,
        metadata: Mapping[str, object] | None,
        run_context: RunContext,
    ) -> None:
        from uuid import uuid4

        config = config or {}
        tags = run_context.hand_tags(config.get("tags"))
        inherited = {**run_context.metadata, **(config.get("metadata") or {})}
        self.run_type = run_type
        self.run_id = str(uuid4())
        self.name = config.get("run_name") or name
        self.parent_ids = run_context.parent_ids
        self.tags = [run_context.step_tag, *tags] if run_context.step_tag else tags
        self.metadata = {**inherited, **(metadata or {})}
        self._handed_down = (tags, inherited)
        self._sink = run_context.sink
        self._is_wanted = self._sink is not None and self._sink.wants(
            self.name, run_type, self.tags
        )
        self._stream_event = f"on_{run_type}_stream"
        self._input = _UNKNOWN
        self._ended = False
        self.runnable: object = None
        self.streams = False
        self.left_early = False
        self.attachments: list[Attachment] = []
        self.parent_attachments = run_context.attachments
        self.chunk_listeners: list[Callable[[Any], object]] = []
        self.input_data: JSONObject = {}
        self.describe_input: Callable[[object], tuple[object, JSONObject]] | None = None
        self.output: Any = None
        self.candidates: Callable[[], list[AIMessage]] | None = None

    @property
    def is_full(self) -> bool:
        """Whether a producer should await ``wait_for_space`` before it goes on."""
        return self._sink is not None and self._sink.is_full

    async def wait_for_space(self) -> None:
        """Wait until the reader has caught up."""
        if self._sink is not None:
            await self._sink.wait_for_space()

    def as_run_context(self) -> RunContext:
        """The context of what this run calls."""
        ids = [*self.parent_ids, self.run_id]
        return RunContext(self._sink, ids, *self._handed_down, attachments=self.attachments)

    @property
    def input(self) -> object:
        """The input as events show it; ``None`` while it streams in."""
        return None if self._input is _UNKNOWN else self._input

    @property
    def has_sink(self) -> bool:
        """Whether events of this run, or of those beneath it, are delivered to a reader."""
        return self._sink is not None

    @property
    def needs_chunks(self) -> bool:
        """Whether a sink, or an observer's ``chat_run_chunk``, wants what a model streams."""
        return self._sink is not None or hooks.observe_chunks

    def event(self, kind: str, data: object) -> StreamEvent:
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

    def start(self, input: object = _UNKNOWN) -> None:
        """The run begins. Without ``input`` where it is not known yet: it may stream in."""
        shown = input
        if self.describe_input is not None and input is not _UNKNOWN:
            shown, self.input_data = self.describe_input(input)
        self._input = shown
        if self._is_wanted:
            self._emit("start", {} if shown is _UNKNOWN else {"input": shown})
        if hooks.active is not None:
            hooks.notify("chat_run_start", self, input=self.input)

    def stream(self, chunk: object) -> None:
        """The run yields ``chunk``."""
        if self._is_wanted:
            event: StreamEvent = {
                "event": self._stream_event,
                "name": self.name,
                "run_id": self.run_id,
                "parent_ids": self.parent_ids,
                "tags": self.tags,
                "metadata": self.metadata,
                "data": {"chunk": chunk},
            }
            self._sink.emit_chunk(event)  # type: ignore[union-attr]
        if self.chunk_listeners:
            self._call_listeners(chunk)
        if hooks.observe_chunks:
            hooks.notify("chat_run_chunk", self, chunk=chunk)

    def _call_listeners(self, chunk: object) -> None:
        try:
            for listener in self.chunk_listeners:
                listener(chunk)
        except Exception:  # noqa: BLE001 - an observer changes no run
            self.chunk_listeners.clear()  # it would fail at each chunk
            log_failure("a chunk listener")

    def end(self, output: object, *, input: object = _UNKNOWN) -> None:
        """The run ends well. ``input`` is what ``start`` could not know yet."""
        if self._ended:
            return
        self._ended = True
        self.output = output
        if input is not _UNKNOWN:
            self._input = input
        if self._is_wanted:
            known = {} if self._input is _UNKNOWN else {"input": self._input}
            self._emit("end", {"output": output} | known)
        if hooks.active is not None:
            hooks.notify("chat_run_end", self, output=output)

    def error(self, error: BaseException, *, input: object = _UNKNOWN) -> None:
        """The run fails; the caller gets the error itself after this."""
        if self._ended:
            return
        self._ended = True
        if input is not _UNKNOWN:
            self._input = input
        if self._is_wanted:
            known = {} if self._input is _UNKNOWN else {"input": self._input}
            self._emit("error", {"error": error} | known | self.input_data)
        if hooks.active is not None:
            hooks.notify("chat_run_error", self, error=error)

    def _emit(self, kind: str, data: object) -> None:
        self._sink.emit(self.event(kind, data))  # type: ignore[union-attr]


def dispatch_custom_event(name: str, data: object) -> None:
    """Report something of the user's own as ``on_custom_event``, beneath the step that runs now.

    For sync and async code alike. Without a sink nothing happens. The event's run is the
    step's own; filters see ``name``, the step's tags, and no type.
    """
    of_type("name", name, str, "the event's name, a str")
    run_context = _run_context.get()
    if run_context is None or run_context.sink is None:
        return
    if not run_context.sink.wants(name, "custom", run_context.tags):
        return
    run_context.sink.emit(
        {
            "event": "on_custom_event",
            "name": name,
            "run_id": run_context.parent_ids[-1] if run_context.parent_ids else "",
            "parent_ids": run_context.parent_ids[:-1],
            "tags": run_context.tags,
            "metadata": run_context.metadata,
            "data": data,
        }
    )
