"""A signature goes back on exactly the part that it came with, wherever that part stands."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import NonStandardBlock
from gemini_wire import STOP, call, parts_of, streamed, text, whole, wire_of

SIGNED = {"thoughtSignature": "c2ln"}


@pytest.mark.parametrize(
    "part",
    [
        {"text": "", **SIGNED},
        {"text": "b", **SIGNED},
        {"text": "hm", "thought": True, **SIGNED},
        {"text": "", "thought": True, **SIGNED},
        {"functionCall": {"name": "f", "args": {"a": 1}}, **SIGNED},
        {"functionCall": {"name": "f", "args": {}}, "thought": True, **SIGNED},
        {"inlineData": {"mimeType": "image/png", "data": "aW1n"}, **SIGNED},
        {"inlineData": {"mimeType": "audio/pcm", "data": "aW1n"}, **SIGNED},
        {"executableCode": {"language": "PYTHON", "code": "1"}, **SIGNED},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}, **SIGNED},
        {"newKind": {"x": 1}, **SIGNED},
        {"fileData": {"fileUri": "gs://b/x.png", "mimeType": "image/png"}, **SIGNED},
    ],
)
@pytest.mark.parametrize("repeat", [1, 2])
def test_a_signed_part_of_every_kind_goes_back_as_it_came(
    part: dict[str, Any], repeat: int
) -> None:
    parts = [{"text": "a"}, *[part] * repeat, {"text": "z"}]
    assert parts_of(whole(wire_of(*parts, finish="STOP"))) == parts
    assert parts_of(streamed(*(wire_of(each) for each in parts), STOP)) == parts


def test_a_signature_after_the_finish_reason_is_kept() -> None:
    message = streamed(text("a", finish="STOP"), wire_of({"text": "", **SIGNED}))
    assert parts_of(message) == [{"text": "a"}, {"text": "", **SIGNED}]


def test_two_signatures_in_a_row_stay_two() -> None:
    first, second = {"text": "", "thoughtSignature": "one"}, {"text": "", "thoughtSignature": "two"}
    assert parts_of(streamed(text("a"), wire_of(first), wire_of(second), STOP))[1:] == [
        first,
        second,
    ]


def test_a_signed_piece_of_a_text_is_not_merged_with_its_neighbours() -> None:
    pieces = [{"text": "a"}, {"text": "b", **SIGNED}, {"text": "c"}]
    assert parts_of(streamed(*(wire_of(piece) for piece in pieces), STOP)) == pieces


def test_a_signature_on_the_end_of_a_streamed_call_belongs_to_the_call() -> None:
    message = streamed(
        call("f", willContinue=True),
        wire_of({"functionCall": {}, **SIGNED}),
        text("", finish="STOP"),
    )
    (part,) = parts_of(message)
    assert part["thoughtSignature"] == "c2ln"


def test_a_second_signature_of_a_streamed_call_does_not_replace_the_first() -> None:
    opening = {"functionCall": {"name": "f", "willContinue": True}, "thoughtSignature": "one"}
    closing = {"functionCall": {}, "thoughtSignature": "two"}
    parts = parts_of(streamed(wire_of(opening), wire_of(closing), STOP))
    assert [part.get("thoughtSignature") for part in parts] == ["one", "two"]


def test_a_signature_on_an_end_without_a_call_is_kept() -> None:
    message = streamed(wire_of({"functionCall": {}, **SIGNED}), text("a", finish="STOP"))
    assert parts_of(message)[0] == {"text": "", **SIGNED}


def test_a_signature_spelled_in_snake_case_is_read() -> None:
    message = whole(wire_of({"text": "a", "thought_signature": "c2ln"}, finish="STOP"))
    assert parts_of(message) == [{"text": "a", **SIGNED}]


def test_metadata_of_a_part_goes_back_beside_its_content() -> None:
    part = {"text": "a", "partMetadata": {"k": "v"}}
    assert parts_of(whole(wire_of(part, finish="STOP"))) == [part]


def test_a_part_of_unknown_kind_is_kept_as_it_came() -> None:
    block = whole(wire_of({"newKind": {"x": 1}, **SIGNED}, finish="STOP")).blocks[0]
    assert block == NonStandardBlock({"newKind": {"x": 1}, **SIGNED})
