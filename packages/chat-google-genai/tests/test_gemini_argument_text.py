"""Streamed arguments: whatever object the paths describe is what the text says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import MalformedResponseError
from chat_google_genai.argument_text import ArgumentText, parse_path
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = st.text(min_size=1, max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=9)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def paths(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Leaves with their paths, in the order in which a model says them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, f"{path}[{quoted(key)}]")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from paths(item, f"{path}[{number}]")
    else:
        yield path, value


def quoted(key: str) -> str:
    return "'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'"


def deltas(value: Any, size: int) -> Iterator[dict[str, Any]]:
    """``value`` as Google streams it, texts cut into pieces of ``size`` characters."""
    for path, leaf in paths(value):
        if isinstance(leaf, str):
            for at in range(0, len(leaf), size):
                piece = leaf[at : at + size]
                yield {"jsonPath": path, "stringValue": piece, "willContinue": True}
            yield {"jsonPath": path, "stringValue": ""}
        elif leaf is None:
            yield {"jsonPath": path, "nullValue": "NULL_VALUE"}
        elif isinstance(leaf, bool):
            yield {"jsonPath": path, "boolValue": leaf}
        else:
            yield {"jsonPath": path, "numberValue": float(leaf)}


@given(st.dictionaries(KEYS, VALUES, max_size=3), st.integers(1, 4))
def test_the_text_says_what_the_paths_describe(value: dict[str, Any], size: int) -> None:
    writer = ArgumentText()
    text = "".join(writer.add(delta) for delta in deltas(value, size)) + writer.end()
    assert json.loads(text) == value


def test_an_emoji_cut_in_two_is_whole_again() -> None:
    writer = ArgumentText()
    text = writer.add({"jsonPath": "$.a", "stringValue": "\ud83d", "willContinue": True})
    text += writer.add({"jsonPath": "$.a", "stringValue": "\ude00"}) + writer.end()
    assert json.loads(text) == {"a": "😀"}


def test_items_that_were_left_out_are_null() -> None:
    writer = ArgumentText()
    text = writer.add({"jsonPath": "$.a[2]", "numberValue": 1}) + writer.end()
    assert json.loads(text) == {"a": [None, None, 1]}


def test_a_closed_string_may_be_closed_again() -> None:
    writer = ArgumentText()
    text = writer.add({"jsonPath": "$.a", "stringValue": "x"})
    text += writer.add({"jsonPath": "$.a", "stringValue": ""}) + writer.end()
    assert json.loads(text) == {"a": "x"}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("$.a", "$.a"),
        ("$.a", "$.a.b"),
        ("$.a.b", "$.a"),
        ("$.a[1]", "$.a[0]"),
        ("$.a[0]", "$.a.b"),
        ("$.a[0]", "$.a[999999999]"),
    ],
)
def test_a_value_that_does_not_follow_is_refused(first: str, then: str) -> None:
    writer = ArgumentText()
    writer.add({"jsonPath": first, "numberValue": 1})
    with pytest.raises(MalformedResponseError, match=r"follow|after"):
        writer.add({"jsonPath": then, "numberValue": 2})


@pytest.mark.parametrize("path", ["", "$", "a", "$a", "$[0]", "$.", "$.a[", "$.a[x]", "$..a"])
def test_what_is_no_path_into_an_object_is_refused(path: str) -> None:
    with pytest.raises(MalformedResponseError, match="not a path"):
        parse_path(path)


def test_paths_are_read_in_both_notations() -> None:
    assert parse_path("""$.a[0]['b.c']["d"]""") == ("a", 0, "b.c", "d")


def test_fields_of_a_delta_that_are_null_count_as_absent() -> None:
    empty = dict.fromkeys(("numberValue", "boolValue", "nullValue", "willContinue"))
    writer = ArgumentText()
    text = writer.add({**empty, "jsonPath": "$.a", "stringValue": "x"})
    text += writer.add({"jsonPath": "$.b", "nullValue": None, "stringValue": None})
    assert text + writer.end() == '{"a": "x", "b": null}'
