"""What the span of a model's call says: request, answer, errors, and calls that are cut short."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import chat_cost
import pytest
from chat_core import (
    AIMessage,
    InputTokenDetails,
    OutputTokenDetails,
    RateLimitError,
    ServerError,
    ToolCall,
    ToolInputError,
    UsageMetadata,
    tool,
)
from chat_core.testing import FakeChatModel, first_retry_after
from opentelemetry.trace import StatusCode
from telemetry import attributes_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from chat_core import AIMessageChunk, Message
    from telemetry import Telemetry


def usage() -> UsageMetadata:
    """Usage in which every field that has an attribute is known."""
    return UsageMetadata(
        input_tokens=20,
        output_tokens=9,
        total_tokens=29,
        input_token_details=InputTokenDetails(cache_read=8, cache_creation=3, audio=2),
        output_token_details=OutputTokenDetails(reasoning=4, audio=1),
    )


def answer(**metadata: Any) -> AIMessage:
    return AIMessage("a b", id="answer-1", usage_metadata=usage(), response_metadata=metadata)


class Sampling(FakeChatModel):
    """A model with the settings that only some vendors have."""

    seed: int | None = None
    top_k: int | None = None
    n: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | int | None = None
    previous_response_id: str | None = None


def test_the_settings_of_a_request_are_on_its_span(telemetry: Telemetry) -> None:
    model = Sampling(
        responses=["a"],
        model="m-1",
        temperature=0,
        top_p=0.5,
        max_tokens=64,
        stop=["END"],
        seed=7,
        top_k=40,
        n=2,
        frequency_penalty=0.1,
        presence_penalty=-1,
        reasoning_effort="low",
        previous_response_id="r-0",
    )
    model.bind(max_tokens=32).invoke("x", top_p=0.9)
    found = telemetry.attributes("chat m-1")
    assert {name: found[name] for name in found if name.startswith("gen_ai.request.")} == {
        "gen_ai.request.model": "m-1",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.max_tokens": 32,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": -1.0,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.request.previous_response.id": "r-0",
    }


def test_settings_of_another_type_and_settings_that_are_not_set_are_left_out(
    telemetry: Telemetry,
) -> None:
    Sampling(responses=["a"], reasoning_effort=3, n=1).invoke("x")
    found = telemetry.attributes("chat fake")
    assert [name for name in found if name.startswith("gen_ai.request.")] == [
        "gen_ai.request.model"
    ]


def test_what_an_answer_says_is_on_its_span(telemetry: Telemetry) -> None:
    given = answer(model_name="m-1-2026", finish_reason="tool_calls")
    FakeChatModel(responses=[given]).invoke("x")
    found = telemetry.attributes("chat fake")
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.provider.name"] == "fake"
    assert found["gen_ai.response.model"] == "m-1-2026"
    assert found["gen_ai.response.id"] == "answer-1"
    assert found["gen_ai.response.finish_reasons"] == ("tool_call",)
    tokens = {name: found[name] for name in found if name.startswith("gen_ai.usage.")}
    assert tokens == {
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 8,
        "gen_ai.usage.cache_write.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 4,
        "gen_ai.usage.audio.input_tokens": 2,
        "gen_ai.usage.audio.output_tokens": 1,
    }
    assert "gen_ai.request.stream" not in found
    assert "gen_ai.response.time_to_first_chunk" not in found


def test_tokens_that_are_not_known_are_left_out_and_not_zero(telemetry: Telemetry) -> None:
    FakeChatModel(responses=["a"]).invoke("x")
    assert not [name for name in telemetry.attributes("chat fake") if "usage" in name]


def test_the_cost_of_the_usage_is_on_the_span(telemetry: Telemetry) -> None:
    given = answer(finish_reason="stop")
    assert given.usage_metadata is not None
    given.usage_metadata["cost"] = 0.0125
    FakeChatModel(responses=[given]).invoke("x")
    assert telemetry.attributes("chat fake")["gen_ai.usage.cost"] == 0.0125


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_is_marked_as_one_and_has_a_time_to_its_first_chunk(
    telemetry: Telemetry, is_async: bool
) -> None:
    model = FakeChatModel(responses=[answer(finish_reason="stop")])

    async def read() -> list[AIMessageChunk]:
        return [chunk async for chunk in model.astream("x")]

    chunks = asyncio.run(read()) if is_async else list(model.stream("x"))
    assert [chunk.content for chunk in chunks] == ["a ", "b"]
    found = telemetry.attributes("chat fake")
    assert found["gen_ai.request.stream"] is True
    assert 0 < found["gen_ai.response.time_to_first_chunk"] < 5
    assert found["gen_ai.response.finish_reasons"] == ("stop",)
    assert found["gen_ai.usage.output_tokens"] == 9


class BreaksOff(FakeChatModel):
    """Streams one word, then fails."""

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        yield next(super()._stream(messages, **options))
        raise ServerError("the vendor fell over", provider="fake", status=500)

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        async for segment in super()._astream(messages, **options):
            yield segment
            raise ServerError("the vendor fell over", provider="fake", status=500)


def test_an_error_before_the_answer_ends_the_span(telemetry: Telemetry) -> None:
    model = FakeChatModel(responses=[RateLimitError("slow down", provider="fake", status=429)])
    for call in (model.invoke, lambda x: list(model.stream(x))):
        with pytest.raises(RateLimitError):
            call("x")
    for span in telemetry.spans:
        assert span.status.status_code is StatusCode.ERROR
        assert "slow down" in (span.status.description or "")
        assert attributes_of(span)["error.type"] == "RateLimitError"
        assert attributes_of(span)["gen_ai.response.finish_reasons"] == ("error",)
        assert [event.name for event in span.events] == ["exception"]
    assert len(telemetry.spans) == 2


def test_an_error_within_a_stream_leaves_what_had_arrived(telemetry: Telemetry) -> None:
    with pytest.raises(ServerError) as raised:
        list(BreaksOff(responses=["a b"]).stream("x"))
    assert raised.value.partial is not None
    found = telemetry.attributes("chat fake")
    assert found["error.type"] == "ServerError"
    assert found["gen_ai.response.time_to_first_chunk"] > 0


async def test_an_error_within_a_stream_on_a_loop(telemetry: Telemetry) -> None:
    with pytest.raises(ServerError):
        [chunk async for chunk in BreaksOff(responses=["a b"]).astream("x")]
    assert telemetry.attributes("chat fake")["error.type"] == "ServerError"


def test_an_error_is_recorded_once_where_it_comes_from(telemetry: Telemetry) -> None:
    @tool
    def fails(x: int) -> int:
        """Fails."""
        raise KeyError("gone")

    with pytest.raises(KeyError):
        (fails | fails).invoke({"x": 1})
    events = {span.name: [event.name for event in span.events] for span in telemetry.spans}
    assert events == {
        "execute_tool fails": ["exception"],
        "invoke_workflow RunnableSequence": [],
    }
    assert {attributes_of(span)["error.type"] for span in telemetry.spans} == {"KeyError"}


def test_an_error_that_quotes_arguments_is_not_quoted_unless_content_is_captured(
    telemetry: Telemetry,
) -> None:
    @tool
    def add(a: int) -> int:
        """Adds."""
        return a

    with pytest.raises(ToolInputError):
        add.invoke(ToolCall("add", {"a": "a secret"}, id="c"))
    span = telemetry.span("execute_tool add")
    assert span.status.description == "ToolInputError"
    assert span.events == ()
    assert "a secret" not in span.to_json()


def test_each_retry_has_a_span_of_its_own(telemetry: Telemetry) -> None:
    refused = RateLimitError("slow down", provider="fake", status=429, is_retryable=True)
    model = FakeChatModel(responses=[refused, "a"]).with_retry()
    with first_retry_after(0.001):
        assert model.invoke("x").content == "a"
    chats = [span for span in telemetry.spans if span.name == "chat fake"]
    assert [span.status.status_code for span in chats] == [StatusCode.ERROR, StatusCode.UNSET]
    assert attributes_of(chats[1])["chat.tags"] == ("retry:attempt:2",)
    root = telemetry.span("invoke_workflow RunnableRetry")
    assert root.status.status_code is StatusCode.UNSET


def test_each_fallback_has_a_span_of_its_own(telemetry: Telemetry) -> None:
    first = FakeChatModel(responses=[ServerError("down", provider="fake", status=500)], model="m-1")
    second = FakeChatModel(responses=["a b"], model="m-2")
    model = first.with_fallbacks([second])
    assert model.invoke("x").content == "a b"
    assert "".join(chunk.content for chunk in model.stream("x")) == "a b"
    above = "invoke_workflow RunnableWithFallbacks"
    assert telemetry.tree() == sorted(
        [("chat m-1", above), ("chat m-2", above), (above, None)] * 2,
        key=lambda pair: (pair[0], pair[1] or ""),
    )


def test_a_stream_that_is_left_ends_its_span_without_an_error(telemetry: Telemetry) -> None:
    model = FakeChatModel(responses=["a b c d"])
    for _ in model.stream("x"):
        break
    with model.stream("x") as stream:
        next(stream)
    held = iter(model.stream("x"))
    next(held)
    del held
    gc.collect()
    assert len(telemetry.spans) == 3
    for span in telemetry.spans:
        assert span.status.status_code is StatusCode.UNSET
        assert attributes_of(span)["chat.cancelled"] is True
        assert attributes_of(span)["gen_ai.response.finish_reasons"] == ("error",)
        assert "error.type" not in attributes_of(span)


async def test_a_stream_that_is_left_on_a_loop_ends_its_span(telemetry: Telemetry) -> None:
    stream = FakeChatModel(responses=["a b c d"]).astream("x")
    async for _ in stream:
        break
    await stream.aclose()
    assert telemetry.attributes("chat fake")["chat.cancelled"] is True


class Hangs(FakeChatModel):
    """Streams one word and waits for ever."""

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        async for segment in super()._astream(messages, **options):
            yield segment
            await asyncio.Event().wait()

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_cancelled_task_ends_its_span_without_an_error(telemetry: Telemetry) -> None:
    model = Hangs(responses=["a b"])

    async def read() -> None:
        async for _ in model.astream("x"):
            pass

    for work in (read(), model.ainvoke("x")):
        task = asyncio.ensure_future(work)
        for _ in range(20):  # a sleep alone is a single turn of the loop where the machine pauses
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(telemetry.spans) == 2
    for span in telemetry.spans:
        assert span.status.status_code is StatusCode.UNSET
        assert attributes_of(span)["chat.cancelled"] is True
        assert attributes_of(span)["gen_ai.response.finish_reasons"] == ("error",)
        assert "error.type" not in attributes_of(span)


def test_chat_cost_gives_the_cost_where_the_usage_has_none(
    telemetry: Telemetry,
) -> None:
    chat_cost.register_price("m-9", provider="fake", input=1.0, output=2.0)
    try:
        given = AIMessage("a", usage_metadata=UsageMetadata(input_tokens=20, output_tokens=5))
        FakeChatModel(responses=[given], model="m-9").invoke("x")
    finally:
        chat_cost.unregister_price("m-9", provider="fake")
    assert telemetry.attributes("chat m-9")["gen_ai.usage.cost"] == pytest.approx(30e-6)


def test_the_cost_is_that_of_chat_cost_for_the_model_that_has_answered(
    telemetry: Telemetry,
) -> None:
    chat_cost.register_price("m-8", provider="fake", input=1.0, output=2.0)
    chat_cost.register_price("m-9-large", provider="fake", input=9.0, output=9.0)
    try:
        usage = UsageMetadata(input_tokens=20, output_tokens=5)
        facts = {"model_name": "m-9-large"}
        other = AIMessage("a", usage_metadata=usage, response_metadata=facts)
        cached = AIMessage("a", usage_metadata=usage, response_metadata={"cached": True})
        FakeChatModel(responses=[other], model="m-7").invoke("x")
        FakeChatModel(responses=[cached], model="m-8").invoke("x")
        facts["model_name"] = "m-10"
        FakeChatModel(responses=[other], model="m-9-large").invoke("x")
    finally:
        for model in ("m-8", "m-9-large"):
            chat_cost.unregister_price(model, provider="fake")
    costs = [attributes_of(span).get("gen_ai.usage.cost") for span in telemetry.spans]
    assert costs == [pytest.approx(225e-6), 0.0, pytest.approx(225e-6)]


def test_without_a_price_there_is_no_cost(telemetry: Telemetry) -> None:
    FakeChatModel(responses=[answer(finish_reason="stop")]).invoke("x")
    assert "gen_ai.usage.cost" not in telemetry.attributes("chat fake")


def test_an_answer_from_a_cache_is_marked(telemetry: Telemetry) -> None:
    kept = AIMessage("Trout", response_metadata={"cached": True})
    FakeChatModel(responses=[kept]).invoke("Name a fish")
    FakeChatModel(responses=["Trout"]).invoke("Name a fish")
    cached, asked = (attributes_of(span) for span in telemetry.spans)
    assert cached["chat.cached"] is True
    assert "chat.cached" not in asked
