"""Tools that Anthropic runs: their shapes, and one name for the parts of code execution."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types.beta import BetaToolUnionParam
from chat_anthropic import ChatAnthropic
from chat_anthropic.decode_blocks import decode_block
from chat_anthropic.encode_turns import encode_turns
from chat_core import (
    AIMessage,
    CodeExecution,
    FileSearch,
    HumanMessage,
    InvalidParameterError,
    MCPServer,
    Message,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    WebFetch,
    WebSearch,
)
from pydantic import TypeAdapter

LIMITS: dict[str, Any] = {"max_uses": 3, "allowed_domains": ["a.example"]}


def body_of(*tools: object, model: ChatAnthropic | None = None) -> dict[str, Any]:
    bound = (model or ChatAnthropic(model="claude-sonnet-4-5", api_key="k")).bind_tools(tools)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


@pytest.mark.parametrize(
    ("tool", "wire"),
    [
        (
            WebSearch(location={"city": "Oslo"}, **LIMITS),
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "user_location": {"type": "approximate", "city": "Oslo"},
                **LIMITS,
            },
        ),
        (
            WebFetch(blocked_domains=["b.example"]),
            {
                "type": "web_fetch_20250910",
                "name": "web_fetch",
                "blocked_domains": ["b.example"],
            },
        ),
        (CodeExecution(), {"type": "code_execution_20250825", "name": "code_execution"}),
    ],
    ids=["search", "fetch", "code"],
)
def test_a_tool_is_in_the_shape_of_the_sdk(tool: object, wire: dict[str, Any]) -> None:
    assert body_of(tool)["tools"] == [wire]
    TypeAdapter(BetaToolUnionParam).validate_python(wire)


def test_a_server_stands_among_the_servers_and_its_toolset_among_the_tools() -> None:
    library = MCPServer(url="https://a.example/mcp", name="library", token="t-1")
    post = MCPServer(url="https://b.example/mcp", name="post", allowed_tools=["send"])
    body = body_of(library, post)
    assert body["mcp_servers"] == [
        {
            "type": "url",
            "url": "https://a.example/mcp",
            "name": "library",
            "authorization_token": "t-1",
        },
        {"type": "url", "url": "https://b.example/mcp", "name": "post"},
    ]
    assert body["tools"] == [
        {"type": "mcp_toolset", "mcp_server_name": "library"},
        {
            "type": "mcp_toolset",
            "mcp_server_name": "post",
            "default_config": {"enabled": False},
            "configs": {"send": {"enabled": True}},
        },
    ]
    assert body["betas"] == ["mcp-client-2025-11-20"]


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (WebSearch(blocked_domains=["b.example"], **LIMITS), "not both"),
        (FileSearch(stores=["s"]), "has no FileSearch. Give the files"),
        (
            MCPServer(url="https://a.example", name="a", headers={"X-A": "b"}),
            "has no 'headers'. It sends token=",
        ),
    ],
    ids=["domains", "files", "headers"],
)
def test_what_the_vendor_lacks_is_refused_with_what_serves(tool: object, said: str) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(tool)


def test_a_server_stands_beside_servers_of_the_model() -> None:
    own = {"type": "url", "url": "https://a.example", "name": "a"}
    model = ChatAnthropic(model="claude-sonnet-4-5", api_key="k", mcp_servers=[own])
    body = body_of(MCPServer(url="https://b.example", name="b"), model=model)
    assert [server["name"] for server in body["mcp_servers"]] == ["a", "b"]


@pytest.mark.parametrize("part", ["bash_code_execution", "text_editor_code_execution"])
def test_the_parts_of_code_execution_have_one_name_and_go_back_under_their_own(part: str) -> None:
    call = {"type": "server_tool_use", "id": "srvtoolu_1", "name": part, "input": {"command": "ls"}}
    result = {"type": f"{part}_tool_result", "tool_use_id": "srvtoolu_1", "content": {"stdout": ""}}
    blocks = [decode_block(call, None), decode_block(result, None)]
    names = [b.name for b in blocks if isinstance(b, ServerToolCall | ServerToolResult)]
    assert names == ["code_execution", "code_execution"]
    answer = AIMessage(
        [*(block for block in blocks if block), TextBlock("Done.")],
        response_metadata={"model_provider": "anthropic"},
    )
    messages: list[Message] = [HumanMessage("Hi"), answer, HumanMessage("Go on")]
    _, turns = encode_turns(messages, model="claude-sonnet-4-5")
    assert turns[1]["content"][:2] == [call, result]
