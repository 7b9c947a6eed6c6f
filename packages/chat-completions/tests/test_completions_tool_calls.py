"""Tool calls in deltas: which call each belongs to, and which calls may be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from completions_wire import answer, body, call, event, read, reply, stop

if TYPE_CHECKING:
    from chat_core import AIMessage


def calls(message: AIMessage) -> list[tuple[str, dict[str, Any], str | None]]:
    assert message.invalid_tool_calls == []
    return [(c.name, c.args, c.id) for c in message.tool_calls]


AB = [("a", {"x": 1}, "1"), ("b", {"y": 2}, "2")]
"""Two calls, as every way of sending them must come out."""

WAYS = {
    "by index": [
        call("", id="1", index=0, name="a"),
        call('{"x"', index=0),
        call(": 1}", index=0),
        call("", id="2", index=1, name="b"),
        call('{"y": 2}', index=1),
    ],
    "interleaved": [
        call("", id="1", index=0, name="a"),
        call("", id="2", index=1, name="b"),
        call('{"x"', index=0),
        call('{"y"', index=1),
        call(": 1}", index=0),
        call(": 2}", index=1),
    ],
    "indices with gaps": [
        call('{"x": 1}', id="1", index=3, name="a"),
        call('{"y":', id="2", index=7, name="b"),
        call("2}", index=7),
    ],
    "no index, ids repeated": [
        call('{"x"', id="1", name="a"),
        call(": 1}", id="1"),
        call('{"y"', id="2", name="b"),
        call(": 2}", id="2"),
    ],
    "no index, id once": [
        call('{"x"', id="1", name="a"),
        call(": 1}"),
        call("", id="2", name="b"),
        call('{"y": 2}'),
    ],
    "index null": [
        call('{"x"', id="1", index=None, name="a"),
        call(": 1}", index=None),
        call('{"y": 2}', id="2", index=None, name="b"),
    ],
    "index always 0, new id": [
        call('{"x"', id="1", index=0, name="a"),
        call(": 1}", index=0),
        call('{"y"', id="2", index=0, name="b"),
        call(": 2}", index=0),
    ],
    "empty ids in later deltas": [
        call('{"x"', id="1", index=0, name="a"),
        call(": 1}", id="", index=0),
        call('{"y"', id="2", index=1, name="b"),
        call(": 2}", id="", index=1),
    ],
    "id and name in every delta": [
        call('{"x"', id="1", index=0, name="a"),
        call(": 1}", id="1", index=0, name="a"),
        call('{"y"', id="2", index=1, name="b"),
        call(": 2}", id="2", index=1, name="b"),
    ],
    "ids by id though the index rotates": [
        call('{"x"', id="1", index=0, name="a"),
        call('{"y"', id="2", index=1, name="b"),
        call(": 1}", id="1", index=1),
        call(": 2}", id="2", index=0),
    ],
    "name after arguments": [
        call('{"x": 1}', id="1", index=0),
        call(None, index=0, name="a"),
        call('{"y": 2}', id="2", index=1),
        call(None, index=1, name="b"),
    ],
    "id after name": [
        call('{"x"', index=0, name="a"),
        call(": 1}", id="1", index=0),
        call('{"y": 2}', index=1, name="b"),
        call(None, id="2", index=1),
    ],
    "whole calls in one delta": [
        event(
            {
                "tool_calls": [
                    {"id": "1", "function": {"name": "a", "arguments": '{"x": 1}'}},
                    {"id": "2", "function": {"name": "b", "arguments": '{"y": 2}'}},
                ]
            }
        )
    ],
    "arguments as an object": [
        event({"tool_calls": [{"id": "1", "function": {"name": "a", "arguments": {"x": 1}}}]}),
        event({"tool_calls": [{"id": "2", "function": {"name": "b", "arguments": {"y": 2}}}]}),
    ],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_two_calls_come_out_as_two_however_they_are_sent(way: list[dict[str, Any]]) -> None:
    assert calls(answer(*way, stop("tool_calls"))) == AB


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_the_name_and_the_id_of_a_call_go_out_once(way: list[dict[str, Any]]) -> None:
    deltas = [d for c in read(body(*way, stop())) for d in c.tool_call_chunks]
    for number, (name, _, call_id) in enumerate(AB):
        mine = [d for d in deltas if d.index == number]
        assert [d.name for d in mine if d.name] == [name]
        assert [d.id for d in mine if d.id] == [call_id]


def test_whole_calls_without_id_and_index_are_kept_apart_by_their_names() -> None:
    message = answer(
        call('{"x": 1}', name="f"), call('{"x": 2}', name="f"), call("{}", name="g"), stop()
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [
        ("f", {"x": 1}),
        ("f", {"x": 2}),
        ("g", {}),
    ]


def test_another_name_at_the_same_index_without_an_id_is_another_call() -> None:
    message = answer(call("{}", index=0, name="a"), call("{}", index=0, name="b"), stop())
    assert [c.name for c in message.tool_calls] == ["a", "b"]


def test_a_call_without_an_id_gets_one_that_is_unique_and_the_same_each_time() -> None:
    objects = [call("{}", name="a"), call("{}", name="b"), stop()]
    first, second = answer(*objects), answer(*objects)
    ids = [c.id for c in first.tool_calls]
    assert len({i for i in ids if i}) == 2
    assert ids == [c.id for c in second.tool_calls]
    assert all(i and len(i) <= 40 for i in ids)  # as long as OpenAI takes
    whole = reply({"tool_calls": [{"function": {"name": n, "arguments": "{}"}} for n in "ab"]})
    assert [c.id for c in whole.tool_calls] == ids


@pytest.mark.parametrize("arguments", ["", "null", None, "{}", " "])
def test_no_arguments_mean_an_empty_object(arguments: str | None) -> None:
    assert calls(answer(call(arguments, id="1", name="a"), stop())) == [("a", {}, "1")]


def test_calls_without_ids_differ_between_answers_without_ids() -> None:
    def made(created: int) -> str | None:
        wire = call("{}", name="a") | {"id": "", "created": created}
        return answer(wire, stop() | {"id": ""}).tool_calls[0].id

    assert made(1) != made(2)


def test_a_new_id_at_the_same_index_is_a_new_call_even_of_the_same_tool() -> None:
    message = answer(
        call('{"x": 1}', id="1", index=0, name="f"),
        call('{"x": 2}', id="2", index=0, name="f"),
        stop(),
    )
    assert calls(message) == [("f", {"x": 1}, "1"), ("f", {"x": 2}, "2")]


def test_entries_of_a_whole_answer_are_calls_of_their_own_even_with_one_id() -> None:
    entry = {"id": "same", "function": {"name": "f", "arguments": "{}"}}
    assert len(reply({"tool_calls": [entry, entry]}).tool_calls) == 2


@pytest.mark.parametrize("word", ["length", "content_filter", "error"])
def test_the_last_call_of_an_answer_that_was_cut_off_is_not_valid_though_it_parses(
    word: str,
) -> None:
    message = answer(call('{"path": "/"}', id="1", name="delete"), stop(word))
    assert message.tool_calls == []
    (broken,) = message.invalid_tool_calls
    assert (broken.name, broken.args) == ("delete", '{"path": "/"}')


def test_a_call_whose_json_is_incomplete_is_not_valid() -> None:
    message = answer(call('{"path": "/ho', id="1", name="delete"), stop("tool_calls"))
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"path": "/ho'


def test_a_stop_with_calls_has_the_finish_reason_tool_calls() -> None:
    message = answer(call("{}", id="1", name="f"), stop("stop"))
    assert message.finish_reason == "tool_calls"
    assert message.response_metadata["raw_finish_reason"] == "stop"


def test_a_signature_beside_a_call_is_kept_with_it() -> None:
    entry = {
        "id": "1",
        "function": {"name": "f", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "s"}},
    }
    (made,) = reply({"tool_calls": [entry]}).tool_calls
    assert made.extras["extra_content"] == {"google": {"thought_signature": "s"}}


def test_a_signature_beside_the_answer_is_kept_with_it() -> None:
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    for message in (
        reply({"content": "a", **signed}),
        answer(event({"content": "a", **signed}), stop()),
    ):
        assert message.additional_kwargs == signed


# --- older and other kinds of call


def test_a_legacy_function_call_is_a_call() -> None:
    message = answer(
        event({"function_call": {"name": "f", "arguments": ""}}),
        event({"function_call": {"arguments": '{"x":'}}),
        event({"function_call": {"arguments": "1}"}}),
        stop("function_call"),
    )
    (made,) = message.tool_calls
    assert (made.name, made.args) == ("f", {"x": 1})
    assert message.finish_reason == "tool_calls"


def test_a_legacy_call_is_one_however_often_its_name_comes() -> None:
    deltas = [{"name": "f", "arguments": '{"x":'}, {"name": "f", "arguments": "1}"}]
    message = answer(*[event({"function_call": d}) for d in deltas], stop("function_call"))
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"x": 1})]


def test_a_legacy_mirror_of_a_call_is_not_a_second_call() -> None:
    entry = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
    mirrored = {"tool_calls": [entry], "function_call": entry["function"]}
    assert calls(reply(mirrored)) == [("f", {}, "1")]
    for later in ({"arguments": ""}, entry["function"]):
        message = answer(event(mirrored), event({"function_call": later}), stop())
        assert calls(message) == [("f", {}, "1")]


def test_an_empty_legacy_function_call_beside_tool_calls_is_nothing() -> None:
    message = reply(
        {
            "function_call": {"name": "", "arguments": ""},
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
        }
    )
    assert calls(message) == [("f", {}, "1")]


def test_a_custom_tools_call_is_kept_whole_and_is_no_function_call() -> None:
    message = answer(
        event({"tool_calls": [{"index": 0, "id": "1", "custom": {"name": "sql", "input": "SEL"}}]}),
        event({"tool_calls": [{"index": 0, "custom": {"input": "ECT 1"}}]}),
        stop("tool_calls"),
    )
    assert message.tool_calls == []
    (block,) = message.blocks
    assert block.type == "non_standard"
    assert block.value == {
        "type": "custom",
        "id": "1",
        "custom": {"name": "sql", "input": "SELECT 1"},
    }
