"""Chunks: the deltas of an answer, and how they add up, in time linear in their number.

Rules:

- Text, reasoning and refusal deltas join the block of their kind with the same ``index``; without
  an index they join the last block if it is of their kind and has none either. A block that must
  stay apart (a Gemini part with a signature) has an index of its own.
- Tool-call deltas join the call with the same ``index``; without one, the latest call, unless they
  bring a new ``id``. An id that differs from the call's starts a new call.
- Any other block replaces the earlier block of its type with the same index, and is appended where
  it has none; base64 pieces of one media block are joined.
- The id is the latest one (a gateway may change it; vendors whose first id counts send it once).
- Metadata is replaced key by key, never concatenated (``stop`` twice is ``stop``), except the lists
  of log probabilities, which arrive a few tokens at a time. Usage is a snapshot.
- A call becomes a ``ToolCall`` only if the answer finished and its arguments are a JSON object.
  Where the finish cut the answer off (``length``, ``content_filter`` …) the last call is not
  trusted even if its text happens to parse; without a finish none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator

from ..arguments import items_of, of_type
from ..json_text import JSONObject
from .blocks import (
    Block,
    InvalidToolCall,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
    ToolCallChunk,
)
from .field_names import keeper
from .growing_blocks import GrowingCall, GrowingText, WholeBlock, settle_call
from .logprobs import LOGPROB_ENTRIES, TokenLogprob
from .message import (
    MESSAGE_CLASSES,
    AIMessage,
    BaseAIMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    as_blocks,
)
from .usage import UsageMetadata, as_usage

__all__ = [
    "AIMessageChunk",
    "AnyMessage",
    "MessageBuilder",
    "arguments_delta",
    "as_chunk",
    "block_delta",
    "call_delta",
    "merge_chunks",
    "settle",
    "text_delta",
]


@dataclass(slots=True, init=False, repr=False)
class AIMessageChunk(BaseAIMessage):
    """A delta of an answer. ``a + b`` merges two; ``merge_chunks`` merges many in linear time."""

    type: Literal["ai_chunk"] = field(default="ai_chunk", repr=False)

    def __init__(
        self,
        content: str | Sequence[Block] = "",
        id: str | None = None,
        name: str | None = None,
        additional_kwargs: JSONObject | None = None,
        usage_metadata: UsageMetadata | None = None,
        response_metadata: JSONObject | None = None,
    ) -> None:
        if content.__class__ is str:
            self.blocks = (TextBlock(content),) if content else ()
        else:
            self.blocks = as_blocks(content)
        self.id = id
        self.name = name
        self.additional_kwargs = {} if additional_kwargs is None else additional_kwargs
        self.usage_metadata = (
            as_usage(usage_metadata) if usage_metadata.__class__ is dict else usage_metadata
        )
        self.response_metadata = {} if response_metadata is None else response_metadata
        self.type = "ai_chunk"

    def __str__(self) -> str:
        """The visible text: ``print(chunk, end="")`` prints a stream."""
        return self.content

    @property
    def tool_call_chunks(self) -> list[ToolCallChunk]:
        """The deltas of tool calls that this chunk carries."""
        return [b for b in self.blocks if isinstance(b, ToolCallChunk)]

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls known to be whole: none from deltas until a finish reason has arrived."""
        return [b for b in self._settled() if isinstance(b, ToolCall)]

    @property
    def invalid_tool_calls(self) -> list[InvalidToolCall]:
        """The calls known to be broken, once a finish reason has arrived."""
        return [b for b in self._settled() if isinstance(b, InvalidToolCall)]

    def _settled(self) -> Iterator[Block]:
        if self.finish_reason is None:
            return iter(self.blocks)
        return iter(self.to_message().blocks)

    def to_message(self) -> AIMessage:
        """This chunk as an ``AIMessage``; deltas of tool calls become calls (the last rule)."""
        return settle(self)

    def __add__(self, other: AIMessageChunk) -> AIMessageChunk:
        if not isinstance(other, AIMessageChunk):
            return NotImplemented
        return merge_chunks((self, other))


