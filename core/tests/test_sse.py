"""Laws of the event-stream parser: line endings, cuts, comments, and the end of the body."""

from __future__ import annotations

import pytest
from chat_core.errors import MalformedResponseError
from chat_core.wire.framing import MAX_FRAME_BYTES, Frame
from chat_core.wire.sse import SSEParser
from hypothesis import given
from hypothesis import strategies as st

STREAM = (
    "\ufeff: a comment\n\n"
    'data: {"a": "é\u2028\u0085x"}\n\n'
    "event: ping\ndata: {}\n\n"
    "data: one\ndata: two\ndata\n\n"
    "id: 7\nretry: 10\n\n"
    "data:no space\n\n\n\n"
    "event: only a name\n\n"
    "data:  two spaces\n\n"
    "data: [DONE]\n\n"
).encode()

FRAMES: list[Frame] = [
    (None, '{"a": "é\u2028\u0085x"}'.encode()),
    ("ping", b"{}"),
    (None, b"one\ntwo\n"),
    (None, b"no space"),
    (None, b" two spaces"),
    (None, b"[DONE]"),
]


def parse(*pieces: bytes) -> list[Frame]:
    parser = SSEParser()
    frames = [frame for piece in pieces for frame in parser.feed(piece)]
    return [*frames, *parser.finish()]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_where_the_bytes_are_cut_and_how_lines_end_does_not_matter(
    line_end: bytes, size: int
) -> None:
    wire = STREAM.replace(b"\n", line_end)
    assert parse(*(wire[i : i + size] for i in range(0, len(wire), size))) == FRAMES


@given(st.data())
def test_any_cut_of_any_stream_gives_the_same_frames(data: st.DataObject) -> None:
    line_end = st.sampled_from(["\n", "\r", "\r\n"])
    line = st.sampled_from(["data: x", "data:é", "data", ": c", "event: e", "", "", "id: 1"])
    wire = "".join(
        data.draw(
            st.lists(line, max_size=12).map(
                lambda ls: [part for text in ls for part in (text, data.draw(line_end))]
            )
        )
    ).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert parse(*pieces) == parse(wire)


def test_a_line_feed_that_belongs_to_a_carriage_return_is_taken_once() -> None:
    assert parse(b"event: e\r", b"\n", b"\ndata: x\n\n") == [(None, b"x")]


def test_a_frame_is_given_out_as_soon_as_its_blank_line_is_there_even_with_cr() -> None:
    assert SSEParser().feed(b"data: x\r\r") == [(None, b"x")]


def test_a_last_frame_without_its_blank_line_comes_with_finish() -> None:
    assert parse(b"data: a\n\ndata: [DONE]") == [(None, b"a"), (None, b"[DONE]")]


def test_a_five_megabyte_line_is_one_frame() -> None:
    text = b"x" * 5_000_000
    wire = b"data: " + text + b"\n\n"
    assert parse(*(wire[i : i + 4096] for i in range(0, len(wire), 4096))) == [(None, text)]


def test_a_frame_without_end_is_refused_before_it_fills_the_memory() -> None:
    parser = SSEParser()
    piece = b"x" * (MAX_FRAME_BYTES // 4)
    for _ in range(4):
        parser.feed(piece)
    with pytest.raises(MalformedResponseError, match="longer than"):
        parser.feed(piece)
