"""The first request on an event loop: what takes long to import is imported beside the loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from chat_core import APIConnectionError, InvalidParameterError
from chat_core.provider import HTTPTransport, Request, RequestHead
from chat_core.wire.drivers import arun_call
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
