"""Laws of every framing: cut anywhere, hostile bytes, linear work, bounded memory, named errors."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any, ClassVar

import pytest
from chat_core import (
    AIMessageChunk,
    DecoderError,
    MalformedResponseError,
    StreamInterruptedError,
    TextBlock,
)
from chat_core.errors import APIError
from chat_core.provider import (
    MAX_FRAME_BYTES,
    BinaryFraming,
    Frame,
    Framing,
    JSONArrayFraming,
    JSONBodyFraming,
    NDJSONFraming,
    SSEParser,
    StreamReader,
    decode_reply,
    encode_binary_message,
)
from hypothesis import given
from hypothesis import strategies as st
from letters import LettersDecoder

EVENTS: list[bytes] = [
    b'{"t": "gr\xc3\xbc, [{\\"}]"}',
    b'{"t": "\xe2\x80\xa8", "n": [1, {"a": null}, "x\\\\"]}',
    b'{"t": ""}',
    b'{"end": "stop"}',
]


def as_sse(events: list[bytes]) -> bytes:
    return b"".join(b"data: " + event + b"\n\n" for event in events)


def as_lines(events: list[bytes]) -> bytes:
    return b"".join(event + b"\r\n" for event in events)


def as_messages(events: list[bytes]) -> bytes:
    return b"".join(message(event) for event in events)


def as_array(events: list[bytes]) -> bytes:
    return b"[" + b"\n, ".join(events) + b"]\n"


def message(payload: bytes, **headers: str) -> bytes:
    names = {f":{name.replace('_', '-')}": value for name, value in headers.items()}
    return encode_binary_message({":message-type": "event", **names}, payload)


FRAMINGS: list[tuple[type[Framing], Callable[[list[bytes]], bytes]]] = [
    (SSEParser, as_sse),
    (NDJSONFraming, as_lines),
    (BinaryFraming, as_messages),
    (JSONArrayFraming, as_array),
]

every_framing = pytest.mark.parametrize(
    ("framing", "write"), FRAMINGS, ids=[kind.__name__ for kind, _ in FRAMINGS]
)


def frames(framing: type[Framing], *pieces: bytes) -> list[Frame]:
    parser = framing()
    found = [frame for piece in pieces for frame in parser.feed(piece)]
    return [*found, *parser.finish()]


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def decoder_of(framing: type[Framing]) -> LettersDecoder:
    class Framed(LettersDecoder):
        pass

    Framed.framing = framing
    return Framed()


def read(framing: type[Framing], *pieces: bytes) -> tuple[str, APIError | None]:
    """The text that is read, and the failure that ends it."""
    reader = StreamReader(decoder_of(framing))
    chunks: list[AIMessageChunk] = []
    for piece in pieces:
        chunks += [] if reader.failure else reader.feed(piece)
    if reader.failure is None and not reader.ended:
        chunks += reader.finish()
    failure: Any = reader.failure
    return "".join(chunk.content for chunk in chunks), failure


# --- every framing


@every_framing
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_where_the_bytes_are_cut_does_not_matter(
    framing: type[Framing], write: Callable[[list[bytes]], bytes], size: int
) -> None:
    assert frames(framing, *cut(write(EVENTS), size)) == [(None, event) for event in EVENTS]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_give_frames_or_a_malformed_response(data: bytes, places: list[int]) -> None:
    edges = sorted({0, len(data), *(at for at in places if at < len(data))})
    for framing, _ in FRAMINGS:
        outcomes = []
        for pieces in ([data], [data[a:b] for a, b in pairwise(edges)]):
            parser = framing()
            found: list[Frame] = []
            try:
                for piece in pieces:
                    found += parser.feed(piece)
                found += parser.finish()
            except MalformedResponseError:
                found.append((None, b"malformed"))
            outcomes.append([frame for frame in found if frame[1]])
        assert outcomes[0] == outcomes[1]


@every_framing
def test_ten_times_the_bytes_cost_ten_times_the_calls(
    framing: type[Framing], write: Callable[[list[bytes]], bytes]
) -> None:
    def calls(times: int, size: int) -> int:
        pieces = cut(write(EVENTS * times), size)
        count = 0

        def seen(_frame: Any, kind: str, _argument: Any) -> None:
            nonlocal count
            count += kind in ("call", "c_call")

        sys.setprofile(seen)
        try:
            frames(framing, *pieces)
        finally:
            sys.setprofile(None)
        return count

    for size in (5, 512):
        assert calls(1000, size) <= 10.2 * calls(100, size)


@every_framing
def test_an_event_of_three_hundred_megabytes_is_refused_with_bounded_memory(
    framing: type[Framing], write: Callable[[list[bytes]], bytes]
) -> None:
    """The pieces are the same object, so that what is kept is what the parser makes."""
    start = {
        SSEParser: b'data: {"t": "',
        NDJSONFraming: b'{"t": "',
        BinaryFraming: (300_000_000).to_bytes(4) + bytes(4),
        JSONArrayFraming: b'[{"t": "',
    }[framing]
    parser = framing()
    piece = b"x" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(MalformedResponseError, match="longer than"):
            deque(chain.from_iterable(map(parser.feed, (start, *[piece] * 300))))
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_FRAME_BYTES
    finally:
        tracemalloc.stop()


@every_framing
def test_a_stream_that_is_cut_off_is_an_interruption_with_what_arrived(
    framing: type[Framing], write: Callable[[list[bytes]], bytes]
) -> None:
    whole = write([b'{"t": "a"}', b'{"t": "b"}'])
    for end in range(len(write([b'{"t": "a"}'])) + 2, len(whole) - 8):
        text, failure = read(framing, whole[:end])
        assert text == "a"
        assert type(failure) is StreamInterruptedError


OTHER_BODIES = {
    "an HTML page": b"<!doctype html><html><body>Log in</body></html>",
    "server-sent events": as_sse([b'{"t": "a"}', b'{"end": "stop"}']),
    "lines of JSON (NDJSON)": as_lines([b'{"t": "a"}', b'{"end": "stop"}']),
    "binary frames (application/vnd.amazon.eventstream)": as_messages([b'{"t": "a"}']),
    "text that is not JSON": b"Service unavailable",
    "an empty body": b"",
}


@every_framing
@pytest.mark.parametrize("kind", OTHER_BODIES)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_body_of_another_kind_is_named(
    framing: type[Framing], write: Callable[[list[bytes]], bytes], kind: str, size: int
) -> None:
    if framing.name == kind:
        return
    text, failure = read(framing, *cut(OTHER_BODIES[kind], size))
    assert (text, type(failure)) == ("", MalformedResponseError)
    assert kind in str(failure)


@pytest.mark.parametrize("framing", [SSEParser, NDJSONFraming])
def test_a_last_event_that_is_not_utf8_is_malformed_and_one_cut_within_a_letter_is_not(
    framing: type[Framing],
) -> None:
    start = b"data: " if framing is SSEParser else b""
    assert type(read(framing, start + b'{"t": "\xff\xfe"}')[1]) is MalformedResponseError
    assert type(read(framing, start + b'{"t": "gr\xc3')[1]) is StreamInterruptedError


def test_one_object_of_another_kind_is_named_where_a_line_is_an_event() -> None:
    failure = read(NDJSONFraming, b'{"status": 7, "text": "asleep"}')[1]
    assert type(failure) is MalformedResponseError
    assert "got one JSON object" in str(failure)
    assert type(read(NDJSONFraming, b'{"t": "a"}')[1]) is StreamInterruptedError


@every_framing
def test_a_json_document_instead_of_a_stream_is_a_whole_answer(
    framing: type[Framing], write: Callable[[list[bytes]], bytes]
) -> None:
    for body in (b'{"t": "a", "end": "stop"}', b'{\n  "t": "a",\n  "end": "stop"\n}\n'):
        for size in (1, 3, 1000):
            text, failure = read(framing, *cut(body, size))
            is_line = framing is NDJSONFraming and b"\n" not in body
            assert text == ("" if is_line else "a")  # a line is fed, and ``end`` ends the answer
            assert failure is None


@every_framing
@pytest.mark.parametrize("other", FRAMINGS, ids=[kind.__name__ for kind, _ in FRAMINGS])
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_stream_that_changes_its_framing_half_way_is_named(
    framing: type[Framing],
    write: Callable[[list[bytes]], bytes],
    other: tuple[type[Framing], Callable[[list[bytes]], bytes]],
    size: int,
) -> None:
    begun, change = write([b'{"t": "a"}']), other[1]([b'{"t": "b"}', b'{"t": "c"}'])
    if framing is other[0] or (framing, other[0]) == (NDJSONFraming, JSONArrayFraming):
        return
    text, failure = read(framing, *cut(begun + change, size))
    assert text == "a"
    assert type(failure) is MalformedResponseError
    assert (
        "server-sent events" in str(failure) or "binary" in str(failure) or "array" in str(failure)
    )


@every_framing
def test_a_whole_answer_may_come_in_the_framing(
    framing: type[Framing], write: Callable[[list[bytes]], bytes]
) -> None:
    body = write([b'{"t": "a"}', b'{"t": "b"}', b'{"end": "stop"}'])
    assert decode_reply(decoder_of(framing), body).content == "ab"
    assert decode_reply(decoder_of(framing), b'{"t": "a", "end": "stop"}').content == "a"


# --- binary messages


def test_a_wrong_checksum_is_named_with_its_place() -> None:
    good = message(b'{"t": "a"}')
    for at, what in ((9, "its lengths"), (20, "the message"), (len(good) - 1, "the message")):
        bad = bytearray(message(b'{"t": "b"}'))
        bad[at] ^= 1
        text, failure = read(BinaryFraming, good + bytes(bad))
        assert text == "a"
        assert (
            f"Message 2 of the binary stream (byte {len(good)}) has a wrong checksum of {what}"
            in (str(failure))
        )


def test_exceptions_and_errors_are_frames_with_their_kind_in_the_name() -> None:
    body = (
        message(b"{}", event_type="ping")
        + message(b'{"message": "slow"}', message_type="exception", exception_type="throttled")
        + message(b"down", message_type="exception", exception_type="gone")
        + message(b"", message_type="error", error_code="500", error_message="broken")
    )
    assert frames(BinaryFraming, body) == [
        ("ping", b"{}"),
        ("exception:throttled", b'{"message": "slow"}'),
        ("exception:gone", b'{"message": "down"}'),
        ("error:500", b'{"message": "broken"}'),
    ]


def test_headers_of_every_type_are_read() -> None:
    seen: list[dict[str, object]] = []

    class Headers(BinaryFraming):
        def frame_of(self, message: Any) -> None:
            seen.append(message.headers)

    values = [
        (0, b"", True),
        (1, b"", False),
        (2, b"\xff", -1),
        (3, b"\x01\x00", 256),
        (4, b"\x00\x00\x00\x07", 7),
        (5, bytes(7) + b"\x01", 1),
        (6, b"\x00\x02ab", b"ab"),
        (7, b"\x00\x02\xc3\xbc", "ü"),
        (8, bytes(6) + b"\x01\x00", 256),
        (9, bytes(range(16)), bytes(range(16))),
    ]
    headers = b"".join(bytes([1]) + b"%d" % kind + bytes([kind]) + v for kind, v, _ in values)
    frames(Headers, raw_message(headers, b""))
    assert seen == [{str(kind): value for kind, _, value in values}]


@pytest.mark.parametrize(
    "headers", [b"\x05ab", b"\x01a\x07\x00\x09x", b"\x01a\x63", b"\x01\xff\x00"]
)
def test_headers_that_cannot_be_read_are_malformed(headers: bytes) -> None:
    with pytest.raises(MalformedResponseError, match="headers that cannot be read"):
        frames(BinaryFraming, raw_message(headers, b"{}"))


def raw_message(headers: bytes, payload: bytes) -> bytes:
    from zlib import crc32

    lengths = (16 + len(headers) + len(payload)).to_bytes(4) + len(headers).to_bytes(4)
    body = lengths + crc32(lengths).to_bytes(4) + headers + payload
    return body + crc32(body).to_bytes(4)


# --- one array, one document


def test_an_item_is_given_out_with_its_last_bracket() -> None:
    parser = JSONArrayFraming()
    assert parser.feed(b' [ {"a": [1, 2]}') == [(None, b'{"a": [1, 2]}')]
    assert parser.feed(b', 1, "]"') == [(None, b"1")]
    assert parser.feed(b" ]  ") == [(None, b'"]"')]
    assert parser.finish() == []


def test_what_follows_an_array_is_refused() -> None:
    with pytest.raises(MalformedResponseError, match="After the end of the JSON array comes"):
        frames(JSONArrayFraming, b'[{"a": 1}]', b" \n", b'{"b": 2}')


def test_one_document_is_one_chunk_made_as_a_whole_answer() -> None:
    body = b'{"t": "a", "end": "stop"}'
    assert frames(JSONBodyFraming, *cut(body, 3)) == [(None, body)]
    assert read(JSONBodyFraming, *cut(body, 3)) == ("a", None)
    for bad, kind in (
        (b"data: {}\n\n", "server-sent events"),
        (b'{"t": ', "cut off"),
        (b"", "empty"),
    ):
        failure = read(JSONBodyFraming, bad)[1]
        assert type(failure) is MalformedResponseError
        assert kind in str(failure)


# --- whose mistake it is


class Careless(LettersDecoder):
    """Reads a field that need not be there."""

    framing: ClassVar[type[Framing]] = NDJSONFraming

    def feed(self, wire: dict[str, Any], event: str | None = None) -> Any:
        if "wrong" in wire:
            return wire["wrong"]
        if "grown" in wire:
            wire = {"t": wire["grown"].upper()}
        if "typed" in wire:
            return AIMessageChunk([TextBlock(wire["typed"])])
        return super().feed({"t": wire["t"]})

    def reply(self, wire: dict[str, Any]) -> Any:
        return self.feed(wire)


def test_an_exception_of_the_decoder_is_its_bug_and_not_a_malformed_answer() -> None:
    reader = StreamReader(Careless())
    chunks = reader.feed(b'{"t": "a"}\n{"u": 1}\n')
    assert [chunk.content for chunk in chunks] == ["a"]
    error = reader.failure
    assert isinstance(error, DecoderError)
    assert not isinstance(error, MalformedResponseError)
    assert "Careless raised KeyError('t')" in str(error)
    assert f"in {__name__}, line " in str(error)
    assert '{"u": 1}' in error.wire
    assert isinstance(error.__cause__, KeyError)
    with pytest.raises(DecoderError, match="Careless raised KeyError"):
        decode_reply(Careless(), b'{"u": 1}')


def test_what_is_no_chunk_is_the_decoders_bug_too() -> None:
    with pytest.raises(
        DecoderError, match="Careless returned str; a decoder returns AIMessageChunk"
    ):
        decode_reply(Careless(), json.dumps({"wrong": "text"}).encode())


def test_a_value_of_a_wrong_type_is_the_answers_mistake() -> None:
    with pytest.raises(MalformedResponseError, match=r"wrong type: TextBlock.*text is .*list"):
        decode_reply(Careless(), b'{"typed": [1]}')


@pytest.mark.parametrize(("value", "kind"), [(5, MalformedResponseError), (None, DecoderError)])
def test_null_may_stand_anywhere_and_another_type_may_not(
    value: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"Careless raised AttributeError\('.*' object has no") as caught:
        decode_reply(Careless(), json.dumps({"grown": value}).encode())
    assert type(caught.value) is kind
