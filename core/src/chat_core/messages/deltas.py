"""The chunks that a stream consists of, one delta each, made at less than half their price.

A decoder makes one of these for every token. They equal what the constructors make of the same
values; the constructors spend most of their time on arguments that a delta does not have. Every
slot is written here by name, and ``core/tests/test_deltas.py`` holds that none is missing.
"""

from __future__ import annotations

from .blocks import Block, TextBlock, ToolCallChunk
from .message import AIMessageChunk

__all__ = ["arguments_delta", "block_delta", "call_delta", "text_delta"]

_new = object.__new__


def block_delta(block: Block) -> AIMessageChunk:
    """A chunk that brings ``block`` and nothing else."""
    chunk = _new(AIMessageChunk)
    chunk.blocks = (block,)
    chunk.id = None
    chunk.name = None
    chunk.additional_kwargs = {}
    chunk.usage_metadata = None
    chunk.response_metadata = {}
    chunk.type = "ai_chunk"
    return chunk


def text_delta(text: str, index: int | None = None) -> AIMessageChunk:
    """A chunk that brings more of the visible text."""
    block = _new(TextBlock)
    block.text = text
    block.citations = ()
    block.index = index
    block.extras = {}
    block.type = "text"
    chunk = _new(AIMessageChunk)  # written out once more: a call would cost a fifth of the whole
    chunk.blocks = (block,)
    chunk.id = None
    chunk.name = None
    chunk.additional_kwargs = {}
    chunk.usage_metadata = None
    chunk.response_metadata = {}
    chunk.type = "ai_chunk"
    return chunk


def call_delta(args: str | None, index: int | None) -> ToolCallChunk:
    """More of the arguments of a tool call. The block alone: some wires bring several at once."""
    block = _new(ToolCallChunk)
    block.name = None
    block.args = args
    block.id = None
    block.index = index
    block.extras = {}
    block.type = "tool_call_chunk"
    return block


def arguments_delta(args: str, index: int | None) -> AIMessageChunk:
    """A chunk that brings more of the arguments of one tool call."""
    # Both written out once more, as in text_delta: this too is made for every token.
    block = _new(ToolCallChunk)
    block.name = None
    block.args = args
    block.id = None
    block.index = index
    block.extras = {}
    block.type = "tool_call_chunk"
    chunk = _new(AIMessageChunk)
    chunk.blocks = (block,)
    chunk.id = None
    chunk.name = None
    chunk.additional_kwargs = {}
    chunk.usage_metadata = None
    chunk.response_metadata = {}
    chunk.type = "ai_chunk"
    return chunk
