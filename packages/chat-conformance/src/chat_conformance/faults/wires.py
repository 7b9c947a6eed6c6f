"""Faults of the body: no answer, an answer to another request, or an error object within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import (
    APIError,
    MalformedResponseError,
    OverloadedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

from ..http_answers import Answer, Payload, html
from ..script import Call, Delivery, EndOfBody, ErrorKind, ErrorReply, Refusal, Reply
from .fault import BOTH, STREAM, Check, Ends, Fault

if TYPE_CHECKING:
    from chat_core import AIMessage

    from ..simulators import ScriptItem, Simulator

__all__ = ["ENDINGS", "ERROR_OBJECTS", "NO_ANSWERS"]

TEXT = "Goldfish on the moon"
LONG = "goldfish " * 600_000
"""Over five million bytes."""

BROKEN = Ends(text=TEXT, error=(MalformedResponseError,))
NO_ANSWER = Ends(error=(MalformedResponseError,))


def _is_an_error_status(simulator: Simulator, status: int | None) -> bool:
    return status is not None and status >= 400


def _unstreamed(simulator: Simulator) -> ScriptItem:
    return simulator.whole(Delivery(Reply(TEXT)))


def _empty_stream(simulator: Simulator) -> ScriptItem:
    return simulator.streamed()


def _in_stream(data: bytes) -> list[Reply]:
    return [Reply(TEXT, Payload(data), "and more")]


NO_ANSWERS: tuple[Fault, ...] = (
    Fault("200, a page of HTML", [html()], NO_ANSWER),
    Fault("200, an empty body", [Answer()], NO_ANSWER),
    Fault("200, an empty stream", [_empty_stream], NO_ANSWER),
    Fault("200, blanks", [Answer(body=b" \n\n  \n")], NO_ANSWER),
    Fault("200, text", [Answer(body=b"upstream connect error or disconnect")], NO_ANSWER),
    Fault("200, JSON that is no object", [Answer(body=b'[[["goldfish"]]]')], NO_ANSWER),
    Fault("200, not UTF-8", [Answer(body=b'{"text": "\xff\xfe"}')], NO_ANSWER),
    Fault("event that is not JSON", _in_stream(b'{"broken'), BROKEN, STREAM),
    Fault("event that is not UTF-8", _in_stream(b'{"a": "\xff\xfe"}'), BROKEN, STREAM),
    Fault("event that is no object", _in_stream(b"[1, 2]"), BROKEN, STREAM),
    Fault(
        "event nested 100,000 deep",
        _in_stream(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        BROKEN,
        STREAM,
    ),
    Fault(
        "line of 5 MB that is no event",
        [Reply(TEXT, b"x" * 5_000_000, EndOfBody())],
        Ends(text=TEXT, error=(StreamInterruptedError,)),
        STREAM,
        offers=("line_ends",),
    ),
    Fault("event of 5 MB", [Reply(LONG, piece=len(LONG))], Ends(text=LONG), BOTH),
    Fault("a byte a packet", [Delivery(Reply(TEXT), piece=1)], Ends(text=TEXT)),
    Fault("a whole answer where a stream was asked for", [_unstreamed], Ends(text=TEXT), STREAM),
)


_OBJECTS: tuple[tuple[ErrorKind, str, type[APIError]], ...] = (
    ("rate_limit", "rate limit", RateLimitError),
    ("server_error", "server error", ServerError),
    ("overloaded", "overloaded", OverloadedError),
)


def _object_first(kind: ErrorKind, words: str, error: type[APIError]) -> Fault:
    ends = Ends(error=(error,), facts={"is_retryable": True, "status": _is_an_error_status})
    return Fault(
        f"error object first: {words}", [Reply(ErrorReply(kind))], ends, error_kinds=(kind,)
    )


def _object_in_the_middle(kind: ErrorKind, words: str, error: type[APIError]) -> Fault:
    ends = Ends(text=TEXT, error=(error,), facts={"status": _is_an_error_status})
    script = [Reply(TEXT, ErrorReply(kind))]
    return Fault(f"error object in mid-stream: {words}", script, ends, STREAM, error_kinds=(kind,))


ERROR_OBJECTS: tuple[Fault, ...] = (
    *(_object_first(*facts) for facts in _OBJECTS),
    *(_object_in_the_middle(*facts) for facts in _OBJECTS),
)


def _finished(*reasons: str) -> Check:
    return lambda message: message.finish_reason in reasons


def _has_no_valid_call(message: AIMessage) -> bool:
    return not message.tool_calls and len(message.invalid_tool_calls) == 1


def _was_cut_within_a_call(message: AIMessage) -> bool:
    return _has_no_valid_call(message) and message.finish_reason == "length"


_CALL = Call("weather", '{"city": "Oslo", "days": 3}')

ENDINGS: tuple[Fault, ...] = (
    Fault(
        "arguments cut short by the length limit",
        [Reply(Call("weather", '{"city": "Os'), finish="length")],
        Ends(holds=_was_cut_within_a_call, shown="InvalidToolCall"),
        offers=("tools",),
    ),
    Fault(
        "arguments that are not JSON",
        [Reply(Call("weather", '{"city": Oslo}'))],
        Ends(holds=_has_no_valid_call, shown="InvalidToolCall"),
        offers=("raw_arguments",),
    ),
    Fault(
        "stream ended after a call without proof",
        [Reply(_CALL, EndOfBody())],
        Ends(error=(StreamInterruptedError,), holds=_has_no_valid_call),
        STREAM,
        offers=("tools",),
    ),
    Fault(
        "answer cut short by the length limit",
        [Reply(TEXT, finish="length")],
        Ends(text=TEXT, holds=_finished("length"), shown="finish_reason length"),
    ),
    Fault(
        "answer stopped by a content filter",
        [Reply(TEXT, finish="content_filter")],
        Ends(
            text=TEXT,
            holds=_finished("content_filter", "refusal"),
            shown="finish_reason content_filter or refusal",
        ),
        offers=("content_filter",),
    ),
    Fault(
        "refusal sent apart from the text",
        [Reply(Refusal("I would rather not."))],
        Ends(holds=_finished("refusal"), shown="finish_reason refusal"),
        offers=("refusal",),
    ),
)
