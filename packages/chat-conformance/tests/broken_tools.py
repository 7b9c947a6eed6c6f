"""Models that break a law of tools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from breaking import breaks
from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIError,
    Block,
    InvalidToolCall,
    Message,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from chat_core.provider import CallOptions, PartialJSON, ToolSpec
from passing import Passing, Streaming
from plain_model import PlainModel
from plain_wire import PlainDecoder, PlainEncoder


class SaysLittle(PlainEncoder):
    """Leaves out the description of a tool whose name begins with a capital, as classes have."""

    def tool(self, tool: ToolSpec | dict[str, Any]) -> dict[str, Any]:
        wire = super().tool(tool)
        return {**wire, "about": ""} if wire.get("name", "")[:1].isupper() else wire


@breaks("test_tools_are_offered_with_all_that_is_known_of_them")
class DescribesNoTools(PlainModel):
    encoder = SaysLittle


@breaks("test_a_schema_that_refers_to_nothing_is_refused")
class PutsAnythingInPlace(PlainModel):
    def bind_tools(self, tools: Any, **options: Any) -> Any:
        return super().bind_tools(
            [without_references(each) if isinstance(each, dict) else each for each in tools],
            **options,
        )


def without_references(schema: Any) -> Any:
    """``schema`` with ``{}`` for each part that has a ``$ref``."""
    if isinstance(schema, dict):
        parts = {key: without_references(value) for key, value in schema.items()}
        return {} if "$ref" in schema else parts
    return schema


class Prefixes(PlainDecoder):
    def call(self, wire: dict[str, Any]) -> Block:
        if wire.get("id") == "call0Oslo":
            wire = {**wire, "name": f"functions.{wire['name']}"}
        return super().call(wire)


@breaks("test_a_call_arrives")
class PutsTheNameInASpace(PlainModel):
    decoder = Prefixes


class QuotesNothing(PlainDecoder):
    """Takes no arguments for arguments that are missing."""

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        chunk = super().reply(wire)
        for block in chunk.blocks:
            if isinstance(block, ToolCallChunk) and block.args is None:
                block.args = "()"
        return chunk


@breaks("test_a_call_without_arguments_has_none")
class NeedsArguments(PlainModel):
    decoder = QuotesNothing


class OneOfAName(PlainDecoder):
    """Joins calls of one name, unless their ids end in a number."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[int, str] = {}

    def call(self, wire: dict[str, Any]) -> Block:
        call_id = wire.get("id") or ""
        name = call_id if call_id[-1:].isdigit() else wire.get("name") or ""
        self.names.setdefault(wire["call"], name)
        first = next(n for n, name in self.names.items() if name == self.names[wire["call"]])
        own = wire["call"] == first
        return super().call({**wire, "call": first, "id": wire.get("id") if own else None})


@breaks("test_calls_stay_apart")
class JoinsCallsOfOneName(PlainModel):
    decoder = OneOfAName


class Gathers(PlainDecoder):
    """Holds back the arguments of calls of ``weather_report`` until they are whole."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self.held: list[str] = []
        self.last = 0

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        self.name = wire.get("name", self.name)
        if wire.get("args") and wire["call"] == 0 and self.name == "weather_report":
            self.held.append(wire["args"])
            return ()
        rest: tuple[Block, ...] = ()
        if self.held and ("end" in wire or "call" in wire):
            rest = super().blocks({"call": 0, "args": "".join(self.held)})
            self.held = []
        return (*rest, *super().blocks(wire))


@breaks("test_arguments_are_streamed")
class GathersArguments(PlainModel):
    decoder = Gathers


class Repeats(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[int, str] = {}

    def call(self, wire: dict[str, Any]) -> Block:
        if wire.get("name"):
            self.names[wire["call"]] = wire["name"]
        return super().call({**wire, "name": self.names.get(wire["call"])})


@breaks("test_the_name_of_a_call_comes_once")
class RepeatsTheName(PlainModel):
    decoder = Repeats


class _Flat(Passing):
    @property
    def message(self) -> AIMessage:
        """The message, its calls' lists as text."""
        message: AIMessage = self._stream.message
        for call in message.tool_calls:
            call.args = {
                name: str(value) if isinstance(value, list) else value
                for name, value in call.args.items()
            }
        return message


