"""Large numbers, deep nesting and doubled keys, through every provider's decoder.

What a codec itself has to see to (time, memory, arguments) is in the kit's reliability suite.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.fuzz import Specimens, specimens, survive
from chat_core.provider import BinaryFraming, BinaryMessage, encode_binary_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chat_conformance import ChatModelConformance

NUMBERS = (
    *("index", "total_tokens", "output_tokens", "totalTokenCount", "created"),
    *("contentBlockIndex", "inputTokens", "latencyMs"),
)

_known: dict[str, Specimens] = {}


@pytest.fixture(params=DECLARED, ids=lambda subject: subject.__name__)
def known(request: pytest.FixtureRequest) -> Specimens:
    subject: type[ChatModelConformance] = request.param
    if subject.__name__ not in _known:
        _known[subject.__name__] = specimens(subject)
    return _known[subject.__name__]


class Messages(BinaryFraming):
    """Collects the messages of a binary stream."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[BinaryMessage] = []

    def frame_of(self, message: BinaryMessage) -> None:
        self.all.append(message)


def rewritten(body: bytes, change: Callable[[str], str]) -> bytes:
    """``body`` with ``change`` made to its JSON, in binary messages to the JSON of each."""
    if body[:1] != b"\x00":
        return change(body.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
    messages = Messages()
    assert not list(messages.feed(body))
    return b"".join(
        encode_binary_message(
            {name: str(value) for name, value in message.headers.items()},
            change(message.payload.decode("utf-8", "surrogatepass")).encode(
                "utf-8", "surrogatepass"
            ),
        )
        for message in messages.all
    )


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
            for field in NUMBERS:
                pattern = rf'"{field}":\s*-?\d+'
                hostile = rewritten(body, partial(re.sub, pattern, f'"{field}": {number}'))
                survive(known.decoder(), hostile, stream=not body.startswith(b"{"))


def test_of_a_key_that_stands_twice_the_last_one_counts(known: Specimens) -> None:
    """As the JSON libraries of all SDKs have it, in every object at every depth."""
    for body in known.corpus():
        twice = rewritten(body, partial(re.sub, r'\{"(\w+)":\s*', r'{"\1": 7, "\1": '))
        stream = not body.startswith(b"{")
        sound = survive(known.decoder(), body, stream=stream)
        assert survive(known.decoder(), twice, stream=stream) == sound
