"""Binary frames with a length and checksums: bytes in, frames out; no I/O.

The media type is ``application/vnd.amazon.eventstream`` (AWS, "Event stream encoding"). A message,
with all numbers big-endian:

    4 bytes   length of the message
    4         length of its headers
    4         CRC-32 of these eight bytes
    …         headers: length of the name (1), name, type (1), value; a string (type 7) and a byte
              string (type 6) have their length (2) before them
    …         payload
    4         CRC-32 of everything before

``:message-type`` says what a message is: an ``event``, an ``exception`` that the service declares,
or an ``error`` that it does not. As frames (``BinaryFraming.frame_of``):

    event       (":event-type", payload)
    exception   ("exception:" + ":exception-type", payload)
    error       ("error:" + ":error-code", {"message": ":error-message"})
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from struct import Struct, error
from typing import ClassVar, NamedTuple
from zlib import crc32

from ..errors import MalformedResponseError
from .body_kind import BINARY_FRAMES, describe_body
from .framing import MAX_FRAME_BYTES, Frame, too_long_frame

__all__ = ["BinaryFraming", "BinaryMessage", "encode_binary_message"]

_PRELUDE = Struct(">III")
_U16 = Struct(">H")
_U32 = Struct(">I")
_SHORTEST = _PRELUDE.size + _U32.size

_BYTES, _STRING = 6, 7
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value, by its type."""

_CHARACTERS = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))

HeaderValue = bool | int | str | bytes


class BinaryMessage(NamedTuple):
    """One message.

    ``headers`` have ``bool``, ``int`` (a time is in milliseconds since 1970), ``str`` or ``bytes``
    (a UUID is 16 of them) as their values.
    """

    headers: dict[str, HeaderValue]
    payload: bytes

    def header(self, name: str) -> str:
        """The header as text; empty if the message has none of this name."""
        return str(self.headers.get(name, ""))


class BinaryFraming:
    """The ``Framing`` of binary messages. Override ``frame_of`` for a wire with other headers."""

    __slots__ = ("_count", "_held", "_offset", "_pieces", "_wanted")

    name: ClassVar[str] = BINARY_FRAMES

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._wanted = _PRELUDE.size  # bytes without which nothing more can be read
        self._count = 0
        self._offset = 0

    def frame_of(self, message: BinaryMessage) -> Frame | None:
        """The frame that ``message`` is, or ``None`` for one that brings nothing."""
        kind = message.header(":message-type") or "event"
        if kind == "event":
            return message.header(":event-type") or None, message.payload or b"{}"
        if kind == "exception":
            return f"exception:{message.header(':exception-type')}", _as_object(message.payload)
        text = message.header(":error-message").encode() or message.payload
        return f"error:{message.header(':error-code')}", _as_object(text)

    def feed(self, data: bytes) -> Iterable[Frame]:
        """The frames of the messages that ``data`` completes.

        Raises ``MalformedResponseError`` for a wrong checksum, a message over ``MAX_FRAME_BYTES``,
        headers that cannot be read, and for bytes that are no message.
        """
        self._pieces.append(data)
        self._held += len(data)
        if self._held < self._wanted:
            return []
        data = b"".join(self._pieces)
        self._pieces.clear()
        return filter(None, map(self.frame_of, self._messages(data)))

    def finish(self) -> list[Frame]:
        """No frame: a message that is cut off brings nothing.

        Raises ``MalformedResponseError`` for text.
        """
        rest = b"".join(self._pieces)
        if _is_text(rest):
            raise self._not_a_message(rest, 0)
        return []

    def is_other_body(self, head: bytes) -> bool:
        """Whether it begins like a JSON document or a page."""
        return head.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"[", b"<")

    def has_begun(self, head: bytes) -> bool:
        """Whether it begins with the length of a message."""
        return bool(head) and head[0] <= MAX_FRAME_BYTES >> 24

    def _messages(self, data: bytes) -> Iterator[BinaryMessage]:
        """The complete messages at the start of ``data``; the rest of it is kept."""
        at = 0
        while True:
            held = len(data) - at
            self._wanted = self._length(data, at) if held >= _PRELUDE.size else _PRELUDE.size
            if held < self._wanted:
                break
            message = self._message(data[at : at + self._wanted])
            at += self._wanted
            self._offset += self._wanted
            self._count += 1
            yield message
        self._held = held
        if held:
            self._pieces.append(data[at:])

    def _length(self, data: bytes, at: int) -> int:
        """The length of the message whose first twelve bytes are at ``at``."""
        length, of_headers, checksum = _PRELUDE.unpack_from(data, at)
        if not _SHORTEST <= length <= MAX_FRAME_BYTES:
            raise self._not_a_message(data[at : at + _PRELUDE.size], length)
        self._check("its lengths", data[at : at + 8], checksum)
        if of_headers > length - _SHORTEST:
            raise self._failure(f"has headers of {of_headers} bytes in {length}", data[at : at + 8])
        return int(length)

    def _message(self, message: bytes) -> BinaryMessage:
        _, of_headers, _ = _PRELUDE.unpack_from(message)
        self._check("the message", message[:-4], *_U32.unpack_from(message, len(message) - 4))
        end = _PRELUDE.size + of_headers
        try:
            headers = _read_headers(message[_PRELUDE.size : end])
        except (error, ValueError, IndexError) as reason:
            raise self._failure(f"has headers that cannot be read ({reason})", message) from reason
        return BinaryMessage(headers, message[end:-4])

    def _check(self, what: str, covered: bytes, checksum: int) -> None:
        computed = crc32(covered)
        if computed != checksum:
            raise self._failure(
                f"has a wrong checksum of {what} (sent {checksum:08x}, computed {computed:08x})",
                covered,
            )

    def _not_a_message(self, data: bytes, length: int) -> MalformedResponseError:
        if _is_text(data):
            kind = describe_body(data)
            if self._count:
                return self._failure(f"is none: the stream goes on as {kind}", data)
            return MalformedResponseError(f"Expected {self.name}, got {kind}", wire=data)
        if length > MAX_FRAME_BYTES:
            return too_long_frame(f"message ({length} bytes)", data)
        return self._failure(f"has a length of {length} bytes, which none can have", data)

    def _failure(self, what: str, data: bytes) -> MalformedResponseError:
        place = f"Message {self._count + 1} of the binary stream (byte {self._offset})"
        return MalformedResponseError(f"{place} {what}.", wire=data[:1000])


