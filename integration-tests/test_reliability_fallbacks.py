"""``with_fallbacks`` and ``with_retry`` before each provider's faults, in every mode and method."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from chat_conformance.backends import KEY
from chat_conformance.declared import DECLARED
from chat_conformance.faults import FAULTS
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_core import APIError, ChatError
from chat_core.testing import first_retry_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from chat_conformance import ChatModelConformance
    from chat_conformance.faults import Fault
    from chat_conformance.simulators import ScriptItem
    from chat_core import ChatModel, Runnable, StreamEvent

Asked = Literal["invoke", "stream", "events"]
EVERY: tuple[Asked, ...] = ("invoke", "stream", "events")
STREAMED: tuple[Asked, ...] = ("stream", "events")

ANSWER = "Fish swim in circles"
ATTEMPTS = 2

_faults = {fault.name: fault for faults in FAULTS.values() for fault in faults}
SILENCE = "silence before the head"
PASSING = (
    "connection refused",
    "connection reset before the head",
    SILENCE,
    "500 for ever: max_retries is kept",
    "error object first: server error",
)
"""Before any output; trying again may help."""
LASTING = ("401, wrong key",)
"""Before any output; trying again cannot help."""
WITHIN = (
    "stream ended without proof",
    "connection reset in mid-stream",
    "silence in mid-stream",
    "error object in mid-stream: server error",
)
"""After output of a stream."""
BROKEN_OFF = ("whole answer: connection reset", "whole answer: silence in its body")
"""Within a whole answer, of which the caller has received nothing."""


@dataclass
class Streamed:
    """What a caller got: the text, the events if it asked for them, and what was raised."""

    text: str = ""
    events: list[StreamEvent] = field(default_factory=list)
    error: ChatError | None = None

    def takes(self, item: Any) -> None:
        if isinstance(item, dict):
            self.events.append(item)  # type: ignore[arg-type]
            if item["parent_ids"] or "chunk" not in item["data"]:
                return
            item = item["data"]["chunk"]
        self.text += item.content


class Desk:
    """A model that meets a fault, a model that does not, and the calls of both."""

    def __init__(self, subject: type[ChatModelConformance], loop: asyncio.Runner) -> None:
        self._loop = loop
        self.first, self.spare = ScriptedServer(), ScriptedServer()
        self._subject = subject

    def __enter__(self) -> Desk:
        made = []
        for server in (self.first, self.spare):
            server.__enter__()
            made.append(self._subject.make_model(base_url=server.url, api_key=KEY, max_retries=0))
        self._model, self.standby = made
        return self

    def __exit__(self, *_: object) -> None:
        for model, server in ((self._model, self.first), (self.standby, self.spare)):
            self._loop.run(model.aclose())
            server.__exit__(None, None, None)

    def meets(self, name: str, *then: ScriptItem, patience: float = 1.0) -> ChatModel:
        """The first model: its server sends the fault, then ``then`` to all further requests.

        ``patience`` is the shortest time limit, in seconds, where an answer follows.
        """
        fault = _fault(name)
        for server in (self.first, self.spare):
            server.forget(self._subject.simulator)
        *script, last = fault.script
        assert not script
        assert not callable(last)
        if then:
            self.first.enqueue(last, *then)
        self.first.answer_always(then[-1] if then else last)
        self.spare.answer_always(Reply(ANSWER))
        settings = dict(fault.settings)
        if then:  # the answer that follows has this time too, also on a busy machine
            for name in settings.keys() & _LIMITS:
                settings[name] = max(settings[name], patience)
        return self._model.bind(**settings)

    def asks(self, runnable: Runnable[Any, Any], how: Asked, mode: str) -> Streamed:
        """The answer of ``runnable``."""
        streamed = Streamed()
        try:
            if mode == "sync":
                for item in _items(runnable, how):
                    streamed.takes(item)
            else:
                self._loop.run(_read(_aitems(runnable, how), streamed))
        except ChatError as error:
            streamed.error = error
        return streamed


_LIMITS = {"timeout", "idle_timeout", "answer_timeout"}


def _fault(name: str) -> Fault:
    fault = _faults[name]
    assert not hasattr(fault, "how")
    return fault


def _items(runnable: Runnable[Any, Any], how: Asked) -> Iterator[Any]:
    match how:
        case "invoke":
            yield runnable.invoke("Hi")
        case "stream":
            yield from runnable.stream("Hi")
        case "events":
            yield from runnable.stream_events("Hi")


async def _aitems(runnable: Runnable[Any, Any], how: Asked) -> AsyncIterator[Any]:
    if how == "invoke":
        yield await runnable.ainvoke("Hi")
        return
    stream: Any = runnable.astream("Hi") if how == "stream" else runnable.astream_events("Hi")
    async with stream:
        async for item in stream:
            yield item


async def _read(items: AsyncIterator[Any], streamed: Streamed) -> None:
    async for item in items:
        streamed.takes(item)


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with asyncio.Runner() as loop, Desk(request.param, loop) as made:
        yield made


@pytest.fixture(autouse=True)
def short_waits() -> Iterator[None]:
    with first_retry_after(0.01):
        yield


desks = pytest.mark.parametrize(
    "desk", DECLARED, indirect=True, ids=lambda subject: subject.__name__, scope="module"
)
modes = pytest.mark.parametrize("mode", ["sync", "async"])
before_output = pytest.mark.parametrize(
    ("name", "how"),
    [
        *((name, how) for name in PASSING + LASTING for how in EVERY),
        *((name, "invoke") for name in BROKEN_OFF),
    ],
)
after_output = pytest.mark.parametrize(
    ("name", "how"), [(name, how) for name in WITHIN for how in STREAMED]
)


def outcomes(streamed: Streamed) -> list[tuple[str, list[str]]]:
    """How the model's runs ended, each with its tags; the events are a sound life of each run."""
    begun: dict[str, StreamEvent] = {}
    ended: set[str] = set()
    found = []
    for event in streamed.events:
        run, kind = event["run_id"], event["event"].rpartition("_")[2]
        assert set(event["parent_ids"]) <= begun.keys() - ended, "a child lives within its parents"
        if kind == "start":
            assert run not in begun, "a run starts once"
            begun[run] = event
        else:
            assert run in begun.keys() - ended, "and has no event before its start or after its end"
            assert event["tags"] == begun[run]["tags"]
        if kind in {"end", "error"}:
            ended.add(run)
            if event["event"].startswith("on_chat_model"):
                found.append((kind, event["tags"]))
    assert begun.keys() == ended, "and every run ends"
    return found


