"""Large numbers, deep nesting and doubled keys, through every provider's decoder.

What a codec itself has to see to (time, memory, arguments) is in the kit's reliability suite.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.fuzz import Specimens, specimens, survive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_conformance import ChatModelConformance

_known: dict[str, Specimens] = {}


@pytest.fixture(params=DECLARED, ids=lambda subject: subject.__name__)
def known(request: pytest.FixtureRequest) -> Specimens:
    subject: type[ChatModelConformance] = request.param
    if subject.__name__ not in _known:
        _known[subject.__name__] = specimens(subject)
    return _known[subject.__name__]


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
