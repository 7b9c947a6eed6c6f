"""Every provider's decoder turns damaged bytes into chunks or errors of ours, nothing else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from chat_conformance.declared import DECLARED
from chat_conformance.fuzz import Specimens, cut, look_at, specimens, survive, survive_any_cut
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from chat_conformance import ChatModelConformance

_known: dict[str, Specimens] = {}


def known(subject: type[ChatModelConformance]) -> Specimens:
    """The specimens of a subject, made once."""
    if subject.__name__ not in _known:
        _known[subject.__name__] = specimens(subject)
    return _known[subject.__name__]


subjects = pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
FRAGMENTS = (
    *(b"\xef", b"\xbb", b"\xbf", b" ", b" " * 70, b" " * 450, b"\r", b"\n", b"\n\n", b":"),
    *(b"{", b"}", b"{}", b"[", b"<", b"data:", b"data: ", b"event: x\n", b"[DONE]", b"x" * 70),
)
"""What the reader looks for, and what may hide it."""
cuts = st.sampled_from([0, 0, 1, 7, 100])


@subjects
def test_sound_answers_survive_unharmed(subject: type[ChatModelConformance]) -> None:
    """The law is not kept by refusing everything."""
    found = known(subject)
    texts = [
        survive(found.decoder(), data, stream=data.startswith(b"data")).content
        for data in found.corpus()
    ]
    assert texts.count("Goldfish on the moon") == 2


@subjects
@often
@given(seed=st.integers(0, 2**32), cut=cuts)
def test_a_damaged_stream_ends_in_chunks_or_in_an_error_of_ours(
    subject: type[ChatModelConformance], seed: int, cut: int
) -> None:
    found = known(subject)
    survive(found.decoder(), found.damaged_stream(Random(seed)), stream=True, cut=cut)


@subjects
@often
@given(seed=st.integers(0, 2**32))
def test_a_damaged_answer_ends_in_a_message_or_in_an_error_of_ours(
    subject: type[ChatModelConformance], seed: int
) -> None:
    found = known(subject)
    survive(found.decoder(), found.damaged_reply(Random(seed)), stream=False)


@subjects
@often
@given(data=st.binary(max_size=200), framed=st.booleans(), cut=cuts)
def test_any_bytes_end_in_chunks_or_in_an_error_of_ours(
    subject: type[ChatModelConformance], data: bytes, framed: bool, cut: int
) -> None:
    decoder = known(subject).decoder
    survive(decoder(), b"data: " + data + b"\n\n" if framed else data, stream=True, cut=cut)
    survive(decoder(), data, stream=False)


@subjects
@often
@given(seed=st.integers(0, 2**32))
def test_where_a_damaged_stream_is_cut_does_not_matter(
    subject: type[ChatModelConformance], seed: int
) -> None:
    found, rng = known(subject), Random(seed)
    survive_any_cut(found.decoder, cut(found.damaged_stream(rng), rng))


@subjects
@often
@given(
    data=st.binary(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(b"".join),
    seed=st.integers(0, 2**32),
)
@example(data=b" " * 520 + b"{}", seed=7)  # [404, 118]: what begins late begins late in pieces too
def test_where_any_bytes_are_cut_does_not_matter(
    subject: type[ChatModelConformance], data: bytes, seed: int
) -> None:
    survive_any_cut(known(subject).decoder, cut(data, Random(seed)))


@subjects
@often
@given(
    status=st.integers(300, 599),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "date", "x-request-id", "request-id"]),
        st.text(st.characters(codec="latin-1"), max_size=20)
        | st.sampled_from(["nan", "-1", "1e999", "Tue, 14 Nov 2023 22:13:20 GMT"]),
    ),
    seed=st.integers(0, 2**32),
    data=st.none() | st.binary(max_size=200),
)
def test_any_refusal_is_an_error_of_ours(
    subject: type[ChatModelConformance],
    status: int,
    headers: dict[str, str],
    seed: int,
    data: bytes | None,
) -> None:
    found = known(subject)
    body = found.damaged_error(Random(seed)) if data is None else data
    error = found.refusal(status, headers, body)
    look_at(error)
    assert error.status is not None
