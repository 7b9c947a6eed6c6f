"""What events and finished items add to the answer: the blocks that are not given out yet.

Rules:

- Deltas are given out as they come. What a ``done`` event or the final response has beyond them is
  given out then, so nothing is lost where deltas are null or missing, and nothing comes twice.
- Each text part, reasoning part and call has a block index of its own; a server tool's call and its
  result share one.
- ``encrypted_content`` is read from finished items only: at ``added`` it may be incomplete.
- Blocks keep facts of their item in ``extras``: ``item_id``, ``phase`` and its other fields. Each
  is given out once.
"""

from __future__ import annotations

from typing import Any

from chat_core import (
    Block,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCallChunk,
)

from .responses_items import Items
from .responses_parts import (
    Listed,
    OutputItem,
    Part,
    arguments_text,
    as_item,
    listed_parts,
)
from .responses_tools import awaits_client, citation, item_blocks, started_blocks

__all__ = ["OutputReader"]


class OutputReader:
    """The output of one response, as blocks.

    ``awaits_client`` is true once there is a call that the caller must act on, ``refused`` once the
    model has declined.
    """

    def __init__(self) -> None:
        self.items = Items()
        self.awaits_client = False
        self.refused = False

    def started(self, event: dict[str, Any]) -> list[Block]:
        """An ``added`` event: the name of a call or of a tool."""
        wire = as_item(event.get("item"))
        item = self.items.announced(event, wire)
        if item.kind != "function_call":
            if not started_blocks(wire, -1):
                return []
            return started_blocks(wire, item.block_index())
        self.awaits_client = True
        name, call_id = self._identity(item, wire)
        if name is None and call_id is None:
            return []
        return [ToolCallChunk(name, None, call_id, item.function().index)]

    def finished(self, event: dict[str, Any]) -> list[Block]:
        """A ``done`` event: what the finished item has beyond what has been given out."""
        wire = as_item(event.get("item"))
        return self._rest(self.items.finished(event, wire), wire)

    def ended(self, output: list[dict[str, Any]]) -> list[Block]:
        """The final response: what its items have beyond what has been given out."""
        blocks: list[Block] = []
        for item, wire in zip(self.items.listed(output), output, strict=True):
            blocks += self._rest(item, wire)
            item.is_done = True
        for item in self.items.items:
            if not item.is_done and item.has_text and not item.text() and item.wire:
                blocks += self._rest(item, {**item.wire, "encrypted_content": None})
        return blocks

    def arguments(self, event: dict[str, Any]) -> tuple[int, str]:
        """A delta of arguments: the block index of its call, and the text."""
        self.awaits_client = True
        call = self.items.at("function_call", event).function()
        delta = arguments_text(event.get("delta"))
        call.arguments.pieces.append(delta)
        return call.index, delta

    def whole_arguments(self, event: dict[str, Any]) -> list[Block]:
        """The end of a call's arguments: its name, and what the deltas lack."""
        self.awaits_client = True
        call = self.items.at("function_call", event).function()
        rest = call.arguments.rest(arguments_text(event.get("arguments"))) or None
        call.arguments.is_closed = True
        name = None if call.has_name else event.get("name")
        call.has_name = call.has_name or bool(name)
        return [ToolCallChunk(name, rest, None, call.index)] if rest or name else []

    def _rest(self, item: OutputItem, wire: dict[str, Any]) -> list[Block]:
        if item.kind == "message":
            return self._message(item, wire)
        if item.kind == "reasoning":
            return _reasoning(item, wire)
        if item.kind == "function_call":
            return self._function_call(item, wire)
        if item.is_given:
            return []
        item.is_given = True
        self.awaits_client = self.awaits_client or awaits_client(wire)
        return item_blocks(wire, item.block_index())

    def _message(self, item: OutputItem, wire: dict[str, Any]) -> list[Block]:
        status = None if wire.get("status") == "completed" else wire.get("status")
        facts = {"item_id": wire.get("id"), "phase": wire.get("phase"), "status": status}
        extras = {key: value for key, value in facts.items() if value}
        listed = listed_parts(wire)
        blocks: list[Block] = []
        for entry, part in zip(listed, item.listed(listed), strict=True):
            self.refused = self.refused or entry.kind == "refusal"
            block = _message_block(entry, part, {} if part.is_given else dict(extras))
            if not part.is_given or _says_something(block):
                blocks.append(block)
            part.is_given = True
        return blocks

    def _function_call(self, item: OutputItem, wire: dict[str, Any]) -> list[Block]:
        self.awaits_client = True
        call = item.function()
        extras = _beyond(wire, "call_id", "name", "arguments")
        if wire.get("id"):
            extras["item_id"] = wire["id"]
        extras = item.new_facts(extras)
        name, call_id = self._identity(item, wire)
        rest = call.arguments.rest(arguments_text(wire.get("arguments"))) or None
        if item.is_given and not (name or call_id or rest or extras):
            return []
        item.is_given = True
        return [ToolCallChunk(name, rest, call_id, call.index, extras=extras)]

    def _identity(self, item: OutputItem, wire: dict[str, Any]) -> tuple[str | None, str | None]:
        """The name and the id of a call, each ``None`` once it has been given out."""
        call = item.function()
        name = None if call.has_name else wire.get("name") or None
        call_id = None if call.has_id else wire.get("call_id") or wire.get("id") or None
        if name is None and not call.has_name:
            return None, None  # an id alone would come before the call that it names
        call.has_name = True
        call.has_id = call.has_id or call_id is not None
        return name, call_id


