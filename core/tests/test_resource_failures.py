"""Connections that this process or machine has no file descriptors, memory or ports left for."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

import pytest
from chat_core import APIConnectionError
from chat_core.provider import is_out_of_resources
from letters import LettersTransport, exchange


def of(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def several(*errors: Exception) -> Exception:
    """What a library raises that has tried several addresses."""
    return caused(OSError("All connection attempts failed"), ExceptionGroup("all", list(errors)))


def raised_for(error: Exception) -> APIConnectionError:
    call = exchange(LettersTransport("http://127.0.0.1:1"), max_retries=5)
    call.request()
    with pytest.raises(APIConnectionError) as caught:
        call.failed(error)
    return caught.value


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (of(errno.EMFILE), r"No file descriptor is left in this process, which may have [\d,]+"),
        (of(errno.ENFILE), "No file descriptor is left in this machine.*ENFILE"),
        (several(of(errno.ECONNREFUSED), of(errno.EMFILE)), "No file descriptor is left"),
        (of(errno.ENOMEM), "No memory is left"),
        (of(errno.ENOBUFS), "No memory is left"),
        (of(errno.EADDRNOTAVAIL), "No local port is left.*IPv6"),
        (caused(ConnectionError("Connection error."), of(errno.EMFILE)), "EMFILE: Too many open"),
    ],
)
def test_what_is_used_up_is_named_and_no_attempt_is_made_again(
    error: Exception, words: str
) -> None:
    failure = raised_for(error)
    assert not failure.is_retryable
    assert is_out_of_resources(failure)
    failure.args = (failure.message,)
    with pytest.raises(APIConnectionError, match=f"(?s){words}.*Lower max_concurrency="):
        raise failure


def test_a_provider_that_cannot_ask_for_its_token_raises_the_same() -> None:
    theirs = APIConnectionError("The token endpoint cannot be reached.")
    failure = raised_for(caused(theirs, of(errno.EMFILE)))
    assert "No file descriptor is left" in failure.message
    assert isinstance(failure.__cause__, OSError)


@pytest.mark.parametrize(
    "error",
    [
        of(errno.ECONNREFUSED),
        several(of(errno.EADDRNOTAVAIL), of(errno.ECONNREFUSED)),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    ],
)
def test_a_server_out_of_reach_is_still_tried_again(error: Exception) -> None:
    call = exchange(LettersTransport("http://127.0.0.1:1"), max_retries=1)
    call.request()
    assert call.failed(error) > 0
    with pytest.raises(APIConnectionError, match="Could not reach letters") as caught:
        call.failed(error)
    assert not is_out_of_resources(caught.value)


def test_an_error_that_a_caller_was_handling_is_not_the_cause() -> None:
    error: Exception = of(errno.ECONNREFUSED)
    error.__context__ = of(errno.EMFILE)
    call = exchange(LettersTransport("http://127.0.0.1:1"))
    call.request()
    with pytest.raises(APIConnectionError, match="Could not reach"):
        call.failed(error)


def test_a_name_that_cannot_be_looked_up_without_descriptors_names_these(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> int:
        raise of(errno.EMFILE)

    monkeypatch.setattr(os, "open", refuse)
    for error in (of(errno.EBUSY), socket.gaierror(socket.EAI_AGAIN, "Temporary failure")):
        assert "No file descriptor is left" in raised_for(error).message
