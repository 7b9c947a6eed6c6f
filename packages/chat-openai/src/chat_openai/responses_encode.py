"""Messages in, the ``input`` items of a Responses request out.

Rules:

- An assistant turn goes back as the items it came as: message, reasoning, call and server-tool
  items with their ids, in order, server tools and unknown items verbatim. Blocks that share
  ``extras["item_id"]`` are one item. Fields that only answers have are left out.
- A reasoning item goes back together with the item that followed it. Where that item is left out,
  or nothing followed, the reasoning item is left out too, because the vendor refuses it. So is one
  without encrypted content where nothing is stored (``store=False``): its id leads nowhere.
- An item goes back with its id only if the reasoning item before it does, and only once. Tools that
  the vendor ran are left out with their reasoning: they are known by their id alone.
- Of another vendor's turn only text, refusals, transcripts, tool calls and tool results stay; so it
  is with a turn that broke off without a finish reason. Its images, by URL or base64, stand in the
  user's next turn.
- The wire has no names of speakers: a message's ``name`` stands before its text.
- A call has one result, and a result one call (``responses_calls.py``). A result takes the shape
  that its call asks for: function, custom, shell, patch, computer.

Source: the API reference of ``/v1/responses`` and the SDK's ``ResponseInputItem``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import (
    images_to_user,
    name_in_text,
    parse_arguments,
    refuse_additional_kwargs,
    write_arguments,
)

from .names import COMPATIBLE
from .provenance import RESPONSES, is_of_responses
from .responses_calls import CallPairs, is_interrupted, item_of, short_id
from .responses_content import is_item, text_or_parts
from .responses_kept import Entry, kept_items, without_odd_ids
from .responses_results import result_item

__all__ = ["encode_input"]

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
"""Characters that the API refuses in the name of a function."""

_LONGEST_NAME = 64

_OF_THE_ITEM = frozenset({"item_id", "phase", "status", "part", "in_message"})
"""Entries of a block's ``extras`` that are facts of its item and no fields of its part."""

_PARTS = ("output_text", "refusal")
"""The types of parts that the API takes in an assistant's message."""

