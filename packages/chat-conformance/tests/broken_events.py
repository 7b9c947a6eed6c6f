"""Models that break a law of events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

from breaking import breaks
from chat_core import merge_chunks
from passing import EventStreaming, PassingEvents
from plain_model import PlainModel


class _TwoEnds(PassingEvents):
    def event(self, event: Any) -> Any:
        if event["event"] == "on_chat_model_stream" and event["data"]["chunk"].finish_reason:
            return {**event, "event": "on_chat_model_finish"}
        return event


@breaks("test_events_are_start_stream_end")
class TellsMoreThanThree(EventStreaming):
    around = _TwoEnds


class _NewRuns(PassingEvents):
    def event(self, event: Any) -> Any:
        return {**event, "run_id": str(uuid4())}


@breaks("test_events_of_one_call_share_its_run")
class TellsEachEventAsARun(EventStreaming):
    around = _NewRuns


class _Skipping(PassingEvents):
    def event(self, event: Any) -> Any:
        dropped = event["event"] == "on_chat_model_stream" and event["data"]["chunk"].id
        skipped = not dropped and getattr(event["data"].get("chunk"), "content", "") == "Gold"
        return None if skipped else event


@breaks("test_stream_events_carry_the_chunks")
class SkipsAChunk(EventStreaming):
    around = _Skipping


class _Costless(PassingEvents):
    def event(self, event: Any) -> Any:
        if event["event"] == "on_chat_model_end":
            event["data"]["output"].usage_metadata = None
        return event


@breaks("test_the_end_carries_the_whole_answer")
class EndsWithoutCosts(EventStreaming):
    around = _Costless


@breaks("test_events_name_vendor_and_model")
class HidesItsTemperature(PlainModel):
    def ls_metadata(self) -> dict[str, Any]:
        return {**super().ls_metadata(), "ls_temperature": None}


@breaks("test_events_carry_the_callers_config")
class IgnoresItsConfig(PlainModel):
    def _run(self, config: Any) -> Any:
        return super()._run(None)


@breaks("test_events_can_be_filtered")
class TellsAll(PlainModel):
    def stream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return super().stream_events(input, config)

    def astream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return super().astream_events(input, config)


class _Fine(PassingEvents):
    def event(self, event: Any) -> Any:
        return None if event["event"] == "on_chat_model_error" else event


@breaks("test_an_error_event_comes_before_the_exception")
class TellsNoErrors(EventStreaming):
    around = _Fine


class _Thoughtless(PassingEvents):
    def event(self, event: Any) -> Any:
        if event["event"] == "on_chat_model_end":
            output = event["data"]["output"]
            output.blocks = tuple(b for b in output.blocks if b.type != "reasoning")
        return event


@breaks("test_reasoning_is_in_the_events_too")
class TellsNoReasoning(EventStreaming):
    around = _Thoughtless


@breaks("test_a_chain_streams_through")
class ComesWholeInChains(PlainModel):
    """Streams as the first step of a chain only."""

    def traced_transform(self, chunks: Any, context: Any, config: Any, kwargs: Any) -> Any:
        flow: Any = super().traced_transform(chunks, context, config, kwargs)
        if type(chunks.accumulator).__name__ == "Latest":  # the input of a whole chain
            return flow
        return type(flow)(_gathered(flow.items), flow.accumulator, flow.accumulated)


async def _gathered(items: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    yield merge_chunks([item async for item in items])
