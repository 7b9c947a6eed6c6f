"""Which tool result answers which call, and the ids of both on the wire.

Rules:

- Ids have the alphabet ``[a-zA-Z0-9_.:-]{1,64}``; others are hashed, always the same way.
- No two calls of a conversation have the same id. Where two are given the same, the later one gets
  another, and so does its result.
- A result answers the first open call with its id; one that may be run before one that was cut off.
- Each call has one result. A call that was cut off and has none is left out.
- The result of a call that is not sent (of a kind that another vendor alone knows) is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ServerToolCall,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import is_cut_off

from .names import PROVIDER

__all__ = ["Position", "is_native", "match_calls", "wire_id"]

Position = tuple[int, int]
"""A message's number and a block's in it; of the result that a ``ToolMessage`` is, ``-1``."""

_WIRE_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


def wire_id(id: str) -> str:
    """A tool-call id in the form the API takes; another vendor's is hashed, always the same way."""
    if _WIRE_ID.fullmatch(id):
        return id
    return f"tooluse_{hashlib.sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def is_native(message: AIMessage) -> bool:
    """Whether Bedrock brought the answer; one that names no provider counts as such."""
    return message.response_metadata.get("model_provider") in (None, PROVIDER)


def match_calls(messages: Sequence[Message]) -> dict[Position, str]:
    """The wire id of each call and each result that is to be sent, by their positions.

    Raises ``InvalidRequestError`` for a call without a result, and for a result without a call.
    """
    calls = _Calls()
    for number, message in enumerate(messages):
        if isinstance(message, AIMessage):
            calls.add_answer(number, message)
        for at, result_id in _results(message):
            calls.add_result((number, at), result_id)
    return calls.ids()


@dataclass(slots=True)
class _Call:
    at: Position
    name: str
    id: str
    is_cut: bool
    needs_result: bool = True
    result: Position | None = None


class _Calls:
    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_id: dict[str, list[_Call]] = {}
        self._unsent: set[str] = set()

    def add_answer(self, number: int, message: AIMessage) -> None:
        native = is_native(message)
        for at, block in enumerate(message.blocks):
            call = _call((number, at), block, native=native)
            if call is not None:
                call.needs_result = not (call.is_cut or is_cut_off(message))
                self._calls.append(call)
                self._by_id.setdefault(call.id, []).append(call)
            elif isinstance(block, ServerToolCall | NonStandardBlock):
                self._unsent.update(_ids_of(block))

    def add_result(self, at: Position, result_id: str) -> None:
        known = self._by_id.get(result_id, ())
        still_open = [call for call in known if call.result is None]
        if still_open:
            chosen = next((call for call in still_open if not call.is_cut), still_open[0])
            chosen.result = at
        elif known:
            raise _refused(
                f"Message {at[0]} is a second result of tool call {result_id!r}; Bedrock takes"
                " one result for each call."
            )
        elif result_id not in self._unsent:
            raise _refused(
                f"Message {at[0]} is the result of tool call {result_id!r}, which no message before"
                " it made. Keep the AIMessage that asked for the tool, before its ToolMessage."
            )

    def ids(self) -> dict[Position, str]:
        """See ``match_calls``."""
        found: dict[Position, str] = {}
        taken: set[str] = set()
        open_calls: list[str] = []
        for call in self._calls:
            if call.result is not None:
                found[call.at] = found[call.result] = _free(call.id, taken)
            elif call.needs_result:
                open_calls.append(f"{call.name} ({call.id}) of message {call.at[0]}")
        if open_calls:
            raise _refused(
                f"These tool calls have no result in the messages: {', '.join(open_calls)}."
                " Bedrock wants a ToolMessage for each call before the conversation goes on."
            )
        return found


def _free(call_id: str, taken: set[str]) -> str:
    """``call_id``, or an id made from it if a call before has it; adds it to ``taken``."""
    chosen, uses = call_id, 1
    while chosen in taken:
        chosen = wire_id(f"{call_id}\n{uses}")
        uses += 1
    taken.add(chosen)
    return chosen


def _call(at: Position, block: Block, *, native: bool) -> _Call | None:
    if isinstance(block, ToolCall | InvalidToolCall):
        is_cut = isinstance(block, InvalidToolCall)
        if not block.id and not is_cut:
            raise _refused(
                f"The call of tool {block.name!r} in message {at[0]} has no id; Bedrock needs one"
                " to match it with its ToolMessage."
            )
        return _Call(at, block.name or "", wire_id(block.id), is_cut) if block.id else None
    use = block.value.get("toolUse") if isinstance(block, NonStandardBlock) else None
    if native and isinstance(use, dict):
        return _Call(at, str(use.get("name")), wire_id(str(use.get("toolUseId"))), is_cut=False)
    return None


def _ids_of(block: ServerToolCall | NonStandardBlock) -> Iterator[str]:
    """The ids by which a result may name a call that is no call of ours."""
    named: Any = block.id if isinstance(block, ServerToolCall) else block.value.get("id")
    also = block.value.get("call_id") if isinstance(block, NonStandardBlock) else None
    for value in (named, also):
        if isinstance(value, str):
            yield wire_id(value)


def _results(message: Message) -> Iterator[tuple[int, str]]:
    if isinstance(message, ToolMessage):
        yield -1, wire_id(message.tool_call_id)
    elif not isinstance(message, AIMessage):
        for at, block in enumerate(message.blocks):
            result = block.value.get("toolResult") if isinstance(block, NonStandardBlock) else None
            if isinstance(result, dict):
                yield at, wire_id(str(result.get("toolUseId")))


def _refused(reason: str) -> InvalidRequestError:
    return InvalidRequestError(reason, provider=PROVIDER)
