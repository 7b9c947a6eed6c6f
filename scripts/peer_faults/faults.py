"""The faults that are put to every contestant, and what has to come of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chat_conformance.http_answers import Repeat, Reset, Stall
from chat_conformance.script import Call, EndOfBody, ErrorReply, Reply
from chat_conformance.simulators import ScriptItem

TEXT = "Goldfish on the moon"


@dataclass(frozen=True)
class Seen:
    """What came of one stream."""

    text: str = ""
    calls: tuple[dict[str, str], ...] = ()
    error: str = ""
    hangs: bool = False
    disconnected: bool = False


@dataclass(frozen=True)
class PeerFault:
    """One fault: what the server sends, what the contestant does, and what has to come of it."""

    name: str
    must: str
    """What has to come of it, in words."""
    script: Sequence[ScriptItem]
    is_right: Callable[[Seen], bool]
    task: str = "text"


def _error(seen: Seen) -> bool:
    return bool(seen.error)


def _no_call(seen: Seen) -> bool:
    return not seen.calls and not seen.hangs


def _whole(seen: Seen) -> bool:
    return seen.text == TEXT and not seen.error


def _left(seen: Seen) -> bool:
    return seen.disconnected


FAULTS = (
    PeerFault(
        "the body ends in mid-answer, without a finish reason",
        "an error",
        [Reply(TEXT, EndOfBody())],
        _error,
    ),
    PeerFault("the connection is reset in mid-answer", "an error", [Reply(TEXT, Reset())], _error),
    PeerFault(
        "an error object in mid-answer",
        "an error",
        [Reply(TEXT, ErrorReply("overloaded"))],
        _error,
    ),
    PeerFault(
        "an event that is not JSON",
        "an error",
        [Reply(TEXT, b'data: {"broken\n\n', "and more")],
        _error,
    ),
    PeerFault(
        "nothing but comments for ever, with a timeout of 2 s",
        "an error",
        [Reply(TEXT, Repeat(b": keep-alive\n\n", 0.2))],
        _error,
    ),
    PeerFault(
        "a call cut off by the length limit",
        "no valid call",
        [Reply(Call("weather", '{"city": "Os'), finish="length"), Reply(TEXT)],
        _no_call,
        "tool",
    ),
    PeerFault(
        "a whole call, then the body ends without a finish reason",
        "no valid call, or an error",
        [Reply(Call("weather", '{"city": "Oslo"}'), EndOfBody()), Reply(TEXT)],
        lambda seen: _no_call(seen) or _error(seen),
        "tool",
    ),
    PeerFault(
        "429 asking to wait 1 s, then an answer",
        "the whole answer",
        [ErrorReply("rate_limit", retry_after=1), Reply(TEXT)],
        _whole,
    ),
    PeerFault(
        "503, then an answer", "the whole answer", [ErrorReply("unavailable"), Reply(TEXT)], _whole
    ),
    PeerFault(
        "the reader breaks off",
        "disconnected within 0.5 s",
        [Reply(TEXT, Stall())],
        _left,
        "break",
    ),
)
