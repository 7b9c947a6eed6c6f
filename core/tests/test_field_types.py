"""Blocks and messages refuse a field of another type when they are made, and name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chat_core import (
    AIMessage,
    AudioBlock,
    Citation,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    VideoBlock,
)

MISFITS: list[tuple[Callable[..., object], dict[str, Any], str]] = [
    (TextBlock, {"text": 7}, "text"),
    (TextBlock, {"text": "a", "citations": ["b"]}, "citations"),
    (TextBlock, {"text": "a", "extras": "b"}, "extras"),
    (TextBlock, {"text": "a", "index": "0"}, "index"),
    (ReasoningBlock, {"text": None}, "text"),
    (RefusalBlock, {"text": b"no"}, "text"),
    (ToolCall, {"name": "look", "args": "{}"}, "args"),
    (ToolCall, {"name": None, "args": {}}, "name"),
    (ToolCall, {"name": "look", "args": {}, "id": 7}, "id"),
    (InvalidToolCall, {"name": "look", "args": {}}, "args"),
    (ToolCallChunk, {"args": {}}, "args"),
    (ToolCallChunk, {"id": 7}, "id"),
    (ImageBlock, {"url": 7}, "url"),
    (ImageBlock, {"base64": "a picture!"}, "base64"),
    (AudioBlock, {"base64": "aGk=", "mime_type": 7}, "mime_type"),
    (VideoBlock, {"file_id": 7}, "file_id"),
    (FileBlock, {"url": "u", "name": 7}, "name"),
    (ServerToolCall, {"name": "search", "args": []}, "args"),
    (ServerToolResult, {"tool_call_id": 7}, "tool_call_id"),
    (ServerToolResult, {"status": "odd"}, "status"),
    (NonStandardBlock, {"value": []}, "value"),
    (Citation, {"start_index": "0"}, "start_index"),
    (HumanMessage, {"content": "a", "name": 7}, "name"),
    (HumanMessage, {"content": "a", "additional_kwargs": "b"}, "additional_kwargs"),
    (ToolMessage, {"content": "a", "tool_call_id": "1", "id": 7}, "id"),
    (AIMessage, {"content": "a", "response_metadata": "b"}, "response_metadata"),
    (AIMessage, {"content": "a", "usage_metadata": 7}, "usage_metadata"),
]


@pytest.mark.parametrize(
    ("made", "fields", "named"),
    MISFITS,
    ids=[f"{made.__name__}-{named}-{number}" for number, (made, _, named) in enumerate(MISFITS)],
)
def test_a_field_of_another_type_is_refused_by_its_name(
    made: Callable[..., object], fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=rf"(?=.*{made.__name__}).*\b{named}\b"):
        made(**fields)


def test_a_piece_of_base64_of_any_length_is_taken() -> None:
    assert ImageBlock(base64="iVBOR", mime_type="image/png").base64 == "iVBOR"
    assert ImageBlock(base64="-_8\n-x", mime_type="image/png").base64 == "+/8+x"
