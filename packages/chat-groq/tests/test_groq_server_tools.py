"""Tools that Groq runs: by compound systems, by gpt-oss, by no other model."""

from __future__ import annotations

from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import CodeExecution, HumanMessage, InvalidParameterError, WebFetch, WebSearch
from chat_groq import ChatGroq


def body_of(*tools: object, model: str = "groq/compound", **settings: Any) -> dict[str, Any]:
    bound = ChatGroq(model=model, api_key="k", **settings).bind_tools(tools)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


def test_a_compound_system_gets_a_list_of_its_tools_and_the_domains_of_a_search() -> None:
    search = WebSearch(allowed_domains=["a.example"], blocked_domains=["b.example"])
    body = body_of(search, WebFetch(), CodeExecution())
    names = ["web_search", "visit_website", "code_interpreter"]
    assert body["compound_custom"] == {"tools": {"enabled_tools": names}}
    assert body["search_settings"] == {
        "include_domains": ["a.example"],
        "exclude_domains": ["b.example"],
    }
    assert not body.get("tools")


@pytest.mark.parametrize(
    ("tools", "own", "sent"),
    [
        ([WebFetch()], {}, "latest"),
        ([WebFetch()], {"groq-model-version": "2025-09-01"}, "2025-09-01"),
        ([WebSearch()], {}, None),
    ],
)
def test_reading_pages_asks_for_the_version_of_a_compound_system_that_can(
    tools: list[object], own: dict[str, Any], sent: str | None
) -> None:
    answer = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
    with WireServer([json_answer(answer)]) as server:
        model = ChatGroq(
            model="groq/compound", api_key="k", base_url=server.url, default_headers=own
        )
        model.bind_tools(tools).invoke("Hi")
        assert server.requests[0].headers.get("groq-model-version") == sent


def test_gpt_oss_takes_two_tools_among_functions() -> None:
    body = body_of(WebSearch(), CodeExecution(), add, model="openai/gpt-oss-20b")
    kinds = [tool["type"] for tool in body["tools"]]
    assert kinds == ["browser_search", "code_interpreter", "function"]


@pytest.mark.parametrize(
    ("model", "tools", "said"),
    [
        ("llama-3.3-70b-versatile", [WebSearch()], "WebSearch. The model groq/compound has it"),
        ("openai/gpt-oss-20b", [WebSearch(allowed_domains=["a.b"])], "'allowed_domains'. The mod"),
        ("openai/gpt-oss-20b", [WebFetch()], "has no WebFetch. The model groq/compound"),
        ("groq/compound", [WebSearch(location={"city": "Oslo"})], "'location'. search_settings"),
        ("groq/compound", [WebSearch(), add], "Compound systems take no functions"),
    ],
)
def test_what_a_model_lacks_is_refused_with_what_serves(
    model: str, tools: list[object], said: str
) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        body_of(*tools, model=model)


def test_a_list_of_tools_of_the_models_own_is_not_replaced() -> None:
    with pytest.raises(InvalidParameterError, match="compound_custom= is set beside"):
        body_of(WebSearch(), compound_custom={"models": {"answering_model": "m"}})
