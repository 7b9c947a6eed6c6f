"""An ``Exchange`` pushed by hand: no socket, no loop, no driver."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from chat_core.errors import (
    APIConnectionError,
    APITimeoutError,
    OverloadedError,
    StreamInterruptedError,
)
from chat_core.wire.exchange import Exchange
from letters import LettersTransport, exchange


def begun(status: int = 200, **settings: Any) -> Exchange:
    """An exchange whose response has arrived."""
    call = exchange(LettersTransport("http://127.0.0.1:1"), **settings)
    assert call.wait() == 0.0
    call.request()
    response: Any = SimpleNamespace(status_code=status, headers={}, extensions={})
    call.answered(response)
    return call


def frame(text: str) -> bytes:
    return b'data: {"t": "%s"}\n\n' % text.encode()


def texts(chunks: list[Any]) -> list[str]:
    return [chunk.content for chunk in chunks]


def test_bytes_go_in_and_chunks_come_out_until_the_body_ends() -> None:
    call: Any = begun()
    assert call.receive(frame("a")[:5]) == []
    assert texts(call.receive(frame("a")[5:] + frame("b"))) == ["a", "b"]
    call.resume()
    assert texts(call.receive(b'data: {"end": "stop"}\n\ndata: [DONE]\n\n')) == [""]
    assert not call.is_over  # the body's end is waited for, so that the connection is kept
    assert call.receive(b"") == []
    assert call.is_over
    call.close()


def test_chunks_that_come_with_a_failure_are_given_out_before_it_is_raised() -> None:
    call = begun()
    assert texts(call.receive(frame("a") + b'data: {"error": 529}\n\n')) == ["a"]
    with pytest.raises(OverloadedError):
        call.resume()
    call.close()


def test_a_failure_before_output_gives_a_delay_and_one_after_it_is_raised() -> None:
    call = begun(max_retries=2)
    assert call.receive(b'data: {"role": "ai"}\n\n') == []
    assert call.failed(OverloadedError("busy", retry_after=0.25)) == 0.25
    call.request()
    response: Any = SimpleNamespace(status_code=200, headers={}, extensions={})
    call.answered(response)
    assert texts(call.receive(frame("a"))) == ["a"]
    with pytest.raises(StreamInterruptedError, match="reset"):
        call.failed(ConnectionResetError("reset"))


def test_a_connection_that_breaks_after_the_answers_end_is_no_failure() -> None:
    call = begun()
    call.receive(frame("a") + b"data: [DONE]\n\n")
    assert call.failed(ConnectionResetError("reset")) == 0.0
    assert call.is_over


def test_a_refusal_is_raised_at_its_end_or_when_its_connection_breaks() -> None:
    with pytest.raises(OverloadedError):
        begun(529).receive(b"")
    broken = begun(529)
    assert broken.receive(b'{"half') == []
    with pytest.raises(OverloadedError):
        broken.failed(ConnectionResetError("reset"))


def test_time_that_the_caller_takes_is_not_counted() -> None:
    call: Any = begun(idle_timeout=30.0)
    call.receive(frame("a"))
    assert call.deadline.paused
    call.resume()
    assert not call.deadline.paused
    call.close()


def test_what_fails_before_the_head_is_a_connection_error_and_time_a_timeout() -> None:
    for error, kind in (
        (OSError("refused"), APIConnectionError),
        (TimeoutError(), APITimeoutError),
    ):
        call = exchange(LettersTransport("http://127.0.0.1:1"))
        call.request()
        with pytest.raises(kind):
            call.failed(error)


def test_a_bug_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        begun().failed(ZeroDivisionError("in a provider"))
