"""Tools that Bedrock runs: the system tools of Nova."""

from __future__ import annotations

from typing import Any

import pytest
from chat_bedrock import ChatBedrock
from chat_core import CodeExecution, HumanMessage, InvalidParameterError, WebFetch, WebSearch


def body_of(*tools: object, model: str = "us.amazon.nova-2-lite-v1:0") -> dict[str, Any]:
    bound = ChatBedrock(model=model, region="us-east-1", api_key="k").bind_tools(tools)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


def test_nova_gets_its_system_tools() -> None:
    assert body_of(WebSearch(), CodeExecution())["toolConfig"]["tools"] == [
        {"systemTool": {"name": "nova_grounding"}},
        {"systemTool": {"name": "nova_code_interpreter"}},
    ]


@pytest.mark.parametrize(
    "model",
    [
        "us.amazon.nova-premier-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
    ],
)
def test_a_search_is_sent_to_nova_premier_and_where_the_id_hides_the_model(model: str) -> None:
    (tool,) = body_of(WebSearch(), model=model)["toolConfig"]["tools"]
    assert tool == {"systemTool": {"name": "nova_grounding"}}


@pytest.mark.parametrize(
    ("model", "tool", "said"),
    [
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", WebSearch(), "Nova 2 models have it"),
        ("amazon.nova-pro-v1:0", WebSearch(), "has no WebSearch. Amazon's Nova 2 models have it"),
        ("us.amazon.nova-premier-v1:0", CodeExecution(), "has no CodeExecution"),
        ("us.amazon.nova-2-lite-v1:0", WebSearch(max_uses=1), "has no 'max_uses'"),
        ("us.amazon.nova-2-lite-v1:0", WebFetch(), "has no WebFetch"),
    ],
)
def test_what_a_model_lacks_is_refused_by_name(model: str, tool: object, said: str) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(tool, model=model)
