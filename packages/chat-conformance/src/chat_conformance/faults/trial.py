"""Runs a model against a fault and lists every difference from what the call must end in.

with Trials(Groq) as trials:
    assert trials.misses(fault) == []
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from itertools import product
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from chat_core import AIMessage, APIError, ChatError, StrOutputParser

from ..backends import KEY
from ..http_answers import Stall
from ..modes import AsyncMode, Mode, SyncMode
from ..script import Reply
from ..scripted_server import ScriptedServer
from .early_exits import WITHIN, EarlyExit

if TYPE_CHECKING:
    from types import TracebackType

    from chat_core import ChatModel

    from ..simulators import ScriptItem, Simulator
    from ..subject import Subject
    from ..wire_connection import Exchange
    from .fault import Fault, Method, Script

__all__ = ["HANGS", "Result", "Trials", "misses"]

_TIME_LIMITS = {"timeout", "idle_timeout", "answer_timeout"}

HANGS = 10.0
"""Seconds after which a call counts as hanging."""

_HANGS = f"hangs for {HANGS:g} s and longer"


@dataclass(frozen=True)
class Result:
    """The result of a call: a message or an error, the requests and the seconds.

    ``text`` is what had been handed out, by a stream; ``error`` may be anything that was raised.
    """

    message: AIMessage | None
    text: str
    error: BaseException | None
    requests: int
    seconds: float


class Trials:
    """Runs one model against faults, in both modes; a context manager.

    The model is called in a thread of its own, so that a call that hangs is a miss like any other.

    Attributes:
        simulator: the simulator of its wire, set on entering.
    """

    simulator: Simulator

    def __init__(self, subject: type[Subject]) -> None:
        self._subject = subject
        self._server = ScriptedServer()
        self._modes: dict[str, Mode] = {"sync": SyncMode(), "async": AsyncMode()}

    def __enter__(self) -> Self:
        self._thread = _thread()
        self._server.__enter__()
        settings = {"base_url": self._server.url, "api_key": KEY}
        self._model = self._subject.make_model(**settings)
        self.simulator = self._subject.simulator or self._find_simulator()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for mode in self._modes.values():
            self._thread.submit(mode.close, self._model).result(HANGS)
            self._thread.submit(mode.end).result(HANGS)
        self._thread.shutdown()
        self._server.__exit__(kind, error, traceback)

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All exchanges of the latest trial."""
        return self._server.exchanges

    def _find_simulator(self) -> Simulator:
        """The simulator that the model's requests ask for."""
        self._server.enqueue(Reply("Hello"))
        self._model.invoke("Hi")
        return self._server.simulator_for(self._server.last)

    def applies_to(self, fault: Fault | EarlyExit) -> bool:
        """Whether the wire can express the fault and the model has a method that can meet it."""
        if isinstance(fault, EarlyExit):
            return self._streams
        offers = self.simulator.offers | frozenset(self._subject.capabilities or ())
        return bool(self._methods(fault)) and fault.applies_to(self.simulator, offers)

    @property
    def _streams(self) -> bool:
        declared = self._subject.capabilities
        return declared is None or "streaming" in declared

    def _methods(self, fault: Fault) -> tuple[Method, ...]:
        return fault.methods if self._streams else tuple(m for m in fault.methods if m != "stream")

    def misses(self, fault: Fault | EarlyExit) -> list[str]:
        """Every difference from what the call must end in, in all modes and methods."""
        if isinstance(fault, EarlyExit):
            return [miss for mode in fault.modes for miss in self._exit_misses(fault, mode)]
        found: list[str] = []
        for mode, method in product(self._modes, self._methods(fault)):
            misses = self._misses(fault, method, mode)
            if misses and misses != [_HANGS] and fault.settings.keys() & _TIME_LIMITS:
                misses = self._misses(fault, method, mode)  # a busy machine may be late once
            found += [f"{mode} {method}: {miss}" for miss in misses]
            if misses == [_HANGS]:
                break  # each of the others may hang as long
        return found

    def _misses(self, fault: Fault, method: Method, mode: str) -> list[str]:
        model = self._model.bind(**{"max_retries": 0, **fault.settings})
        self._server.forget(self.simulator, self._subject.provider())
        *first, last = (self._item(script) for script in fault.script)
        self._server.enqueue(*first)
        self._server.answer_always(last)
        try:
            result = self._thread.submit(self._call, self._modes[mode], method, model).result(HANGS)
        except NotInTime:
            self._thread = _thread()
            return [_HANGS]
        return list(misses(fault, method, result, self.simulator))

    def _exit_misses(self, early_exit: EarlyExit, mode: str) -> list[str]:
        """The misses of an early exit that is seen too late three times out of three.

        A busy machine may be late once; a reader that never disconnects fails each time.
        """
        found: list[str] = []
        for _ in range(3):
            found = self._exit_misses_once(early_exit, mode)
            if not found:
                break
        return found

    def _exit_misses_once(self, early_exit: EarlyExit, mode: str) -> list[str]:
        self._server.forget(self.simulator, self._subject.provider())
        self._server.answer_always(Reply("Goldfish on the moon", Stall()))
        runnable: Any = self._model | StrOutputParser() if early_exit.chain else self._model
        try:
            exit_early = self._thread.submit(
                self._modes[mode].exit_early, early_exit.how, runnable, "Hi"
            )
            kept = exit_early.result(HANGS)
        except NotInTime:
            self._thread = _thread()
            return [f"{mode}: hangs for {HANGS:g} s and longer"]
        seen = self._server.wire.wait_for_disconnect(WITHIN)
        del kept
        return [] if seen else [f"{mode}: still connected after {WITHIN:g} s"]

    def _item(self, script: Script) -> ScriptItem:
        return script(self.simulator) if callable(script) else script

    def _call(self, mode: Mode, method: Method, model: ChatModel) -> Result:
        message: AIMessage | None = None
        error: BaseException | None = None
        text = ""
        began = monotonic()
        try:
            if method == "invoke":
                message = mode.invoke(model, "Hi")
            else:
                streamed = mode.stream(model, "Hi")
                text, error = streamed.text, streamed.error
                message = None if error else streamed.message
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is judged
            error = raised
        seconds = monotonic() - began
        return Result(message, text, error, len(self._server.requests), seconds)


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="trial")


