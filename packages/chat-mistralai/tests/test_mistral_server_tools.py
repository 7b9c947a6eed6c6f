"""The tool that Mistral runs in chat completions, and those that it does not run there."""

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
from chat_mistralai import ChatMistralAI
from mistralai.client.models import ChatCompletionRequest


def body_of(*tools: object) -> dict[str, Any]:
    bound = ChatMistralAI(model="mistral-medium-latest", api_key="k").bind_tools(tools)
    asked = bound._call_options(bound._options)
    return bound._whole_body([HumanMessage("Hi")], asked, stream=False)


def test_files_are_searched_in_libraries() -> None:
    body = body_of(FileSearch(stores=["lib-1", "lib-2"]))
    assert body["tools"] == [{"type": "document_library", "library_ids": ["lib-1", "lib-2"]}]
    read = ChatCompletionRequest.model_validate(body)
    assert [type(tool).__name__ for tool in read.tools or ()] == ["DocumentLibraryTool"]


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        (WebSearch(), "has no WebSearch. Mistral runs it in its agents and conversations"),
        (CodeExecution(), "has no CodeExecution. Mistral runs it in its agents"),
        (WebFetch(), "has no WebFetch. Give a function of your own"),
        (MCPServer(url="https://a.example", name="a"), "has no MCPServer. Register the server"),
        (FileSearch(stores=["lib-1"], max_results=3), "'max_results'"),
    ],
    ids=repr,
)
def test_what_mistral_lacks_is_refused_with_what_serves(tool: object, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        body_of(tool)
