"""Laws about answers that are too long, too many or too deep: time and memory stay bounded.

They feed the model's decoder directly, without a socket, and so hold for any ``WireModel``.
"""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Generator
from random import Random
from typing import TYPE_CHECKING

import pytest
from chat_core import ChatStream
from chat_core.provider import StreamReader

from ..fuzz import Specimens, survive
from ..laws.law import limit
from ..script import Call, Reply

if TYPE_CHECKING:
    from chat_core import AIMessage, AIMessageChunk

    from .harness import ReliabilityHarness

__all__ = ["HostileLaws", "read_through"]

_MANY = 10_000
_SEGMENT = 65_536
_TOO_MUCH = 30
"""Ten times more costs about ten times more, and a hundred times where work is quadratic."""


class HostileLaws:
    """Ten times more costs ten times more, and invalid answers are errors of ours."""

    @limit(60)
    def test_many_tiny_deltas_take_linear_time(self, reliability: ReliabilityHarness) -> None:
        """A text of ten thousand one-letter deltas arrives whole, in time linear in them."""
        known = _known(reliability)
        few, many = (known.stream(Reply("x" * n, piece=1)) for n in (_MANY // 10, _MANY))
        assert read_through(known, many).content == "x" * _MANY
        assert _growth(known, few, many) < _TOO_MUCH

    @limit(60)
    def test_arguments_in_tiny_deltas_take_linear_time(
        self, reliability: ReliabilityHarness
    ) -> None:
        """Arguments that come letter by letter are one call, in time linear in them."""
        known = _known(reliability, "tools")
        few, many = (
            known.stream(Reply(Call("f", json.dumps({"x": "y" * n})), piece=1))
            for n in (_MANY // 10, _MANY)
        )
        [call] = read_through(known, many).tool_calls
        assert call.args == {"x": "y" * _MANY}
        assert _growth(known, few, many) < _TOO_MUCH

    @limit(60)
    def test_a_long_stream_takes_the_memory_of_its_text(
        self, reliability: ReliabilityHarness
    ) -> None:
        """Memory follows the text that has arrived and not the number of its chunks."""
        known = _known(reliability)
        data = known.stream(Reply("x" * _MANY, piece=1))
        tracemalloc.start()
        try:
            read_through(known, data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # A chunk with its block takes about 500 bytes; with all of them kept it were twice this.
        assert peak < 8_000_000

    @limit(60)
    def test_arguments_that_nest_too_deep_are_no_valid_call(
        self, reliability: ReliabilityHarness
    ) -> None:
        """Arguments nested a hundred thousand deep are an invalid call or an error of ours."""
        known = _known(reliability, "tools")
        args = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
        try:
            frames = known.stream(Reply(Call("f", args), piece=len(args)))
        except RecursionError:
            pytest.skip("the wire has arguments as an object, which no server can write so deep")
        message = survive(known.decoder(), frames, stream=True)
        assert not message.tool_calls
        assert len(message.invalid_tool_calls) <= 1

    @limit(60)
    @pytest.mark.parametrize("seed", range(8))
    def test_damaged_answers_are_survived(self, reliability: ReliabilityHarness, seed: int) -> None:
        """Whatever is damaged in an answer, its chunks add up, or it is an error of ours."""
        known, rng = _known(reliability), Random(seed)
        for _ in range(25):
            survive(known.decoder(), known.damaged_stream(rng), stream=True, cut=rng.choice((0, 7)))
            survive(known.decoder(), known.damaged_reply(rng), stream=False)


def _known(reliability: ReliabilityHarness, *offers: str) -> Specimens:
    known = reliability.specimens
    if known is None:
        pytest.skip("no codec to feed: the model is no WireModel")
    declared = reliability.subject.capabilities
    if not set(offers) <= set(known.simulator.offers if declared is None else declared):
        pytest.skip(f"not offered: {', '.join(offers)}")
    return known


def _segments(known: Specimens, data: bytes) -> Generator[list[AIMessageChunk], None, None]:
    reader = StreamReader(known.decoder())
    for start in range(0, len(data), _SEGMENT):
        yield reader.feed(data[start : start + _SEGMENT])
    if not reader.ended:
        yield reader.finish()
    if reader.failure is not None:
        raise reader.failure


def read_through(known: Specimens, data: bytes) -> AIMessage:
    """The message of a stream with this body, read as a user reads it."""
    stream = ChatStream(_segments(known, data))
    for _ in stream:
        pass
    return stream.message


def _growth(known: Specimens, few: bytes, many: bytes) -> float:
    """How many times more CPU the longer stream takes; the least of three measurements.

    A busy machine may be slow once; quadratic work is too much each time.
    """
    least = float("inf")
    for _ in range(3):
        short = min(_seconds(known, few) for _ in range(3))
        least = min(least, _seconds(known, many) / short)
        if least < _TOO_MUCH:
            break
    return least


def _seconds(known: Specimens, data: bytes) -> float:
    gc.collect()
    # A collection takes as long as everything else in the process is large.
    gc.disable()
    try:
        began = time.process_time()
        read_through(known, data)
        return time.process_time() - began
    finally:
        gc.enable()
