"""llmock's strict verdict on every provider: no error and no warning, whatever fault it plays.

llmock sees requests and answers; it does not see what the caller receives. The model retries a
failed call as long as no chunk has reached the caller. After that only the caller can retry, since
it holds a part of the answer. So these tests do what an application does: catch the error, drop the
part, call again. llmock then has no finding, except for one answer that was whole:
``WRONG_FINDINGS`` gives the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.backends import KEY
from chat_conformance.declared import DECLARED, OpenAICompatible
from chat_conformance.llmock_server import LlmockServer
from chat_conformance.modes import AsyncMode, Mode, Streamed, SyncMode
from chat_core import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    ChatError,
    ContextLengthExceededError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from chat_core.testing import first_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chat_conformance import ChatModelConformance
    from chat_core import ChatModel
    from llmock.journal import RequestRecord
    from llmock.pytest_plugin import LLMock

    Setup = Callable[[LLMock], object]

TEXT = "Goldfish swim on the moon tonight"
SOON = 0.12
"""Seconds in llmock's retry-after headers: enough to see that they are waited for."""

WRONG_FINDINGS: dict[str, str] = {
    "truncated_stream_accepted": (
        "llmock finds 'no finish reason' in a stream that it ended behind the finish reason. On the"
        " wire of Chat Completions that answer is whole: some servers send no [DONE] after it."
    )
}
"""Findings of llmock that are wrong, and why."""


@dataclass(frozen=True)
class Caller:
    """A model of one provider that talks to llmock, in blocking code or on an event loop."""

    model: ChatModel
    mode: Mode
    script: LLMock

    def ask(self, streamed: bool, **settings: Any) -> tuple[str, ChatError | None]:
        """The text of an answer, or the error instead of it."""
        if streamed:
            result = self.stream(**settings)
            return result.text, result.error
        try:
            return self.mode.invoke(self.model, "Hi", **settings).content, None
        except ChatError as error:
            return "", error

    def stream(self, **settings: Any) -> Streamed:
        """A streamed answer, read until it ends or fails."""
        return self.mode.stream(self.model, "Hi", **settings)

    def events(self) -> int:
        """How many events an undisturbed stream of ``TEXT`` has."""
        self.script.reset().reply(TEXT)
        assert self.stream().text == TEXT
        return self.script.last_request.chunks_sent


@pytest.fixture(scope="module")
def server() -> Iterator[LlmockServer]:
    with LlmockServer() as made:
        yield made


CALLERS: dict[str, tuple[type[ChatModelConformance], str, type[Mode]]] = {
    f"{subject.__name__}-{mode.name}": (subject, subject.llmock_path, mode)
    for subject, mode in product(DECLARED, (SyncMode, AsyncMode))
    if subject.llmock_path is not None
} | {
    # Vendors that llmock knows and that our users reach as compatible with OpenAI.
    f"OpenAICompatible-{name}": (OpenAICompatible, f"/{name}/v1", AsyncMode)
    for name in ("ai21", "perplexity", "together", "xai")
}


@pytest.fixture(scope="module", params=CALLERS.values(), ids=list(CALLERS))
def caller(request: pytest.FixtureRequest, server: LlmockServer) -> Iterator[Caller]:
    subject, path, make_mode = request.param
    assert path is not None
    mode: Mode = make_mode()
    model = subject.make_model(base_url=f"{server.url}{path}", api_key=KEY)
    yield Caller(model, mode, server.script)
    mode.close(model)
    mode.end()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short waits, always the longest that chance allows; core's own tests are about chance."""
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    with first_retry_after(0.05):
        yield


# --- faults before the answer

