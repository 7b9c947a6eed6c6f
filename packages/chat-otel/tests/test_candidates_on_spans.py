"""Several answers from one request: one span with all their finish reasons and messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance import ErrorReply, OfflineServer, Reply
from chat_conformance.script import Candidates, Tokens

if TYPE_CHECKING:
    from telemetry import Telemetry

REASONS = "gen_ai.response.finish_reasons"
TOKENS = Tokens(input=9, output=4)
THREE = Candidates(
    Reply("Trout.", tokens=TOKENS), Reply("Sal", finish="length"), Reply("Pike.", tokens=TOKENS)
)
SPAN = "chat gpt-4o-mini"


def ask(answer: Any, *, streams: bool) -> None:
    with OfflineServer(answer) as server, server.model("openai:gpt-4o-mini", max_retries=0) as fish:
        if streams:
            list(fish.stream_candidates("Name fish", n=3))
        else:
            fish.candidates("Name fish", n=3)


@pytest.mark.parametrize("streams", [False, True])
def test_the_finish_reasons_of_all_candidates_are_on_the_span_in_order(
    telemetry: Telemetry, streams: bool
) -> None:
    ask(THREE, streams=streams)
    found = telemetry.attributes(SPAN)
    assert found[REASONS] == ("stop", "length", "stop")
    assert found["gen_ai.usage.input_tokens"] == 9
    assert found["gen_ai.usage.output_tokens"] == 4
    assert "gen_ai.output.messages" not in found
    tokens = telemetry.metric("gen_ai.client.token.usage")
    assert sorted((point.count, point.sum) for point in tokens) == [(1, 4), (1, 9)]


@pytest.mark.parametrize("streams", [False, True])
def test_the_messages_of_all_candidates_are_on_the_span_where_content_is_recorded(
    captured: Telemetry, streams: bool
) -> None:
    ask(THREE, streams=streams)
    messages = json.loads(captured.attributes(SPAN)["gen_ai.output.messages"])
    assert [(each["parts"][0]["content"], each["finish_reason"]) for each in messages] == [
        ("Trout.", "stop"),
        ("Sal", "length"),
        ("Pike.", "stop"),
    ]


def test_a_candidate_that_did_not_end_has_the_finish_reason_error(telemetry: Telemetry) -> None:
    with OfflineServer(THREE) as server, server.model("openai:gpt-4o-mini") as fish:
        pairs = fish.stream_candidates("Name fish", n=3)
        next(pairs)
        pairs.close()
    reasons = telemetry.attributes(SPAN)[REASONS]
    assert set(reasons) == {"error"}


def test_a_request_for_candidates_that_fails_has_one_error(telemetry: Telemetry) -> None:
    with pytest.raises(Exception, match="down"):
        ask(ErrorReply("unavailable", message="down"), streams=False)
    assert telemetry.attributes(SPAN)[REASONS] == ("error",)
