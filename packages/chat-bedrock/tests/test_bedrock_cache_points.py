"""Cache points as ``cachePoint`` behind what they mark, for the families that have them."""

from __future__ import annotations

from typing import Any

import pytest
from chat_bedrock import ChatBedrock
from chat_core import (
    AIMessage,
    CachePoint,
    HumanMessage,
    InvalidRequestError,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)

POINT = {"cachePoint": {"type": "default"}}
HOUR = {"cachePoint": {"type": "default", "ttl": "1h"}}
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "us.amazon.nova-pro-v1:0"


def look(pond: str) -> str:
    """Look into a pond."""
    return pond


def body(*messages: Any, model: str = CLAUDE, tools: Any = None) -> dict[str, Any]:
    chat = ChatBedrock(model=model, api_key="k", region="us-east-1")
    if tools is not None:
        chat = chat.bind_tools(tools)
    asked = chat._request_body(chat._read(list(messages)), chat._options, stream=False)
    return dict(asked or {})


SYSTEM = SystemMessage([TextBlock("Be kind."), CachePoint("1h")])
QUESTION = HumanMessage([TextBlock("The pond."), CachePoint(), TextBlock("How deep?")])


def test_a_point_is_a_block_of_its_own_behind_what_it_marks() -> None:
    sent = body(SYSTEM, QUESTION, tools=[look, CachePoint("1h")])
    assert sent["system"] == [{"text": "Be kind."}, HOUR]
    content = sent["messages"][0]["content"]
    assert content == [{"text": "The pond."}, POINT, {"text": "How deep?"}]
    assert sent["toolConfig"]["tools"][1] == HOUR


def test_a_point_in_a_result_stands_behind_the_result() -> None:
    call = AIMessage([ToolCall("look", {"pond": "a"}, "c1")])
    result = ToolMessage([TextBlock("7"), CachePoint()], "c1")
    content = body(HumanMessage("q"), call, result)["messages"][2]["content"]
    assert content == [{"toolResult": {"toolUseId": "c1", "content": [{"text": "7"}]}}, POINT]


def test_nova_has_no_points_among_tools_and_keeps_five_minutes() -> None:
    sent = body(QUESTION, model=NOVA, tools=[look, CachePoint("1h")])
    assert sent["messages"][0]["content"][1] == POINT
    assert len(sent["toolConfig"]["tools"]) == 1
    with pytest.raises(InvalidRequestError, match="Nova on Bedrock keeps a prefix for 5m,"):
        body(SYSTEM, QUESTION, model=NOVA)


@pytest.mark.parametrize("model", ["us.meta.llama3-3-70b-instruct-v1:0", "openai.gpt-oss-20b-1:0"])
def test_a_family_without_a_prompt_cache_gets_no_points(model: str) -> None:
    sent = body(SYSTEM, QUESTION, model=model, tools=[look, CachePoint()])
    assert "cachePoint" not in str(sent)


def test_a_name_that_hides_its_family_gets_points() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    assert POINT in body(QUESTION, model=arn)["messages"][0]["content"]


def test_more_points_than_four_are_refused_with_the_number() -> None:
    blocks: list[Any] = [part for n in range(5) for part in (TextBlock(f"{n}"), CachePoint())]
    with pytest.raises(InvalidRequestError, match=r"5 cache points .*at most 4"):
        body(HumanMessage(blocks))
    with pytest.raises(InvalidRequestError, match=r"5 cache points"):
        body(HumanMessage(blocks[:8]), tools=[look, CachePoint()])


def test_an_hour_behind_five_minutes_is_refused() -> None:
    later = HumanMessage([TextBlock("The pond."), CachePoint("1h")])
    for messages, tools in [
        ((later,), [look, CachePoint()]),
        ((SYSTEM,), [look, CachePoint("5m")]),
    ]:
        with pytest.raises(InvalidRequestError, match="'1h' stands behind one of 5 minutes"):
            body(*messages, QUESTION, tools=tools)
