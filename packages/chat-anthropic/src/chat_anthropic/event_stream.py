"""Amazon's binary event stream, in which Bedrock streams: bytes in, server-sent events out; no I/O.

A frame (AWS, "Event stream encoding"; all numbers big-endian):

    4 bytes   length of the frame
    4         length of its headers
    4         CRC-32 of these eight bytes
    …         headers: length of the name (1), name, type (1), value; a string (type 7) has its
              length (2) before it
    …         payload
    4         CRC-32 of everything before

A frame with ``:message-type`` ``event`` has the payload ``{"bytes": …}``, an event of Anthropic's
stream as JSON in Base64. One with ``exception`` or ``error`` ends the stream.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from struct import Struct, error
from zlib import crc32

from chat_core import MalformedResponseError

__all__ = ["EventStreamParser", "is_event_stream"]

_PRELUDE = Struct(">III")
_LENGTH = Struct(">H")
_CHECKSUM = 4

_LONGEST = 64 * 1024 * 1024
"""Bytes; a longer frame is an attack or a mistake."""

_STRING = 7
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""The bytes of a header's value, by its type; those of types 6 and 7 have their length first."""

_ERROR_TYPES = {
    "throttlingexception": "rate_limit_error",
    "modelnotreadyexception": "rate_limit_error",
    "servicequotaexceededexception": "rate_limit_error",
    "validationexception": "invalid_request_error",
    "accessdeniedexception": "permission_error",
    "resourcenotfoundexception": "not_found_error",
    "serviceunavailableexception": "overloaded_error",
    "modeltimeoutexception": "timeout_error",
}
"""Bedrock's exceptions as types of Anthropic's errors; any other is ``api_error``."""


def is_event_stream(headers: Mapping[str, str]) -> bool:
    """Whether a body with these headers is a binary event stream."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/vnd.amazon.eventstream" and "content-encoding" not in headers


class EventStreamParser:
    """Binary frames in, the text of server-sent events out. Bytes may be cut anywhere.

    What is wrong is raised by the call after the one that returned the events before it.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._failure: MalformedResponseError | None = None

    def feed(self, data: bytes) -> bytes:
        """The events that ``data`` completes; raises ``MalformedResponseError``, see above."""
        self._raise_failure()
        self._held += data
        events: list[bytes] = []
        try:
            while (frame := self._next_frame()) is not None:
                events.append(_event(*frame))
        except (error, ValueError, TypeError, KeyError, IndexError) as reason:
            self._failure = MalformedResponseError(
                f"The binary event stream cannot be read: {reason}.", wire=bytes(self._held[:500])
            )
        if not events:
            self._raise_failure()
        return b"".join(events)

    def finish(self) -> None:
        """The body has ended. Raises ``MalformedResponseError`` for what ``feed`` has found."""
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _next_frame(self) -> tuple[dict[str, str], bytes] | None:
        """Headers and payload of the first frame held, which is taken off; ``None`` if cut off."""
        held = self._held
        if len(held) < _PRELUDE.size:
            return None
        length, of_headers, checksum = _PRELUDE.unpack_from(held)
        if crc32(held[:8]) != checksum:
            raise ValueError("the checksum of a frame's beginning is wrong")
        if not _PRELUDE.size + of_headers + _CHECKSUM <= length <= _LONGEST:
            raise ValueError(f"a frame of {length} bytes with headers of {of_headers}")
        if len(held) < length:
            return None
        frame = bytes(held[:length])
        del held[:length]
        if crc32(frame[:-_CHECKSUM]) != int.from_bytes(frame[-_CHECKSUM:]):
            raise ValueError("the checksum of a frame is wrong")
        end = _PRELUDE.size + of_headers
        return _headers(frame[_PRELUDE.size : end]), frame[end:-_CHECKSUM]


def _headers(data: bytes) -> dict[str, str]:
    """The headers that are strings."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        name, kind = data[at + 1 : end].decode(), data[end]
        at = end + 1
        size = _SIZES.get(kind)
        if size is None:
            (size,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
        if kind == _STRING:
            found[name] = data[at : at + size].decode()
        at += size
    return found


def _event(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame as a server-sent event; empty for one that brings none."""
    kind = headers.get(":message-type", "event")
    if kind != "event":
        return _data(json.dumps(_error(headers, payload)).encode())
    wire = json.loads(payload or b"{}")
    if "bytes" not in wire:
        return b""
    return _data(binascii.a2b_base64(wire["bytes"]))


def _error(headers: Mapping[str, str], payload: bytes) -> dict[str, object]:
    """The exception of a frame as an event of Anthropic's stream."""
    name = headers.get(":exception-type") or headers.get(":error-code") or "error"
    message = headers.get(":error-message") or payload.decode("utf-8", "replace")
    try:
        wire = json.loads(payload)
        message = wire.get("message") or wire.get("Message") or message
    except (ValueError, AttributeError):
        pass  # the payload is the message
    kind = _ERROR_TYPES.get(name.lower(), "api_error")
    return {"type": "error", "error": {"type": kind, "message": f"{name}: {message}"}}


def _data(event: bytes) -> bytes:
    """JSON as the data of an event; line ends in JSON are white space."""
    return b"data: %b\n\n" % event.replace(b"\r", b" ").replace(b"\n", b" ")
