"""One answer of a model: chunks in, parts out; the calls are settled when the answer ends.

How deltas belong together is core's rule (``MessageBuilder``): the same builder collects the answer
here, so that a call counts as valid exactly where it does for a user of the message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chat_core import (
    AIMessage,
    AIMessageChunk,
    Block,
    Citation,
    InvalidToolCall,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    UsageMetadata,
)
from chat_core.provider import MediaBlock, MessageBuilder

from .json_values import json_text
from .parts import (
    AnswerStarted,
    BlockArrived,
    CallAnswered,
    CallClosed,
    CallDelta,
    CallOpened,
    MediaArrived,
    Origin,
    Part,
    PartClosed,
    PartDelta,
    PartKind,
    PartOpened,
)

__all__ = ["AnswerTracker", "Call", "Ids", "Usage"]

_KINDS: dict[type, PartKind] = {
    TextBlock: "text",
    ReasoningBlock: "reasoning",
    RefusalBlock: "refusal",
}
_UNNAMED = "unknown"
"""The name shown of a call whose name never came."""


class Usage(NamedTuple):
    """The tokens of one call of a model."""

    origin: Origin
    tokens: UsageMetadata


class Ids:
    """Ids for parts and calls of one stream; none is given twice.

    Args:
        used: ids that are taken already.
    """

    def __init__(self, used: frozenset[str] = frozenset()) -> None:
        self._used = set(used)
        self._counts: dict[str, int] = {}

    def numbered(self, prefix: str) -> str:
        """``prefix`` with the next number that is free."""
        while True:
            number = self._counts[prefix] = self._counts.get(prefix, 0) + 1
            chosen = f"{prefix}-{number}"
            if chosen not in self._used:
                self._used.add(chosen)
                return chosen

    def free(self, wanted: str | None, prefix: str) -> str:
        """``wanted`` if it is free, else an id made from it, or from ``prefix``."""
        if wanted and wanted not in self._used:
            self._used.add(wanted)
            return wanted
        return self.numbered(wanted or prefix)


@dataclass(slots=True)
class Call:
    """A call of a tool that front ends know. ``id`` is theirs, ``our_id`` the message's."""

    answer: int
    our_id: str | None
    name: str | None
    index: int | None
    is_server: bool
    id: str = ""
    args: dict[str, Any] | None = None
    waiting: list[str] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
    has_deltas: bool = False
    is_closed: bool = False
    is_claimed: bool = False
    is_answered: bool = False


@dataclass(slots=True)
class _OpenPart:
    kind: PartKind
    index: int | None
    id: str
    extras: dict[str, Any] = field(default_factory=dict)
    citations: list[Citation] = field(default_factory=list)


@dataclass(slots=True)
class _Media:
    """A file of the answer; pieces of one with an index may still come."""

    id: str
    cls: type
    index: int | None
    is_out: bool = False


