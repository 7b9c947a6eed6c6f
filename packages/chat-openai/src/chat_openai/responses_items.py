"""The output items of one response: what of each is already out, and what finishing it adds.

Rules:

- Items are told apart by ``output_index``, because some gateways change item ids from event to
  event; only where it is missing does the item id decide, and then the latest item.
- Deltas are given out as they come. What a ``done`` event or the final response says beyond them is
  given out then, so nothing is lost where deltas are null or missing, and nothing is said twice.
- Each text part, reasoning part and call has a block index of its own; a server tool's call and its
  result share one.
- ``encrypted_content`` is read from finished items only: at ``added`` it may be incomplete.
- Blocks remember their item in ``extras``: ``item_id``, ``phase`` and whatever else the item says.
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

from .responses_tools import awaits_client, citation, item_blocks, started_blocks

__all__ = ["Items", "Part"]


class Part:
    """A text, refusal or reasoning part: its block index, and how much of it is already out."""

    __slots__ = ("cited", "index", "length")

    def __init__(self, index: int) -> None:
        self.index = index
        self.length = 0
        self.cited = 0

    def rest(self, whole: str | None) -> str:
        """What ``whole`` has beyond what is out."""
        return (whole or "")[self.length :]


class Call:
    """A function call: its block index, and the arguments that are already out."""

    __slots__ = ("index", "is_named", "pieces")

    def __init__(self, index: int) -> None:
        self.index = index
        self.pieces: list[str] = []
        self.is_named = False

    def rest(self, whole: str | None) -> str | None:
        """What ``whole`` has beyond what is out, if it begins with that; it is out from now on."""
        sent = "".join(self.pieces)
        if not whole or not whole.startswith(sent):
            return None
        self.pieces = [whole]
        return whole[len(sent) :] or None


class Items:
    """The items of one response, in whatever order and however completely they are told.

    ``awaits_client`` is true once there is a call that the caller must act on, ``refused`` once the
    model has declined.
    """

    def __init__(self) -> None:
        self.parts: dict[tuple[str, Any, Any], Part] = {}
        self.awaits_client = False
        self.refused = False
        self._calls: dict[int, Call] = {}
        self._tools: dict[int, int] = {}
        self._by_id: dict[str, int] = {}
        self._done: set[int] = set()
        self._added = 0
        self._latest = 0
        self._blocks = 0

    # --- where an event belongs

    def place(self, wire: dict[str, Any]) -> int:
        """The output index of the item that an event speaks of."""
        index: int | None = wire.get("output_index")
        if index is None:
            index = self._by_id.get(wire.get("item_id") or "", self._latest)
        self._latest = index
        return index

    def place_item(self, wire: dict[str, Any], item: dict[str, Any]) -> int:
        """The output index of the item that an event brings."""
        index: int | None = wire.get("output_index")
        if index is None:
            index = self._by_id.get(item.get("id") or "", self._added)
        self._added = max(self._added, index + 1)
        self._latest = index
        if item.get("id"):
            self._by_id[item["id"]] = index
        return index

    def part(self, kind: str, index: int, number: int | None) -> Part:
        """The part ``number`` of an item, ``kind`` being text, refusal, summary, content, other."""
        part = self.parts.get((kind, index, number))
        if part is None:
            part = self.parts[kind, index, number] = Part(self._block_index())
        return part

    def call(self, index: int) -> Call:
        """The function call that an item is."""
        call = self._calls.get(index)
        if call is None:
            self.awaits_client = True
            call = self._calls[index] = Call(self._block_index())
        return call

    def _tool(self, index: int) -> int:
        block_index = self._tools.get(index)
        if block_index is None:
            block_index = self._tools[index] = self._block_index()
        return block_index

    def _block_index(self) -> int:
        self._blocks += 1
        return self._blocks - 1

    # --- what items say

    def started(self, index: int, item: dict[str, Any]) -> list[Block]:
        """What can be said of an item that has only begun: the name of a call or of a tool."""
        if item.get("type") != "function_call":
            return started_blocks(item, self._tool(index)) if started_blocks(item, -1) else []
        call = self.call(index)
        if call.is_named or not item.get("name"):
            return []
        call.is_named = True
        return [ToolCallChunk(item["name"], None, _call_id(item), call.index)]

    def finished(self, index: int, item: dict[str, Any]) -> list[Block]:
        """What a finished item says beyond what is already out; nothing the second time."""
        if index in self._done:
            return []
        self._done.add(index)
        kind = item.get("type")
        if kind == "message":
            return self._message(index, item)
        if kind == "reasoning":
            return self._reasoning(index, item)
        if kind == "function_call":
            return [self._function_call(index, item)]
        self.awaits_client = self.awaits_client or awaits_client(item)
        return item_blocks(item, self._tool(index))

    def all_finished(self, output: list[dict[str, Any]]) -> list[Block]:
        """What the items of the final response say beyond what is already out."""
        blocks: list[Block] = []
        if len(output) > len(self._done):
            for index, item in enumerate(output):
                if self._by_id.get(item.get("id") or "", index) not in self._done:
                    blocks += self.finished(index, item)
        return blocks

    def _message(self, index: int, item: dict[str, Any]) -> list[Block]:
        blocks: list[Block] = []
        extras = {"item_id": item.get("id"), "phase": item.get("phase")}
        if item.get("status") != "completed":
            extras["status"] = item.get("status")
        extras = {key: value for key, value in extras.items() if value}
        for number, content in enumerate(item.get("content") or ()):
            kind = content.get("type")
            if kind == "output_text":
                part = self.part("text", index, number)
                annotations = (content.get("annotations") or ())[part.cited :]
                cited = tuple([citation(annotation) for annotation in annotations])
                text = part.rest(content.get("text"))
                blocks.append(TextBlock(text, cited, index=part.index, extras=dict(extras)))
            elif kind == "refusal":
                self.refused = True
                part = self.part("refusal", index, number)
                text = part.rest(content.get("refusal"))
                blocks.append(RefusalBlock(text, index=part.index, extras=dict(extras)))
            else:
                part = self.part("other", index, number)
                extras_too = {**extras, "in_message": True}
                blocks.append(NonStandardBlock(content, index=part.index, extras=extras_too))
        return blocks

    def _reasoning(self, index: int, item: dict[str, Any]) -> list[Block]:
        blocks: list[Block] = []
        identity = {"item_id": item["id"]} if item.get("id") else {}
        for kind in ("summary", "content"):
            for number, content in enumerate(item.get(kind) or ()):
                part = self.part(kind, index, number)
                extras = {**identity, "part": "content"} if kind == "content" else dict(identity)
                text = part.rest(content.get("text"))
                blocks.append(ReasoningBlock(text, index=part.index, extras=extras))
        if not blocks:
            part = self.part("summary", index, 0)
            blocks.append(ReasoningBlock("", index=part.index, extras=identity))
        blocks[0].extras.update(_beyond(item, "summary", "content"))
        return blocks

    def _function_call(self, index: int, item: dict[str, Any]) -> Block:
        call = self.call(index)
        extras = _beyond(item, "call_id", "name", "arguments")
        if item.get("id"):
            extras["item_id"] = item["id"]
        name = None if call.is_named else item.get("name")
        call.is_named = True
        call_id = _call_id(item) if name else None
        rest = call.rest(item.get("arguments"))
        return ToolCallChunk(name, rest, call_id, call.index, extras=extras)


def _beyond(item: dict[str, Any], *told: str) -> dict[str, Any]:
    """What an item says besides the fields that our blocks tell by themselves."""
    known = ("type", "id", "status", *told)
    return {key: value for key, value in item.items() if key not in known and value is not None}


def _call_id(item: dict[str, Any]) -> str | None:
    return item.get("call_id") or item.get("id") or None
