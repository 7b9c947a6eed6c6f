"""Cache points: blocks without content that become a vendor's marks, or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    CachePoint,
    ChatPromptTemplate,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    Message,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    merge_chunks,
)
from chat_core.messages.chunks import as_chunk
from chat_core.models.cache_marks import mark_messages, mark_tools
from chat_core.provider import CacheMarks, ToolSpec
from chat_core.testing import FakeChatModel
from pydantic import TypeAdapter

MARKS = CacheMarks(
    "Pond", "keep", {"kind": "short"}, {"5m": 300, "1h": 3600}, (TextBlock, ImageBlock), tools="key"
)


def marks_of(messages: list[Message], marks: CacheMarks = MARKS) -> list[list[Any]]:
    """The mark of each block of each message."""
    placed = mark_messages(messages, marks)
    return [[block.extras.get("keep") for block in message.blocks] for message in placed]


def test_a_point_marks_the_block_before_it() -> None:
    message = HumanMessage([TextBlock("a"), CachePoint(), TextBlock("b")])
    assert marks_of([message]) == [[{"kind": "short"}, None]]


def test_a_point_at_the_start_of_a_message_marks_the_message_before() -> None:
    messages: list[Message] = [SystemMessage("s"), HumanMessage([CachePoint("1h"), TextBlock("q")])]
    assert marks_of(messages) == [[{"kind": "short", "ttl": "1h"}], [None]]


def test_blocks_that_take_no_mark_are_passed_over() -> None:
    answer = AIMessage([TextBlock("a"), ReasoningBlock("hm"), TextBlock("  "), CachePoint()])
    assert marks_of([HumanMessage("q"), answer]) == [[None], [{"kind": "short"}, None, None]]


def test_a_call_takes_a_mark_unless_the_wire_has_none_in_answers() -> None:
    answer = AIMessage([ToolCall("look", {}, "c"), CachePoint()])
    messages: list[Message] = [HumanMessage("q"), answer]
    assert marks_of(messages) == [[None], [{"kind": "short"}]]
    assert marks_of(messages, replace(MARKS, answers=False)) == [[{"kind": "short"}], [None]]


def test_the_result_of_a_tool_takes_a_mark() -> None:
    messages: list[Message] = [
        AIMessage([ToolCall("look", {}, "c")]),
        ToolMessage([TextBlock("7"), CachePoint()], "c"),
    ]
    assert marks_of(messages) == [[None], [{"kind": "short"}]]


def test_a_message_of_points_alone_marks_what_is_before_and_is_left_out() -> None:
    assert marks_of([HumanMessage("q"), HumanMessage([CachePoint()])]) == [[{"kind": "short"}]]


def test_a_mark_by_the_vendors_own_name_wins() -> None:
    own = TextBlock("a", extras={"keep": "mine"})
    assert marks_of([HumanMessage([own, CachePoint()])]) == [["mine"]]


def test_the_messages_that_were_given_stay_as_they_are() -> None:
    message = HumanMessage([TextBlock("a"), CachePoint()])
    mark_messages([message], MARKS)
    assert message.blocks == (TextBlock("a"), CachePoint())


def test_messages_without_points_are_the_same_objects() -> None:
    messages: list[Message] = [SystemMessage("s"), HumanMessage("q")]
    assert mark_messages(messages, MARKS) is messages


@pytest.mark.parametrize(
    ("ttl", "word"), [("1m", "5m"), ("5m", "5m"), ("6m", "1h"), ("60m", "1h"), ("1h", "1h")]
)
def test_a_prefix_is_kept_at_least_as_long_as_asked(ttl: str, word: str) -> None:
    assert MARKS.of(CachePoint(ttl)) == {"keep": {"kind": "short", "ttl": word}}


def test_a_longer_time_than_the_vendor_has_is_refused_with_those_it_has() -> None:
    with pytest.raises(InvalidRequestError, match=r"'2h'.*Pond keeps a prefix for 5m or 1h"):
        MARKS.of(CachePoint("2h"))


@pytest.mark.parametrize("marks", [MARKS, None])
def test_a_point_with_nothing_before_it_is_refused_at_every_vendor(
    marks: CacheMarks | None,
) -> None:
    with pytest.raises(InvalidRequestError, match="Message 0 has a CachePoint with nothing before"):
        mark_messages([HumanMessage([CachePoint(), TextBlock("q")])], marks)


@pytest.mark.parametrize("ttl", ["", "5", "m", "0m", "5s", "1d", "5 m", "-5m", "٥m", "99999h"])
def test_a_ttl_is_minutes_or_hours(ttl: str) -> None:
    with pytest.raises(InvalidParameterError, match="'5m' or '1h'; got"):
        CachePoint(ttl)


def test_a_ttl_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="CachePoint: ttl is None or str; got int"):
        CachePoint(300)  # type: ignore[arg-type]


def test_a_point_is_no_text_and_prints_as_it_is_written() -> None:
    message = HumanMessage([TextBlock("a"), CachePoint("1h"), TextBlock("b")])
    assert message.content == "ab"
    assert repr(CachePoint()) == "CachePoint()"
    assert "CachePoint(ttl='1h')" in repr(message)


def test_a_point_is_read_back_from_json() -> None:
    adapter = TypeAdapter(Message)
    message = HumanMessage([TextBlock("a"), CachePoint("1h")])
    written = adapter.dump_json(message)
    assert json.loads(written)["blocks"][1]["ttl"] == "1h"
    assert adapter.validate_json(written) == message


def test_a_point_is_read_from_a_dict_among_the_parts_of_a_message() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "cache_point", "ttl": "5m"}]
    model = Seen(responses=["ok"])
    model.invoke([{"role": "user", "content": parts}])
    assert model.seen == [HumanMessage("a")]
    with pytest.raises(InvalidParameterError, match="minutes or hours"):
        model.invoke([{"role": "user", "content": ["a", {"type": "cache_point", "ttl": "soon"}]}])


def test_chunks_with_a_point_add_up() -> None:
    answer = AIMessage([TextBlock("a"), CachePoint(), TextBlock("b")])
    merged = merge_chunks([as_chunk(answer), as_chunk(AIMessage("c"))])
    assert [block for block in merged.blocks if isinstance(block, CachePoint)] == [CachePoint()]


class Seen(FakeChatModel):
    """A model without a codec that keeps the messages and tools of its last call."""

    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        self.__dict__.update(seen=messages, tools=options.get("tools"))
        return super()._generate(messages, **options)

    @property
    def seen(self) -> Any:
        return self.__dict__["seen"]


def look(pond: str) -> str:
    """Look into a pond."""
    return pond


def test_a_model_without_marks_gets_neither_points_nor_marks() -> None:
    model = Seen(responses=["ok"]).bind_tools([look, CachePoint()])
    model.invoke([SystemMessage([TextBlock("s"), CachePoint()]), HumanMessage("q")])
    assert model.seen == [SystemMessage("s"), HumanMessage("q")]
    assert [tool.name for tool in model.__dict__["tools"]] == ["look"]


def test_a_point_among_tools_marks_the_tool_before_it() -> None:
    own = {"type": "net"}
    tools = mark_tools([ToolSpec("a"), own, CachePoint("5m"), ToolSpec("b")], MARKS)
    mark: Mapping[str, Any] = {"keep": {"kind": "short", "ttl": "5m"}}
    assert tools == (ToolSpec("a"), {**own, **mark}, ToolSpec("b"))
    assert mark_tools([ToolSpec("a"), CachePoint()], MARKS)[0].extras["keep"] == {"kind": "short"}


def test_a_point_among_tools_may_be_an_entry_of_its_own_or_nothing() -> None:
    tools = [ToolSpec("a"), CachePoint()]
    entry = {"keep": {"kind": "short"}}
    assert mark_tools(tools, replace(MARKS, tools="entry")) == (ToolSpec("a"), entry)
    assert mark_tools(tools, replace(MARKS, tools=None)) == (ToolSpec("a"),)


def test_a_point_behind_another_one_among_tools_adds_nothing() -> None:
    tools = [ToolSpec("a"), CachePoint("1h"), CachePoint()]
    entry = {"keep": {"kind": "short", "ttl": "1h"}}
    assert mark_tools(tools, replace(MARKS, tools="entry")) == (ToolSpec("a"), entry)
    assert mark_tools(tools, MARKS)[0].extras == entry


def test_a_point_behind_a_tool_that_has_no_entry_in_the_request_is_left_out() -> None:
    assert mark_tools([CachePoint(), ToolSpec("a")], MARKS) == (ToolSpec("a"),)


def test_a_point_before_the_first_tool_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="CachePoint among tools"):
        FakeChatModel(responses=["ok"]).bind_tools([CachePoint(), look])


def test_a_prompt_may_hold_a_point() -> None:
    prompt = ChatPromptTemplate([SystemMessage([TextBlock("s"), CachePoint()]), ("human", "{q}")])
    model = Seen(responses=["ok"])
    (prompt | model).invoke({"q": "hi"})
    assert model.seen == [SystemMessage("s"), HumanMessage("hi")]
