"""Counting tokens before sending: by the vendor, or estimated where that is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core.errors import InvalidParameterError
from chat_core.models.token_count import TokenCount, estimate_tokens
from chat_core.provider import Operation
from chat_core.testing import FakeChatModel
from pond_model import PondModel


class CountingModel(PondModel):
    """Its vendor counts what is sent to ``count``."""

    def _count_tokens(self, body: dict[str, Any]) -> Operation[int] | int:
        if body["text"] == "seven":
            return 7
        return Operation("count", lambda wire: int(wire["n"]), method="POST", body=body)


def test_the_vendor_counts_the_body_that_invoke_would_send() -> None:
    with WireServer(json_answer({"n": 12})) as server, CountingModel(base_url=server.url) as model:
        counted = model.count_tokens("hi", extra_headers={"x-own": "1"}, extra_query={"q": "2"})
    (request,) = server.requests
    assert counted == TokenCount(12)
    assert (request.path, request.json) == ("/count", {"text": "hi", "stream": False})
    assert (request.headers["x-own"], request.query["q"]) == ("1", "2")


async def test_counting_on_an_event_loop_is_the_same() -> None:
    with WireServer(json_answer({"n": 12})) as server:
        async with CountingModel(base_url=server.url) as model:
            assert await model.acount_tokens("hi") == TokenCount(12)
            assert await model.acount_tokens("seven") == TokenCount(7)


def test_what_a_provider_counts_itself_needs_no_request() -> None:
    assert CountingModel(base_url="http://127.0.0.1:9").count_tokens("seven") == TokenCount(7)


async def test_an_estimate_is_made_only_if_asked_for_and_says_so() -> None:
    model = FakeChatModel(responses=["hi"])
    with pytest.raises(InvalidParameterError, match="estimate=True"):
        model.count_tokens("hi")
    with pytest.raises(InvalidParameterError, match="estimate=True"):
        await model.acount_tokens("hi")
    assert model.count_tokens("12345678", estimate=True) == TokenCount(2, is_estimate=True)
    assert (await model.acount_tokens("1234", estimate=True)).is_estimate
    asked = CountingModel(base_url="http://127.0.0.1:9").count_tokens("hi", estimate=True)
    assert asked == TokenCount(estimate_tokens({"text": "hi", "stream": False}), is_estimate=True)


def test_a_vendor_that_counts_no_tokens_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="count"):
        PondModel(base_url="http://127.0.0.1:9").count_tokens("hi")


def test_an_estimate_reads_letters_scripts_and_media() -> None:
    assert estimate_tokens({"text": "abcdefgh"}) == 3
    assert estimate_tokens(["雪", "雪が"]) == 3
    assert estimate_tokens(("A" * 5000,)) == 1000
    assert estimate_tokens(7) == 0
