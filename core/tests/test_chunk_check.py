"""Chunks hold what their types say, whatever JSON the wire put into their fields."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from chat_core.errors import MalformedResponseError
from chat_core.messages.blocks import (
    AudioBlock,
    Block,
    Citation,
    FileBlock,
    ImageBlock,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCallChunk,
    VideoBlock,
)
from chat_core.messages.chunks import AIMessageChunk
from chat_core.messages.usage import InputTokenDetails, UsageMetadata
from chat_core.wire.chunk_check import validate_chunk
from chat_core.wire.decoder import Decoder, StreamReader, decode_reply

SOUND: list[Block] = [
    TextBlock("hi", (Citation(url="u", start_index=0),), index=3),
    ReasoningBlock("hm"),
    RefusalBlock("no"),
    ToolCallChunk("f", "{}", "id", 0),
    ImageBlock("u"),
    AudioBlock(base64="QQ==", mime_type="audio/wav", transcript="a"),
    VideoBlock(file_id="f"),
    FileBlock("u", name="n"),
    ServerToolCall("search", {"q": 1}),
    ServerToolResult([1], "id"),
    NonStandardBlock({"a": 1}),
]

FIELDS = [
    pytest.param(block, field.name, id=f"{type(block).__name__}-{field.name}")
    for block in SOUND
    for field in fields(block)
    if field.name not in ("content", "type")
]


@pytest.mark.parametrize("block", SOUND, ids=lambda block: type(block).__name__)
def test_a_sound_chunk_passes(block: Block) -> None:
    validate_chunk(AIMessageChunk([block], id="x"))


@pytest.mark.parametrize(("block", "field"), FIELDS)
def test_no_field_of_any_block_may_hold_another_type(block: Block, field: str) -> None:
    kept = getattr(block, field)
    strangers: list[Any] = [1.5, True, [], b""]
    for value in strangers:
        setattr(block, field, value)
        try:
            with pytest.raises(TypeError, match=field):
                validate_chunk(AIMessageChunk([block]))
        finally:
            setattr(block, field, kept)


@pytest.mark.parametrize("field", ["url", "title", "cited_text", "start_index", "extras"])
def test_no_field_of_a_citation_may_either(field: str) -> None:
    citation = Citation()
    setattr(citation, field, [7])
    with pytest.raises(TypeError, match=f"Citation.{field}"):
        validate_chunk(AIMessageChunk([TextBlock("x", (citation,))]))


def test_an_id_is_a_text() -> None:
    with pytest.raises(TypeError, match="id is a JSON int"):
        validate_chunk(AIMessageChunk("x", id=7))  # type: ignore[arg-type]


def test_a_count_that_is_no_whole_number_is_unknown() -> None:
    details = InputTokenDetails(cache_read=[1], audio=3.0)  # type: ignore[arg-type]
    usage = UsageMetadata(
        input_tokens="many",  # type: ignore[arg-type]
        output_tokens=5,
        total_tokens=True,
        input_token_details=details,
    )
    validate_chunk(AIMessageChunk("x", usage_metadata=usage))
    assert usage == UsageMetadata(output_tokens=5, input_token_details=InputTokenDetails(audio=3))


class Careless(Decoder):
    """Hands out whatever the wire holds."""

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        return self.reply(wire)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        return self.reply({"t": 7})

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        return AIMessageChunk([TextBlock(wire["t"])])


def test_a_careless_decoder_ends_in_our_error_wherever_it_is_careless() -> None:
    reader = StreamReader(Careless())
    [chunk] = reader.feed(b'data: {"t": "a"}\n\ndata: {"t": ["b"]}\n\n')
    assert chunk.content == "a"
    assert isinstance(reader.failure, MalformedResponseError)
    assert "TextBlock: text is str; got list" in str(reader.failure)

    at_its_end = StreamReader(Careless())
    assert len(at_its_end.feed(b'data: {"t": "a"}\n\n') + at_its_end.finish()) == 1
    assert isinstance(at_its_end.failure, MalformedResponseError)

    with pytest.raises(MalformedResponseError):
        decode_reply(Careless(), b'{"t": null}')
