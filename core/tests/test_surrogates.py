"""Halves of characters: joined across deltas, replaced where they stay alone, never handed out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_core import AIMessageChunk, ReasoningBlock, TextBlock, ToolCallChunk
from chat_core.json_text import join_surrogates, parse_arguments, parse_json
from chat_core.provider import Decoder, MessageBuilder, StreamReader, decode_reply, json_content

HIGH, LOW = "\\ud83e", "\\udd8a"
FOX = "\U0001f98a"


class Plain(Decoder):
    """Reads ``{"text": …}``, ``{"thought": …}``, ``{"args": …}`` and ``{"fact": …}``."""

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        blocks: list[Any] = []
        if "text" in wire:
            blocks.append(TextBlock(wire["text"], index=0))
        if "thought" in wire:
            blocks.append(ReasoningBlock(wire["thought"], index=0))
        if "args" in wire:
            blocks.append(ToolCallChunk("f", wire["args"], "1", 0))
        facts = {"fact": wire["fact"]} if "fact" in wire else {}
        return AIMessageChunk(blocks, response_metadata=facts)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        return AIMessageChunk(response_metadata={"finish_reason": "stop"})

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        chunk = self.feed(wire)
        assert chunk is not None
        return chunk


def stream(*objects: str) -> list[AIMessageChunk]:
    reader = StreamReader(Plain())
    chunks = reader.feed("".join(f"data: {data}\n\n" for data in objects).encode())
    chunks += reader.finish()
    assert reader.failure is None
    return chunks


def merged(chunks: list[AIMessageChunk]) -> Any:
    builder = MessageBuilder()
    builder.extend(chunks)
    return builder.message()


def test_two_halves_in_two_deltas_are_one_character_and_every_chunk_can_be_printed() -> None:
    chunks = stream(f'{{"text": "a {HIGH}"}}', f'{{"text": "{LOW} b"}}')
    assert "".join(chunk.content for chunk in chunks) == f"a {FOX} b"
    assert all(chunk.content.encode() is not None for chunk in chunks)


def test_halves_belong_to_the_block_that_they_were_cut_from() -> None:
    message = merged(
        stream(
            f'{{"text": "{HIGH}", "thought": "{HIGH}"}}',
            f'{{"args": "{{\\"x\\": \\"{HIGH}"}}',
            f'{{"thought": "{LOW}"}}',
            f'{{"text": "{LOW}"}}',
            f'{{"args": "{LOW}\\"}}"}}',
        )
    )
    assert (message.content, message.reasoning) == (FOX, FOX)
    assert message.tool_calls[0].args == {"x": FOX}


@pytest.mark.parametrize(
    ("deltas", "text"),
    [
        ([f"a{HIGH}"], "a\ufffd"),
        ([f"a{HIGH}", "b"], "a\ufffdb"),
        ([f"{LOW}a"], "\ufffda"),
        ([f"{HIGH}{HIGH}", f"{LOW}"], f"\ufffd{FOX}"),
        ([f"{HIGH}{LOW}", f"{HIGH}", f"{LOW}"], FOX + FOX),
    ],
)
def test_a_half_that_stays_alone_is_replaced(deltas: list[str], text: str) -> None:
    assert merged(stream(*[f'{{"text": "{delta}"}}' for delta in deltas])).content == text


def test_no_fact_of_an_answer_holds_a_half() -> None:
    fact = f'{{"fact": {{"a": ["{HIGH}"], "{LOW}": 1}}}}'
    for message in (merged(stream(fact)), decode_reply(Plain(), fact.encode()).to_message()):
        assert message.response_metadata["fact"] == {"a": ["\ufffd"], "\ufffd": 1}


def test_whole_answers_and_arguments_are_parsed_without_halves() -> None:
    assert decode_reply(Plain(), f'{{"text": "{HIGH}{LOW}{LOW}"}}'.encode()).content == (
        FOX + "\ufffd"
    )
    assert parse_arguments(f'{{"x": "{HIGH}"}}') == {"x": "\ufffd"}
    assert parse_json(f'"{HIGH}{LOW}"') == FOX


def test_nesting_beyond_every_bound_is_a_value_error() -> None:
    deep = "[" * 100_000 + f'"{HIGH}"' + "]" * 100_000
    with pytest.raises(ValueError, match="deep"):
        parse_json(deep)


def test_text_without_halves_is_left_as_it_is() -> None:
    value = {"a": ["x", FOX, 1, None, 2.5], "b": ("y",)}
    assert join_surrogates(value) == value
    assert json.dumps(join_surrogates(FOX), ensure_ascii=False).encode()


def test_a_request_holds_no_half_of_a_character() -> None:
    body = {"text": ["\ud83d", "\ud83d\udc19"], "half \udc19": "whole"}
    assert json.loads(json_content(body)) == {"text": ["\ufffd", "🐙"], "half \ufffd": "whole"}