def _message_block(entry: Listed, part: Part, extras: dict[str, Any]) -> Block:
    """The block of one part of a message, with the text that has not been given out."""
    if entry.kind == "text":
        annotations = entry.wire.get("annotations") if isinstance(entry.wire, dict) else None
        rest = [annotation for annotation in annotations or () if annotation][part.cited :]
        cited = tuple([citation(annotation) for annotation in rest])
        part.cited += len(cited)
        return TextBlock(part.rest(entry.text), cited, index=part.index, extras=extras)
    if entry.kind == "refusal":
        return RefusalBlock(part.rest(entry.text), index=part.index, extras=extras)
    return NonStandardBlock(entry.wire, index=part.index, extras={**extras, "in_message": True})


def _says_something(block: Block) -> bool:
    """Whether a block of a part that is listed again brings more text or citations."""
    if isinstance(block, TextBlock):
        return bool(block.text or block.citations)
    return isinstance(block, RefusalBlock) and bool(block.text)


def _reasoning(item: OutputItem, wire: dict[str, Any]) -> list[Block]:
    identity = {"item_id": wire["id"]} if wire.get("id") else {}
    facts = item.new_facts(_beyond(wire, "summary", "content"))
    listed = listed_parts(wire)
    parts = item.listed(listed)
    blocks: list[Block] = []
    for entry, part in zip(listed, parts, strict=True):
        text = part.rest(entry.text)
        if part.is_given and not text and not facts:
            continue
        extras: dict[str, Any] = {} if part.is_given else dict(identity)
        if entry.kind == "content" and not part.is_given:
            extras["part"] = "content"
        part.is_given = True
        blocks.append(ReasoningBlock(text, index=part.index, extras={**extras, **facts}))
        facts = {}
    if not listed and (facts or not item.is_given):
        part = item.parts[0] if item.parts else item.part("summary", 0)
        extras = {} if part.is_given else identity
        part.is_given = True
        blocks.append(ReasoningBlock("", index=part.index, extras={**extras, **facts}))
    item.is_given = True
    return blocks


def _beyond(item: dict[str, Any], *known: str) -> dict[str, Any]:
    """The fields of an item that have no place of their own in our blocks."""
    left_out = ("type", "id", "status", *known)
    return {key: value for key, value in item.items() if key not in left_out and value is not None}