class AnswerTracker:
    """Takes the chunks of one answer, or the whole message, and gives its parts."""

    def __init__(self, answer: int, ids: Ids, provider: str | None, model: str | None) -> None:
        self.calls: list[Call] = []
        self.finish_reason: str | None = None
        self.id: str | None = None
        self.has_blocks = False
        self._answer = answer
        self._ids = ids
        self._origin = Origin(provider, model)
        self._builder = MessageBuilder()
        self._open: _OpenPart | None = None
        self._by_index: dict[tuple[type, int], Call] = {}
        self._last_call: Call | None = None
        self._media: list[_Media] = []
        self._waits_for_media = False

    # --- in

    def feed(self, chunk: AIMessageChunk | AIMessage) -> Iterator[Part]:
        """The parts that ``chunk`` brings."""
        self._builder.extend((chunk,))  # type: ignore[arg-type]
        if chunk.id:
            self.id = chunk.id
        if chunk.response_metadata:
            self._read_facts(chunk.response_metadata)
        for block in chunk.blocks:
            yield from self._feed_block(block)

    def _read_facts(self, facts: dict[str, Any]) -> None:
        names = ("model_provider", "model_name", "api")
        found = [facts.get(name) or known for name, known in zip(names, self._origin, strict=True)]
        self._origin = Origin(*found)
        self.finish_reason = facts.get("finish_reason") or self.finish_reason

    def _feed_block(self, block: Block) -> Iterator[Part]:
        if self._waits_for_media:
            yield from self._send_media(before=block.index)
        kind = _KINDS.get(block.__class__)
        if kind is not None:
            yield from self._feed_text(kind, block)
            return
        yield from self._close_part()
        yield from self._begin()
        if isinstance(block, ToolCallChunk):
            yield from self._feed_call(block)
        elif isinstance(block, ToolCall | InvalidToolCall):
            yield from self._feed_whole_call(block)
        elif isinstance(block, ServerToolCall):
            yield from self._feed_server_call(block)
        elif isinstance(block, ServerToolResult):
            yield from self._feed_server_result(block)
        elif isinstance(block, MediaBlock):
            yield from self._feed_media(block)
        else:
            yield BlockArrived(self._answer, self._ids.numbered("block"), block, self._origin)

    def _begin(self) -> Iterator[Part]:
        if not self.has_blocks:
            self.has_blocks = True
            yield AnswerStarted(self._answer, self.id)

    # --- text, reasoning, refusals

    def _feed_text(self, kind: PartKind, block: Any) -> Iterator[Part]:
        part = self._open
        if part is None or part.kind != kind or part.index != block.index:
            if not (block.text or block.extras or getattr(block, "citations", ())):
                return
            yield from self._close_part()
            yield from self._begin()
            part = self._open = _OpenPart(kind, block.index, self._ids.numbered(kind))
            yield PartOpened(self._answer, kind, part.id)
        if block.extras:
            part.extras.update(block.extras)
        if kind == "text" and block.citations:
            part.citations.extend(block.citations)
        if block.text:
            yield PartDelta(self._answer, kind, part.id, block.text)

    def _close_part(self) -> Iterator[Part]:
        part, self._open = self._open, None
        if part is not None:
            yield PartClosed(
                self._answer,
                part.kind,
                part.id,
                part.extras,
                tuple(part.citations),
                self._origin,
            )

    # --- calls

    def _feed_call(self, delta: ToolCallChunk) -> Iterator[Part]:
        call = self._last_call
        if delta.index is not None:
            call = self._by_index.get((ToolCallChunk, delta.index))
        if call is None or (delta.id and call.our_id and delta.id != call.our_id):
            call = self._add_call(delta.id, delta.name, delta.index, ToolCallChunk)
        self._last_call = call
        call.our_id = call.our_id or delta.id
        call.name = call.name or delta.name
        call.extras.update(delta.extras)
        if delta.args:
            call.waiting.append(delta.args)
        if call.name and (call.our_id or call.waiting):
            yield from self._open_call(call)

    def _feed_whole_call(self, block: ToolCall | InvalidToolCall) -> Iterator[Part]:
        key = block.__class__
        known = None if block.index is None else self._by_index.get((key, block.index))
        call = known or self._add_call(block.id, block.name, block.index, key)
        call.extras = dict(block.extras)
        if call.name:
            yield from self._open_call(call)

    def _add_call(self, our_id: str | None, name: str | None, index: int | None, key: type) -> Call:
        call = Call(self._answer, our_id, name, index, is_server=False)
        self.calls.append(call)
        if index is not None:
            self._by_index[key, index] = call
        return call

    def _open_call(self, call: Call) -> Iterator[Part]:
        if not call.id:
            call.id = self._ids.free(call.our_id, "call")
            yield CallOpened(self._answer, call.id, call.name or _UNNAMED, call.is_server)
        for text in call.waiting:
            call.has_deltas = True
            yield CallDelta(call.id, text)
        call.waiting.clear()

    # --- tools of the vendor

    def _feed_server_call(self, block: ServerToolCall) -> Iterator[Part]:
        key = (ServerToolCall, block.index)
        call = None if block.index is None else self._by_index.get(key)  # type: ignore[arg-type]
        if call is None:
            call = Call(self._answer, block.id, block.name, block.index, is_server=True)
            self.calls.append(call)
            if block.index is not None:
                self._by_index[ServerToolCall, block.index] = call
            yield from self._open_call(call)
        call.args, call.extras = block.args, dict(block.extras)

    def _feed_server_result(self, block: ServerToolResult) -> Iterator[Part]:
        unanswered = [c for c in self.calls if c.is_server and not c.is_answered]
        named = [c for c in unanswered if c.our_id and c.our_id == block.tool_call_id]
        if not named and block.tool_call_id is None:
            named = [c for c in unanswered if block.name in (None, c.name)]
        if named:
            call = named[0]
        elif any(c.is_server and c.our_id == block.tool_call_id for c in self.calls):
            return  # the same result again
        else:
            call = Call(self._answer, block.tool_call_id, block.name, None, is_server=True, args={})
            self.calls.append(call)
            yield from self._open_call(call)
        yield from self._close_server_call(call)
        call.is_answered = True
        yield CallAnswered(
            call.id,
            call.name or _UNNAMED,
            block.content,
            (),
            block.status == "error",
            True,
            dict(block.extras),
            self._origin,
        )

    def _close_server_call(self, call: Call) -> Iterator[Part]:
        if not call.is_closed:
            yield from self._close_call(call, call.args or {}, json_text(call.args or {}), None)

    # --- media

    def _feed_media(self, block: MediaBlock) -> Iterator[Part]:
        """Media with an index may come in pieces: they wait for a later block, or for the end."""
        if block.index is None:
            media = self._add_media(block)
            media.is_out = True
            yield MediaArrived(self._answer, media.id, block, self._origin)
            return
        self._waits_for_media = True
        key = block.__class__, block.index
        known = next((each for each in self._media if (each.cls, each.index) == key), None)
        media = known or self._add_media(block)
        media.is_out = False  # a piece after it was sent: it is sent again, whole

    def _add_media(self, block: MediaBlock) -> _Media:
        media = _Media(self._ids.numbered("file"), block.__class__, block.index)
        self._media.append(media)
        return media

    def _send_media(self, before: int | None) -> Iterator[Part]:
        """Those with an index below ``before``, which are whole."""
        whole = [
            media
            for media in self._media
            if not media.is_out and before is not None and (media.index or 0) < before
        ]
        if whole:
            yield from self._close_part()
            yield from self._send(whole, self._builder.message())

    def _send(self, wanted: list[_Media], message: AIMessage) -> Iterator[Part]:
        """``wanted``, as ``message`` has them, in which others may follow."""
        blocks = [block for block in message.blocks if isinstance(block, MediaBlock)]
        for media, block in zip(self._media, blocks, strict=False):
            if media in wanted:
                media.is_out = True
                yield MediaArrived(self._answer, media.id, block, self._origin)
        self._waits_for_media = not all(media.is_out for media in self._media)

    # --- the end

    def close(self) -> Iterator[Part]:
        """Close what is open; the calls as the message of what has arrived has them."""
        yield from self._close_part()
        message = self._builder.message()
        yield from self._send([media for media in self._media if not media.is_out], message)
        settled = iter([b for b in message.blocks if isinstance(b, ToolCall | InvalidToolCall)])
        for call in self.calls:
            if call.is_server:
                yield from self._close_server_call(call)
            else:
                yield from self._settle(call, next(settled))

    def _settle(self, call: Call, block: Block) -> Iterator[Part]:
        assert isinstance(block, ToolCall | InvalidToolCall)
        yield from self._open_call(call)
        call.extras = dict(block.extras)
        if isinstance(block, ToolCall):
            call.args = block.args
            yield from self._close_call(call, block.args, json_text(block.args), None)
        else:
            call.is_answered = True  # it takes no result
            error = block.error or "the call is not valid"
            yield from self._close_call(call, None, block.args, error)

    def _close_call(
        self, call: Call, args: dict[str, Any] | None, text: str, error: str | None
    ) -> Iterator[Part]:
        call.is_closed = True
        if not call.has_deltas and text:
            yield CallDelta(call.id, text)
        yield CallClosed(
            call.id,
            call.name or _UNNAMED,
            args,
            text,
            error,
            call.is_server,
            call.extras,
            self._origin,
        )

    def usage(self) -> Usage | None:
        """The tokens of this call, if the vendor has reported them."""
        tokens = self._builder.chunk().usage_metadata
        return None if tokens is None else Usage(self._origin, tokens)
