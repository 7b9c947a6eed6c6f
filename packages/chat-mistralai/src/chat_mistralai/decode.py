"""Answers of Mistral's to chunks: the shared decoder, and content that is a list of parts.

Rules:

- ``content`` is a string or a list of parts, and may change from one to the other in mid-stream.
  Parts of one kind that follow each other are one block; a part of another kind ends it. So blocks
  keep their order, and merging gives the same for a stream and a reply.
- A ``thinking`` part is a list of texts. A signature closes its block: the next thinking with
  another one, or with none, is a new block.
- A ``reference`` names the source of the text before it: a citation of that text block, which
  ends there. ``reference_ids`` are the keys of the sources in a tool's result.
- Of several messages in one answer (vendor-run tools), those of ``tool`` are results, not text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_completions.decode import CompletionsDecoder
from chat_completions.entries import entries
from chat_completions.errors import error_in_answer
from chat_completions.reasoning import text_of
from chat_core import (
    Block,
    Citation,
    FileBlock,
    ImageBlock,
    NonStandardBlock,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    TextBlock,
)
from chat_core.provider import parse_arguments

from .dialect import DIALECT
from .errors import as_mistral_error

if TYPE_CHECKING:
    from chat_core import AIMessageChunk

__all__ = ["MistralDecoder"]

_TEXT_KINDS = ("text", "output_text")
"""Mistral's word for text, and that of servers that imitate two wires at once."""


class MistralDecoder(CompletionsDecoder):
    """Decodes one answer."""

    def __init__(self) -> None:
        super().__init__(DIALECT)
        self._kind = "text"
        self._number = 0
        """The open block: its kind, and its index among the blocks of content."""
        self._signature: str | None = None
        self._has_parts = False
        self._is_placed = False
        """Whether parts have come at all; whether the blocks of this object have their index."""
        self._roles: dict[int, str] = {}

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """One object of a stream as at most one chunk."""
        chunk = super().feed(wire, event)
        if self._has_parts:
            # The shared decoder takes all strings for one block; after a part they are another.
            if self._is_placed:
                self._is_placed = False
            elif chunk is not None:
                for block in chunk.blocks:
                    if block.__class__ is TextBlock:
                        is_same = self._kind == "text"
                        block.index = self._number if is_same else self._turn_to("text")
        return chunk

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """A whole answer as one chunk."""
        return super().reply(_with_one_message(wire))

    def _raise_error(self, error: Any) -> None:
        if error:
            raise as_mistral_error(error_in_answer(error, DIALECT))

    # --- blocks

    def _blocks(self, delta: dict[str, Any], *, whole: bool = False) -> list[Block]:
        if "messages" in delta:
            return self._turns(entries(delta["messages"]))
        role, number = delta.get("role"), delta.get("index") or 0
        if role:
            self._roles[number] = role
        if self._roles.get(number) == "tool":
            return [ServerToolResult(delta.get("content"), delta.get("tool_call_id"))]
        calls = delta.get("tool_calls")
        if calls:
            delta = {**delta, "tool_calls": [_with_real_id(call) for call in entries(calls)]}
        return super()._blocks(delta, whole=whole)

    def _turns(self, turns: list[dict[str, Any]]) -> list[Block]:
        """The blocks of an answer that took several turns, the vendor's own tools between them."""
        answered = {turn.get("tool_call_id") for turn in turns if turn.get("role") == "tool"}
        blocks: list[Block] = []
        for turn in turns:
            if turn.get("role") == "tool":
                blocks.append(ServerToolResult(turn.get("content"), turn.get("tool_call_id")))
                continue
            calls = entries(turn.get("tool_calls"))
            open_calls = [call for call in calls if call.get("id") not in answered]
            content = turn.get("content")
            if isinstance(content, str):
                content = [{"type": "text", "text": content}]
            message = {"content": content, "tool_calls": open_calls}
            blocks += super()._blocks(message, whole=True)
            blocks += [_server_call(call) for call in calls if call not in open_calls]
        return blocks

    def _content_parts(self, parts: Any) -> list[Block]:
        self._has_parts = self._is_placed = True
        blocks: list[Block] = []
        for given in parts if isinstance(parts, list) else [parts]:
            part = {"type": "text", "text": given} if isinstance(given, str) else given
            if not isinstance(part, dict) or not part:
                continue
            kind = part.get("type")
            text = _text_in(part)
            if text is not None:
                blocks += [TextBlock(text, index=self._turn_to("text"))] if text else []
            elif kind == "reasoning" and text_of(part):
                blocks.append(ReasoningBlock(text_of(part), index=self._turn_to("thinking")))
            elif kind == "thinking":
                blocks += self._thinking(part)
            elif kind == "reference":
                blocks.append(self._reference(part))
            else:
                self._end_block()
                blocks.append(_media(part) or NonStandardBlock(part))
                blocks[-1].index = self._number
        return blocks

    def _thinking(self, part: dict[str, Any]) -> list[Block]:
        thinking = part.get("thinking")
        if isinstance(thinking, str):
            thinking = [{"type": "text", "text": thinking}]
        signature = part.get("signature")
        if self._signature is not None and signature != self._signature:
            self._end_block()
        blocks: list[Block] = []
        for piece in entries(thinking):
            if piece.get("type", "text") != "text":
                self._end_block()
                value = {"type": "thinking", "thinking": [piece]}
                blocks.append(NonStandardBlock(value, index=self._number))
            elif piece.get("text"):
                blocks.append(ReasoningBlock(piece["text"], index=self._turn_to("thinking")))
        if signature:
            self._signature = signature
            index = self._turn_to("thinking")
            blocks.append(ReasoningBlock("", index=index, extras={"signature": signature}))
        return blocks

    def _reference(self, part: dict[str, Any]) -> TextBlock:
        if self._kind != "reference":
            self._turn_to("text")
        self._kind = "reference"  # another one may follow, but no more text of this block
        citation = Citation(extras={"reference_ids": part.get("reference_ids") or []})
        return TextBlock("", (citation,), index=self._number)

    def _turn_to(self, kind: str) -> int:
        """The index of the open block if it is of ``kind``, else of a new one."""
        if kind != self._kind:
            self._end_block()
            self._kind = kind
        return self._number

    def _end_block(self) -> None:
        """Whatever comes next is a new block."""
        self._number += 1
        self._kind = ""
        self._signature = None


