"""Pieces of a call's arguments: their end, repetitions, snapshots and placeholders."""

from __future__ import annotations

import json

import pytest
from chat_core.provider import ArgumentPieces


def given_out(*texts: str) -> str:
    """What of ``texts`` is given out, with what was held at the end."""
    pieces = ArgumentPieces()
    taken = [text if pieces.add(text) else pieces.take(text) for text in texts]
    return "".join(taken) + pieces.rest()


def whole(text: str) -> ArgumentPieces:
    pieces = ArgumentPieces()
    pieces.take(text)
    return pieces


@pytest.mark.parametrize(
    "texts",
    [
        ['{"a": 1}'],
        ['{"a"', ": ", "1}"],
        ["{}", '{"a": 1}'],
        ['{"a": 1}', '{"a": 1}'],
        ['{"a": 1}', json.dumps('{"a": 1}')],
        ['{"a"', '{"a": 1}'],
        ["{", '{"a"', '{"a": 1}'],
    ],
    ids=["one", "pieces", "placeholder", "again", "again as a string", "snapshot", "snapshots"],
)
def test_whatever_a_server_repeats_the_arguments_come_once(texts: list[str]) -> None:
    assert given_out(*texts) == '{"a": 1}'


@pytest.mark.parametrize("empty", [["{}"], [" {} "], ["{", "}"]])
def test_empty_arguments_come_at_the_end(empty: list[str]) -> None:
    assert given_out(*empty).strip() == "{}"


def test_what_follows_a_placeholder_and_is_no_object_keeps_it() -> None:
    assert given_out("{}", "x") == "{}x"


def test_an_object_within_an_object_is_no_repetition() -> None:
    assert given_out('{"a":', '{"a":1}', "}") == '{"a":{"a":1}}'


def test_a_piece_in_quotes_that_is_no_json_is_given_out() -> None:
    assert given_out('{"a": 1}', '"\\x"') == '{"a": 1}"\\x"'


def test_white_space_alone_says_nothing() -> None:
    assert given_out(" ", '{"a": 1}', "\n") == ' {"a": 1}\n'


@pytest.mark.parametrize(
    ("text", "is_complete"),
    [
        ("{}", True),
        ('{"a": "}"', False),
        ('{"a": "\\"}"}', True),
        ('{"a": [{}]}', True),
        ("", False),
    ],
)
def test_arguments_are_complete_with_their_last_brace(text: str, is_complete: bool) -> None:
    assert whole(text).is_complete is is_complete


def test_another_object_after_a_whole_one_is_told_from_more_of_it() -> None:
    pieces = whole('{"a": 1}')
    assert pieces.is_followed_by(' {"b": 2}')
    assert not pieces.is_followed_by("}")
    assert not pieces.is_followed_by(None)
    assert not whole('{"a": ').is_followed_by("{")


def test_nothing_and_half_arguments_repeat_nothing() -> None:
    assert not whole('{"a": 1}').is_repeated_by(None)
    assert not whole('{"a": ').is_repeated_by('{"a": ')
    assert whole("{}").is_repeated_by("{}")


@pytest.mark.parametrize(
    ("so_far", "whole_text", "missing"),
    [
        ('{"a":', '{"a":1}', "1}"),
        ('{"a": 1}', '{"a": 1}', ""),
        ('{"b": ', '{"a": 1}', ""),
        ("{}", "{}", ""),
        ("{}", '{"a": 1}', '{"a": 1}'),
    ],
)
def test_of_the_whole_arguments_only_the_rest_is_missing(
    so_far: str, whole_text: str, missing: str
) -> None:
    assert whole(so_far).missing(whole_text) == missing