@breaks("test_arguments_may_be_deep")
class FlattensArguments(Streaming):
    around = _Flat


class _CallsFirst(Passing):
    @property
    def message(self) -> AIMessage:
        """The message, its call before its text."""
        message: AIMessage = self._stream.message
        if [type(block) for block in message.blocks] == [TextBlock, ToolCall]:
            message.blocks = message.blocks[::-1]
        return message


@breaks("test_text_before_a_call_stays_before_it")
class PutsCallsFirst(Streaming):
    around = _CallsFirst


class HasNoChoice(PlainEncoder):
    def options(self, options: CallOptions) -> dict[str, Any]:
        return super().options(replace(options, tool_choice=None))


@breaks("test_the_choice_among_tools_is_sent")
class MakesItsOwnChoice(PlainModel):
    encoder = HasNoChoice


class AlwaysSeveral(PlainEncoder):
    def options(self, options: CallOptions) -> dict[str, Any]:
        return super().options(replace(options, parallel_tool_calls=None))


@breaks("test_calls_can_be_had_one_by_one")
class CallsAsItLikes(PlainModel):
    encoder = AlwaysSeveral


class NoResults(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if "21 degrees" in message.content:
            turn["parts"] = []
        return turn


@breaks("test_a_result_can_be_sent_back")
class DropsResults(PlainModel):
    """Such as results that are decimal numbers."""

    encoder = NoResults


class Unties(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        return {**super().turn(message), "answers": None}


@breaks("test_a_result_is_tied_to_its_call")
class UntiesResults(PlainModel):
    encoder = Unties


class HidesFailures(PlainEncoder):
    """Leaves out the text of a failed result, unless it names a wrong argument (``name: why``)."""

    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        return {**turn, "parts": []} if turn.get("failed") and ": " not in message.content else turn


@breaks("test_a_failed_result_is_marked_as_failed")
class SaysOnlyThatItFailed(PlainModel):
    encoder = HidesFailures


class _Repairing(Passing):
    def repaired(self, call: InvalidToolCall) -> Block:
        """The call as it might have been meant."""
        return call

    @property
    def message(self) -> AIMessage:
        """The message, its broken calls repaired."""
        message: AIMessage = self._stream.message
        if message.finish_reason is not None:
            message.blocks = tuple(
                self.repaired(b) if isinstance(b, InvalidToolCall) else b for b in message.blocks
            )
        return message


class _Completing(_Repairing):
    def repaired(self, call: InvalidToolCall) -> Block:
        reader = PartialJSON()
        try:
            reader.feed(call.args)
        except ValueError:
            return call
        return ToolCall(call.name or "", reader.value(), call.id)


@breaks("test_arguments_cut_short_are_no_call")
class CompletesArguments(Streaming):
    around = _Completing


class _Emptying(_Repairing):
    def repaired(self, call: InvalidToolCall) -> Block:
        return ToolCall(call.name or "", {}, call.id) if call.args.endswith("}") else call


@breaks("test_arguments_that_are_not_json_are_no_call")
class EmptiesBrokenArguments(Streaming):
    around = _Emptying


class _Hasty(Passing):
    def __iter__(self) -> Any:
        chunks = iter(self._stream)
        try:
            yield from chunks
        except APIError as error:
            raise _with_calls(error) from error.__cause__
        finally:
            chunks.close()

    async def __aiter__(self) -> Any:
        chunks = self._stream.__aiter__()
        try:
            async for chunk in chunks:
                yield chunk
        except APIError as error:
            raise _with_calls(error) from error.__cause__
        finally:
            await chunks.aclose()


def _with_calls(error: APIError) -> APIError:
    if error.partial is not None:
        calls = [ToolCall(c.name or "", {}, c.id) for c in error.partial.invalid_tool_calls]
        error.partial.blocks = (*error.partial.blocks, *calls)
    return error


@breaks("test_a_call_is_no_call_before_the_answers_end")
class BelievesInterruptedCalls(Streaming):
    around = _Hasty