@desks
@modes
@before_output
def test_a_fallback_answers_where_nothing_had_been_handed_out(
    desk: Desk, mode: str, name: str, how: Asked
) -> None:
    model = desk.meets(name)
    streamed = desk.asks(model.with_fallbacks([desk.standby]), how, mode)
    assert (streamed.text, streamed.error) == (ANSWER, None)
    assert len(desk.spare.requests) == 1
    if (asked := _fault(name).ends.requests) is not None:
        assert len(desk.first.requests) == asked
    if how == "events":
        assert outcomes(streamed) == [("error", []), ("end", [])]


@desks
@modes
@after_output
def test_no_fallback_and_no_retry_after_the_first_chunk(
    desk: Desk, mode: str, name: str, how: Asked
) -> None:
    ends = _fault(name).ends
    model = desk.meets(name)
    streamed = Streamed()
    for runnable in (
        model.with_fallbacks([desk.standby]),
        model.with_retry(wait_exponential_jitter=False),
        model.with_retry().with_fallbacks([desk.standby.with_retry()]),
    ):
        for _ in range(3 if _fault(name).settings.keys() & _LIMITS else 1):
            desk.meets(name)
            streamed = desk.asks(runnable, how, mode)
            if streamed.text == ends.text:
                break  # on a busy machine the time limit may pass before all is sent
        assert streamed.text == ends.text
        assert type(streamed.error) in ends.error
        assert isinstance(streamed.error, APIError)
        assert streamed.error.partial is not None
        assert streamed.error.partial.content == ends.text
        assert (len(desk.first.requests), len(desk.spare.requests)) == (1, 0)
        if how == "events":
            assert outcomes(streamed) == [("error", [])]
            assert streamed.events[-1]["data"]["error"] is streamed.error


AGAIN = [
    (name, how)
    for name in PASSING
    for how in EVERY
    # A server that refuses connections has no second answer; a whole answer that timed out may have
    # been paid for, and is not asked for again.
    if name != "connection refused" and (name, how) != (SILENCE, "invoke")
]


@desks
@modes
@pytest.mark.parametrize(("name", "how"), AGAIN)
def test_what_may_pass_is_asked_again_until_it_has_passed(
    desk: Desk, mode: str, name: str, how: Asked
) -> None:
    streamed = Streamed()
    for patience in (1.0, 5.0):  # a busy machine may need longer than the first
        model = desk.meets(name, Reply(ANSWER), patience=patience).bind(max_retries=0)
        streamed = desk.asks(model.with_retry(wait_exponential_jitter=False), how, mode)
        if streamed.error is None:
            break
    assert (streamed.text, streamed.error) == (ANSWER, None)
    if how == "events":
        assert outcomes(streamed) == [("error", []), ("end", ["retry:attempt:2"])]


@desks
@modes
def test_a_whole_answer_that_timed_out_is_asked_for_once(desk: Desk, mode: str) -> None:
    """The vendor may have worked, and charged, until the time was up."""
    asked = Streamed()
    for patience in (1.0, 5.0):  # a busy machine may reach the first before the request is sent
        model = desk.meets(SILENCE, Reply(ANSWER), patience=patience).bind(max_retries=0)
        asked = desk.asks(model.with_retry(wait_exponential_jitter=False), "invoke", mode)
        if desk.first.requests:
            break
    assert type(asked.error) in _fault(SILENCE).ends.error
    assert len(desk.first.requests) == 1


@desks
@modes
@pytest.mark.parametrize("how", EVERY)
@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_tried_as_often_as_was_set_and_raised(
    desk: Desk, mode: str, name: str, how: Asked
) -> None:
    """Each attempt has the model's own retries, where it has any."""
    ends = _fault(name).ends
    model = desk.meets(name)
    again = model.with_retry(wait_exponential_jitter=False, stop_after_attempt=ATTEMPTS)
    streamed = desk.asks(again, how, mode)
    assert streamed.text == ""
    assert type(streamed.error) in ends.error
    if ends.requests is not None:
        assert len(desk.first.requests) == ATTEMPTS * ends.requests
    if how == "events":
        assert outcomes(streamed) == [("error", []), ("error", ["retry:attempt:2"])]
        assert streamed.events[-1]["data"]["error"] is streamed.error


@desks
@modes
@pytest.mark.parametrize("how", EVERY)
@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_asked_once(desk: Desk, mode: str, name: str, how: Asked) -> None:
    model = desk.meets(name, Reply(ANSWER))
    streamed = desk.asks(model.with_retry(wait_exponential_jitter=False), how, mode)
    assert streamed.text == ""
    assert type(streamed.error) in _fault(name).ends.error
    assert len(desk.first.requests) == 1
    if how == "events":
        assert outcomes(streamed) == [("error", [])]
