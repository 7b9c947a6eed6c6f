"""The aiohttp engine under every law and fault: one provider, its calls on event loops by aiohttp.

Laws and faults also make blocking calls, which the engine has not. Here these go by httpx, so that
what is compared with them (streams with whole answers, one mode with the other) is compared across
the engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from chat_conformance import ChatModelReliability, declared
from chat_core.provider import HTTPTransport

make_sync = HTTPTransport.make_sync


@pytest.fixture(autouse=True)
def blocking_calls_by_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocking calls are sent by httpx, whatever the engine of the event loops."""

    def by_httpx(transport: HTTPTransport) -> Any:
        options = transport.options
        transport.options = replace(options, engine="httpx")
        try:
            return make_sync(transport)
        finally:
            transport.options = options

    monkeypatch.setattr(HTTPTransport, "make_sync", by_httpx)


class Groq(declared.Groq):
    settings: ClassVar[Mapping[str, Any]] = {**declared.Groq.settings, "http_engine": "aiohttp"}


class TestGroqByAiohttp(Groq): ...


class TestGroqByAiohttpReliability(ChatModelReliability):
    of = Groq
