"""Faults of the connection: refused, reset or closed before or within an answer, and silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import (
    APIConnectionError,
    APITimeoutError,
    MalformedResponseError,
    StreamInterruptedError,
)

from ..cassettes import UNREACHABLE
from ..http_answers import Answer, Close, KeepAlive, Pause, Repeat, Reset, Stall
from ..script import EndOfBody, Reply
from .fault import STREAM, WHOLE, Ends, Fault

if TYPE_CHECKING:
    from ..simulators import ScriptItem, Simulator

__all__ = ["BODIES", "HEADS", "SILENCES"]

SHORT = 0.15
"""Seconds of silence that exceed the time limits of these faults."""

TEXT = "Goldfish on the moon"

UNREACHED = Ends(error=(APIConnectionError,))
CUT = Ends(text=TEXT, error=(StreamInterruptedError,))
HALF = Ends(error=(StreamInterruptedError, MalformedResponseError))

HEADS: tuple[Fault, ...] = (
    Fault(
        "connection refused",
        [Answer()],
        Ends(error=(APIConnectionError,), requests=0),
        settings={"base_url": UNREACHABLE},
    ),
    Fault("connection reset before the head", [Answer(before=[Reset()])], UNREACHED),
    Fault("connection closed before the head", [Answer(before=[Close()])], UNREACHED),
    Fault(
        "connection closed within the head",
        [Answer(before=[b"HTTP/1.1 200 OK\r\ncontent-ty", Close()])],
        UNREACHED,
    ),
    Fault("bytes that are not HTTP", [Answer(before=[b"\x15\x03\x01\x00", Close()])], UNREACHED),
)

BODIES: tuple[Fault, ...] = (
    Fault("connection reset in mid-stream", [Reply(TEXT, Pause(0.02), Reset())], CUT, STREAM),
    Fault("chunked body cut short", [Reply(TEXT, Close())], CUT, STREAM),
    Fault("stream ended without proof", [Reply(TEXT, EndOfBody())], CUT, STREAM),
    Fault("whole answer: connection reset", [Reply(TEXT, Reset())], HALF, WHOLE),
    Fault("whole answer: short of its length", [Reply(TEXT, Close())], HALF, WHOLE),
    Fault("whole answer: ended in mid-JSON", [Reply(TEXT, EndOfBody())], HALF, WHOLE),
    Fault(
        "body that is not the gzip it says",
        [Answer(headers={"content-encoding": "gzip"}, body=b"this was never compressed")],
        HALF,
    ),
)

_SILENT = {"timeout": SHORT, "answer_timeout": SHORT}
_IDLE = {"idle_timeout": SHORT}
# On a busy machine the time limit may pass before the request is sent.
_TIMED_OUT = Ends(error=(APITimeoutError,), requests=None)
_FELL_SILENT = Ends(text=TEXT, error=(APITimeoutError,))


def _silent_body(simulator: Simulator) -> ScriptItem:
    return simulator.streamed(Stall())


def _comments(simulator: Simulator) -> ScriptItem:
    return simulator.streamed(KeepAlive(0.02))


SILENCES: tuple[Fault, ...] = (
    Fault("silence before the head", [Answer(before=[Stall()])], _TIMED_OUT, settings=_SILENT),
    Fault(
        "silence after the head",
        [_silent_body],
        _TIMED_OUT,
        settings=_SILENT,
    ),
    Fault(
        "comments, and never an event",
        [_comments],
        _TIMED_OUT,
        STREAM,
        _SILENT,
        offers=("keep_alive",),
    ),
    Fault("silence in mid-stream", [Reply(TEXT, Stall())], _FELL_SILENT, STREAM, _IDLE),
    Fault(
        "silence in mid-stream, with comments",
        [Reply(TEXT, KeepAlive(0.02))],
        _FELL_SILENT,
        STREAM,
        _IDLE,
        offers=("keep_alive",),
    ),
    Fault(
        "silence in mid-stream, with empty events",
        [Reply(TEXT, KeepAlive(0.02, {"type": "ping"}))],
        _FELL_SILENT,
        STREAM,
        _IDLE,
    ),
    Fault("whole answer: silence in its body", [Reply(TEXT, Stall())], _TIMED_OUT, WHOLE, _SILENT),
    Fault(
        "whole answer: a byte now and then",
        [Answer(body=(b"{", Repeat(b" ", 0.02)), framing="chunked")],
        _TIMED_OUT,
        WHOLE,
        _SILENT,
    ),
)
