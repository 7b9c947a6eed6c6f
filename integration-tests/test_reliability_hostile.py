"""Answers that are too deep, too large, too many or twice: bounded in time and in memory."""

from __future__ import annotations

import json
import re
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.fuzz import Specimens, specimens, survive
from chat_conformance.speech import Call, Said
from chat_core.codec import StreamReader
from chat_core.streams import ChatStream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from chat_conformance import ChatModelConformance
    from chat_core.messages import AIMessage, AIMessageChunk

_known: dict[str, Specimens] = {}


@pytest.fixture(params=DECLARED, ids=lambda subject: subject.__name__)
def known(request: pytest.FixtureRequest) -> Specimens:
    subject: type[ChatModelConformance] = request.param
    if subject.__name__ not in _known:
        _known[subject.__name__] = specimens(subject)
    return _known[subject.__name__]


def segments(known: Specimens, data: bytes) -> Generator[list[AIMessageChunk], None, None]:
    """What a socket would have given: 64 kB at a time."""
    reader = StreamReader(known.decoder())
    for start in range(0, len(data), 65_536):
        yield reader.feed(data[start : start + 65_536])
    if not reader.ended:
        yield reader.finish()
    if reader.failure is not None:
        raise reader.failure


def consumed(known: Specimens, data: bytes) -> AIMessage:
    stream = ChatStream(segments(known, data))
    for _ in stream:
        pass
    return stream.message


def seconds(known: Specimens, data: bytes) -> float:
    best = float("inf")
    for _ in range(2):
        began = time.process_time()
        consumed(known, data)
        best = min(best, time.process_time() - began)
    return best


MANY = 10_000


def test_many_tiny_deltas_are_one_text_in_time_linear_in_their_number(known: Specimens) -> None:
    few, many = (known.stream(Said("x" * n, piece=1)) for n in (MANY // 10, MANY))
    assert consumed(known, many).content == "x" * MANY
    assert seconds(known, many) < 25 * seconds(known, few)  # a hundred times, were it quadratic


def test_arguments_in_many_tiny_deltas_take_linear_time_too(known: Specimens) -> None:
    few, many = (
        known.stream(Said(Call("f", json.dumps({"x": "y" * n})), piece=1))
        for n in (MANY // 10, MANY)
    )
    [call] = consumed(known, many).tool_calls
    assert call.args == {"x": "y" * MANY}
    assert seconds(known, many) < 25 * max(seconds(known, few), 0.001)


def test_the_memory_of_a_long_stream_follows_its_text_and_not_its_chunks(known: Specimens) -> None:
    data = known.stream(Said("x" * MANY, piece=1))
    tracemalloc.start()
    try:
        stream = ChatStream(segments(known, data))
        for _ in stream:
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (
        peak < 8_000_000
    )  # one chunk with its block takes about 500 bytes; all would be twice this


def deep(depth: int) -> Iterator[bytes]:
    for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
        yield opening * depth + b"1" + closing * depth
        yield opening * depth  # and never closed


@pytest.mark.parametrize("depth", [500, 5_000, 500_000])
def test_deep_nesting_is_an_error_of_ours_not_a_stack_overflow(
    known: Specimens, depth: int
) -> None:
    for value in deep(depth):
        for body in (value, b'{"choices": ' + value + b"}", b'{"candidates": ' + value + b"}"):
            survive(known.decoder(), b"data: " + body + b"\n\n", stream=True)
            survive(known.decoder(), body, stream=False)


def test_huge_numbers_wherever_a_number_stands(known: Specimens) -> None:
    for number in ("9" * 4_000, "9" * 100_000, "1e400", "-1e400", "1" + "0" * 400 + ".5"):
        for body in known.corpus():
            text = body.decode("utf-8", "surrogatepass")
            for field in ("index", "total_tokens", "output_tokens", "totalTokenCount", "created"):
                hostile = _with_number(text, field, number).encode("utf-8", "surrogatepass")
                survive(known.decoder(), hostile, stream=body.startswith(b"data"))


def _with_number(text: str, field: str, number: str) -> str:
    return re.sub(rf'"{field}": -?\d+', lambda _: f'"{field}": {number}', text)


def test_of_a_key_that_stands_twice_the_last_one_counts(known: Specimens) -> None:
    """As the JSON libraries of all SDKs have it, in every object at every depth."""
    for body in known.corpus():
        text = body.decode("utf-8", "surrogatepass")
        twice = re.sub(r'\{"(\w+)": ', r'{"\1": 7, "\1": ', text).encode("utf-8", "surrogatepass")
        stream = text.startswith("data")
        sound = survive(known.decoder(), body, stream=stream)
        assert survive(known.decoder(), twice, stream=stream) == sound


def test_arguments_with_deep_nesting_are_an_invalid_call_at_worst(known: Specimens) -> None:
    args = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    try:
        frames = known.stream(Said(Call("f", args), piece=len(args)))
    except RecursionError:
        pytest.skip("the wire has arguments as an object, which this server cannot write so deep")
    message = survive(known.decoder(), frames, stream=True)
    assert not message.tool_calls
    assert len(message.invalid_tool_calls) <= 1
