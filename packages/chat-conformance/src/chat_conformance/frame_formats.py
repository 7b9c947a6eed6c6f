"""How the frames of a wire look as bytes: what a simulator writes, and what laws put between.

    ServerSentEvents(line_end="\\r\\n")      the default of ``Simulator.format``
    NDJSON()                               one JSON object a line
    BinaryFrames(event_key="type")         length, checksums, headers, payload
    JSONArray()                            one array, an event an item

A format of your own is a subclass of ``FrameFormat`` with ``payload``.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from zlib import crc32

from chat_core.provider import encode_binary_message

from .http_answers import Frame, KeepAlive, Payload, Repeat, Step

__all__ = ["BinaryFrames", "FrameFormat", "JSONArray", "NDJSON", "ServerSentEvents"]


@dataclass(frozen=True)
class FrameFormat(ABC):
    """Events to bytes.

    Attributes:
        content_type: of a streamed answer.
        keep_alive: bytes between two events that bring nothing; empty if the wire has none.
        ignored: other bytes between two events that bring nothing; by default ``keep_alive``.
        line_ends: the line ends that mean the same; of a format without lines none.
        start, separator, end: bytes before the first event, between two, and after the last.
        boundary: regular expression of what ends an event or stands between two, for ``split``.
    """

    content_type: ClassVar[str] = "application/octet-stream"
    keep_alive: ClassVar[bytes] = b""
    ignored: ClassVar[bytes] = b""
    line_ends: ClassVar[tuple[str, ...]] = ()
    start: ClassVar[bytes] = b""
    separator: ClassVar[bytes] = b""
    end: ClassVar[bytes] = b""
    boundary: ClassVar[bytes] = rb"(?!)"

    @abstractmethod
    def payload(self, data: bytes) -> bytes:
        """One event whose data are ``data``, whatever they are."""

    def event(self, wire: Mapping[str, Any]) -> bytes:
        """One event with this object."""
        return self.payload(as_json(wire))

    def with_line_end(self, line_end: str) -> FrameFormat:
        """The same format with other line ends."""
        return self

    def split(self, data: bytes) -> list[bytes]:
        """``data`` in parts: an event, what stands after it, the next event, and so on."""
        return re.split(b"(" + self.boundary + b")", data)

    def sealed(self, event: bytes) -> bytes:
        """``event``, a part that was changed, with the lengths and checksums that fit it."""
        return event

    def write(self, frames: Iterable[Frame], *, is_whole: bool = True) -> Iterator[Step]:
        """The steps of a streamed answer; ``end`` is left out unless it ``is_whole``."""
        before = self.start
        for frame in frames:
            if isinstance(frame, Mapping | str | Payload):
                yield before + self._event(frame)
                before = self.separator
            else:
                yield self._other(frame)
        if is_whole and (last := (b"" if before == self.separator else before) + self.end):
            yield last

    def _event(self, frame: Mapping[str, Any] | str | Payload) -> bytes:
        if isinstance(frame, Mapping):
            return self.event(frame)
        if isinstance(frame, str):
            return self.payload(frame.encode("utf-8", "surrogatepass"))
        return self.payload(frame.data)

    def _other(self, frame: Step | KeepAlive) -> Step:
        if not isinstance(frame, KeepAlive):
            return frame
        event = self.keep_alive if frame.event is None else self.event(frame.event)
        assert event, f"{type(self).__name__} has no keep-alive bytes"
        return Repeat(event, frame.every)


@dataclass(frozen=True)
class ServerSentEvents(FrameFormat):
    """Server-sent events; with ``event_key`` an ``event:`` line has that field of each object."""

    content_type: ClassVar[str] = "text/event-stream"
    keep_alive: ClassVar[bytes] = b": keep-alive\n\n"
    ignored: ClassVar[bytes] = b": ping\n\nid: 7\nretry: 1000\n\n"
    line_ends: ClassVar[tuple[str, ...]] = ("\n", "\r\n", "\r")
    boundary: ClassVar[bytes] = rb"\r\n\r\n|\n\n|\r\r"

    line_end: str = "\n"
    event_key: str | None = None

    def payload(self, data: bytes) -> bytes:
        end = self.line_end.encode()
        return b"data: " + data + end + end

    def event(self, wire: Mapping[str, Any]) -> bytes:
        name = wire.get(self.event_key) if self.event_key else None
        line = f"event: {name}{self.line_end}" if isinstance(name, str) else ""
        return line.encode("utf-8", "surrogatepass") + super().event(wire)

    def with_line_end(self, line_end: str) -> FrameFormat:
        return replace(self, line_end=line_end)


@dataclass(frozen=True)
class NDJSON(FrameFormat):
    """One JSON object a line."""

    content_type: ClassVar[str] = "application/x-ndjson"
    line_ends: ClassVar[tuple[str, ...]] = ("\n", "\r\n")
    boundary: ClassVar[bytes] = rb"\r?\n"

    line_end: str = "\n"

    def payload(self, data: bytes) -> bytes:
        return data + self.line_end.encode()

    def with_line_end(self, line_end: str) -> FrameFormat:
        return replace(self, line_end=line_end)


@dataclass(frozen=True)
class BinaryFrames(FrameFormat):
    """Binary messages; with ``event_key`` that field of each object is its ``:event-type``."""

    content_type: ClassVar[str] = "application/vnd.amazon.eventstream"

    event_key: str | None = None

    def payload(self, data: bytes) -> bytes:
        return encode_binary_message({":message-type": "event"}, data)

    def event(self, wire: Mapping[str, Any]) -> bytes:
        headers = {":message-type": "event", ":content-type": "application/json"}
        if self.event_key:
            headers[":event-type"] = str(wire.get(self.event_key))
        return encode_binary_message(headers, as_json(wire))

    def split(self, data: bytes) -> list[bytes]:
        parts: list[bytes] = []
        while len(data) >= (length := max(int.from_bytes(data[:4], "big"), _SHORTEST_MESSAGE)):
            parts += [data[:length], b""]
            data = data[length:]
        return [*parts, data]

    def sealed(self, event: bytes) -> bytes:
        if int.from_bytes(event[4:8], "big") > len(event) - _SHORTEST_MESSAGE:
            return event  # no message, such as the JSON of a whole answer
        lengths = _four_bytes(len(event)) + event[4:8]
        message = lengths + _four_bytes(crc32(lengths)) + event[12:-4]
        return message + _four_bytes(crc32(message))


@dataclass(frozen=True)
class JSONArray(FrameFormat):
    """One JSON array, an event an item."""

    content_type: ClassVar[str] = "application/json"
    keep_alive: ClassVar[bytes] = b"\n"
    start: ClassVar[bytes] = b"["
    separator: ClassVar[bytes] = b"\n,"
    end: ClassVar[bytes] = b"]"
    boundary: ClassVar[bytes] = rb"\n,"

    def payload(self, data: bytes) -> bytes:
        return data


_SHORTEST_MESSAGE = 16
"""Bytes of a binary message without headers and payload: two lengths, two checksums."""


def _four_bytes(number: int) -> bytes:
    return number.to_bytes(4, "big")


def as_json(wire: Mapping[str, Any]) -> bytes:
    """``wire`` as JSON without spaces; lone surrogates are kept."""
    text = json.dumps(wire, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
