"""Tools that OpenAI runs: their shapes on Responses, and what Chat Completions has of them."""

from __future__ import annotations

from typing import Any, get_args

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
from chat_openai import ChatAzureOpenAI, ChatOpenAI, ChatOpenAICompatible
from openai.types.responses import ResponseIncludable, ToolParam
from pydantic import TypeAdapter

OSLO = {"city": "Oslo", "country": "NO", "timezone": "Europe/Oslo"}


def body_of(tool: object, *others: object, model: Any = None, **options: Any) -> dict[str, Any]:
    model = model or ChatOpenAI(model="gpt-5", api="responses", api_key="k")
    bound = model.bind_tools([tool, *others], **options)
    asked = bound._call_options(bound._options)
    body: dict[str, Any] = bound._whole_body([HumanMessage("Hi")], asked, stream=False)
    return body


def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


@pytest.mark.parametrize(
    ("tool", "wire"),
    [
        (WebSearch(), {"type": "web_search"}),
        (
            WebSearch(allowed_domains=["a.example"], location=OSLO),
            {
                "type": "web_search",
                "filters": {"allowed_domains": ["a.example"]},
                "user_location": {"type": "approximate", **OSLO},
            },
        ),
        (CodeExecution(), {"type": "code_interpreter", "container": {"type": "auto"}}),
        (
            FileSearch(stores=["vs_1", "vs_2"], max_results=4),
            {"type": "file_search", "vector_store_ids": ["vs_1", "vs_2"], "max_num_results": 4},
        ),
        (
            MCPServer(
                url="https://a.example/mcp",
                name="library",
                token="t-1",
                headers={"X-A": "b"},
                allowed_tools=["lend"],
            ),
            {
                "type": "mcp",
                "server_label": "library",
                "server_url": "https://a.example/mcp",
                "require_approval": "never",
                "authorization": "t-1",
                "headers": {"X-A": "b"},
                "allowed_tools": ["lend"],
            },
        ),
    ],
    ids=["search", "search with options", "code", "files", "mcp"],
)
def test_a_tool_is_in_the_shape_of_the_sdk(tool: object, wire: dict[str, Any]) -> None:
    body = body_of(tool, add)
    assert body["tools"][0] == wire
    assert body["tools"][1]["name"] == "add"
    TypeAdapter(ToolParam).validate_python(body["tools"][0])


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (WebSearch(max_uses=2), "'max_uses'. max_tool_calls"),
        (WebSearch(blocked_domains=["a.example"]), "'blocked_domains'. It has allowed_domains"),
        (WebFetch(), "has no WebFetch. Its WebSearch opens pages"),
    ],
)
def test_what_responses_lacks_is_refused_with_what_serves(tool: object, said: str) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(tool)


def test_what_came_of_a_tool_is_asked_for_with_what_the_model_asks_for() -> None:
    body = body_of(WebSearch(), CodeExecution(), FileSearch(stores=["vs_1"]))
    results = [
        "web_search_call.action.sources",
        "code_interpreter_call.outputs",
        "file_search_call.results",
    ]
    assert body["include"] == results
    assert set(results) <= set(get_args(ResponseIncludable))
    stored = ChatOpenAI(
        model="gpt-5", api="responses", api_key="k", store=False, include=[results[0]]
    )
    asked = body_of(WebSearch(), model=stored)["include"]
    assert sorted(asked) == ["reasoning.encrypted_content", results[0]]


def test_another_server_is_not_asked_for_results_that_it_may_not_know() -> None:
    model = ChatOpenAICompatible(model="m", api="responses", base_url="https://a.example/v1")
    body = body_of(WebSearch(), model=model)
    assert body["tools"] == [{"type": "web_search"}]
    assert "include" not in body


def test_a_deployment_is_not_known_to_search_by_its_name() -> None:
    model = ChatAzureOpenAI(
        model="search-bot", azure_endpoint="https://a.example", api_version="1", api_key="k"
    )
    with pytest.raises(InvalidParameterError, match=r'has no WebSearch\. Use api="responses"'):
        body_of(WebSearch(), model=model)


def test_a_server_tool_can_be_chosen_by_its_name() -> None:
    for tool, wire in ((CodeExecution(), "code_interpreter"), (WebSearch(), "web_search")):
        assert body_of(tool, tool_choice=tool.name)["tool_choice"] == {"type": wire}


@pytest.mark.parametrize(
    "tool", [WebSearch(), CodeExecution(), FileSearch(stores=["a"]), WebFetch()], ids=repr
)
def test_chat_completions_names_the_endpoint_that_serves(tool: object) -> None:
    with pytest.raises(InvalidParameterError, match='api="responses"'):
        body_of(tool, model=ChatOpenAI(model="gpt-5", api_key="k"))


def test_models_of_chat_completions_that_search_take_the_location() -> None:
    model = ChatOpenAI(model="gpt-4o-search-preview", api_key="k")
    body = body_of(WebSearch(location={"city": "Oslo"}), model=model)
    place = {"type": "approximate", "approximate": {"city": "Oslo"}}
    assert body["web_search_options"] == {"user_location": place}
    assert not body.get("tools")
    with pytest.raises(InvalidParameterError, match="allowed_domains"):
        body_of(WebSearch(allowed_domains=["a.example"]), model=model)


def test_a_tool_beside_the_setting_that_it_sets_is_refused() -> None:
    model = ChatOpenAI(
        model="gpt-4o-search-preview",
        api_key="k",
        web_search_options={"search_context_size": "low"},
    )
    with pytest.raises(InvalidParameterError, match="web_search_options= is set beside"):
        body_of(WebSearch(), model=model)


def test_another_server_is_asked_for_no_tool_that_it_may_not_have() -> None:
    model = ChatOpenAICompatible(model="m-search", base_url="https://a.example/v1")
    with pytest.raises(InvalidParameterError, match=r"has no WebSearch\. Give a function"):
        body_of(WebSearch(), model=model)
