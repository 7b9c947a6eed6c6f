"""Tools that Vertex AI runs: what it has that the Gemini API lacks, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import FileSearch, HumanMessage, InvalidParameterError, MCPServer, WebSearch
from chat_google_vertexai import ChatVertexAI


def body_of(*tools: object) -> dict[str, Any]:
    bound = ChatVertexAI(model="gemini-3-pro", api_key="k").bind_tools(tools)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


def test_a_search_leaves_domains_out() -> None:
    body = body_of(WebSearch(blocked_domains=["a.example"]), add)
    assert body["tools"][1] == {"googleSearch": {"excludeDomains": ["a.example"]}}
    assert "toolConfig" not in body  # the field that lists calls is the Gemini API's alone


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (FileSearch(stores=["s"]), "has no FileSearch. Give its `retrieval` tool"),
        (MCPServer(url="https://a.example", name="a"), "has no MCPServer"),
    ],
    ids=["files", "mcp"],
)
def test_what_vertex_ai_lacks_is_refused_with_what_serves(tool: object, said: str) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(tool)
