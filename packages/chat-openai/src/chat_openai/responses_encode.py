"""Messages in, the ``input`` items of a Responses request out.

Rules:

- An assistant turn goes back as the items it came as: message, reasoning, call and server-tool
  items with their ids, in order, server tools and unknown items verbatim. Blocks that share
  ``extras["item_id"]`` are one item.
- A reasoning item goes back together with the item that follows it; one that nothing follows (the
  answer was cut off while the model thought) is left out, because the vendor refuses it. So is one
  without encrypted content where nothing is stored (``store=False``): its id leads nowhere.
- Of another vendor's turn only text, refusals, tool calls and tool results stay.
- A tool result takes the shape that its call asks for: function, custom, shell, patch, computer.

Source: the API reference of ``/v1/responses`` and the SDK's ``ResponseInputItem``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import write_arguments

from .provenance import is_of_responses
from .responses_content import is_item, text_or_parts
from .responses_results import result_item

__all__ = ["encode_input"]

_LONGEST_ID = 64
"""Characters that the API allows in a ``call_id``."""


def encode_input(
    messages: Sequence[Message],
    *,
    provider: str,
    system_role: str = "system",
    is_stored: bool = True,
    continues: bool = False,
) -> list[dict[str, Any]]:
    """The ``input`` of a request.

    Args:
        messages: the conversation.
        provider: our provider id; turns of other providers lose what only their vendor understands.
        system_role: ``"system"`` or ``"developer"``.
        is_stored: whether the vendor keeps responses, so that items can be found by their id.
        continues: whether the vendor holds the earlier turns (``previous_response_id`` and the
            like), so that a tool result may answer a call that is not in ``messages``.

    Raises:
        InvalidRequestError: no messages, or a tool result that answers no call.
        InvalidParameterError: media that the API does not take.
    """
    if not messages and not continues:
        raise InvalidRequestError(
            "There are no messages to send; give at least one.", provider=provider
        )
    turns = _Turns(provider, is_stored=is_stored, continues=continues)
    items: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            content = text_or_parts(message.blocks, provider)
            items.append({"role": system_role, "content": content})
        elif isinstance(message, HumanMessage):
            items += _user(message, provider)
        elif isinstance(message, ToolMessage):
            items += turns.result(message)
        else:
            items += turns.assistant(message)
    return items


def _user(message: HumanMessage, provider: str) -> list[dict[str, Any]]:
    """The user's turn: one message, and items of the vendor's own between its parts."""
    items: list[dict[str, Any]] = []
    for verbatim, blocks in groupby(message.blocks, is_item):
        if verbatim:
            items += [b.value for b in blocks if isinstance(b, NonStandardBlock)]
        else:
            items.append({"role": "user", "content": text_or_parts(tuple(blocks), provider)})
    return items or [{"role": "user", "content": ""}]


class _Turns:
    """Assistant turns and the results that answer them: both must agree on ids and shapes."""

    def __init__(self, provider: str, *, is_stored: bool, continues: bool) -> None:
        self._provider = provider
        self._is_stored = is_stored
        self._continues = continues
        self._calls: dict[str, dict[str, Any]] = {}

    def assistant(self, message: AIMessage) -> list[dict[str, Any]]:
        """The items of one answer."""
        is_native = is_of_responses(message, self._provider)
        items: list[dict[str, Any]] = []
        for (kind, _), group in groupby(message.blocks, _item_of if is_native else _plain_item_of):
            blocks = list(group)
            if kind == "message":
                items.append(_message(blocks, is_native=is_native))
            elif kind == "reasoning":
                items += self._reasoning(blocks) if is_native else []
            elif kind == "call":
                items += [self._call(block, is_native=is_native) for block in blocks]
            elif kind == "verbatim" and is_native:
                items += [item for block in blocks for item in _verbatim(block)]
        while items and items[-1].get("type") == "reasoning":
            items.pop()
        for item in items:
            call_id = item.get("call_id") or item.get("id")
            if call_id:
                self._calls[call_id] = item
        return items

    def result(self, message: ToolMessage) -> list[dict[str, Any]]:
        """What answers a call."""
        verbatim = [b.value for b in message.blocks if isinstance(b, NonStandardBlock)]
        if verbatim and all(is_item(b) for b in message.blocks):
            return verbatim
        call_id = _call_id(message.tool_call_id)
        call = self._calls.get(call_id)
        if call is None:
            if not self._continues:
                raise InvalidRequestError(
                    f"The tool result for {message.tool_call_id!r} answers no call in the messages"
                    f" before it (calls: {', '.join(self._calls) or 'none'}). Keep the assistant's"
                    " message that made the call.",
                    provider=self._provider,
                )
            call = {"type": "function_call"}
        return [result_item(call, call_id, message, self._provider)]

    def _reasoning(self, blocks: Sequence[Block]) -> list[dict[str, Any]]:
        summary: list[dict[str, Any]] = []
        content: list[dict[str, Any]] = []
        extras: dict[str, Any] = {}
        for block in blocks:
            assert isinstance(block, ReasoningBlock)
            extras |= block.extras
            if block.extras.get("part") == "content":
                content.append({"type": "reasoning_text", "text": block.text})
            elif block.text:
                summary.append({"type": "summary_text", "text": block.text})
        item_id = extras.pop("item_id", None)
        extras.pop("part", None)
        if not (extras.get("encrypted_content") or content or (item_id and self._is_stored)):
            return []
        item = {"type": "reasoning", "id": item_id, "summary": summary, **extras}
        if content:
            item["content"] = content
        if item_id is None:
            del item["id"]
        return [item]

    def _call(self, block: Block, *, is_native: bool) -> dict[str, Any]:
        assert isinstance(block, ToolCall | InvalidToolCall)
        call_id = block.id or f"call_{len(self._calls)}"
        if isinstance(block, ToolCall):
            arguments = write_arguments(block)
        else:
            arguments = block.args
        item: dict[str, Any] = {
            "type": "function_call",
            "call_id": _call_id(call_id),
            "name": block.name,
            "arguments": arguments,
        }
        if is_native:
            extras = dict(block.extras)
            item_id = extras.pop("item_id", None)
            item |= extras
            if item_id:
                item["id"] = item_id
        return item


def _item_of(block: Block) -> tuple[str, Any]:
    """Which item a block of our own vendor belongs to: neighbours with one answer are one item."""
    item_id = block.extras.get("item_id")
    if isinstance(block, TextBlock | RefusalBlock) or block.extras.get("in_message"):
        return "message", item_id
    if isinstance(block, ReasoningBlock):
        return "reasoning", item_id
    if isinstance(block, ToolCall | InvalidToolCall):
        return "call", None
    return "verbatim", None


def _plain_item_of(block: Block) -> tuple[str, Any]:
    """The same for another vendor's block, whose extras mean nothing here."""
    if isinstance(block, TextBlock | RefusalBlock):
        return "message", None
    if isinstance(block, ToolCall | InvalidToolCall):
        return "call", None
    return "foreign", None


