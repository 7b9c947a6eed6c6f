"""Which tool result answers which call of a conversation, and the call's id on the wire.

Rules:

- A result answers the first call with its id that stands before it and has no result yet. Ids may
  repeat in a conversation; on the wire each call has an id of its own, of at most 64 characters.
- Without a result, the call of a function is left out if its answer was cut off; otherwise it is
  refused by name. A call of another kind (shell, patch, computer, custom) is left out.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ServerToolCall,
    ServerToolResult,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import is_cut_off

from .provenance import is_of_responses
from .responses_content import is_item
from .responses_tools import awaits_client

__all__ = ["CallPairs", "is_interrupted", "item_of", "short_id"]

_LONGEST_ID = 64
"""Characters that the API allows in a ``call_id``."""

Place = tuple[int, int]
"""The position of a message, and that of a block in it."""


class CallPairs:
    """The calls of a conversation with their results.

    Args:
        messages: the conversation.
        provider: our provider id.
        continues: whether the vendor holds earlier turns, so that a result may stand alone.

    Raises:
        InvalidRequestError: a result without a call, or a second result of one call.
    """

    def __init__(self, messages: Sequence[Message], provider: str, *, continues: bool) -> None:
        self._provider = provider
        self._continues = continues
        self._ids: dict[Place, str] = {}
        self._used: set[str] = set()
        self._results: dict[int, Place | None] = {}
        self._unanswered: set[Place] = set()
        self._waiting: defaultdict[str, deque[Place]] = defaultdict(deque)
        for position, message in enumerate(messages):
            if isinstance(message, AIMessage):
                for number, call_id, needs_result in _calls(message, provider):
                    self._add_call((position, number), call_id)
                    if needs_result:
                        self._unanswered.add((position, number))
            elif isinstance(message, ToolMessage | HumanMessage):
                self._add_result(position, message)

    def call_id(self, position: int, number: int) -> str:
        """The id on the wire of the call that is block ``number`` of a message."""
        return self._ids[position, number]

    def is_answered(self, position: int, number: int) -> bool:
        """Whether a result answers the call that is block ``number`` of a message."""
        return (position, number) not in self._unanswered

    def is_left_out(self, position: int, number: int, message: AIMessage) -> bool:
        """Whether a call is not sent, because nothing answers it.

        Raises ``InvalidRequestError`` for the whole call of a function that nothing answers.
        """
        if self.is_answered(position, number):
            return False
        block = message.blocks[number]
        if not isinstance(block, ToolCall) or is_cut_off(message):
            return True
        if self._continues:
            return False
        raise InvalidRequestError(
            f"Message {position} calls the tool {block.name!r} (id {block.id!r}), and"
            " no ToolMessage behind it has its result. Add the result, or leave the call out.",
            provider=self._provider,
        )

    def answered_by(self, position: int) -> Place | None:
        """The call that a ``ToolMessage`` answers, ``None`` if the vendor holds that call."""
        return self._results[position]

    def _add_call(self, place: Place, call_id: str) -> None:
        self._waiting[call_id].append(place)
        wire = base = short_id(call_id or "call")
        number = 1
        while wire in self._used:
            number += 1
            wire = f"{base[: _LONGEST_ID - 8]}_{number}"
        self._used.add(wire)
        self._ids[place] = wire

    def _add_result(self, position: int, message: ToolMessage | HumanMessage) -> None:
        items = [b.value for b in message.blocks if isinstance(b, NonStandardBlock) and is_item(b)]
        for item in items:
            self._answer(_id_of(item))
        if isinstance(message, HumanMessage) or (items and len(items) == len(message.blocks)):
            return
        self._results[position] = self._answer(message.tool_call_id)
        if self._results[position] is None and not self._continues:
            raise InvalidRequestError(
                _no_call(position, message.tool_call_id, self._waiting), provider=self._provider
            )

    def _answer(self, call_id: str) -> Place | None:
        """The first call with this id that has no result; it has one from now on."""
        waiting = self._waiting.get(call_id)
        if not waiting:
            return None
        place = waiting.popleft()
        self._unanswered.discard(place)
        return place


def is_interrupted(message: AIMessage) -> bool:
    """Whether an answer came from a model and broke off without a finish reason."""
    metadata = message.response_metadata
    return metadata.get("model_provider") is not None and metadata.get("finish_reason") is None


def item_of(block: Block) -> dict[str, Any]:
    """The vendor's own item that a block holds; empty for any other block."""
    if isinstance(block, NonStandardBlock):
        return {} if block.extras.get("in_message") else block.value
    if isinstance(block, ServerToolCall | ServerToolResult):
        item: dict[str, Any] = block.extras.get("item") or {}
        return item
    return {}


def short_id(call_id: str) -> str:
    """A call's id, shortened where the API would refuse it; the same for the same id."""
    if len(call_id) <= _LONGEST_ID:
        return call_id
    return f"call_{sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _calls(message: AIMessage, provider: str) -> Iterator[tuple[int, str, bool]]:
    """What a result can answer: block numbers, ids, and whether each needs a result."""
    is_native = is_of_responses(message, provider)
    for number, block in enumerate(message.blocks):
        if isinstance(block, ToolCall | InvalidToolCall):
            yield number, block.id or "", True
        elif is_native and _id_of(item_of(block)):
            item = item_of(block)
            is_approval = item.get("type") == "mcp_approval_request"
            yield number, _id_of(item), awaits_client(item) and not is_approval


def _id_of(item: dict[str, Any]) -> str:
    return item.get("call_id") or item.get("id") or ""


def _no_call(position: int, call_id: str, calls: dict[str, Any]) -> str:
    if call_id in calls:
        return (
            f"Message {position} is a second result of the tool call {call_id!r}. Each call has one"
            " result."
        )
    known = ", ".join(filter(None, calls)) or "none"
    return (
        f"Message {position} is the tool result for {call_id!r}, which answers no call in the"
        f" messages before it (calls: {known}). Keep the assistant's message that made the call."
    )