_Numbered = tuple[int, Block]
"""The position of a block in its message, and the block."""


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
        InvalidRequestError: no messages, a result that answers no call, a second result of one
            call, or a call without a result; the message's number is named.
        InvalidParameterError: media that the API does not take, or ``additional_kwargs``.
    """
    if not messages and not continues:
        raise InvalidRequestError(
            "There are no messages to send; give at least one.", provider=provider
        )
    refuse_additional_kwargs(messages, provider)
    messages = images_to_user([name_in_text(message) for message in messages], _is_moved)
    turns = _Turns(messages, provider, is_stored=is_stored, continues=continues)
    items: list[dict[str, Any]] = []
    for position, message in enumerate(messages):
        if isinstance(message, SystemMessage):
            content = text_or_parts(message.blocks, provider)
            items.append({"role": system_role, "content": content})
        elif isinstance(message, HumanMessage):
            items += _user(message, provider)
        elif isinstance(message, ToolMessage):
            items += turns.result(position, message)
        else:
            items += turns.assistant(position, message)
    if not items and not continues:
        raise InvalidRequestError(
            "The messages have nothing to send: each is an answer without text or calls.",
            provider=provider,
        )
    return items


def _is_moved(message: AIMessage, image: ImageBlock) -> bool:
    is_of_an_item = message.response_metadata.get("api") == RESPONSES and image.extras
    return image.file_id is None and not is_of_an_item


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

    def __init__(
        self, messages: Sequence[Message], provider: str, *, is_stored: bool, continues: bool
    ) -> None:
        self._provider = provider
        self._is_stored = is_stored
        self._pairs = CallPairs(messages, provider, continues=continues)
        self._sent: dict[tuple[int, int], dict[str, Any]] = {}
        self._ids: set[str] = set()

    def assistant(self, position: int, message: AIMessage) -> list[dict[str, Any]]:
        """The items of one answer."""
        is_native = is_of_responses(message, self._provider) and not is_interrupted(message)
        key = _item_of if is_native else _plain_item_of
        entries: list[Entry] = []
        for (kind, _), group in groupby(enumerate(message.blocks), key):
            blocks = list(group)
            if kind == "message":
                entries.append((kind, _message([b for _, b in blocks], is_native=is_native)))
            elif kind == "reasoning":
                entries.append((kind, self._reasoning([b for _, b in blocks])))
            elif kind == "call":
                entries += [(kind, self._call(position, n, message, is_native)) for n, _ in blocks]
            elif kind == "verbatim":
                entries += self._verbatim(position, message, blocks)
        if self._provider != COMPATIBLE:
            entries = without_odd_ids(entries)
        return kept_items(entries, self._ids)

    def result(self, position: int, message: ToolMessage) -> list[dict[str, Any]]:
        """What answers a call."""
        verbatim = [b.value for b in message.blocks if isinstance(b, NonStandardBlock)]
        if verbatim and all(is_item(b) for b in message.blocks):
            return verbatim
        place = self._pairs.answered_by(position)
        if place is None:  # the vendor holds the call
            call, call_id = {"type": "function_call"}, short_id(message.tool_call_id)
        else:
            call, call_id = self._sent[place], self._pairs.call_id(*place)
        return [result_item(call, call_id, message, self._provider)]

    def _reasoning(self, blocks: Sequence[Block]) -> dict[str, Any] | None:
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
            return None
        item = {"type": "reasoning", "id": item_id, "summary": summary, **extras}
        if content:
            item["content"] = content
        if item_id is None:
            del item["id"]
        return item

    def _call(
        self, position: int, number: int, message: AIMessage, is_native: bool
    ) -> dict[str, Any] | None:
        block = message.blocks[number]
        assert isinstance(block, ToolCall | InvalidToolCall)
        if self._pairs.is_left_out(position, number, message):
            return None
        item: dict[str, Any] = {
            "type": "function_call",
            "call_id": self._pairs.call_id(position, number),
            "name": _NOT_IN_NAMES.sub("_", block.name or "unknown")[:_LONGEST_NAME],
            "arguments": _arguments(block),
        }
        if is_native:
            extras = dict(block.extras)
            item_id = extras.pop("item_id", None)
            item |= extras
            if item_id:
                item["id"] = item_id
        self._sent[position, number] = item
        return item

    def _verbatim(
        self, position: int, message: AIMessage, blocks: Sequence[_Numbered]
    ) -> Iterator[Entry]:
        """The vendor's own items; a block that is part of another block's item brings none."""
        for number, block in blocks:
            item = item_of(block)
            if not item:
                continue
            if self._pairs.is_left_out(position, number, message):
                yield "verbatim", None
                continue
            if item.get("call_id"):
                item = {**item, "call_id": self._pairs.call_id(position, number)}
            self._sent[position, number] = item
            yield "verbatim", item


def _item_of(numbered: _Numbered) -> tuple[str, Any]:
    """Which item a block of our own vendor belongs to: neighbours with one answer are one item."""
    block = numbered[1]
    item_id = block.extras.get("item_id")
    if _is_part_of_message(block) or block.extras.get("in_message"):
        return "message", item_id
    if isinstance(block, ReasoningBlock):
        return "reasoning", item_id
    if isinstance(block, ToolCall | InvalidToolCall):
        return "call", None
    return "verbatim", None


def _plain_item_of(numbered: _Numbered) -> tuple[str, Any]:
    """The same for another vendor's block, whose extras mean nothing here."""
    block = numbered[1]
    if _is_part_of_message(block):
        return "message", None
    if isinstance(block, ToolCall | InvalidToolCall):
        return "call", None
    return "foreign", None


def _is_part_of_message(block: Block) -> bool:
    if isinstance(block, AudioBlock):
        return bool(block.transcript)
    return isinstance(block, TextBlock | RefusalBlock)


def _message(blocks: Sequence[Block], *, is_native: bool) -> dict[str, Any] | None:
    """The item of a message; ``None`` where it has no words."""
    content = [part for block in blocks if (part := _content(block, is_native=is_native))]
    if not content:
        return None
    extras = blocks[0].extras if is_native else {}
    item: dict[str, Any] = {
        "type": "message",
        "role": "assistant",
        "status": extras.get("status") or "completed",
        "content": content,
    }
    if extras.get("phase"):
        item["phase"] = extras["phase"]
    if extras.get("item_id") is not None:
        item["id"] = extras["item_id"]
    return item


def _content(block: Block, *, is_native: bool) -> dict[str, Any] | None:
    if isinstance(block, TextBlock):
        cited = block.citations if is_native else ()
        annotations = [c.extras["annotation"] for c in cited if "annotation" in c.extras]
        text = {"type": "output_text", "text": block.text, "annotations": annotations}
        if is_native:
            text |= {n: value for n, value in block.extras.items() if n not in _OF_THE_ITEM}
        return text if block.text else None
    if isinstance(block, RefusalBlock):
        return {"type": "refusal", "refusal": block.text} if block.text else None
    if isinstance(block, AudioBlock):
        return {"type": "output_text", "text": block.transcript, "annotations": []}
    assert isinstance(block, NonStandardBlock)
    return block.value if block.value.get("type") in _PARTS else None


def _arguments(block: ToolCall | InvalidToolCall) -> str:
    """The arguments as JSON text of an object; of arguments that are none an empty object."""
    if isinstance(block, InvalidToolCall):
        try:
            args = parse_arguments(block.args)
        except ValueError:
            return "{}"
        return block.args if args else "{}"
    return write_arguments(block)
