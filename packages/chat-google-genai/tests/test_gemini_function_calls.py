"""Function calls, whole and streamed path by path, their ids and when they count as whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_core import MalformedResponseError
from chat_core.provider import MessageBuilder
from gemini_wire import STOP, call, chunks_of, partial, parts_of, streamed, text, whole, wire_of

if TYPE_CHECKING:
    from chat_core import AIMessageChunk


def going_on(*paths: tuple[str, Any], goes_on: bool = True, **fields: Any) -> dict[str, Any]:
    """An object with a continuation that adds values at paths; text goes on, numbers do not."""
    deltas = []
    for path, value in paths:
        if isinstance(value, str):
            deltas.append({"jsonPath": path, "stringValue": value, "willContinue": True})
        elif isinstance(value, bool):
            deltas.append({"jsonPath": path, "boolValue": value})
        elif value is None:
            deltas.append({"jsonPath": path, "nullValue": "NULL_VALUE"})
        else:
            deltas.append({"jsonPath": path, "numberValue": value})
    if goes_on:
        fields["willContinue"] = True
    return call(None, partialArgs=deltas, **fields)


def args_text(*objects: dict[str, Any]) -> list[str]:
    return [c.args or "" for chunk in chunks_of(*objects) for c in chunk.tool_call_chunks]


def test_a_whole_call_comes_as_one_delta() -> None:
    (chunk,) = [c for c in chunks_of(call("f", args={"a": 1}), STOP) if c.tool_call_chunks]
    assert [(c.name, c.args) for c in chunk.tool_call_chunks] == [("f", '{"a": 1}')]


def test_missing_ids_are_made_unique_and_the_same_each_time() -> None:
    wire = wire_of({"functionCall": {"name": "f"}}, {"functionCall": {"name": "f"}}, finish="STOP")
    ids = [c.id for c in whole(wire).tool_calls]
    assert len(set(ids)) == 2
    assert all(ids)
    assert ids == [c.id for c in streamed(wire).tool_calls]


def test_made_ids_differ_between_answers() -> None:
    first = whole(call("f", finish="STOP"))
    second = whole(call("f", finish="STOP") | {"responseId": "r2"})
    assert first.tool_calls[0].id != second.tool_calls[0].id


def test_an_id_that_exists_is_kept() -> None:
    assert streamed(call("f", id="theirs"), STOP).tool_calls[0].id == "theirs"


def test_an_empty_id_is_none() -> None:
    assert streamed(call("f", id=""), STOP).tool_calls[0].id


@pytest.mark.parametrize("args", [{}, None])
def test_no_arguments_are_an_empty_object(args: Any) -> None:
    assert streamed(call("f", args=args), STOP).tool_calls[0].args == {}
    assert streamed(call("f"), STOP).tool_calls[0].args == {}


def test_whole_floats_are_ints() -> None:
    args = {"n": 3.0, "deep": [{"m": 2.0}], "x": 0.5, "big": 1e300}
    got = streamed(call("f", args=args), STOP).tool_calls[0].args
    assert [type(got["n"]), type(got["deep"][0]["m"])] == [int, int]
    assert (got["x"], got["big"]) == (0.5, 1e300)


def test_half_an_emoji_in_arguments_becomes_a_replacement_character() -> None:
    got = streamed(call("f", args={"a": "\ud83d"}), STOP).tool_calls[0].args
    assert got == {"a": "\ufffd"}


def test_calls_between_texts_keep_their_place() -> None:
    message = streamed(text("a"), call("f"), text("b"), call("g"), STOP)
    assert [b.type for b in message.blocks] == ["text", "tool_call", "text", "tool_call"]


def test_the_same_name_twice_is_two_calls() -> None:
    message = streamed(call("f", args={"a": 1}), call("f", args={"a": 2}), STOP)
    assert [c.args for c in message.tool_calls] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("raw", ["MAX_TOKENS", "SAFETY", "MALFORMED_FUNCTION_CALL"])
def test_after_a_cut_the_last_call_is_not_trusted(raw: str) -> None:
    message = streamed(call("f", args={"a": 1}), call("g", args={"b": 2}), text("", finish=raw))
    assert [c.name for c in message.tool_calls] == ["f"]
    assert [c.name for c in message.invalid_tool_calls] == ["g"]


def test_without_an_end_no_call_is_trusted() -> None:
    message = partial(call("f", args={"a": 1}))
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"a": 1}'


def test_a_call_that_google_itself_found_unexpected_is_whole() -> None:
    wire = call("undeclared", finish="UNEXPECTED_TOOL_CALL", args={"a": 1})
    for message in (whole(wire), streamed(wire)):
        assert [(c.name, c.args) for c in message.tool_calls] == [("undeclared", {"a": 1})]
        assert message.finish_reason == "error"
        assert message.tool_calls[0].id


# --- name and arguments in two objects


@pytest.mark.parametrize(
    "opening", [{}, {"args": {}}, {"args": None}, {"id": "c1"}, {"willContinue": True}]
)
@pytest.mark.parametrize(
    "rest",
    [
        {"args": {"path": "/tmp"}},
        {"partialArgs": [{"jsonPath": "$.path", "stringValue": "/tmp"}]},
    ],
)
def test_arguments_in_an_object_without_a_name_belong_to_the_latest_call(
    opening: dict[str, Any], rest: dict[str, Any]
) -> None:
    first, second = call("f", **opening), call(None, finish="STOP", **rest)
    parts = [wire["candidates"][0]["content"]["parts"][0] for wire in (first, second)]
    for message in (streamed(first, second), whole(wire_of(*parts, finish="STOP"))):
        assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"path": "/tmp"})]
        assert message.invalid_tool_calls == []


def test_a_call_that_comes_again_with_its_arguments_is_one_call() -> None:
    message = streamed(
        call("f", id="c1", args={}), call("f", id="c1", args={"a": 1}, finish="STOP")
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"a": 1})]


@pytest.mark.parametrize("fields", [{"id": "c2"}, {}])
def test_a_call_of_the_same_name_and_another_id_is_another_call(fields: dict[str, str]) -> None:
    message = streamed(call("f", id="c1"), call("f", finish="STOP", args={"a": 1}, **fields))
    assert [c.args for c in message.tool_calls] == [{}, {"a": 1}]


def test_arguments_after_complete_arguments_make_the_call_invalid() -> None:
    message = streamed(call("f", args={"a": 1}), call(None, finish="STOP", args={"b": 2}))
    assert message.tool_calls == []
    assert [broken.name for broken in message.invalid_tool_calls] == ["f"]


def test_arguments_with_another_id_do_not_join_the_latest_call() -> None:
    message = streamed(call("f", id="c1"), call(None, finish="STOP", id="c2", args={"b": 2}))
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {})]
    assert [(c.name, c.id) for c in message.invalid_tool_calls] == [(None, "c2")]


# --- streamed arguments


def test_streamed_arguments_are_handed_on_as_they_come() -> None:
    pieces = args_text(
        call("f", willContinue=True),
        going_on(("$.city", "Pa")),
        going_on(("$.city", "ris")),
        going_on(("$.days", 3.0)),
        call(None),
        STOP,
    )
    assert pieces == ["", '{"city": "Pa', "ris", '", "days": 3', "}"]


def test_streamed_arguments_merge_by_path() -> None:
    message = streamed(
        call("f", willContinue=True, id="c1"),
        going_on(("$.items[0].name", "ap"), ("$.items[0].name", "ple")),
        going_on(("$.items[0].ripe", True), ("$.items[1].name", "fig")),
        going_on(("$.items[1].ripe", None), ("$['a key']", 1)),
        call(None),
        STOP,
    )
    assert message.tool_calls[0].args == {
        "items": [{"name": "apple", "ripe": True}, {"name": "fig", "ripe": None}],
        "a key": 1,
    }
    assert message.tool_calls[0].id == "c1"


def test_the_last_piece_may_come_with_the_end_of_the_call() -> None:
    message = streamed(
        call("f", willContinue=True),
        going_on(("$.a", 1)),
        going_on(("$.b", 2), goes_on=False),
        STOP,
    )
    assert message.tool_calls[0].args == {"a": 1, "b": 2}


def test_the_first_object_may_bring_arguments_already() -> None:
    opening = call("f", willContinue=True, partialArgs=[{"jsonPath": "$.a", "numberValue": 1}])
    assert streamed(opening, call(None), STOP).tool_calls[0].args == {"a": 1}
    whole_in_one = call("f", partialArgs=[{"jsonPath": "$.a", "numberValue": 1}])
    assert streamed(whole_in_one, STOP).tool_calls[0].args == {"a": 1}


@pytest.mark.parametrize("closing", [call(None), None])
def test_the_next_call_or_the_end_closes_an_open_call(closing: Any) -> None:
    message = streamed(
        call("f", willContinue=True),
        going_on(("$.a", "x")),
        call("g", willContinue=True),
        going_on(("$.b", 1)),
        *([closing] if closing else []),
        STOP,
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"a": "x"}), ("g", {"b": 1})]


def test_a_repeated_name_with_the_open_calls_id_goes_on() -> None:
    message = streamed(
        call("f", id="1", willContinue=True),
        call("f", id="1", partialArgs=[{"jsonPath": "$.a", "numberValue": 1}]),
        STOP,
    )
    assert [(c.name, c.args) for c in message.tool_calls] == [("f", {"a": 1})]


def test_an_open_call_is_not_whole_after_a_cut() -> None:
    cut = [call("f", willContinue=True), going_on(("$.path", "/home"))]
    message = streamed(*cut, text("", finish="MAX_TOKENS"))
    assert message.tool_calls == []
    assert message.invalid_tool_calls[0].args == '{"path": "/home'
    assert partial(*cut).invalid_tool_calls[0].args == '{"path": "/home'


def test_the_signature_of_a_streamed_call_stays_on_it() -> None:
    opening = wire_of(
        {"functionCall": {"name": "f", "willContinue": True}, "thoughtSignature": "s"}
    )
    message = streamed(opening, going_on(("$.a", 1)), call(None), call("g"), STOP)
    first, second = parts_of(message)
    assert first["thoughtSignature"] == "s"
    assert "thoughtSignature" not in second


def test_a_path_that_goes_back_is_malformed_rather_than_wrong() -> None:
    with pytest.raises(MalformedResponseError, match="a second time"):
        streamed(call("f", willContinue=True), going_on(("$.a", 1), ("$.b", 2), ("$.a", 3)), STOP)


def test_an_end_without_a_call_is_ignored() -> None:
    assert streamed(call(None), text("a"), STOP).tool_calls == []


def test_folding_a_long_streamed_call_takes_linear_time() -> None:
    """Ten thousand deltas of one string are joined once, not copied ten thousand times."""
    deltas = [going_on(("$.text", "x" * 50)) for _ in range(10_000)]
    builder = MessageBuilder()
    chunks: list[AIMessageChunk] = chunks_of(call("f", willContinue=True), *deltas, STOP)
    for chunk in chunks:
        builder.add(chunk)
    assert len(builder.message().tool_calls[0].args["text"]) == 500_000
    assert (
        sum(len(c.tool_call_chunks[0].args or "") for c in chunks if c.tool_call_chunks) < 500_100
    )
