"""Laws of the core's three readers for any input: event streams, unfinished JSON, merged chunks."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from chat_core.chains.partial_json import MISSING, PartialJSON
from chat_core.messages.blocks import (
    AudioBlock,
    Citation,
    ImageBlock,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCallChunk,
)
from chat_core.messages.chunks import AIMessageChunk, merge_chunks
from chat_core.messages.usage import OutputTokenDetails, UsageMetadata
from chat_core.wire.framing import Frame
from chat_core.wire.sse import SSEParser
from hypothesis import given, settings
from hypothesis import strategies as st


def work(of: Callable[[], object]) -> int:
    """How many calls, of Python and of C, it takes."""
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        of()
    finally:
        sys.setprofile(None)
    return calls


# --- event streams

LINES = [
    b"data: x",
    b"data: x",
    b"data: [DONE]",
    b"data:\xc3\xa9",
    b"data",
    b"event: e",
    b"event: e",
]
LINES += [b"id: 1", b": data: c", b"\x00", b"\xff", b" data: x", b"\xef\xbb\xbfdata: x"]


@st.composite
def sent(draw: st.DrawFn) -> bytes:
    """What servers send, sound and not quite: frames of a few lines, with one kind of line end."""
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n", b"\r"]))
    frames = draw(st.lists(st.lists(st.sampled_from(LINES), max_size=3), max_size=5))
    begin = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xef\xbb"]))
    wire = begin + b"".join(line + end for frame in frames for line in [*frame, b""])
    return draw(st.sampled_from([wire, wire, wire[:-1], wire.replace(end, b"\r", 1)]))


wires = sent() | st.lists(st.sampled_from([*LINES, b"\n", b"\r", b"\r\n"])).map(b"".join)
cuts = st.lists(st.integers(0, 200), max_size=8)


def parts(whole: Any, places: Sequence[int]) -> list[Any]:
    """``whole`` cut at ``places``; some parts are empty."""
    edges = [0, *sorted(min(place, len(whole)) for place in places), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


def frames(pieces: Sequence[bytes]) -> list[Frame]:
    parser = SSEParser()
    found = [frame for piece in pieces for frame in parser.feed(piece)]
    return [*found, *parser.finish()]


@given(wires, cuts)
def test_wherever_any_bytes_are_cut_the_frames_are_the_same(wire: bytes, places: list[int]) -> None:
    whole = frames([wire])
    assert frames(parts(wire, places)) == whole
    assert frames(parts(wire, range(len(wire)))) == whole


def read_line_by_line(wire: bytes) -> list[Frame]:
    """What the standard says, word for word, slowly."""
    found: list[Frame] = []
    event: str | None = None
    data: list[bytes] = []
    for line in [*re.split(rb"\r\n|\r|\n", wire.removeprefix(b"\xef\xbb\xbf")), b""]:
        if not line:
            found += [(event, b"\n".join(data))] if data else []
            event, data = None, []
            continue
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            event = value.removeprefix(b" ").decode("utf-8", "replace")
    return found


@given(wires)
def test_the_frames_are_those_of_the_standard(wire: bytes) -> None:
    assert frames([wire]) == read_line_by_line(wire)


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("frame", [b"data: x~~", b"event: e~data: x~data: y~~", b"data: ~x"])
def test_ten_times_the_bytes_take_ten_times_the_calls(
    frame: bytes, line_end: bytes, size: int
) -> None:
    def read(times: int) -> int:
        wire = frame.replace(b"~", line_end) * times
        return work(lambda: frames(parts(wire, range(0, len(wire), size))))

    assert read(2000) <= 10.5 * read(200)


# --- unfinished JSON

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
TOKENS = r'{ } [ ] , : " " "a" "\u00e9" "\ud83d\ude00" \ \u d83d 1 -0.5e3 . e true null nul'.split(
    " "
)
texts = (
    st.text(max_size=12)
    | st.lists(st.sampled_from(TOKENS), max_size=12).map("".join)
    | values.map(json.dumps)
)


def read_parts(pieces: Sequence[str]) -> str:
    """The value, or where it was refused; as text, because NaN does not equal itself."""
    reader = PartialJSON()
    try:
        for piece in pieces:
            reader.feed(piece)
        return repr(reader.finish())
    except ValueError:
        return "refused"


def read_by_json(text: str) -> str:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return repr(json.loads(text, strict=False, parse_constant=refuse))
    except ValueError:
        return "refused"


@given(texts, cuts)
def test_any_text_is_read_or_refused_as_json_does_wherever_it_is_cut(
    text: str, places: list[int]
) -> None:
    expected = read_by_json(text)
    assert read_parts([text]) == expected
    assert read_parts(parts(text, places)) == expected
    assert read_parts(list(text)) == expected


def so_far(*pieces: str) -> Any:
    reader = PartialJSON()
    for piece in pieces:
        reader.feed(piece)
    return reader.value()


def begins(early: Any, late: Any) -> bool:
    """Whether ``early`` is a beginning of ``late``: of its text, its items, its keys in order."""
    if early is MISSING:
        return True
    if type(early) is not type(late):
        return False
    if isinstance(early, str):
        return bool(late.startswith(early))
    if isinstance(early, dict):
        keys = list(late)[: len(early)]
        return list(early) == keys and all(begins(early[key], late[key]) for key in keys)
    if isinstance(early, list):
        return len(early) <= len(late) and all(map(begins, early, late))
    return bool(early == late)


@given(values, st.booleans())
def test_the_value_of_any_prefix_is_a_beginning_of_the_whole_value(
    value: Any, ascii_only: bool
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    for end in range(len(text) + 1):
        assert begins(so_far(text[:end]), value)


@pytest.mark.parametrize("size", [1, 9, 1000])
@pytest.mark.parametrize(
    ("opening", "more"),
    [
        ("", '["\\ud83d\\ude00 \\n", -1.5e3, null, {"a": {}}], '),
        ('"', "text "),
        ('"', "\\u00e9"),
        ("", '{"a": ['),
        ("", "12"),
        ("", " "),
    ],
)
def test_ten_times_the_text_takes_ten_times_the_calls(opening: str, more: str, size: int) -> None:
    def read(times: int) -> int:
        text = "[" + opening + more * times
        return work(lambda: so_far(*parts(text, range(0, len(text), size))))

    assert read(2000) <= 10.5 * read(200)


# --- merged chunks

indices = st.sampled_from([None, 0, 1])
extras = st.sampled_from([{}, {"signature": "s"}, {"id": "item"}])
citations = st.sampled_from([(), (Citation(url="https://fish.example"),)])
short = st.text(max_size=3)
blocks = st.one_of(
    st.builds(TextBlock, short, citations, index=indices, extras=extras),
    st.builds(ReasoningBlock, short, index=indices, extras=extras),
    st.builds(RefusalBlock, short, index=indices),
    st.builds(ImageBlock, st.sampled_from("ab"), index=indices),
    st.builds(
        AudioBlock,
        base64=st.sampled_from(["YQ==", "YmM=", "ZGVm"]),
        index=indices,
        transcript=st.none() | short,
    ),
    # Decoders give every call an index of its own, so that an index means one call.
    st.integers(4, 6).flatmap(
        lambda index: st.builds(
            ToolCallChunk,
            st.none() | st.just("f"),
            st.none() | short,
            st.none() | st.just(f"call-{index}"),
            st.just(index),
            extras=extras,
        )
    ),
)
usages = st.builds(
    UsageMetadata,
    input_tokens=st.none() | st.integers(0, 9),
    output_tokens=st.none() | st.integers(0, 9),
    output_token_details=st.builds(OutputTokenDetails, reasoning=st.none() | st.integers(0, 9)),
)
LOGPROBS = {"logprobs": [{"token": "a", "logprob": -1.0, "bytes": None, "top": []}]}
metadata = st.sampled_from([{}, LOGPROBS, LOGPROBS, {"model_name": "m"}, {"finish_reason": "stop"}])
chunks = st.builds(
    AIMessageChunk,
    st.lists(blocks, max_size=3),
    id=st.none() | short,
    usage_metadata=st.none() | usages,
    response_metadata=metadata,
)


def fold(parts: Sequence[AIMessageChunk], draw: st.DataObject) -> AIMessageChunk:
    """``parts`` folded in groups of groups, drawn by chance."""
    if len(parts) < 2:
        return merge_chunks(parts)
    place = draw.draw(st.integers(1, len(parts) - 1))
    return fold(parts[:place], draw) + fold(parts[place:], draw)


@settings(max_examples=300)
@given(st.lists(chunks, max_size=8), st.data())
def test_chunks_folded_in_any_grouping_give_the_same_message(
    parts: list[AIMessageChunk], draw: st.DataObject
) -> None:
    whole = merge_chunks(parts)
    assert fold(parts, draw) == whole
    assert fold(parts, draw).to_message() == whole.to_message()
    assert reduce(AIMessageChunk.__add__, parts, AIMessageChunk()) == whole


def test_pieces_of_media_that_are_no_base64_by_themselves_are_joined_as_text() -> None:
    for pieces, joined in ((["aGVs", "bG8", "="], "aGVsbG8="), (["aGV", "sbG8="], "aGVsbG8=")):
        merged = merge_chunks(AIMessageChunk([AudioBlock(base64=p, index=0)]) for p in pieces)
        assert [getattr(block, "base64", None) for block in merged.blocks] == [joined]
