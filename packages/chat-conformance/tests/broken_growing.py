"""Models that break a law of growing objects or of asking again."""

from __future__ import annotations

from typing import Any

from breaking import breaks
from broken_blocks import _Changed
from chat_core import HumanMessage, Message, OutputParserError, ToolMessage
from chat_core.provider import CallOptions
from plain_model import PlainModel
from plain_wire import PlainEncoder


class _Streamed(PlainModel):
    """Streams something else than the chain of a good model does."""

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        chain: Any = super().with_structured_output(schema, **kwargs)
        method, raw = str(kwargs.get("method")), kwargs.get("include_raw", False)
        return _Streaming(chain, lambda items: self.streamed(items, method, raw), self.reported)

    def streamed(self, items: list[Any], method: str, raw: bool) -> list[Any]:
        """What becomes of the items of a stream."""
        return items

    def reported(self, events: list[Any]) -> list[Any]:
        """What becomes of the events of a call."""
        return events


class _Streaming:
    def __init__(self, chain: Any, streamed: Any, reported: Any) -> None:
        self._chain = chain
        self._streamed = streamed
        self._reported = reported

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def stream(self, input: Any) -> Any:
        """Blocking."""
        yield from self._streamed(list(self._chain.stream(input)))

    async def astream(self, input: Any) -> Any:
        """On a loop."""
        for item in self._streamed([item async for item in self._chain.astream(input)]):
            yield item

    def stream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Blocking."""
        yield from self._reported(list(self._chain.stream_events(input, config, **kwargs)))

    async def astream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """On a loop."""
        events = [e async for e in self._chain.astream_events(input, config, **kwargs)]
        for event in self._reported(events):
            yield event


@breaks("test_objects_from_a_tool_grow_while_they_stream")
class GivesCallsWhole(_Streamed):
    def streamed(self, items: list[Any], method: str, raw: bool) -> list[Any]:
        return items[-1:] if method == "function_calling" else items


@breaks("test_objects_grow_in_the_vendors_schema_mode")
class GivesObjectsWhole(_Streamed):
    def streamed(self, items: list[Any], method: str, raw: bool) -> list[Any]:
        return items[-1:] if method == "json_schema" and not raw else items


@breaks("test_no_part_of_a_value_is_shown")
class ShowsHalfNumbers(_Streamed):
    def streamed(self, items: list[Any], method: str, raw: bool) -> list[Any]:
        whole = items[-1]
        if getattr(whole, "level", None) != 123:
            return items
        return [whole.model_copy(update={"level": 12}), *items]


@breaks("test_growing_objects_are_in_the_events")
class ReportsTheWholeAlone(_Streamed):
    def reported(self, events: list[Any]) -> list[Any]:
        streamed = [event for event in events if event["event"] == "on_parser_stream"]
        return [event for event in events if event not in streamed[:-1]]


@breaks("test_the_chunks_come_beside_the_growing_object")
class StreamsTheMessageAlone(_Streamed):
    def streamed(self, items: list[Any], method: str, raw: bool) -> list[Any]:
        return items[-1:] if raw else items


class DropsFailedResults(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if isinstance(message, ToolMessage) and "Answer again" in message.content:
            turn["parts"] = []
        return turn


@breaks("test_a_wrong_call_is_sent_back_with_what_was_wrong")
class KeepsErrorsOfCalls(PlainModel):
    encoder = DropsFailedResults


class DropsComplaints(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if isinstance(message, HumanMessage) and "Answer again" in message.content:
            turn["parts"] = []
        return turn


@breaks("test_a_wrong_answer_is_sent_back_with_what_was_wrong")
class KeepsErrorsOfAnswers(PlainModel):
    encoder = DropsComplaints


@breaks("test_the_last_error_is_raised_when_no_answer_fits")
class GivesUpQuietly(_Changed):
    def failed(self, error: OutputParserError) -> Any:
        if "a crowd" in error.text:
            return None
        raise error


@breaks("test_the_usage_of_all_attempts_is_counted")
class CountsTheLastAttempt(_Changed):
    def changed(self, answer: Any, method: str, raw: bool) -> Any:
        if raw and method == "json_schema":
            usage = answer["raw"].usage_metadata
            usage["output_tokens"] = min(usage["output_tokens"] or 0, 7)
        return answer


class Pruned(PlainEncoder):
    def options(self, options: CallOptions) -> dict[str, Any]:
        found = super().options(options)
        if "branches" in found.get("shape", {}).get("properties", {}):
            found["shape"] = {"type": "object", "properties": {"leaves": {"type": "integer"}}}
        return found


@breaks("test_a_schema_is_sent_whole_or_refused_by_name")
class PrunesSchemas(PlainModel):
    encoder = Pruned