def _with_one_message(wire: dict[str, Any]) -> dict[str, Any]:
    """``wire`` with the ``messages`` of its choice, where it has them, in the place of one."""
    choice = next(iter(entries(wire.get("choices"))), {})
    if not choice.get("messages") or choice.get("message"):
        return wire
    choice = {**choice, "message": {"messages": choice["messages"]}}
    return {**wire, "choices": [choice]}


def _text_in(part: dict[str, Any]) -> str | None:
    """The text of a part that holds text; ``None`` for any other part."""
    kind, text = part.get("type"), part.get("text")
    if isinstance(text, dict):
        text = text.get("value")  # as the Assistants API spells it
    if isinstance(text, str):
        return text if kind in _TEXT_KINDS or not kind else None
    return "" if kind in _TEXT_KINDS and text is None and part.get("text") is None else None


def _with_real_id(call: dict[str, Any]) -> dict[str, Any]:
    """``call`` without the id ``"null"``, Mistral's word for none."""
    return {**call, "id": None} if call.get("id") == "null" else call


def _server_call(call: dict[str, Any]) -> ServerToolCall:
    function = call.get("function") or {}
    arguments = function.get("arguments") or {}
    if isinstance(arguments, str):
        arguments = parse_arguments(arguments)
    return ServerToolCall(function.get("name") or "", arguments, call.get("id"))


def _media(part: dict[str, Any]) -> Block | None:
    """A part that is an image or a document; ``None`` for any other."""
    kind = part.get("type")
    if kind == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        return ImageBlock(url) if url else None
    if kind == "document_url" and part.get("document_url"):
        return FileBlock(part["document_url"], name=part.get("document_name"))
    if kind == "file" and part.get("file_id"):
        return FileBlock(file_id=part["file_id"])
    return None
