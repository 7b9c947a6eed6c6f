"""Framings: newline-delimited JSON cut anywhere, and a decoder that chooses its framing."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest
from chat_core.errors import MalformedResponseError, StreamInterruptedError
from chat_core.wire.decoder import StreamReader
from chat_core.wire.framing import MAX_FRAME_BYTES, Frame, Framing
from chat_core.wire.ndjson import NDJSONFraming
from letters import LettersDecoder

BODY = b'{"t": "gr\xc3\xbc"}\r\n\n{"t": "\xe2\x80\xa8n"}\n{"end": "stop"}'
LINES = [b'{"t": "gr\xc3\xbc"}', b'{"t": "\xe2\x80\xa8n"}', b'{"end": "stop"}']


def frames(pieces: list[bytes]) -> list[Frame]:
    framing = NDJSONFraming()
    found = [frame for piece in pieces for frame in framing.feed(piece)]
    return [*found, *framing.finish()]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_wherever_the_bytes_are_cut(size: int) -> None:
    pieces = [BODY[at : at + size] for at in range(0, len(BODY), size)]
    assert frames(pieces) == [(None, line) for line in LINES]


def test_every_cut_in_two_gives_the_same_lines() -> None:
    for at in range(len(BODY) + 1):
        assert frames([BODY[:at], BODY[at:]]) == [(None, line) for line in LINES]


def test_a_line_without_end_is_refused_before_memory_is() -> None:
    framing = NDJSONFraming()
    piece = b"x" * (MAX_FRAME_BYTES // 4)
    for _ in range(4):
        framing.feed(piece)
    with pytest.raises(MalformedResponseError, match="longer than"):
        framing.feed(piece)


class LinesOfLetters(LettersDecoder):
    framing: ClassVar[type[Framing]] = NDJSONFraming


def read(body: bytes) -> tuple[str, StreamReader]:
    reader = StreamReader(LinesOfLetters())
    chunks = [*reader.feed(body), *reader.finish()]
    return "".join(chunk.content for chunk in chunks), reader


def test_a_decoder_chooses_its_framing() -> None:
    text, reader = read(BODY)
    assert (text, reader.failure, reader.ended) == ("gr\u00fc\u2028n", None, True)


def test_a_body_of_lines_that_ends_in_mid_line_is_an_interruption() -> None:
    text, reader = read(b'{"t": "a"}\n{"t": "b')
    assert text == "a"
    assert isinstance(reader.failure, StreamInterruptedError)


@pytest.mark.parametrize("body", [b"<html>no</html>", b"", b"plain words\n"])
def test_a_body_that_is_not_lines_of_json_is_malformed(body: bytes) -> None:
    assert isinstance(read(body)[1].failure, MalformedResponseError)


def test_a_line_may_be_as_long_as_an_answer() -> None:
    text = "a" * 1_000_000
    body = json.dumps({"t": text}).encode() + b'\n{"end": "stop"}\n'
    assert read(body)[0] == text
