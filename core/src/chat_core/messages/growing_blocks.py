"""Blocks under construction: one class for each way in which a block of an answer arrives."""

from __future__ import annotations

from dataclasses import replace

from ..json_text import JSONObject, parse_arguments
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

__all__ = ["GrowingCall", "GrowingText", "WholeBlock", "settle_call"]

_WHOLE = frozenset({"stop", "tool_calls", "pause", "other"})
"""Finish reasons after which the last tool call was not cut off."""


class GrowingText:
    """A text, reasoning or refusal block that is still receiving deltas."""

    __slots__ = ("citations", "extras", "index", "kind", "parts")

    def __init__(self, block: TextBlock | ReasoningBlock | RefusalBlock) -> None:
        self.kind = block.__class__
        self.index = block.index
        self.parts = [block.text]
        self.citations: list[Citation] = []
        self.extras: JSONObject = dict(block.extras)
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


class GrowingCall:
    """A tool call whose arguments are still arriving."""

    __slots__ = ("extras", "id", "index", "name", "parts")

    def __init__(self, delta: ToolCallChunk) -> None:
        self.name = delta.name
        self.id = delta.id
        self.index = delta.index
        self.parts = [] if delta.args is None else [delta.args]
        self.extras: JSONObject = dict(delta.extras)

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


class WholeBlock:
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


def settle_call(call: ToolCallChunk, finish: str | None, *, is_last: bool) -> Block:
    """The call that deltas add up to: valid, or invalid with the reason.

    Args:
        finish: the finish reason of the answer; ``None`` while it is unfinished.
        is_last: whether no later call follows, so that a cut would be in this one.
    """
    text = call.args or ""
    problem: str | None = None
    args: JSONObject = {}
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
