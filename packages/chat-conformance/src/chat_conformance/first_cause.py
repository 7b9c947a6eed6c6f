"""What is wrong with a model from the ground up: probes that run before its laws.

A model that cannot answer at all, streams what are no chunks, buffers, or blocks the event loop
breaks most laws. ``first_cause`` finds it with a few calls and says it in one sentence; the plugin
then reports that sentence once and leaves out the laws. A probe whose law is a declared gap is left
out.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from chat_core import AIMessage, AIMessageChunk, ChatError

from .advice.failures import BLOCKED_LOOP
from .backends import KEY
from .http_answers import Stall
from .lessons import Lesson
from .script import Reply
from .scripted_server import ScriptedServer
from .time_limits import RunsTooLongError, bounded

if TYPE_CHECKING:
    from .simulators import Simulator
    from .subject import Subject

__all__ = ["FirstCause", "first_cause", "missing_simulator"]


class FirstCause(NamedTuple):
    """What is wrong with a model in one ``sentence``.

    ``law`` names the law that the model breaks by it; ``lesson`` replaces that law's lesson where
    the law states less.
    """

    law: str
    sentence: str
    lesson: Lesson | None = None


SECONDS = 5.0
"""What each probe may take."""

_TRIES = 2
"""How often a probe has to find something wrong: a busy machine may be late once."""

_PAUSE = 0.6
"""Seconds without a turn of the event loop that are too long."""

_TICK = 0.02
"""Seconds between two turns of what waits for nothing else."""

_SETTINGS: dict[str, Any] = {"api_key": KEY, "max_retries": 0}


def missing_simulator(subject: type[Subject]) -> str | None:
    """One sentence if no simulator knows the model's wire; ``None`` if one does."""
    if subject.simulator is not None:
        return None
    with ScriptedServer() as server:
        server.answer_always(Reply("Hello"))
        try:
            bounded(lambda: _model(subject, server).invoke("Hi"), SECONDS)
        except Exception:  # noqa: BLE001 - the probes and laws report all but the wire
            problem = server.problem
            return str(problem) if isinstance(problem, LookupError) else None
    return None


def first_cause(subject: type[Subject], gaps: Collection[str] = ()) -> FirstCause | None:
    """What is wrong with the model; ``None`` if every probe holds."""
    known = {name.partition("[")[0] for name in gaps}
    for law, probe in _PROBES:
        if law not in known and (wrong := _run(probe, subject)) is not None:
            return FirstCause(law, wrong, _LESSONS.get(probe))
    return None


def _run(probe: Probe, subject: type[Subject]) -> str | None:
    """What the last of ``_TRIES`` tries finds; ``None`` if one of them finds nothing."""
    wrong: str | None = None
    for _ in range(_TRIES):
        if (wrong := _try(probe, subject)) is None:
            return None
    return wrong


def _try(probe: Probe, subject: type[Subject]) -> str | None:
    with ScriptedServer(subject.simulator, subject.provider()) as server:
        try:
            return bounded(lambda: probe(subject, server), SECONDS)
        except RunsTooLongError as late:
            return _TOO_LONG[probe].format(seconds=late.seconds, place=late.place)
        except ChatError as error:
            unread = server.problem or error
            return f"A simple answer is read as an error: {type(unread).__name__}: {unread}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the first cause
            return f"{_RAISED[probe]} raises {type(error).__name__}: {error}"


def _answers(subject: type[Subject], server: ScriptedServer) -> str | None:
    server.answer_always(Reply("Hello"))
    with _model(subject, server) as model:
        answer: object = model.invoke("Hi")
    if not isinstance(answer, AIMessage):
        return f"invoke() returns {type(answer).__name__}, not AIMessage."
    if answer.content != "Hello":
        return f"The vendor answered 'Hello'; invoke() returns the text {answer.content!r}."
    return None


def _streams(subject: type[Subject], server: ScriptedServer) -> str | None:
    server.answer_always(Reply("Hello"))
    with _model(subject, server) as model:
        chunks: list[Any] = list(model.stream("Hi"))
    for chunk in chunks:
        if not isinstance(chunk, AIMessageChunk):
            return f"stream() yields {type(chunk).__name__}, not AIMessageChunk."
    text = "".join(chunk.content for chunk in chunks)
    return None if text == "Hello" else f"The vendor sent 'Hello'; the chunks' text is {text!r}."


