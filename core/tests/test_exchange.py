"""One call over a real socket: proof of end, retries, deadlines, hanging up; sync equals async."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from chat_conformance.http_answers import (
    Answer,
    Close,
    Pause,
    Repeat,
    Reset,
    Stall,
    html,
    json_answer,
    keep_alive_comments,
    sse,
)
from chat_conformance.wire_server import WireServer
from chat_core import retry
from chat_core.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ChatError,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
)
from chat_core.models.streams import AsyncChatStream, ChatStream
from chat_core.wire import call as call_module
from chat_core.wire import decoder as codec
from chat_core.wire.drivers import arun_call, run_call
from chat_core.wire.exchange import Exchange
from chat_core.wire.transport import Request
from letters import OTHER_LIMIT, LettersTransport, exchange

WHOLE: list[Any] = [{"role": "ai"}, {"t": "a"}, {"t": "b"}, {"end": "stop"}, "[DONE]"]

Run = Callable[[Exchange], tuple[str, ChatError | None]]


def run_sync(call: Exchange) -> tuple[str, ChatError | None]:
    stream = ChatStream(run_call(call))
    text = ""
    try:
        for chunk in stream:
            text += chunk.content
    except ChatError as error:
        return text, error
    finally:
        call.transport.close()
    return text, None


def run_async(call: Exchange) -> tuple[str, ChatError | None]:
    async def run() -> tuple[str, ChatError | None]:
        text = ""
        try:
            async for chunk in AsyncChatStream(arun_call(call)):
                text += chunk.content
        except ChatError as error:
            return text, error
        finally:
            await call.transport.aclose()
        return text, None

    return asyncio.run(run())


@pytest.fixture(params=[run_sync, run_async], ids=["sync", "async"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(retry, "BASE_WAIT", 0.01)
    chosen: Run = request.param
    return chosen


def ask(run: Run, *answers: Answer, **settings: Any) -> tuple[str, ChatError | None]:
    with WireServer(answers) as server:
        return run(exchange(LettersTransport(server.url), **settings))


def with_patience(
    trial: Callable[[float], tuple[str, ChatError | None]],
) -> tuple[str, ChatError | None]:
    """What ``trial`` returns with 0.2 s as its unit of time or, after an error, with 3 s.

    A busy machine may pause for longer than the time limits of the first.
    """
    text, error = trial(0.2)
    return trial(3.0) if error else (text, error)


@pytest.mark.parametrize("piece", [None, 1, 7])
def test_an_answer_arrives_whole_however_its_bytes_are_cut(run: Run, piece: int | None) -> None:
    assert ask(run, sse(WHOLE, piece=piece)) == ("ab", None)


@pytest.mark.parametrize("proof", [["[DONE]"], []])
def test_an_empty_answer_still_says_why_it_ended(proof: list[Any]) -> None:
    with WireServer(sse([{"role": "ai"}, {"end": "stop"}, *proof])) as server:
        call = exchange(LettersTransport(server.url))
        stream = ChatStream(run_call(call))
        assert "".join(chunk.content for chunk in stream) == ""
        call.transport.close()
    assert stream.message.finish_reason == "stop"


def test_a_body_that_ends_without_proof_is_an_interruption_with_what_arrived(run: Run) -> None:
    text, error = ask(run, sse(WHOLE[:3]))
    assert text == "ab"
    assert isinstance(error, StreamInterruptedError)
    assert error.partial is not None
    assert (error.partial.content, error.provider) == ("ab", "letters")


@pytest.mark.parametrize("fault", [Reset(), Close()])
def test_a_connection_that_breaks_in_the_answer_is_an_interruption(run: Run, fault: Any) -> None:
    text, error = ask(run, sse([*WHOLE[:3], Pause(0.05), fault]))
    assert text == "ab"
    assert isinstance(error, StreamInterruptedError)
    assert error.partial is not None
    assert error.partial.content == "ab"


def test_chunks_that_arrive_together_with_a_failure_are_delivered_before_it(run: Run) -> None:
    text, error = ask(run, sse([*WHOLE[:3], "{not json"], per_segment=9))
    assert text == "ab"
    assert isinstance(error, MalformedResponseError)
    assert error.wire == "{not json"
    assert error.partial is not None
    assert error.partial.content == "ab"


def test_an_error_after_a_role_only_chunk_is_tried_again(run: Run) -> None:
    broken = sse([{"role": "ai"}, {"error": 529}])
    assert ask(run, broken, sse(WHOLE), max_retries=1) == ("ab", None)


def test_an_error_after_output_is_never_tried_again(run: Run) -> None:
    text, error = ask(run, sse([{"t": "a"}, {"error": 529}]), sse(WHOLE), max_retries=1)
    assert text == "a"
    assert isinstance(error, OverloadedError)


def test_a_client_error_is_sent_once(run: Run) -> None:
    with WireServer([json_answer({}, 401)] * 3) as server:
        _, error = run(exchange(LettersTransport(server.url), max_retries=2))
        assert isinstance(error, AuthenticationError)
        assert len(server.requests) == 1


def test_a_conflict_is_tried_again_for_it_passes(run: Run) -> None:
    assert ask(run, json_answer({}, 409), sse(WHOLE), max_retries=1) == ("ab", None)


def test_max_retries_bounds_how_often_a_request_is_sent(run: Run) -> None:
    with WireServer([json_answer({}, 500)] * 5) as server:
        _, error = run(exchange(LettersTransport(server.url), max_retries=2))
        assert isinstance(error, APIError)
        assert len(server.requests) == 3


def test_a_retry_waits_as_long_as_the_vendor_asks(run: Run) -> None:
    began = time.monotonic()
    busy = json_answer({}, 429, headers={"retry-after": "0.3"})
    assert ask(run, busy, sse(WHOLE), max_retries=1) == ("ab", None)
    assert time.monotonic() - began >= 0.3


def test_a_date_to_retry_after_is_measured_from_the_arrival_of_a_refusal_without_a_date(
    run: Run,
) -> None:
    then = formatdate(time.time() + 3600, usegmt=True)
    _, error = ask(run, json_answer({}, 429, headers={"retry-after": then}), max_retries=2)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == pytest.approx(3600, abs=10)


def test_a_vendor_that_asks_for_too_long_a_wait_is_not_waited_for(run: Run) -> None:
    busy = json_answer({}, 429, headers={"retry-after": "3600"})
    _, error = ask(run, busy, max_retries=2)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 3600


def test_a_refused_connection_is_a_connection_error(run: Run) -> None:
    with WireServer() as server:
        url = server.url
    _, error = run(exchange(LettersTransport(url)))
    assert isinstance(error, APIConnectionError)
    assert error.__cause__ is not None


def test_a_reset_before_the_head_is_a_connection_error_and_is_tried_again(run: Run) -> None:
    assert ask(run, Answer(before=[Reset()]), sse(WHOLE), max_retries=1) == ("ab", None)


def test_silence_before_the_head_times_out(run: Run) -> None:
    with WireServer(Answer(before=[Stall()])) as server:
        _, error = run(exchange(LettersTransport(server.url), timeout=0.2))
    assert isinstance(error, APITimeoutError)


async def test_a_head_that_comes_byte_by_byte_times_out_on_a_loop() -> None:
    drip = (b"HTTP/1.1 200 OK\r\nx-slow: ", Repeat(b"y", 0.02))
    with WireServer(Answer(before=drip)) as server:
        began = time.monotonic()
        with pytest.raises(APITimeoutError, match=r"timeout=0\.2"):
            async for _ in arun_call(exchange(LettersTransport(server.url), timeout=0.2)):
                pass
    assert time.monotonic() - began < OTHER_LIMIT


@pytest.mark.parametrize("silence", [Stall(), keep_alive_comments(0.05)])
def test_no_first_event_within_timeout_is_a_timeout_whatever_keeps_the_line_warm(
    run: Run, silence: Any
) -> None:
    began = time.monotonic()
    _, error = ask(run, sse([silence]), timeout=0.3)
    assert isinstance(error, APITimeoutError)
    assert time.monotonic() - began < OTHER_LIMIT


@pytest.mark.parametrize("silence", [Stall(), keep_alive_comments(0.05)])
def test_no_further_event_within_idle_timeout_is_a_timeout(run: Run, silence: Any) -> None:
    began = time.monotonic()
    text, error = ask(run, sse([{"t": "a"}, silence]), idle_timeout=0.3)
    assert text == "a"
    assert isinstance(error, APITimeoutError)
    assert error.partial is not None
    assert error.partial.content == "a"
    assert time.monotonic() - began < OTHER_LIMIT


def test_a_pause_longer_than_timeout_and_shorter_than_idle_timeout_is_waited_for(run: Run) -> None:
    assert with_patience(
        lambda unit: ask(
            run,
            sse([{"t": "a"}, Pause(2.5 * unit), {"t": "b"}, {"end": "stop"}]),
            timeout=unit,
        )
    ) == ("ab", None)


def test_an_event_without_output_ends_the_wait_for_the_first_event(run: Run) -> None:
    assert with_patience(
        lambda unit: ask(
            run,
            sse([{"role": "ai"}, Pause(2.5 * unit), {"t": "a"}, {"end": "stop"}]),
            timeout=unit,
        )
    ) == ("a", None)


def test_a_slow_reader_is_not_taken_for_a_silent_vendor() -> None:
    def read_slowly(unit: float) -> tuple[str, ChatError | None]:
        with WireServer(sse([{"t": "a"}, Pause(unit / 2), {"t": "b"}, {"end": "stop"}])) as server:
            transport = LettersTransport(server.url)
            text = ""
            try:
                for chunk in ChatStream(run_call(exchange(transport, idle_timeout=1.5 * unit))):
                    text += chunk.content
                    time.sleep(4 * unit)
            except ChatError as error:
                return text, error
            finally:
                transport.close()
        return text, None

    assert with_patience(read_slowly) == ("ab", None)


def test_html_with_status_200_is_malformed_and_shows_its_beginning(run: Run) -> None:
    _, error = ask(run, html())
    assert isinstance(error, MalformedResponseError)
    assert "base_url" in str(error)


def test_an_empty_body_with_status_200_is_malformed(run: Run) -> None:
    _, error = ask(run, Answer(headers={"content-type": "text/event-stream"}))
    assert isinstance(error, MalformedResponseError)
    assert "empty" in str(error)


def test_invalid_utf8_is_malformed(run: Run) -> None:
    _, error = ask(run, sse([b'data: {"t": "\xff"}\n\n']))
    assert isinstance(error, MalformedResponseError)


def test_json_in_an_absurd_shape_is_malformed(run: Run) -> None:
    _, error = ask(run, sse(["[1, 2]"]))
    assert isinstance(error, MalformedResponseError)


def test_a_server_that_ignores_stream_is_read_all_the_same(run: Run) -> None:
    assert ask(run, json_answer({"t": "ab", "end": "stop"})) == ("ab", None)


def test_whole_answers_take_the_same_way(run: Run) -> None:
    assert ask(run, json_answer({"t": "ab", "end": "stop"}), stream=False) == ("ab", None)


def test_the_connection_is_used_again_after_a_whole_stream(run: Run) -> None:
    with WireServer([sse(WHOLE), sse(WHOLE)]) as server:
        transport = LettersTransport(server.url)
        assert "".join(c.content for c in ChatStream(run_call(exchange(transport)))) == "ab"
        assert "".join(c.content for c in ChatStream(run_call(exchange(transport)))) == "ab"
        assert not server.exchanges[0].client_disconnected.is_set()
        transport.close()


def test_a_silent_connection_after_the_end_does_not_hold_the_reader(run: Run) -> None:
    began = time.monotonic()
    assert ask(run, sse([*WHOLE, Stall()])) == ("ab", None)
    assert time.monotonic() - began < OTHER_LIMIT


def test_break_hangs_up_at_once_even_while_the_stream_is_still_held() -> None:
    with WireServer(sse([{"t": "a"}, Stall()])) as server:
        transport = LettersTransport(server.url)
        stream = ChatStream(run_call(exchange(transport)))
        for _ in stream:
            break
        assert server.wait_for_disconnect(10)
        assert stream.message.content == "a"
        with pytest.raises(ChatError, match="left before its end"):
            next(stream)
        transport.close()


async def test_break_hangs_up_at_once_on_a_loop_too() -> None:
    with WireServer(sse([{"t": "a"}, Stall()])) as server:
        transport = LettersTransport(server.url)
        stream = AsyncChatStream(arun_call(exchange(transport)))
        async for _ in stream:
            break
        assert await asyncio.to_thread(server.wait_for_disconnect, 20)
        await transport.aclose()


async def test_cancelling_the_reader_hangs_up_at_once() -> None:
    with WireServer(sse([{"t": "a"}, Stall()])) as server:
        transport = LettersTransport(server.url)

        begun = asyncio.Event()

        async def read() -> None:
            async for _ in AsyncChatStream(arun_call(exchange(transport))):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_for_disconnect, 20)
        await transport.aclose()


def test_nothing_is_sent_before_the_first_step() -> None:
    with WireServer(sse(WHOLE)) as server:
        transport = LettersTransport(server.url)
        stream = ChatStream(run_call(exchange(transport)))
        assert not server.requests
        next(stream)
        assert len(server.requests) == 1
        stream.close()
        transport.close()


def test_making_the_client_is_not_taken_for_a_silent_vendor() -> None:
    def make_slowly(unit: float) -> tuple[str, ChatError | None]:
        class SlowToImport(LettersTransport):
            def make_sync(self) -> Any:
                time.sleep(2 * unit)
                return super().make_sync()

        with WireServer(sse(WHOLE)) as server:
            return run_sync(exchange(SlowToImport(server.url), timeout=unit))

    assert with_patience(make_slowly) == ("ab", None)


def test_a_connection_error_says_what_happened_at_the_bottom(run: Run) -> None:
    class Wrapping(LettersTransport):
        def send(self, request: Request) -> Any:
            raise self.library().HTTPError("Connection error.") from OSError(
                "[Errno 111] Connection refused"
            )

        async def asend(self, request: Request) -> Any:
            self.send(request)

    _, error = run(exchange(Wrapping("http://127.0.0.1:1")))
    assert "Connection refused" in str(error)


@pytest.mark.parametrize("fault", [Reset(), Close(), Stall()])
def test_a_refusal_whose_body_breaks_is_still_what_its_status_says(run: Run, fault: Any) -> None:
    broken = Answer(401, body=(b'{"half', fault, b'": "given"}'))
    error: ChatError | None = None
    for timeout in (0.3, 4.0):  # a busy machine may need longer than the first
        _, error = ask(run, broken, timeout=timeout)
        if not isinstance(error, APITimeoutError):
            break
    assert isinstance(error, AuthenticationError)
    assert error.status == 401


@pytest.mark.parametrize("body", [b'{"t": "', b"<html>"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_never_ends_is_malformed_not_a_full_memory(
    run: Run, body: bytes, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "MAX_BODY_BYTES", 100_000)
    monkeypatch.setattr(call_module, "MAX_BODY_BYTES", 100_000)
    endless = Answer(body=(body, Repeat(b"x" * 10_000)), framing="chunked")
    _, error = ask(run, endless, stream=stream)
    assert isinstance(error, MalformedResponseError)
    assert "100000 bytes" in str(error)


def test_a_refusal_in_an_unknown_shape_is_the_error_of_its_status(run: Run) -> None:
    def unreadable(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
        raise TypeError("a list where an object belongs")

    with WireServer([json_answer([], 429, headers={"retry-after": "3"})]) as server:
        call = exchange(LettersTransport(server.url))
        call.error_from_response = unreadable
        _, error = run(call)
    assert type(error) is RateLimitError
    assert (error.status, error.retry_after) == (429, 3.0)
    assert isinstance(error.__cause__, TypeError)


def test_facts_of_an_error_are_texts_whatever_the_vendor_put_there() -> None:
    absurd: Any = {"a": None}
    error = APIError(absurd, code=absurd, request_id=absurd)
    assert (error.message, error.code, error.request_id) == (str(absurd),) * 3
    assert APIError("x", code=7).code == 7


class SharedConnection:
    """A response that came over HTTP/2."""

    status_code = 200

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.extensions = {"http_version": b"HTTP/2", "network_stream": self}
        self.request = SimpleNamespace(extensions={"timeout": {"read": 5}})

    def get_extra_info(self, name: str) -> Any:
        raise AssertionError("a connection that others use is not to be ended")


def test_a_deadline_does_not_end_a_connection_that_other_answers_use() -> None:
    call = exchange(LettersTransport("http://127.0.0.1:1"), timeout=1.0, idle_timeout=7.0)
    call.request()
    response: Any = SharedConnection()
    call.answered(response)
    assert response.request.extensions["timeout"]["read"] == 7.0
    call.close()
