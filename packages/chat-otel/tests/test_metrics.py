"""The metrics of the client, as a reader collects them."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

import pytest
from chat_core import AIMessage, RunnableLambda, ServerError, UsageMetadata, tool
from chat_core.testing import FakeChatModel

if TYPE_CHECKING:
    from collections.abc import Generator

    from chat_core import AIMessageChunk, Message
    from telemetry import Telemetry

DURATION = "gen_ai.client.operation.duration"
TOKENS = "gen_ai.client.token.usage"
FIRST = "gen_ai.client.operation.time_to_first_chunk"
NEXT = "gen_ai.client.operation.time_per_output_chunk"

MODEL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "fake",
    "gen_ai.request.model": "fake",
}


def test_a_call_is_counted_with_its_duration_and_tokens(telemetry: Telemetry) -> None:
    answer = AIMessage(
        "a",
        usage_metadata=UsageMetadata(input_tokens=20, output_tokens=9),
        response_metadata={"model_name": "m-1", "finish_reason": "stop"},
    )
    model = FakeChatModel(responses=[answer])
    model.invoke("x")
    model.invoke("x")
    expected = {**MODEL, "gen_ai.response.model": "m-1"}
    (duration,) = telemetry.metric(DURATION)
    assert (duration.count, dict(duration.attributes)) == (2, expected)
    assert 0 < duration.sum < 60
    assert duration.explicit_bounds == tuple(0.01 * 2**power for power in range(14))
    counted = {point.attributes["gen_ai.token.type"]: point for point in telemetry.metric(TOKENS)}
    assert {kind: point.sum for kind, point in counted.items()} == {"input": 40, "output": 18}
    for kind, point in counted.items():
        assert dict(point.attributes) == {**expected, "gen_ai.token.type": kind}
        assert point.explicit_bounds[:3] == (1, 4, 16)
        assert point.explicit_bounds[-1] == 67108864


def test_tokens_that_are_not_known_are_not_counted(telemetry: Telemetry) -> None:
    FakeChatModel(responses=["a"]).invoke("x")
    assert telemetry.metric(TOKENS) == []


def test_the_times_of_chunks_are_counted_for_streams_alone(telemetry: Telemetry) -> None:
    model = FakeChatModel(responses=["a b c d"])
    model.invoke("x")
    assert telemetry.metric(FIRST) == telemetry.metric(NEXT) == []
    list(model.stream("x"))
    (first,), (later,) = telemetry.metric(FIRST), telemetry.metric(NEXT)
    assert (first.count, later.count) == (1, 3)
    assert dict(first.attributes) == {**MODEL, "gen_ai.response.model": "fake"}
    assert dict(later.attributes) == dict(first.attributes)


def test_of_a_long_stream_some_times_are_recorded_from_the_least_to_the_greatest(
    telemetry: Telemetry,
) -> None:
    class Pauses(FakeChatModel):
        def _stream(
            self, messages: list[Message], **options: object
        ) -> Generator[list[AIMessageChunk], None, None]:
            for number, segment in enumerate(super()._stream(messages, **options)):
                if number == 150:
                    sleep(0.05)
                yield segment

    list(Pauses(responses=["word " * 1000]).stream("x"))
    (later,) = telemetry.metric(NEXT)
    assert later.count == 64
    assert later.min < 0.01
    assert later.max >= 0.05


def test_the_error_is_an_attribute_of_the_duration(telemetry: Telemetry) -> None:
    with pytest.raises(ServerError):
        FakeChatModel(responses=[ServerError("down", provider="fake", status=500)]).invoke("x")
    (duration,) = telemetry.metric(DURATION)
    assert dict(duration.attributes) == {**MODEL, "error.type": "ServerError"}


def test_tools_and_workflows_have_durations_of_their_own(telemetry: Telemetry) -> None:
    @tool
    def fish(name: str) -> str:
        """A fish."""
        return name

    chain = RunnableLambda(fish.invoke, name="verse") | RunnableLambda(str)
    chain.invoke({"name": "trout"}, {"run_name": "verses"})
    (called,) = telemetry.metric("gen_ai.execute_tool.duration")
    assert dict(called.attributes) == {
        "gen_ai.tool.name": "fish",
        "gen_ai.tool.type": "function",
    }
    (workflow,) = telemetry.metric("gen_ai.invoke_workflow.duration")
    assert dict(workflow.attributes) == {"gen_ai.workflow.name": "verses"}
    assert telemetry.metric(DURATION) == []
