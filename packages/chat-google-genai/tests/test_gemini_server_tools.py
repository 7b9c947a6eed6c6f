"""Tools that Google runs: their shapes in both APIs, and functions beside them."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import (
    CodeExecution,
    FileSearch,
    HumanMessage,
    InvalidParameterError,
    MCPServer,
    WebFetch,
    WebSearch,
)
from chat_google_genai import ChatGoogleGenerativeAI


def body_of(*tools: object, model: str = "gemini-3-pro", **options: Any) -> dict[str, Any]:
    bound = ChatGoogleGenerativeAI(model=model, api_key="k").bind_tools(tools, **options)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


@pytest.mark.parametrize(
    ("tool", "wire"),
    [
        (WebSearch(), {"googleSearch": {}}),
        (WebFetch(), {"urlContext": {}}),
        (CodeExecution(), {"codeExecution": {}}),
        (
            FileSearch(stores=["fileSearchStores/a"], max_results=4),
            {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"], "topK": 4}},
        ),
        (
            MCPServer(url="https://a.example", name="library", token="t", headers={"X-A": "b"}),
            {
                "mcpServers": [
                    {
                        "name": "library",
                        "streamableHttpTransport": {
                            "url": "https://a.example",
                            "headers": {"X-A": "b", "Authorization": "Bearer t"},
                        },
                    }
                ]
            },
        ),
    ],
    ids=["search", "fetch", "code", "files", "mcp"],
)
def test_a_tool_is_in_the_shape_of_the_sdk(tool: object, wire: dict[str, Any]) -> None:
    assert body_of(tool)["tools"] == [wire]


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (WebSearch(max_uses=1), "'max_uses'. The model decides"),
        (WebSearch(allowed_domains=["a.example"]), "'allowed_domains'"),
        (WebSearch(blocked_domains=["a.example"]), "'blocked_domains'"),
        (WebSearch(location={"city": "Oslo"}), "'location'"),
        (WebFetch(allowed_domains=["a.example"]), "'allowed_domains'"),
        (MCPServer(url="https://a.example", name="a", allowed_tools=["b"]), "'allowed_tools'"),
    ],
    ids=repr,
)
def test_what_the_gemini_api_lacks_is_refused_by_name(tool: object, said: str) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(tool)


def test_functions_beside_a_server_tool_need_the_third_generation() -> None:
    body = body_of(WebSearch(), add, tool_choice="any")
    assert body["toolConfig"] == {
        "includeServerSideToolInvocations": True,
        "functionCallingConfig": {"mode": "ANY"},
    }
    with pytest.raises(InvalidParameterError, match="WebSearch cannot stand beside functions"):
        body_of(WebSearch(), add, model="gemini-2.5-flash")
    assert "toolConfig" not in body_of(WebSearch(), CodeExecution(), model="gemini-2.5-flash")


@pytest.mark.parametrize(
    "tool", [WebSearch(), WebFetch(), FileSearch(stores=["fileSearchStores/a"])], ids=repr
)
def test_what_a_tool_found_is_asked_for_where_the_api_can_show_it(tool: object) -> None:
    assert body_of(tool)["toolConfig"] == {"includeServerSideToolInvocations": True}
    assert "toolConfig" not in body_of(tool, model="gemini-2.5-flash")
