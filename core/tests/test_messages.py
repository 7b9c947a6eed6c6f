"""Laws of messages: one ordered truth with projections, and exact round trips at the edges."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.messages.blocks import (
    AudioBlock,
    Block,
    Citation,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    VideoBlock,
)
from chat_core.messages.chunks import AIMessageChunk, AnyMessage
from chat_core.messages.message import AIMessage, HumanMessage, SystemMessage, ToolMessage
from chat_core.messages.usage import InputTokenDetails, UsageMetadata
from pydantic import TypeAdapter, ValidationError

EVERY_BLOCK: list[Block] = [
    TextBlock("hi", (Citation(url="u", title="t", start_index=0, end_index=2),), index=1),
    ReasoningBlock("hm", extras={"signature": "s"}),
    RefusalBlock("no"),
    ToolCall("f", {"a": [1, None]}, "1"),
    InvalidToolCall("f", '{"a', "2", "cut"),
    ToolCallChunk("f", None, "3", 0),
    ImageBlock("https://x"),
    AudioBlock(base64="AA==", mime_type="audio/wav", transcript="a"),
    VideoBlock(file_id="v"),
    FileBlock(base64="AA==", mime_type="application/pdf", name="x.pdf"),
    ServerToolCall("search", {"q": "x"}, "4"),
    ServerToolResult([{"url": "u"}], "4", "search", "error"),
    NonStandardBlock({"type": "odd"}),
]

MESSAGES = [
    SystemMessage("be kind"),
    HumanMessage([TextBlock("hi"), ImageBlock("https://x")], name="bo"),
    ToolMessage("42", "1", "error"),
    AIMessage(
        EVERY_BLOCK,
        id="x",
        additional_kwargs={"k": 1},
        usage_metadata=UsageMetadata(
            input_tokens=1, input_token_details=InputTokenDetails(cache_read=0)
        ),
        response_metadata={"finish_reason": "stop"},
    ),
    AIMessageChunk(EVERY_BLOCK, id="x"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.type)
def test_json_and_back_is_the_same_message(message: Any) -> None:
    for adapter in (TypeAdapter(type(message)), TypeAdapter(AnyMessage)):
        again = adapter.validate_json(adapter.dump_json(message))
        assert again == message
        assert type(again) is type(message)
        assert adapter.validate_python(adapter.dump_python(message)) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.type)
def test_pickle_and_back_is_the_same_message(message: Any) -> None:
    assert pickle.loads(pickle.dumps(message)) == message


def test_usage_stays_a_record_through_json() -> None:
    adapter = TypeAdapter(AIMessage)
    usage = adapter.validate_json(adapter.dump_json(MESSAGES[3])).usage_metadata  # type: ignore[arg-type]
    assert isinstance(usage, UsageMetadata)
    assert usage.input_tokens == usage["input_tokens"] == 1
    assert usage.output_tokens is None
    assert usage.input_token_details.cache_read == 0


def test_there_is_a_json_schema_that_tells_blocks_apart() -> None:
    schema = TypeAdapter(AnyMessage).json_schema()
    assert "TextBlock" in schema["$defs"]


def test_a_block_of_unknown_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AIMessage).validate_python({"type": "ai", "blocks": [{"type": "odd"}]})


def test_content_is_always_the_visible_text() -> None:
    message = AIMessage([TextBlock("a"), ReasoningBlock("r"), RefusalBlock("no"), TextBlock("b")])
    assert message.content == "ab"
    assert message.reasoning == "r"
    assert message.refusal == "no"
    assert AIMessage([ToolCall("f", {})]).content == ""


def test_projections_keep_the_order_of_blocks() -> None:
    message = AIMessage([ToolCall("a", {}), InvalidToolCall("x", ""), ToolCall("b", {})])
    assert [call.name for call in message.tool_calls] == ["a", "b"]
    assert [call.name for call in message.invalid_tool_calls] == ["x"]


def test_two_messages_never_share_their_dictionaries() -> None:
    a, b = AIMessageChunk("a"), AIMessageChunk("b")
    a.response_metadata["x"] = 1
    assert b.response_metadata == {}


@pytest.mark.parametrize("content", [["text"], [{"type": "text", "text": "x"}], [1]])
def test_content_that_is_not_blocks_is_refused_with_a_hint(content: Any) -> None:
    with pytest.raises(InvalidParameterError, match="TextBlock"):
        HumanMessage(content)


@pytest.mark.parametrize("sources", [{}, {"url": "u", "file_id": "f"}])
def test_media_has_exactly_one_source(sources: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="exactly one of"):
        ImageBlock(**sources)


@pytest.mark.parametrize("make", [AIMessage, AIMessageChunk])
def test_usage_may_be_given_as_a_plain_dict(make: Any) -> None:
    given = {"input_tokens": 3, "input_token_details": {"cache_read": 1}}
    assert make("a", usage_metadata=given).usage_metadata == UsageMetadata(
        input_tokens=3, input_token_details=InputTokenDetails(cache_read=1)
    )


@pytest.mark.parametrize("content", [None, 3])
def test_content_that_is_neither_text_nor_a_list_is_refused_by_name(content: Any) -> None:
    with pytest.raises(InvalidParameterError, match=f"str or a list of blocks; got {content}"):
        HumanMessage(content)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (AIMessageChunk("hi"), "AIMessageChunk('hi')"),
        (AIMessageChunk(), "AIMessageChunk()"),
        (HumanMessage("hi", name="bo"), "HumanMessage('hi', name='bo')"),
        (
            AIMessage([ReasoningBlock("hm"), TextBlock("hi")], id="1"),
            "AIMessage([ReasoningBlock(text='hm'), TextBlock(text='hi')], id='1')",
        ),
        (ToolMessage("r", "c"), "ToolMessage('r', tool_call_id='c')"),
        (
            ToolMessage([TextBlock("r", extras={"a": 1})], "c", "error"),
            "ToolMessage([TextBlock(text='r', extras={'a': 1})], tool_call_id='c', status='error')",
        ),
        (ToolCall("f", {}), "ToolCall(name='f', args={})"),
        (ToolCallChunk(args="{", index=0), "ToolCallChunk(args='{', index=0)"),
        (ImageBlock(base64="AA==", mime_type="image/png"), "ImageBlock(<image/png 1 B>)"),
        (Citation(url="u"), "Citation(url='u')"),
    ],
)
def test_what_is_empty_is_not_printed(value: Any, text: str) -> None:
    """What is printed of a message without media is an expression that makes it."""
    assert repr(value) == text
    if "Image" not in text:
        assert eval(text) == value


def test_a_chunk_prints_as_its_text() -> None:
    """A program that prints chunks instead of their content prints the answer."""
    chunks = [AIMessageChunk("Gold"), AIMessageChunk(), AIMessageChunk("fish")]
    assert "".join(map(str, chunks)) == "Goldfish"
    assert str(AIMessage("hi")) == "AIMessage('hi')"