PASSING: dict[str, Setup] = {
    "a rate limit": lambda script: script.rate_limit(retry_after=SOON),
    "an overload": lambda script: script.fail(529, retry_after=SOON),
    "a service not available": lambda script: script.fail(503, retry_after=SOON),
    "a slow gateway": lambda script: script.fail(504, retry_after=SOON),
    "a bad gateway": lambda script: script.fail(502),
    "a failure": lambda script: script.fail(500),
    "a timeout": lambda script: script.fail(408),
    "a conflict": lambda script: script.fail(409),
    "a slow answer": lambda script: script.delay(0.1),
    "a slow first token": lambda script: script.slow_first_token(0.1),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("set_up", PASSING.values(), ids=PASSING)
def test_what_passes_by_itself_the_caller_never_sees(
    caller: Caller, set_up: Setup, streamed: bool
) -> None:
    set_up(caller.script.reset().reply(TEXT))
    assert caller.ask(streamed) == (TEXT, None)
    caller.script.assert_resilient(strict=True)


LASTING: dict[str, tuple[Setup, type[APIError]]] = {
    "an outage": (lambda script: script.outage(status=500), ServerError),
    "an overload": (lambda s: s.fail(503, times=None, retry_after=SOON), OverloadedError),
    "a rate limit": (lambda s: s.rate_limit(times=None, retry_after=SOON), RateLimitError),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("set_up", "kind"), LASTING.values(), ids=LASTING)
def test_what_lasts_is_raised_after_a_few_attempts_with_growing_waits(
    caller: Caller,
    set_up: Setup,
    kind: type[APIError],
    streamed: bool,
) -> None:
    set_up(caller.script.reset())
    with first_retry_after(0.2):  # so long that a busy machine adds little to it
        text, error = caller.ask(streamed)
    assert (text, type(error)) == ("", kind)
    assert len(caller.script.requests) == 1 + caller.model.max_retries
    caller.script.assert_resilient(strict=True)


REFUSED: dict[str, tuple[Setup, type[APIError]]] = {
    "a bad request": (lambda script: script.fail(400), InvalidRequestError),
    "a wrong key": (lambda script: script.fail(401), AuthenticationError),
    "an unpaid bill": (lambda script: script.fail(402), PermissionDeniedError),
    "a forbidden model": (lambda script: script.fail(403), PermissionDeniedError),
    "an unknown model": (lambda script: script.fail(404), ModelNotFoundError),
    "an unreadable request": (lambda script: script.fail(422), InvalidRequestError),
    "a full context by code": (lambda s: s.context_overflow(), ContextLengthExceededError),
    "a full context": (lambda s: s.limits(context_window=1), ContextLengthExceededError),
}
LONG = "How do goldfish get to the moon, and who feeds them there?"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("set_up", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_no_retry_can_cure_is_raised_at_once(
    caller: Caller, set_up: Setup, kind: type[APIError], streamed: bool
) -> None:
    set_up(caller.script.reset())
    if streamed:
        error: Any = caller.mode.stream(caller.model, LONG).error
    else:
        with pytest.raises(APIError) as caught:
            caller.mode.invoke(caller.model, LONG)
        error = caught.value
    assert type(error) is kind
    assert len(caller.script.requests) == 1
    caller.script.assert_resilient(strict=True)


def test_a_spent_quota_is_waited_for_as_long_as_it_needs(caller: Caller) -> None:
    # 1,000 tokens come back in a second, and two requests ask for some 300 more than there are;
    # on a machine that is busy for so long, for some 6,000 more.
    statuses: list[int] = []
    for tokens in (30_150, 33_000):
        caller.script.reset().limits(tpm=60_000).reply(TEXT, times=None)
        for streamed in (False, True):
            assert caller.ask(streamed, max_tokens=tokens) == (TEXT, None)
        statuses = [record.status for record in caller.script.requests]
        if 429 in statuses:
            break
    assert statuses == [200, 429, 200]
    caller.script.assert_resilient(strict=True)


# --- faults within a stream


def stream_until_whole(caller: Caller, kind: type[APIError], **settings: Any) -> Streamed:
    """Stream, and once more if the stream breaks, as an application does; returns the first."""
    first = caller.stream(**settings)
    if first.error is None:
        assert first.text == TEXT
        return first
    assert type(first.error) is kind
    assert TEXT.startswith(first.text)
    assert (first.partial.content if first.partial else "") == first.text
    assert caller.script.pace(
        0
    ).requests  # until llmock sees the disconnect it counts requests as new
    again = caller.stream(**settings)
    assert (again.text, again.error) == (TEXT, None)
    return first


@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
def test_wherever_a_stream_breaks_the_whole_answer_comes_in_the_end(
    caller: Caller, fault: str
) -> None:
    for after in range(caller.events()):
        script = caller.script.reset().reply(TEXT, times=None)
        getattr(script, fault)(after_chunks=after)
        # A body without a single byte is no broken stream, it is none at all.
        empty = fault == "truncate" and after == 0
        first = stream_until_whole(
            caller, MalformedResponseError if empty else StreamInterruptedError
        )
        broken, *later = script.requests
        assert broken.fault == f"stream:{fault}@{after}"
        if fault == "truncate" and behind_finish(broken):
            assert (first.error, later) == (None, [])
            assert {found.code for found in script.verdict().findings} == WRONG_FINDINGS.keys()
        else:
            assert len(later) == 1
            reached = any(chunk.blocks for chunk in first.chunks)
            assert first.error is None or reached or empty, "the model had to retry by itself"
            script.assert_resilient(strict=True)


def behind_finish(record: RequestRecord) -> bool:
    """Whether a stream of Chat Completions was cut when its finish reason had gone out.

    llmock sends it after the role and the words, and before the usage and ``[DONE]``.
    """
    finish = 1 + len(TEXT.split())
    return record.path.endswith("/chat/completions") and record.chunks_sent > finish


@pytest.mark.parametrize("where", ["at its beginning", "in its middle"])
def test_a_chunk_that_is_not_json_ends_the_stream_and_hangs_up(caller: Caller, where: str) -> None:
    after = caller.events() // 2 if where == "in its middle" else 0
    # Paced, because llmock notices that we hung up only while it still has something to send.
    script = caller.script.reset().reply(TEXT, times=None).corrupt(after_chunks=after).pace(100)
    first = stream_until_whole(caller, MalformedResponseError)
    assert first.error is not None
    assert bool(first.text) == (after > 0)
    broken, again = script.requests
    assert not broken.completed
    assert again.completed
    script.assert_resilient(strict=True)


@pytest.mark.parametrize("where", ["at its beginning", "in its middle"])
def test_a_stall_is_not_sat_through(caller: Caller, where: str) -> None:
    after = caller.events() // 2 if where == "in its middle" else 0
    try:
        ends_a_stall(caller, after, 0.75)
    except (AssertionError, ValueError):  # a busy machine may be silent for that long itself
        ends_a_stall(caller, after, 3.5)


def ends_a_stall(caller: Caller, after: int, limit: float) -> None:
    script = caller.script.reset().reply(TEXT, times=None).stall(after_chunks=after, seconds=7)
    first = stream_until_whole(caller, APITimeoutError, timeout=limit, idle_timeout=limit)
    assert (first.error is not None) == (after > 0), "before any output the model asks again itself"
    stalled, again = script.requests
    assert (stalled.completed, again.completed) == (False, True)
    script.assert_resilient(strict=True)


# --- tool calls


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


def test_broken_arguments_are_never_a_call(caller: Caller) -> None:
    caller.script.reset().call_tool("weather", {"city": "Ulm"}).break_tool_call()
    streamed = caller.mode.stream(caller.model.bind_tools([weather]), "How is Ulm?")
    assert streamed.error is None
    if caller.script.last_request.provider == "gemini":
        # Gemini's arguments are an object, which llmock can only empty.
        assert [call.args for call in streamed.message.tool_calls] == [{}]
    else:
        assert streamed.message.tool_calls == []
        assert [call.name for call in streamed.message.invalid_tool_calls] == ["weather"]
    caller.script.assert_resilient(strict=True)