def _message(blocks: Sequence[Block], *, is_native: bool) -> dict[str, Any]:
    extras = blocks[0].extras if is_native else {}
    item_id = extras.get("item_id")
    phase = {"phase": extras["phase"]} if extras.get("phase") else {}
    if item_id is None and all(isinstance(b, TextBlock) for b in blocks):
        text = "".join([b.text for b in blocks if isinstance(b, TextBlock)])
        return {"role": "assistant", "content": text, **phase}
    item: dict[str, Any] = {
        "type": "message",
        "role": "assistant",
        "status": extras.get("status") or "completed",
        "content": [_content(block) for block in blocks],
        **phase,
    }
    if item_id is not None:
        item["id"] = item_id
    return item


def _content(block: Block) -> dict[str, Any]:
    if isinstance(block, TextBlock):
        annotations = [c.extras["annotation"] for c in block.citations if "annotation" in c.extras]
        return {"type": "output_text", "text": block.text, "annotations": annotations}
    if isinstance(block, RefusalBlock):
        return {"type": "refusal", "refusal": block.text}
    assert isinstance(block, NonStandardBlock)
    return block.value


def _verbatim(block: Block) -> Iterable[dict[str, Any]]:
    """The vendor's own item that a block stands for; nothing for a part of another block's item."""
    if isinstance(block, NonStandardBlock):
        return [block.value]
    if isinstance(block, ServerToolCall | ServerToolResult) and "item" in block.extras:
        return [block.extras["item"]]
    return []


def _call_id(id: str) -> str:
    """A call's id, shortened where the API would refuse it; the same for the same ``id``."""
    if len(id) <= _LONGEST_ID:
        return id
    return f"call_{sha256(id.encode()).hexdigest()[:32]}"