def misses(fault: Fault, method: Method, result: Result, simulator: Simulator) -> Iterator[str]:
    """Every difference of ``result`` from what ``fault`` must end in."""
    ends, error = fault.ends, result.error
    if ends.requests is not None and result.requests != ends.requests:
        yield f"{result.requests} requests instead of {ends.requests}"
    if result.seconds < ends.at_least:
        yield f"{result.seconds:.2f} s instead of {ends.at_least:g} s at least"
    if method == "stream" and result.text != ends.text:
        yield f"hands out {_short(result.text)} instead of {_short(ends.text)}"
    if error is not None:
        yield from _of_any_error(error)
    if not ends.error:
        yield from _of_an_answer(fault, result)
    elif error is None:
        yield f"passes {_short(result.message)} off as an answer"
    elif type(error) not in ends.error:
        yield f"raises {error!r} instead of {fault.shown}"
    elif isinstance(error, APIError):
        yield from _of_the_error(fault, method, error, simulator)


def _of_an_answer(fault: Fault, result: Result) -> Iterator[str]:
    if result.message is None:
        yield f"raises {result.error!r} instead of answering"
        return
    if result.message.content != fault.ends.text:
        yield f"answers {_short(result.message.content)} instead of {_short(fault.ends.text)}"
    if fault.ends.holds is not None and not fault.ends.holds(result.message):
        yield f"ends in {_short(result.message)} instead of {fault.shown}"


def _of_the_error(
    fault: Fault, method: Method, error: APIError, simulator: Simulator
) -> Iterator[str]:
    for name, fact in fault.ends.facts.items():
        value = getattr(error, name)
        if not (fact(simulator, value) if callable(fact) else value == fact):
            yield f"{name} is {value!r}"
    if method == "invoke" or not (fault.ends.text or fault.ends.holds):
        return
    if error.partial is None:
        yield "has no partial"
        return
    if error.partial.content != fault.ends.text:
        yield f"partial is {_short(error.partial.content)} instead of {_short(fault.ends.text)}"
    if error.partial.finish_reason is not None:
        yield "partial claims to have finished"
    if fault.ends.holds is not None and not fault.ends.holds(error.partial):
        yield f"partial is {_short(error.partial)}"


def _of_any_error(error: BaseException) -> Iterator[str]:
    if not isinstance(error, ChatError):
        yield f"lets {type(error).__module__}.{type(error).__name__} through"
    elif isinstance(error, APIError) and not error.provider:
        yield "names no provider"
    if KEY in "".join(traceback.format_exception(error)):
        yield "shows the key"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) < 160 else f"{shown[:150]}…{len(shown)}"
