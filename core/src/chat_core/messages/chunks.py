"""Merging chunks: many deltas into one chunk or one message, in time linear in their number.

Rules:

- Text, reasoning and refusal deltas join the block of their kind with the same ``index``; without
  an index they join the last block if it is of their kind and has none either. A block that must
  stay apart (a Gemini part with a signature) has an index of its own.
- Tool-call deltas join the call with the same ``index``; without one, the latest call, unless they
  bring a new ``id``. An id that differs from the call's starts a new call.
- Any other block replaces the earlier block of its type with the same index, and is appended where
  it has none; base64 pieces of one media block are joined.
- The id is the latest one (a gateway may change it; vendors whose first id counts send it once).
- Metadata is replaced key by key, never concatenated (``stop`` twice is ``stop``), except
  ``logprobs``, which arrive a few tokens at a time. Usage is a snapshot.
- A call becomes a ``ToolCall`` only if the answer finished and its arguments are a JSON object.
  Where the finish cut the answer off (``length``, ``content_filter`` …) the last call is not
  trusted even if its text happens to parse; without a finish none is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from ..json_text import parse_arguments
from .blocks import (
    AudioBlock,
    Block,
    Citation,
    InvalidToolCall,
    MediaBlock,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from .message import AIMessage, AIMessageChunk
from .usage import UsageMetadata

__all__ = ["MessageBuilder", "merge_chunks", "settle"]

_WHOLE = frozenset({"stop", "tool_calls", "pause", "other"})
"""Finish reasons after which the last tool call was not cut off."""


def merge_chunks(chunks: Iterable[AIMessageChunk]) -> AIMessageChunk:
    """All ``chunks`` as one; linear in the length of the stream. No chunks give an empty chunk."""
    builder = MessageBuilder()
    builder.extend(chunks)
    return builder.chunk()


class _Growing(Protocol):
    """A block under construction."""

    index: int | None

    def build(self) -> Block: ...


class _GrowingText:
    """A text, reasoning or refusal block that is still receiving deltas."""

    __slots__ = ("citations", "extras", "index", "kind", "parts")

    def __init__(self, block: TextBlock | ReasoningBlock | RefusalBlock) -> None:
        self.kind = block.__class__
        self.index = block.index
        self.parts = [block.text]
        self.citations: list[Citation] = []
        self.extras: dict[str, Any] = dict(block.extras)
        if isinstance(block, TextBlock):
            self.citations.extend(block.citations)

    def add(self, block: TextBlock | ReasoningBlock | RefusalBlock) -> None:
        self.parts.append(block.text)
        if block.extras:
            self.extras.update(block.extras)
        if block.__class__ is TextBlock and block.citations:
            self.citations.extend(block.citations)

    def build(self) -> Block:
        text = "".join(self.parts)
        self.parts = [text]
        block = self.kind(text, index=self.index, extras=dict(self.extras))
        if isinstance(block, TextBlock):
            block.citations = tuple(self.citations)
        return block


class _GrowingCall:
    """A tool call whose arguments are still arriving."""

    __slots__ = ("extras", "id", "index", "name", "parts")

    def __init__(self, delta: ToolCallChunk) -> None:
        self.name = delta.name
        self.id = delta.id
        self.index = delta.index
        self.parts = [] if delta.args is None else [delta.args]
        self.extras: dict[str, Any] = dict(delta.extras)

    def takes(self, delta: ToolCallChunk) -> bool:
        return not delta.id or not self.id or delta.id == self.id

    def add(self, delta: ToolCallChunk) -> None:
        if delta.args is not None:
            self.parts.append(delta.args)
        self.name = self.name or delta.name
        self.id = self.id or delta.id
        if delta.extras:
            self.extras.update(delta.extras)

    def build(self) -> Block:
        args = "".join(self.parts) if self.parts else None
        if args is not None:
            self.parts = [args]
        return ToolCallChunk(self.name, args, self.id, self.index, extras=dict(self.extras))


class _Whole:
    """A block that arrives whole, or media whose base64 pieces follow one another."""

    __slots__ = ("block", "index", "pieces")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.index = block.index
        self.pieces: list[str] = []

    def add(self, block: Block) -> None:
        old = self.block
        if not (isinstance(old, MediaBlock) and isinstance(block, MediaBlock)):
            self.block = block
            return
        if old.base64 is None or block.base64 is None:
            self.block, self.pieces = block, []
            return
        self.pieces.append(block.base64)  # empty where only the transcript goes on
        if isinstance(old, AudioBlock) and isinstance(block, AudioBlock) and block.transcript:
            old = replace(old, transcript=(old.transcript or "") + block.transcript)
        self.block = replace(old, extras={**old.extras, **block.extras})

    def build(self) -> Block:
        block = self.block
        if self.pieces and isinstance(block, MediaBlock):
            block = replace(block, base64=_join_base64([block.base64 or "", *self.pieces]))
            self.block, self.pieces = block, []
        return block


def _join_base64(pieces: list[str]) -> str:
    # Pieces are encoded one by one, so padding may stand in the middle: join the bytes.
    from base64 import b64decode, b64encode

    try:
        return b64encode(b"".join(b64decode(piece) for piece in pieces)).decode("ascii")
    except ValueError:
        return "".join(pieces)  # one text, cut anywhere; or nothing that could be understood


class MessageBuilder:
    """Collects chunks; ``chunk()`` and ``message()`` give what has arrived so far."""

    __slots__ = (
        "_additional_kwargs",
        "_blocks",
        "_by_index",
        "_id",
        "_last_call",
        "_logprobs",
        "_metadata",
        "_name",
        "_open_text",
        "_usage",
    )

    def __init__(self) -> None:
        self._blocks: list[_GrowingText | _GrowingCall | _Whole] = []
        self._by_index: dict[tuple[type, int], _GrowingText | _GrowingCall | _Whole] = {}
        self._last_call: _GrowingCall | None = None
        self._open_text: _GrowingText | None = None
        self._id: str | None = None
        self._name: str | None = None
        self._additional_kwargs: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {}
        self._logprobs: dict[str, list[Any]] = {}
        self._usage: UsageMetadata | None = None

    def add(self, chunk: AIMessageChunk) -> None:
        """Merge one more chunk in."""
        self.extend((chunk,))

    def extend(self, chunks: Iterable[AIMessageChunk]) -> None:
        """Merge more chunks in; one loop, because a call for each would cost as much again."""
        for chunk in chunks:
            for block in chunk.blocks:
                kind: type = block.__class__
                open_text = self._open_text
                if (
                    kind is TextBlock
                    and open_text is not None
                    and block.index is not None
                    and block.index == open_text.index
                    and not (block.extras or block.citations)  # type: ignore[union-attr]
                ):
                    open_text.parts.append(block.text)  # type: ignore[union-attr]
                elif kind is TextBlock or kind is ReasoningBlock or kind is RefusalBlock:
                    self._add_text(block)  # type: ignore[arg-type]
                elif kind is ToolCallChunk:
                    call: Any = block
                    latest = self._last_call
                    if (
                        latest is not None
                        and call.index == latest.index
                        and call.args is not None
                        and not (call.id or call.name or call.extras)
                    ):
                        latest.parts.append(call.args)
                    else:
                        self._add_call(call)
                else:
                    self._add_whole(block)
            if chunk.response_metadata or chunk.usage_metadata is not None:
                self._add_facts(chunk)
            if chunk.id:
                self._id = chunk.id
            if chunk.name:
                self._name = chunk.name
            if chunk.additional_kwargs:
                self._additional_kwargs.update(chunk.additional_kwargs)

    def _add_facts(self, chunk: AIMessageChunk) -> None:
        if chunk.response_metadata:
            self._add_metadata(chunk.response_metadata)
        if chunk.usage_metadata is not None:
            usage = self._usage
            self._usage = (
                chunk.usage_metadata if usage is None else usage.updated(chunk.usage_metadata)
            )

    def _add_text(self, block: TextBlock | ReasoningBlock | RefusalBlock) -> None:
        kind, index = block.__class__, block.index
        growing: Any
        if index is None:
            growing = self._blocks[-1] if self._blocks else None
            if growing.__class__ is _GrowingText and growing.kind is kind and growing.index is None:
                growing.add(block)
                return
        else:
            growing = self._by_index.get((kind, index))
            if growing is not None:
                growing.add(block)
                if kind is TextBlock:
                    self._open_text = growing
                return
        self._start(kind, _GrowingText(block))

    def _add_call(self, delta: ToolCallChunk) -> None:
        growing: Any = self._last_call
        if delta.index is not None:
            growing = self._by_index.get((ToolCallChunk, delta.index))
        if growing is not None and growing.takes(delta):
            growing.add(delta)
            self._last_call = growing
            return
        self._last_call = _GrowingCall(delta)
        self._start(ToolCallChunk, self._last_call)

    def _add_whole(self, block: Block) -> None:
        index = block.index
        known = None if index is None else self._by_index.get((block.__class__, index))
        if isinstance(known, _Whole):
            known.add(block)
        else:
            self._start(block.__class__, _Whole(block))

    def _start(self, kind: type, growing: _GrowingText | _GrowingCall | _Whole) -> None:
        self._blocks.append(growing)
        if growing.index is not None:
            self._by_index[kind, growing.index] = growing

    def _add_metadata(self, metadata: dict[str, Any]) -> None:
        logprobs = metadata.get("logprobs")
        self._metadata.update(metadata)
        if isinstance(logprobs, dict):
            for key, tokens in logprobs.items():
                if isinstance(tokens, list):
                    self._logprobs.setdefault(key, []).extend(tokens)
            self._metadata["logprobs"] = self._logprobs

    def _fields(self) -> dict[str, Any]:
        metadata = dict(self._metadata)
        if self._logprobs:
            metadata["logprobs"] = {key: list(tokens) for key, tokens in self._logprobs.items()}
        return {
            "id": self._id,
            "name": self._name,
            "additional_kwargs": dict(self._additional_kwargs),
            "usage_metadata": self._usage,
            "response_metadata": metadata,
        }

    def chunk(self) -> AIMessageChunk:
        """What has arrived, as one chunk: tool calls are still deltas."""
        return AIMessageChunk([g.build() for g in self._blocks], **self._fields())

    def message(self) -> AIMessage:
        """What has arrived, as a message: see this module's last rule for its tool calls."""
        last = self._last_call
        finish = self._metadata.get("finish_reason")
        blocks = []
        for growing in self._blocks:
            block = growing.build()
            if isinstance(block, ToolCallChunk):
                block = _settle_call(block, finish, is_last=growing is last)
            elif block.index is not None:
                block = replace(block, index=None)
            blocks.append(block)
        return AIMessage(blocks, **self._fields())


def settle(chunk: AIMessageChunk) -> AIMessage:
    """One chunk, merged or not, as a finished message."""
    builder = MessageBuilder()
    builder.add(chunk)
    return builder.message()


def _settle_call(call: ToolCallChunk, finish: str | None, *, is_last: bool) -> Block:
    text = call.args or ""
    problem: str | None = None
    args: dict[str, Any] = {}
    if finish is None:
        problem = "the answer ended before this call was known to be whole"
    elif is_last and finish not in _WHOLE:
        problem = f"the answer was cut off ({finish}) during this call"
    elif not call.name:
        problem = "the call has no name"
    else:
        try:
            args = parse_arguments(text)
        except ValueError as error:
            problem = f"the arguments are not a JSON object: {error}"
    if problem is None and call.name:
        return ToolCall(call.name, args, call.id, extras=call.extras)
    return InvalidToolCall(call.name, text, call.id, problem, extras=call.extras)