def _does_not_buffer(subject: type[Subject], server: ScriptedServer) -> str | None:
    server.answer_always(Reply("Gold", Stall()))
    with _model(subject, server) as model:
        if not _is_streaming(subject, server, model):
            return None
        began = monotonic()
        stream = _limited(model, idle_timeout=3.0).stream("Hi")
        try:
            text = ""
            while not text:
                text = next(stream).content
        except (ChatError, StopIteration):
            return _BUFFERS.format(seconds=monotonic() - began, place="stream()")
        finally:
            stream.close()
    return None


def _does_not_block(subject: type[Subject], server: ScriptedServer) -> str | None:
    server.answer_always(Reply("Gold", Stall()))
    return asyncio.run(_longest_pause(subject, server))


async def _longest_pause(subject: type[Subject], server: ScriptedServer) -> str | None:
    model = _model(subject, server)
    await model.aprepare()  # imports take the loop, and are made once

    async def read() -> None:
        async for _ in _limited(model, timeout=1.5, idle_timeout=1.5).astream("Hi"):
            pass

    reading = asyncio.ensure_future(read())
    longest = 0
    with _Ticks() as ticks:
        before = ticks.count
        while not reading.done():
            await asyncio.sleep(_TICK)
            longest, before = max(longest, ticks.count - before), ticks.count
    await asyncio.gather(reading, return_exceptions=True)
    await model.aclose()
    if longest * _TICK > _PAUSE:
        return _BLOCKS.format(seconds=longest * _TICK, place="astream()")
    return None


class _Ticks:
    """Counts the ticks of a thread while the block runs.

    Where the machine pauses, so does the thread; where the event loop alone is blocked, it goes on.
    """

    def __init__(self) -> None:
        self.count = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(_TICK):
            self.count += 1


def _model(subject: type[Subject], server: ScriptedServer) -> Any:
    model = subject.make_model(base_url=server.url, **_SETTINGS)
    return _limited(model, timeout=3.0)


def _limited(model: Any, **limits: float) -> Any:
    """``model`` with these time limits, as far as it applies them."""
    return model.bind(**{name: limits[name] for name in limits if name in model.applies})


def _is_streaming(subject: type[Subject], server: ScriptedServer, model: Any) -> bool:
    declared = subject.capabilities
    if declared is not None:
        return "streaming" in declared
    server.enqueue(Reply("Hello"))
    model.invoke("Hi")
    simulator: Simulator = server.simulator_for(server.last)
    return "streaming" in simulator.offers


Probe = Callable[["type[Subject]", ScriptedServer], "str | None"]

_BUFFERS = (
    "stream() buffers: it gives no chunk while the vendor has sent one and not the rest"
    " ({seconds:.1f} s, at {place}). Read the response as it arrives, not to its end."
)
_BLOCKS = (
    "astream() blocks the event loop ({seconds:.1f} s, at {place}): other tasks cannot run while it"
    " waits for the vendor. Await the response; make no blocking call on the loop."
)

_PROBES: tuple[tuple[str, Probe], ...] = (
    ("test_an_answer_is_the_text_that_was_sent", _answers),
    ("test_a_stream_is_made_of_chunks", _streams),
    ("test_a_chunk_comes_before_the_next_is_sent", _does_not_buffer),
    ("test_silence_in_a_stream_times_out", _does_not_block),
)
"""Each probe, and the law that a model breaks for which it does not hold."""

_LESSONS: dict[Probe, Lesson] = {
    _does_not_block: Lesson(
        "Other tasks of the event loop run while a model waits for its vendor.", "", *BLOCKED_LOOP
    )
}
"""The lessons of probes whose law states less."""

_TOO_LONG: dict[Probe, str] = {
    _answers: "invoke() gives no answer within {seconds:g} s of one that was sent whole;"
    " it waits at {place}.",
    _streams: "stream() does not end within {seconds:g} s of an answer that was sent whole;"
    " it waits at {place}.",
    _does_not_buffer: _BUFFERS,
    _does_not_block: _BLOCKS,
}

_RAISED: dict[Probe, str] = {
    _answers: "invoke()",
    _streams: "stream()",
    _does_not_buffer: "stream()",
    _does_not_block: "astream()",
}
