"""The first request on an event loop: what takes long to import is imported beside the loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from chat_core import APIConnectionError, InvalidParameterError, RateLimiter
from chat_core.provider import HTTPTransport, Request, RequestHead
from chat_core.wire.drivers import arun_call, run_call
from letters import exchange


class Recorded(HTTPTransport):
    """Records the threads that import the library; sends to a closed port."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded_in: list[int] = []

    def build_head(self, request: Request) -> RequestHead:
        return RequestHead("http://127.0.0.1:9")

    def load(self) -> None:
        self.loaded_in.append(threading.get_ident())
        super().load()


async def ask(transport: HTTPTransport) -> None:
    with pytest.raises(APIConnectionError):
        async for _ in arun_call(exchange(transport)):
            pass
    await transport.aclose()


async def test_the_library_is_imported_in_another_thread_and_once() -> None:
    class Fresh(Recorded):
        pass

    first, second = Fresh(), Fresh()
    await ask(first)
    await ask(second)
    assert len(first.loaded_in) == 1
    assert first.loaded_in[0] != threading.get_ident()
    assert second.loaded_in == []


async def test_certificates_that_cannot_be_read_are_refused_as_a_setting() -> None:
    class Broken(Recorded):
        def library(self) -> Any:
            raise ValueError("no certificates")

    with pytest.raises(InvalidParameterError, match="no certificates"):
        async for _ in arun_call(exchange(Broken())):
            pass


class NotedTransport(Recorded):
    """Notes in ``steps`` when the library is imported and the client made."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__()
        self.steps = steps

    def load(self) -> None:
        self.steps.append("load")
        super().load()

    def prepare(self) -> None:
        self.steps.append("prepare")
        super().prepare()

    def aprepare(self) -> None:
        self.steps.append("prepare")
        super().aprepare()

    def build_head(self, request: Request) -> RequestHead:
        self.steps.append("send")
        return super().build_head(request)


class NotedLimiter(RateLimiter):
    """Notes when a permit is asked for."""

    steps: list[str]

    def wait(self, permit: Any) -> float:
        self.steps.append("permit")
        return super().wait(permit)


def noted() -> tuple[list[str], Any]:
    """A call of a fresh transport and a limiter, and the steps that they note."""
    steps: list[str] = []

    class Fresh(NotedTransport):
        pass

    limiter = NotedLimiter(requests_per_minute=10)
    limiter.steps = steps
    call = exchange(Fresh(steps))
    call.rate_limiter = limiter
    return steps, call


async def test_what_takes_long_is_done_before_a_permit_is_asked_for() -> None:
    steps, call = noted()
    with pytest.raises(APIConnectionError):
        async for _ in arun_call(call):
            pass
    assert steps == ["load", "prepare", "permit", "send"]


def test_a_blocking_call_has_its_client_before_it_asks_for_a_permit() -> None:
    steps, call = noted()
    with pytest.raises(APIConnectionError):
        list(run_call(call))
    assert steps == ["prepare", "permit", "send"]
