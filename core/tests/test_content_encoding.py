"""Compressed bodies: gzip and deflate, cut anywhere, in bounded pieces; nothing else is read."""

from __future__ import annotations

import gzip
import zlib

import pytest
from chat_conformance.http_answers import Answer
from chat_conformance.wire_server import WireServer
from chat_core.errors import MalformedResponseError
from chat_core.models.streams import ChatStream
from chat_core.wire.content_encoding import PIECE_BYTES, inflater_for
from chat_core.wire.drivers import run_call
from letters import LettersTransport, exchange

TEXT = b'data: {"t": "moon"}\n\ndata: {"end": "stop"}\n\n'


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare_deflate(TEXT)),
    ],
    ids=["gzip", "in capitals", "in two members", "deflate", "bare deflate"],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_compressed_body_is_read_however_it_is_cut(
    encoding: str, packed: bytes, size: int
) -> None:
    inflater = inflater_for({"content-encoding": encoding})
    assert inflater is not None
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(part for piece in pieces for part in inflater.feed(piece)) == TEXT


def test_a_small_body_that_grows_huge_comes_in_bounded_pieces() -> None:
    inflater = inflater_for({"content-encoding": "gzip"})
    assert inflater is not None
    pieces = inflater.feed(gzip.compress(b"\0" * (3 * PIECE_BYTES)))
    assert [len(piece) for piece in pieces] == [PIECE_BYTES] * 3


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "made-up"])
def test_an_encoding_that_was_not_offered_is_refused(encoding: str) -> None:
    with pytest.raises(MalformedResponseError, match="content encoding"):
        inflater_for({"content-encoding": encoding})


def test_bytes_that_are_not_compressed_are_malformed() -> None:
    inflater = inflater_for({"content-encoding": "gzip"})
    assert inflater is not None
    with pytest.raises(MalformedResponseError, match="decompressed"):
        list(inflater.feed(b"plain"))


def test_a_compressed_stream_is_read_through_the_transport() -> None:
    answer = Answer(
        headers={"content-type": "text/event-stream", "content-encoding": "gzip"},
        body=[gzip.compress(TEXT)],
    )
    with WireServer(answer) as server:
        transport = LettersTransport(server.url)
        stream = ChatStream(run_call(exchange(transport)))
        assert "".join(chunk.content for chunk in stream) == "moon"
        transport.close()
