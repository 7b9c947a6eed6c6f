"""The incremental JSON reader: agreement with ``json``, growth, and what is refused."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from chat_core.chains.partial_json import MISSING, PartialJSON
from hypothesis import example, given
from hypothesis import strategies as st

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def cut(text: str, cuts: list[int]) -> list[str]:
    """``text`` in pieces."""
    edges = sorted({min(c, len(text)) for c in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(edges)]


@given(values, st.booleans(), st.lists(st.integers(0, 200)), st.sampled_from([None, 1]))
@example("\U0001f600", True, [3, 5, 8], None)
def test_where_the_text_is_cut_does_not_matter(
    value: Any, ascii_only: bool, cuts: list[int], indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    reader = PartialJSON()
    for piece in cut(text, cuts):
        reader.feed(piece)
    assert reader.finish() == json.loads(text)


def grows_into(early: Any, late: Any) -> bool:
    """Whether ``early`` can be a state of what became ``late``."""
    if early is MISSING:
        return True
    if isinstance(early, str):
        return isinstance(late, str) and late.startswith(early)
    if isinstance(early, list):
        return isinstance(late, list) and all(map(grows_into, early, late[: len(early)]))
    if isinstance(early, dict):
        return isinstance(late, dict) and all(
            key in late and grows_into(item, late[key]) for key, item in early.items()
        )
    return bool(early == late)


@given(values)
def test_a_value_only_ever_grows_and_earlier_states_stay_as_they_were(value: Any) -> None:
    text = json.dumps(value)
    reader = PartialJSON()
    states: list[Any] = []
    copies: list[str] = []
    for character in text:
        before = reader.changes
        reader.feed(character)
        if reader.changes != before:
            states.append(reader.value())
            copies.append(repr(states[-1]))
    reader.finish()
    states.append(reader.value())
    for early, late in pairwise(states):
        assert grows_into(early, late)
    assert [repr(state) for state in states[:-1]] == copies


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", MISSING),
        ("12", MISSING),
        ('"he', "he"),
        ('"caf\\u00', "caf"),
        ('"\\ud83d', ""),
        ("{", {}),
        ('{"ke', {}),
        ('{"key"', {}),
        ('{"key": ', {}),
        ('{"key": tru', {}),
        ('{"key": true', {"key": True}),
        ('{"key": null', {"key": None}),
        ('["a", false', ["a", False]),
        ('{"key": true,', {"key": True}),
        ('{"a": 1', {}),
        ('{"a": 1}', {"a": 1}),
        ("[1, 2", [1]),
        ('[1, [2, "x', [1, [2, "x"]]),
    ],
)
def test_what_counts_as_so_far(text: str, value: Any) -> None:
    reader = PartialJSON()
    reader.feed(text)
    assert reader.value() == value


@pytest.mark.parametrize(
    "text",
    ["{]", "[}", '{"a" 1}', "{a: 1}", "[1 2]", "[,]", "[1,]", '{"a":1,}', "tru ", "01 ", "1.e5 ",
     "- ", '"\\x"', '"\\u12G4"', "nul}", "{} x", "]", "+1 ", "[1]]", '{"a":}', "NaN "],
)  # fmt: skip
def test_what_is_no_json_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are for people
        read(text)


def read(text: str) -> Any:
    reader = PartialJSON()
    reader.feed(text)
    return reader.finish()


@pytest.mark.parametrize("text", ['{"a": 1', '"abc', "[", "", "tr", '{"a"'])
def test_a_text_that_ends_too_early_is_not_whole(text: str) -> None:
    reader = PartialJSON()
    reader.feed(text)
    with pytest.raises(ValueError):  # noqa: PT011
        reader.finish()


def test_raw_line_ends_in_strings_are_let_through() -> None:
    reader = PartialJSON()
    reader.feed('{"a": "one\ntwo\tthree"}')
    assert reader.finish() == {"a": "one\ntwo\tthree"}


def test_a_lone_surrogate_is_kept_as_json_keeps_it() -> None:
    for text in ('"\\ud83d"', '"\\ud83d\\u0041"', '"\\udc00\\ud83d"'):
        reader = PartialJSON()
        for character in text:
            reader.feed(character)
        assert reader.finish() == json.loads(text)