def as_chunk(message: AIMessage) -> AIMessageChunk:
    """A whole answer as one chunk."""
    return AIMessageChunk(
        message.blocks,
        message.id,
        message.name,
        message.additional_kwargs,
        message.usage_metadata,
        message.response_metadata,
    )


AnyMessage: TypeAlias = Annotated[
    SystemMessage | HumanMessage | AIMessage | ToolMessage | AIMessageChunk,
    Discriminator("type"),
    BeforeValidator(keeper({**MESSAGE_CLASSES, "ai_chunk": AIMessageChunk}, "additional_kwargs")),
]
"""Any message or chunk."""

# --- one delta, made for every token

# These equal what the constructors make, at less than half their price: a constructor spends most
# of its time on arguments that a delta does not have. core/tests/test_deltas.py holds that no slot
# is missing.
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


# --- adding up


def merge_chunks(chunks: Iterable[AIMessageChunk]) -> AIMessageChunk:
    """All ``chunks`` as one; linear in the length of the stream. No chunks give an empty chunk."""
    parts = items_of("chunks", chunks, "an iterable of chunks")
    for part in parts:
        of_type("Each of chunks", part, BaseAIMessage, "an AIMessageChunk")
    builder = MessageBuilder()
    builder.extend(parts)
    return builder.chunk()


def settle(chunk: AIMessageChunk) -> AIMessage:
    """One chunk, merged or not, as a finished message."""
    builder = MessageBuilder()
    builder.add(chunk)
    return builder.message()


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
        self._blocks: list[GrowingText | GrowingCall | WholeBlock] = []
        self._by_index: dict[tuple[type, int], GrowingText | GrowingCall | WholeBlock] = {}
        self._last_call: GrowingCall | None = None
        self._open_text: GrowingText | None = None
        self._id: str | None = None
        self._name: str | None = None
        self._additional_kwargs: JSONObject = {}
        self._metadata: JSONObject = {}
        self._logprobs: dict[str, list[TokenLogprob]] = {}
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
            if growing.__class__ is GrowingText and growing.kind is kind and growing.index is None:
                growing.add(block)
                return
        else:
            growing = self._by_index.get((kind, index))
            if growing is not None:
                growing.add(block)
                if kind is TextBlock:
                    self._open_text = growing
                return
        self._start(kind, GrowingText(block))

    def _add_call(self, delta: ToolCallChunk) -> None:
        growing: Any = self._last_call
        if delta.index is not None:
            growing = self._by_index.get((ToolCallChunk, delta.index))
        if growing is not None and growing.takes(delta):
            growing.add(delta)
            self._last_call = growing
            return
        self._last_call = GrowingCall(delta)
        self._start(ToolCallChunk, self._last_call)

    def _add_whole(self, block: Block) -> None:
        index = block.index
        known = None if index is None else self._by_index.get((block.__class__, index))
        if isinstance(known, WholeBlock):
            known.add(block)
        else:
            self._start(block.__class__, WholeBlock(block))

    def _start(self, kind: type, growing: GrowingText | GrowingCall | WholeBlock) -> None:
        self._blocks.append(growing)
        if growing.index is not None:
            self._by_index[kind, growing.index] = growing

    def _add_metadata(self, metadata: JSONObject) -> None:
        self._metadata.update(metadata)
        for name in LOGPROB_ENTRIES:
            tokens = metadata.get(name)
            if tokens.__class__ is list:
                self._logprobs.setdefault(name, []).extend(tokens)

    def _fields(self) -> JSONObject:
        metadata = dict(self._metadata)
        for name, tokens in self._logprobs.items():
            metadata[name] = list(tokens)
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
                block = settle_call(block, finish, is_last=growing is last)
            elif block.index is not None:
                block = replace(block, index=None)
            blocks.append(block)
        return AIMessage(blocks, **self._fields())
