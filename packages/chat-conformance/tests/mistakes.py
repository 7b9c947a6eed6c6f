"""Twenty mistakes of a first attempt: what is wrong, and the law that says so first.

Each replaces one part of a model that keeps every law. ``scripts/write_mistakes.py`` runs the kit
on them and writes ``docs/mistakes.md``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import wrong_from_the_ground as ground
from breaking import Bent
from chat_core import (
    AIMessageChunk,
    Block,
    ChatError,
    Message,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    UsageMetadata,
)
from chat_core.provider import MediaBlock, Request, Response
from passing import Passing, Streaming
from plain_model import PlainModel, PlainTransport
from plain_wire import PlainDecoder, PlainEncoder

__all__ = ["MISTAKES", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """One mistake: its name, the class that shows it, the law that names it, and the model."""

    title: str
    part: type
    law: str
    model: type[PlainModel]


class NeverEnds(PlainDecoder):
    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        return None  # whatever came, it is taken for the whole answer


class ForgetsTheEnd(PlainModel):
    decoder = NeverEnds


class AlwaysStop(PlainDecoder):
    def end(self, word: str) -> dict[str, Any]:
        return {"finish_reason": "stop", "raw_finish_reason": word}


class TakesLengthForStop(PlainModel):
    decoder = AlwaysStop


class NoSystem(PlainEncoder):
    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        return super().turns([each for each in messages if not isinstance(each, SystemMessage)])


class DropsTheSystemPrompt(PlainModel):
    encoder = NoSystem


class LogsHeaders(PlainTransport):
    def send(self, request: Request) -> Response:
        logging.getLogger("plain").debug("POST %s %s", self.url, self.headers)
        return super().send(request)

    async def asend(self, request: Request) -> Response:
        logging.getLogger("plain").debug("POST %s %s", self.url, self.headers)
        return await super().asend(request)


class LeaksTheKey(PlainModel):
    transport = LogsHeaders


class TriesAgain(PlainTransport):
    def send(self, request: Request) -> Response:
        response = super().send(request)
        return super().send(request) if response.status_code >= 400 else response

    async def asend(self, request: Request) -> Response:
        response = await super().asend(request)
        return await super().asend(request) if response.status_code >= 400 else response


class RetriesTwice(PlainModel):
    transport = TriesAgain


class SwallowsErrors(Bent):
    def error(self, error: ChatError) -> ChatError | None:
        return None  # `except ChatError: pass`


class ReadsAllAgain(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.body = ""

    def text(self, text: str) -> Block:
        self.body += text
        self.ticks = sum(letter == "`" for letter in self.body)  # all that has come, each time
        return super().text(text)


class TakesQuadraticTime(PlainModel):
    decoder = ReadsAllAgain


class ParsesEarly(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[int, list[str]] = {}

    def call(self, wire: dict[str, Any]) -> Block:
        number = wire["call"]
        parts = self.calls.setdefault(number, [wire.get("name") or "", wire.get("id") or "", ""])
        parts[2] += wire.get("args") or ""
        try:
            return ToolCall(parts[0], json.loads(parts[2]), parts[1], index=number)
        except (ValueError, TypeError):
            return ToolCallChunk(wire.get("name"), wire.get("args"), wire.get("id"), number)


class ParsesArgumentsEarly(PlainModel):
    decoder = ParsesEarly


class AddsUp(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.input = self.output = 0

    def used(self, wire: dict[str, Any]) -> UsageMetadata:
        self.input += wire["in"] or 0
        self.output += wire["out"] or 0
        return super().used({**wire, "in": self.input, "out": self.output})


class CountsUsageTwice(PlainModel):
    decoder = AddsUp


class OneText(PlainDecoder):
    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        if "think" in wire:
            return (TextBlock(wire["think"], index=self.place(TextBlock)),)
        return super().blocks(wire)


class ReasonsInTheText(PlainModel):
    decoder = OneText


class NoIds(PlainDecoder):
    def call(self, wire: dict[str, Any]) -> Block:
        return super().call({**wire, "id": None})


class LosesIds(PlainModel):
    decoder = NoIds


class Lingers(Passing):
    def __iter__(self) -> Any:
        self._loop = iter(self._stream)  # kept, so that `break` does not close it
        while (chunk := next(self._loop, None)) is not None:
            yield chunk

    async def __aiter__(self) -> Any:
        self._loop = aiter(self._stream)
        while (chunk := await anext(self._loop, None)) is not None:
            yield chunk


class StaysConnected(Streaming):
    around = Lingers


class NoTemperature(PlainEncoder):
    def encode(self, *args: Any, settings: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        settings = {name: settings[name] for name in ("top_p", "max_tokens", "stop")}
        return super().encode(*args, settings=settings, **kwargs)


class DropsTemperature(PlainModel):
    encoder = NoTemperature


class ResultsLast(PlainEncoder):
    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        return super().turns(sorted(messages, key=lambda each: isinstance(each, ToolMessage)))


class MovesToolResults(PlainModel):
    encoder = ResultsLast


class AlwaysOK:
    """The response, with status 200 whatever came."""

    status_code = 200

    def __init__(self, response: Response) -> None:
        self._response = response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)


class IgnoresStatus(PlainTransport):
    def received(self, response: Response) -> Response:
        found: Any = AlwaysOK(response)
        return found  # type: ignore[no-any-return]


class IgnoresTheStatus(PlainModel):
    transport = IgnoresStatus


class AnyArguments(PlainDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.args: dict[int, str] = {}

    def call(self, wire: dict[str, Any]) -> Block:
        number = wire["call"]
        self.args[number] = self.args.get(number, "") + (wire.get("args") or "")
        return super().call({**wire, "args": None})

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        last = self.args.items() if "end" in wire else ()
        calls = (ToolCallChunk(None, self.valid(args), None, number) for number, args in last)
        return (*super().blocks(wire), *calls)

    def valid(self, args: str) -> str:
        try:
            return json.dumps(json.loads(args))
        except ValueError:
            return "{}"


class TakesBrokenArgumentsForNone(PlainModel):
    decoder = AnyArguments


class KnownBlocksOnly(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        return [] if isinstance(block, MediaBlock) else super().parts(block, own=own)


class DropsUnknownBlocks(PlainModel):
    encoder = KnownBlocksOnly


MISTAKES = (
    Mistake(
        "It buffers the stream",
        ground.Buffering,
        "test_a_chunk_comes_before_the_next_is_sent",
        ground.Buffering,
    ),
    Mistake(
        "It blocks the event loop",
        ground.Blocking,
        "test_silence_in_a_stream_times_out",
        ground.Blocking,
    ),
    Mistake(
        "It yields strings, not chunks",
        ground.Stringly,
        "test_a_stream_is_made_of_chunks",
        ground.Stringly,
    ),
    Mistake(
        "It forgets the proof of the end",
        NeverEnds,
        "test_a_stream_without_proof_of_its_end_is_interrupted",
        ForgetsTheEnd,
    ),
    Mistake(
        "It takes the length limit for the end",
        AlwaysStop,
        "test_an_answer_cut_by_its_length_has_the_reason_length",
        TakesLengthForStop,
    ),
    Mistake(
        "It drops the system message",
        NoSystem,
        "test_the_system_message_is_sent",
        DropsTheSystemPrompt,
    ),
    Mistake("It logs the key", LogsHeaders, "test_logs_hold_no_key", LeaksTheKey),
    Mistake("It retries by itself too", TriesAgain, "test_what_lasts_is_asked_once", RetriesTwice),
    Mistake("It swallows errors", SwallowsErrors, "test_each_error_has_its_class", SwallowsErrors),
    Mistake(
        "It reads all the text again for each delta",
        ReadsAllAgain,
        "test_many_tiny_deltas_take_linear_time",
        TakesQuadraticTime,
    ),
    Mistake(
        "It parses arguments before they are complete",
        ParsesEarly,
        "test_a_call_is_no_call_before_the_answers_end",
        ParsesArgumentsEarly,
    ),
    Mistake("It adds usage up", AddsUp, "test_an_answer_has_its_usage", CountsUsageTwice),
    Mistake("It gives reasoning as text", OneText, "test_reasoning_is_not_text", ReasonsInTheText),
    Mistake("It loses the ids of calls", NoIds, "test_calls_stay_apart", LosesIds),
    Mistake(
        "It leaves the connection open after break",
        Lingers,
        "test_break_disconnects",
        StaysConnected,
    ),
    Mistake(
        "It drops the temperature", NoTemperature, "test_what_is_set_is_sent", DropsTemperature
    ),
    Mistake(
        "It sends tool results after everything else",
        ResultsLast,
        "test_turns_are_sent_in_order",
        MovesToolResults,
    ),
    Mistake(
        "It ignores the status of an error",
        IgnoresStatus,
        "test_an_error_without_json_is_still_its_status",
        IgnoresTheStatus,
    ),
    Mistake(
        "It takes arguments that are no JSON for none",
        AnyArguments,
        "test_arguments_that_are_not_json_are_no_call",
        TakesBrokenArgumentsForNone,
    ),
    Mistake(
        "It drops blocks that it does not know",
        KnownBlocksOnly,
        "test_media_that_the_model_does_not_take_are_refused",
        DropsUnknownBlocks,
    ),
)
"""The mistakes, those that keep a model from answering first."""
