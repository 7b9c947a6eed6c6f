"""Cache points as ``cache_control``, in the order and number that Anthropic takes."""

from __future__ import annotations

from typing import Any

import pytest
from chat_anthropic import ChatAnthropic
from chat_core import (
    AIMessage,
    CachePoint,
    HumanMessage,
    InvalidRequestError,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    WebSearch,
)

MARK = {"type": "ephemeral"}


def look(pond: str) -> str:
    """Look into a pond."""
    return pond


def body(*messages: Any, tools: Any = None) -> dict[str, Any]:
    model = ChatAnthropic(model="claude-sonnet-4-5", api_key="k")
    if tools is not None:
        model = model.bind_tools(tools)
    asked = model._request_body(model._read(list(messages)), model._options, stream=False)
    return dict(asked or {})


def test_points_in_the_system_and_in_messages_are_marks_of_the_blocks_before_them() -> None:
    sent = body(
        SystemMessage([TextBlock("Be kind."), CachePoint("1h")]),
        HumanMessage([TextBlock("The pond."), CachePoint(), TextBlock("How deep?")]),
    )
    assert sent["system"][0]["cache_control"] == {**MARK, "ttl": "1h"}
    content = sent["messages"][0]["content"]
    assert [block.get("cache_control") for block in content] == [MARK, None]


def test_points_among_tools_mark_functions_and_tools_of_the_vendors() -> None:
    tools = body("q", tools=[look, CachePoint("1h"), WebSearch(), CachePoint()])["tools"]
    assert [tool["cache_control"] for tool in tools] == [{**MARK, "ttl": "1h"}, MARK]


def test_a_point_in_an_answer_of_another_vendor_marks_its_text() -> None:
    answer = AIMessage(
        [ReasoningBlock("hm"), TextBlock("Deep."), CachePoint()],
        response_metadata={"model_provider": "groq"},
    )
    content = body(HumanMessage("q"), answer, HumanMessage("Why?"))["messages"][1]["content"]
    assert content == [{"type": "text", "text": "Deep.", "cache_control": MARK}]


def test_a_point_in_a_result_marks_the_result() -> None:
    call = AIMessage([ToolCall("look", {"pond": "a"}, "toolu_1")])
    result = ToolMessage([TextBlock("7"), CachePoint()], "toolu_1")
    (wire,) = body(HumanMessage("q"), call, result)["messages"][2]["content"]
    assert (wire["content"], wire["cache_control"]) == ("7", MARK)


def test_more_points_than_four_are_refused_with_the_number() -> None:
    blocks: list[Any] = [part for n in range(5) for part in (TextBlock(f"{n}"), CachePoint())]
    with pytest.raises(InvalidRequestError, match=r"5 cache marks \(CachePoint.*at most 4"):
        body(HumanMessage(blocks))
    assert len(body(HumanMessage(blocks[:8]))["messages"][0]["content"]) == 4


def test_an_hour_behind_five_minutes_is_refused() -> None:
    blocks: list[Any] = [TextBlock("a"), CachePoint("5m"), TextBlock("b"), CachePoint("1h")]
    with pytest.raises(InvalidRequestError, match="longer ones first"):
        body(HumanMessage(blocks))
    with pytest.raises(InvalidRequestError, match="longer ones first"):
        body(HumanMessage(blocks[2:]), tools=[look, CachePoint()])


def test_a_longer_time_than_an_hour_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="Anthropic keeps a prefix for 5m or 1h"):
        body(HumanMessage([TextBlock("a"), CachePoint("2h")]))