def encode_binary_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """The bytes of one message, for simulators and tests."""
    encoded = [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()]
    head = b"".join(
        bytes([len(name)]) + name + bytes([_STRING]) + _U16.pack(len(value)) + value
        for name, value in encoded
    )
    lengths = _PRELUDE.pack(_SHORTEST + len(head) + len(payload), len(head), 0)[:8]
    message = lengths + _U32.pack(crc32(lengths)) + head + payload
    return message + _U32.pack(crc32(message))


def _is_text(data: bytes) -> bool:
    """Whether ``data`` begins with four characters, which as a length are 150 MB and more."""
    return len(data) >= 4 and all(byte in _CHARACTERS for byte in data[:4])


def _read_headers(data: bytes) -> dict[str, HeaderValue]:
    """Raises ``ValueError``, ``IndexError`` or ``struct.error`` for what are no headers."""
    found: dict[str, HeaderValue] = {}
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        name, kind = data[at + 1 : end].decode(), data[end]
        at = end + 1
        if kind in (_BYTES, _STRING):
            (size,) = _U16.unpack_from(data, at)
            at += _U16.size
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise ValueError(f"header {name!r} has the unknown type {kind}")
        value = data[at : at + size]
        if len(value) < size:
            raise ValueError(f"header {name!r} is cut off")
        found[name] = _value(kind, value)
        at += size
    return found


def _value(kind: int, value: bytes) -> HeaderValue:
    if kind in (0, 1):
        return kind == 0
    if kind == _STRING:
        return value.decode()
    if kind in (_BYTES, 9):
        return value
    return int.from_bytes(value, signed=True)


def _as_object(payload: bytes) -> bytes:
    """``payload`` if it is a JSON object; otherwise an object with it as the message."""
    if payload.lstrip()[:1] == b"{":
        return payload
    return json.dumps({"message": payload.decode("utf-8", "replace")}).encode()
