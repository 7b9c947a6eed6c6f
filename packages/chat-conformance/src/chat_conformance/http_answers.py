"""A scripted HTTP answer as data: its bytes, and every fault that can happen between two bytes.

An ``Answer`` is a list of steps. ``bytes`` are sent; ``Pause``, ``Repeat``, ``Stall``, ``Reset``
and ``Close`` are the other things that can happen on a connection. ``wire_server.WireServer``
performs them.

    sse([{"choices": […]}, Pause(0.2), {"choices": […]}, Reset()])     a reset within a stream
    Answer(before=[Stall()])                                           not even a status line
    json_answer({"id": …}, piece=1)                                    one byte a packet
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from typing import Any, Literal, TypeAlias

__all__ = [
    "Answer",
    "Close",
    "Frame",
    "Framing",
    "KeepAlive",
    "Pause",
    "Payload",
    "Repeat",
    "Reset",
    "Stall",
    "Step",
    "framed",
    "html",
    "json_answer",
    "keep_alive_comments",
    "redirect",
    "sse",
]


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send ``data`` every ``every`` seconds, ``times`` times or until the client disconnects."""

    data: bytes
    every: float = 0.0
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Stall:
    """Send nothing more and keep the connection until the client disconnects."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Break the connection here with a TCP reset; what was sent before it still arrives."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection cleanly here: short of ``Content-Length``, or without the last chunk."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One event with these bytes as its data, framed as the wire frames it (``FrameFormat``)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """The wire's keep-alive bytes, or an ``event``, every ``every`` seconds without end."""

    every: float
    event: Mapping[str, Any] | None = None


Step: TypeAlias = bytes | Pause | Repeat | Stall | Reset | Close
Framing: TypeAlias = Literal["content-length", "chunked", "until-close"]
Frame: TypeAlias = Mapping[str, Any] | str | Step | Payload | KeepAlive


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    ``before`` are steps performed before the status line. ``body`` is bytes or steps. ``piece``
    cuts each ``bytes`` step into pieces of that many bytes, each written by itself. ``framing``
    is how the body's end is marked; with ``content-length`` the promised length counts the bytes
    after a ``Close`` too, which is what makes it a cut. ``headers`` win over those made here.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Sequence[Step] = b""
    framing: Framing = "content-length"
    piece: int | None = None
    before: Sequence[Step] = ()

    def __post_init__(self) -> None:
        if self.piece is not None and self.piece < 1:
            raise ValueError(f"piece counts bytes and is at least 1; got {self.piece}")
        if self.framing == "content-length" and any(_is_endless(step) for step in self.steps):
            raise ValueError("An endless Repeat has no Content-Length; use framing='chunked'")

    @property
    def steps(self) -> Sequence[Step]:
        """The body as steps."""
        return (self.body,) if isinstance(self.body, bytes) else self.body

    def head(self) -> bytes:
        """The status line and the headers, as sent."""
        made = {"content-type": "application/json"}
        if self.framing == "chunked":
            made["transfer-encoding"] = "chunked"
        elif self.framing == "until-close":
            made["connection"] = "close"
        else:
            made["content-length"] = str(sum(_length(step) for step in self.steps))
        headers = made | {name.lower(): value for name, value in self.headers.items()}
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """``data`` as it is to be written: whole, or cut into pieces of ``piece`` bytes."""
        if self.piece is None:
            return iter((data,) if data else ())
        size = self.piece
        return (data[start : start + size] for start in range(0, len(data), size))


def sse(
    frames: Iterable[Frame],
    *,
    per_segment: int = 1,
    line_end: str = "\n",
    event_key: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    framing: Framing = "chunked",
    piece: int | None = None,
) -> Answer:
    """A stream of server-sent events.

    A mapping becomes one frame with that JSON; ``str`` one frame with that data (``"[DONE]"``);
    ``bytes`` go out as they are; other steps happen where they stand. ``per_segment`` frames are
    written together, as a busy vendor's packets carry them. ``event_key="type"`` also writes an
    ``event:`` line with that field of each mapping (Anthropic, Responses).
    """
    from .frame_formats import ServerSentEvents

    return framed(
        ServerSentEvents(line_end, event_key).write(frames),
        "text/event-stream",
        per_segment=per_segment,
        status=status,
        headers=headers,
        framing=framing,
        piece=piece,
    )


def framed(
    steps: Iterable[Step],
    content_type: str,
    *,
    per_segment: int = 1,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    framing: Framing = "chunked",
    piece: int | None = None,
) -> Answer:
    """A streamed answer with these steps, as a ``FrameFormat`` writes them."""
    return Answer(
        status=status,
        headers={"content-type": content_type, **(headers or {})},
        body=tuple(_join_segments(list(steps), per_segment)),
        framing=framing,
        piece=piece,
    )


def json_answer(
    value: Any,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    piece: int | None = None,
) -> Answer:
    """An answer whose body is ``value`` as JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status=status, headers=headers or {}, body=body, piece=piece)


def html(text: str = "<!doctype html><title>Welcome</title>", status: int = 200) -> Answer:
    """A page of HTML, as a wrong base URL or a proxy's sign-in page gives."""
    return Answer(status=status, headers={"content-type": "text/html"}, body=text.encode())


def redirect(to: str, status: int = 307) -> Answer:
    """A redirection to the URL ``to``; 307 keeps method and body (RFC 9110, 15.4.8)."""
    return Answer(status=status, headers={"location": to})


def keep_alive_comments(every: float) -> Repeat:
    """SSE comments for ever: bytes arrive, and no event does."""
    return Repeat(b": keep-alive\n\n", every)


def _join_segments(steps: list[Step], per_segment: int) -> Iterator[Step]:
    for is_data, run in groupby(steps, key=lambda step: isinstance(step, bytes)):
        if not is_data:
            yield from run
            continue
        data = [step for step in run if isinstance(step, bytes)]
        for start in range(0, len(data), per_segment):
            yield b"".join(data[start : start + per_segment])


def _is_endless(step: Step) -> bool:
    return isinstance(step, Repeat) and step.times is None


def _length(step: Step) -> int:
    if isinstance(step, Repeat):
        return len(step.data) * (step.times or 0)
    return len(step) if isinstance(step, bytes) else 0


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 529, which Anthropic uses, is in no registry
        return "Unregistered"
