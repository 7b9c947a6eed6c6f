"""Where the arguments of a streamed call end: placeholders, repetitions, and the next call."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from chat_core import AIMessage
from chat_core.provider import ArgumentPieces
from completions_wire import answer, body, call, read, reply, stop


def calls(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    assert message.invalid_tool_calls == []
    return [(made.name, made.args) for made in message.tool_calls]


@pytest.mark.parametrize("placeholder", ["{}", {}, " {} "])
def test_an_empty_object_before_the_arguments_is_a_placeholder(placeholder: Any) -> None:
    message = answer(
        call(placeholder, id="1", index=0, name="look"),
        call('{"city": ', index=0),
        call('"Bern"}', index=0),
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"city": "Bern"})]


def test_an_empty_object_alone_is_the_arguments() -> None:
    chunks = read(body(call("{}", id="1", index=0, name="look"), stop("tool_calls")))
    assert "".join(c.args or "" for chunk in chunks for c in chunk.tool_call_chunks) == "{}"


def test_a_held_empty_object_is_given_out_before_text_that_opens_no_object() -> None:
    pieces = ArgumentPieces()
    assert (pieces.take("{}"), pieces.take("]")) == ("", "{}]")


@pytest.mark.parametrize(
    "again",
    [
        call('{"city": "Bern"}', id="1", index=0, name="look"),
        call('{"city": "Bern"}', index=0),
        call('{"city": "Bern"}\n', id="1"),
        call({"city": "Bern"}, id="1", index=0, name="look"),
    ],
)
def test_arguments_that_come_again_whole_are_dropped(again: dict[str, Any]) -> None:
    message = answer(
        call('{"city": ', id="1", index=0, name="look"),
        call('"Bern"}', index=0),
        again,
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"city": "Bern"})]


@pytest.mark.parametrize(
    "header", [{"index": 0}, {"index": 0, "id": ""}, {"index": None}, {"id": "1", "index": 1}]
)
def test_an_object_after_whole_arguments_is_another_call_of_the_same_tool(
    header: dict[str, Any],
) -> None:
    first = {**header, "index": 0} if header.get("id") else header
    message = answer(
        call('{"city": "Bern"}', name="look", **first),
        call('{"city": "Chur"}', name="look", **header),
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"city": "Bern"}), ("look", {"city": "Chur"})]


def test_one_id_for_calls_of_two_tools_leaves_them_apart() -> None:
    message = answer(
        call("", id="1", index=0, name="look"),
        call('{"a": 1}', id="1", index=0),
        call("", id="1", index=1, name="find"),
        call('{"b": 2}', id="1", index=1),
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"a": 1}), ("find", {"b": 2})]


def test_braces_in_strings_and_nested_objects_end_nothing() -> None:
    text = r'{"a": "}{", "b": {"c": [{}, {}]}, "d": "\"}"}'
    for cut in range(1, len(text)):
        message = answer(
            call(text[:cut], id="1", index=0, name="f"), call(text[cut:], index=0), stop()
        )
        assert calls(message) == [("f", {"a": "}{", "b": {"c": [{}, {}]}, "d": '"}'})], cut


def test_another_object_without_a_name_makes_the_call_invalid() -> None:
    message = answer(
        call('{"a": 1}', id="1", index=0, name="f"), call('{"b": 2}', index=0), stop("tool_calls")
    )
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"a": 1}{"b": 2}'


def test_a_whole_answer_keeps_two_calls_with_one_id() -> None:
    entry = {"id": "1", "function": {"name": "f", "arguments": '{"a": 1}'}}
    assert calls(reply({"tool_calls": [entry, entry]})) == [("f", {"a": 1})] * 2


def test_a_call_that_is_sent_again_as_text_in_text_comes_once() -> None:
    again = json.dumps('{"city": "Bern"}')  # BerriAI/litellm#20480
    message = answer(
        call('{"city": ', id="1", index=0, name="look"),
        call('"Bern"}', id="1", index=0),
        call(again, id="1", index=0, name="look"),
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"city": "Bern"})]


@pytest.mark.parametrize("start", ["{", '{"city', '{"city": "Be', '{"city": "Bern"'])
def test_an_object_that_begins_with_all_that_has_come_is_the_whole_so_far(start: str) -> None:
    message = answer(
        call(start, id="1", index=0, name="look"),
        call('{"city": "Bern"}', index=0),  # vllm-project/vllm#51697
        stop("tool_calls"),
    )
    assert calls(message) == [("look", {"city": "Bern"})]


def test_an_object_in_an_object_with_the_same_first_key_is_kept() -> None:
    message = answer(
        call('{"a": ', id="1", index=0, name="f"),
        call('{"a": 1}', index=0),
        call("}", index=0),
        stop(),
    )
    assert calls(message) == [("f", {"a": {"a": 1}})]


def test_two_equal_calls_without_ids_are_two() -> None:
    made = call("{}", index=0, name="roll")  # run-llama/llama_index#22464
    assert calls(answer(made, made, stop("tool_calls"))) == [("roll", {}), ("roll", {})]


@pytest.mark.parametrize("piece", ["{}", "{", '"', '{"a":', "[{},"])
def test_following_arguments_takes_time_in_proportion_to_their_length(piece: str) -> None:
    pieces = ArgumentPieces()
    start = process_time()
    for _ in range(50_000):
        if not pieces.add(piece):
            pieces.take(piece)
    assert process_time() - start < 2
