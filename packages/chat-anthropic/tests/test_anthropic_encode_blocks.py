"""Blocks on their way out: media, tool results, cache marks, and what goes back verbatim."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from chat_anthropic.encode_blocks import encode_answer, encode_input, encode_tool_result
from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    Citation,
    FileBlock,
    ImageBlock,
    InvalidParameterError,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
    ToolMessage,
    VideoBlock,
)

CACHE = {"type": "ephemeral"}


def user(block: Block) -> dict[str, Any]:
    (wire,) = encode_input([block], owner="HumanMessage")
    return wire


def answer(*blocks: Block, provider: str | None = "anthropic") -> list[dict[str, Any]]:
    facts = {} if provider is None else {"model_provider": provider}
    message = AIMessage(blocks, response_metadata=facts)
    calls = {n: b.id for n, b in enumerate(blocks) if isinstance(b, ToolCall) and b.id}
    return encode_answer(message, calls, model="claude-opus-4-8")


# --- what the user shows


@pytest.mark.parametrize(
    ("block", "source"),
    [
        (ImageBlock(url="https://a/b.png"), {"type": "url", "url": "https://a/b.png"}),
        (
            ImageBlock(base64="aWNv", mime_type="image/png"),
            {"type": "base64", "media_type": "image/png", "data": "aWNv"},
        ),
        (
            ImageBlock(url="data:image/gif;base64,aWNv"),
            {"type": "base64", "media_type": "image/gif", "data": "aWNv"},
        ),
        (ImageBlock(file_id="file_1"), {"type": "file", "file_id": "file_1"}),
    ],
)
def test_an_image_comes_from_wherever_it_is(block: Block, source: dict[str, Any]) -> None:
    assert user(block) == {"type": "image", "source": source}


def test_a_pdf_is_a_document_with_its_name_and_settings() -> None:
    block = FileBlock(
        base64="JVBERg==",
        mime_type="application/pdf",
        name="a.pdf",
        extras={"citations": {"enabled": True}, "context": "the contract", "detail": "high"},
    )
    assert user(block) == {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
        "title": "a.pdf",
        "citations": {"enabled": True},
        "context": "the contract",
    }


def test_a_text_file_is_a_document_of_plain_text() -> None:
    block = FileBlock(base64=b64encode("Grüße".encode()).decode(), mime_type="text/markdown")
    assert user(block)["source"] == {"type": "text", "media_type": "text/plain", "data": "Grüße"}


@pytest.mark.parametrize(
    "block",
    [
        FileBlock(base64="aWNv", mime_type="image/png"),
        FileBlock("https://a/b", mime_type="image/webp"),
        FileBlock("https://a/b.jpeg?size=2"),
        FileBlock("https://a/b", name="b.gif"),
        FileBlock(file_id="file_1", mime_type="image/jpg"),
    ],
)
def test_a_file_that_is_an_image_is_shown_as_one(block: FileBlock) -> None:
    assert user(block)["type"] == "image"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_text_file_is_read_by_its_byte_order_mark(encoding: str) -> None:
    block = FileBlock.from_bytes("naïve".encode(encoding), mime_type="text/plain")
    assert user(block)["source"]["data"] == "naïve"


def test_a_text_file_is_read_by_the_charset_of_its_type() -> None:
    data = "naïve".encode("iso-8859-1")
    block = FileBlock.from_bytes(data, mime_type="text/plain; charset=iso-8859-1")
    assert user(block)["source"]["data"] == "naïve"


def test_a_text_file_that_is_no_utf_8_is_refused() -> None:
    base64 = b64encode("naïve".encode("latin-1")).decode()
    with pytest.raises(InvalidParameterError, match="charset"):
        user(FileBlock(base64=base64, mime_type="text/plain"))


def test_a_document_may_be_fetched_or_uploaded_before() -> None:
    assert user(FileBlock(url="https://a/b.pdf"))["source"] == {
        "type": "url",
        "url": "https://a/b.pdf",
    }
    assert user(FileBlock(file_id="file_1"))["source"] == {"type": "file", "file_id": "file_1"}


@pytest.mark.parametrize(
    ("block", "named"),
    [
        (AudioBlock(url="https://a/b.mp3"), "AudioBlock"),
        (VideoBlock(url="https://a/b.mp4"), "VideoBlock"),
        (FileBlock(base64="UEs=", mime_type="application/zip"), "application/zip"),
        (FileBlock(url="https://a/b.zip", mime_type="application/zip"), "application/zip"),
        (FileBlock(url="https://a/b.txt"), "fetches no text files"),
        (ImageBlock(base64="Qk0=", mime_type="image/bmp"), "image/bmp"),
    ],
)
def test_what_the_api_cannot_take_is_named(block: Block, named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named) as caught:
        user(block)
    assert "Anthropic" in caught.value.message


def test_base64_needs_its_mime_type() -> None:
    with pytest.raises(InvalidParameterError, match=r"ImageBlock.*mime_type"):
        user(ImageBlock(base64="aWNv"))


@pytest.mark.parametrize(
    "block",
    [
        TextBlock("Hi", extras={"cache_control": CACHE}),
        ImageBlock(url="https://a/", extras={"cache_control": CACHE}),
        FileBlock(url="https://a/", extras={"cache_control": CACHE}),
        NonStandardBlock({"type": "search_result"}, extras={"cache_control": CACHE}),
    ],
)
def test_any_block_may_carry_a_cache_mark(block: Block) -> None:
    assert user(block)["cache_control"] == CACHE


def test_a_block_in_the_vendors_shape_goes_as_it_is() -> None:
    wire = {"type": "container_upload", "file_id": "file_1"}
    assert user(NonStandardBlock(wire)) == wire


# --- tool results


def test_a_plain_tool_result_is_a_string() -> None:
    got = encode_tool_result(ToolMessage("21 °C", "toolu_1"), "toolu_1")
    assert got == {"type": "tool_result", "tool_use_id": "toolu_1", "content": "21 °C"}


def test_a_failed_tool_is_marked() -> None:
    assert encode_tool_result(ToolMessage("no", "toolu_1", "error"), "toolu_1")["is_error"] is True


def test_a_tool_may_show_images_documents_and_blocks_of_the_vendor() -> None:
    reference = {"type": "tool_reference", "tool_name": "look"}
    blocks: list[Block] = [
        TextBlock("Look:"),
        ImageBlock(base64="aWNv", mime_type="image/png"),
        FileBlock(url="https://a/b.pdf"),
        NonStandardBlock(reference),
    ]
    content = encode_tool_result(ToolMessage(blocks, "toolu_1"), "toolu_1")["content"]
    assert [part["type"] for part in content] == ["text", "image", "document", "tool_reference"]


def test_a_tool_may_give_nothing() -> None:
    assert encode_tool_result(ToolMessage("", "toolu_1"), "toolu_1")["content"] == ""


def test_a_cache_mark_inside_a_tool_result_stands_on_the_result() -> None:
    got = encode_tool_result(
        ToolMessage([TextBlock("1", extras={"cache_control": CACHE})], "toolu_1"), "toolu_1"
    )
    assert (got["content"], got["cache_control"]) == ("1", CACHE)


# --- answers, sent back


def test_thinking_goes_back_verbatim_and_in_order() -> None:
    blocks: list[Block] = [
        ReasoningBlock("Hm", extras={"signature": "c2ln"}),
        ReasoningBlock("", extras={"data": "ZW5j"}),
        TextBlock("So:"),
        ReasoningBlock("", extras={"signature": "c2ln"}),
    ]
    assert answer(*blocks) == [
        {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "ZW5j"},
        {"type": "text", "text": "So:"},
        {"type": "thinking", "thinking": "", "signature": "c2ln"},
    ]


def test_thinking_without_a_signature_is_left_out_because_the_api_refuses_it() -> None:
    assert answer(ReasoningBlock("Hm")) == []


def test_a_server_tools_call_and_result_go_back_as_they_came() -> None:
    call = ServerToolCall(
        "ask", {"q": 1}, "mcptoolu_1", extras={"type": "mcp_tool_use", "server_name": "w"}
    )
    result = ServerToolResult(
        [{"type": "text"}], "mcptoolu_1", extras={"type": "mcp_tool_result", "is_error": False}
    )
    assert answer(call, result) == [
        {
            "type": "mcp_tool_use",
            "id": "mcptoolu_1",
            "name": "ask",
            "input": {"q": 1},
            "server_name": "w",
        },
        {
            "type": "mcp_tool_result",
            "tool_use_id": "mcptoolu_1",
            "content": [{"type": "text"}],
            "is_error": False,
        },
    ]


def test_a_server_call_that_was_cut_off_is_left_out() -> None:
    extras = {"type": "server_tool_use", "partial_input": '{"q'}
    assert answer(ServerToolCall("web_search", {}, "srvtoolu_1", extras=extras)) == []


def test_citations_go_back_without_the_field_that_only_answers_have() -> None:
    wire = {"type": "page_location", "cited_text": "x", "document_title": None, "file_id": "file_1"}
    (got,) = answer(TextBlock("Said.", (Citation(cited_text="x", extras=wire),)))
    assert got["citations"] == [
        {"type": "page_location", "cited_text": "x", "document_title": None}
    ]


def test_a_call_keeps_who_called() -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}
    (got,) = answer(ToolCall("look", {"a": 1}, "toolu_1", extras={"caller": caller}))
    assert got == {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "look",
        "input": {"a": 1},
        "caller": caller,
    }


def test_an_answer_that_names_no_provider_counts_as_native() -> None:
    assert answer(NonStandardBlock({"type": "compaction"}), provider=None) == [
        {"type": "compaction"}
    ]


def test_of_another_vendors_answer_text_and_calls_remain() -> None:
    blocks: list[Block] = [
        ReasoningBlock("Hm", extras={"signature": "theirs"}),
        NonStandardBlock({"type": "theirs"}),
        ServerToolCall("web_search", {}, "ws_1", extras={"type": "web_search_call"}),
        ServerToolResult([], "ws_1"),
        TextBlock("Hi", (Citation(url="u", extras={"type": "url_citation"}),), extras={"id": "x"}),
        RefusalBlock("I would rather not."),
        ToolCall("look", {}, "call_1", extras={"caller": "theirs"}),
    ]
    assert answer(*blocks, provider="openai") == [
        {"type": "text", "text": "Hi"},
        {"type": "text", "text": "I would rather not."},
        {"type": "tool_use", "id": "call_1", "name": "look", "input": {}},
    ]


def test_another_vendors_spoken_answer_remains_as_its_words() -> None:
    spoken = AudioBlock(base64="c3Bva2Vu", mime_type="audio/wav", transcript="Hello")
    assert answer(spoken, provider="openai") == [{"type": "text", "text": "Hello"}]


def test_another_vendors_picture_is_not_dropped_silently() -> None:
    with pytest.raises(InvalidParameterError, match="ImageBlock in an AIMessage"):
        answer(ImageBlock(url="https://a/"), provider="google-genai")
