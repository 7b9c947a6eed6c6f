"""Which tool result answers which call, and the ids of both on the wire.

Rules, for vendors whose calls and results name each other by an id:

- Ids have the alphabet of the vendor; others are hashed, always the same way.
- No two calls of a conversation have the same id. Where two are given the same, the later one gets
  another, and so does its result.
- A result answers the first open call with its id; one that may be run before one that was cut off.
- Each call has one result. A call that was cut off and has none is left out.
- The result of a call that is not sent (of a kind that another vendor alone knows) is left out.
- Where the vendor holds earlier turns, a result may answer a call in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..errors import InvalidRequestError
from .blocks import (
    Block,
    InvalidToolCall,
    NonStandardBlock,
    ServerToolCall,
    ToolCall,
)
from .cut_off import is_cut_off
from .message import AIMessage, Message, ToolMessage

__all__ = ["CallIds", "CallPosition"]

CallPosition = tuple[int, int]
"""A message's number and a block's in it; of the result that a ``ToolMessage`` is, ``-1``."""

_DIGITS = 24


@dataclass(frozen=True, slots=True)
class CallIds:
    """How a vendor names the calls of tools.

    Args:
        provider: the provider's id.
        vendor: the vendor's name, for errors.
        pattern: the regular expression that an id matches as a whole.
        prefix: what ids that are made from a hash begin with.
        native_call: from a block of the vendor's own to the call's name and id, or ``None``.
        native_result: from a block of the vendor's own to the id of the result's call, or ``None``.
    """

    provider: str
    vendor: str
    pattern: str
    prefix: str
    native_call: Callable[[Mapping[str, Any]], tuple[str, str] | None]
    native_result: Callable[[Mapping[str, Any]], str | None]

    def wire_id(self, id: str) -> str:
        """``id`` as the vendor takes it; another vendor's is hashed, always the same way."""
        if re.fullmatch(self.pattern, id):
            return id
        return self.prefix + sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]

    def is_native(self, message: AIMessage) -> bool:
        """Whether the provider brought the answer; one that names no provider counts as such."""
        return message.response_metadata.get("model_provider") in (None, self.provider)

    def match(
        self, messages: Sequence[Message], *, vendor_holds_turns: bool = False
    ) -> dict[CallPosition, str]:
        """The wire id of each call and each result that is to be sent, by their positions.

        Raises ``InvalidRequestError`` for a call without a result, and for a result without a call.
        With ``vendor_holds_turns`` a result may answer a call that the messages do not hold.
        """
        calls = _Calls(self, vendor_holds_turns=vendor_holds_turns)
        for number, message in enumerate(messages):
            if isinstance(message, AIMessage):
                calls.add_answer(number, message)
            for at, result_id in self._results(message):
                calls.add_result((number, at), result_id)
        return calls.ids()

    def refused(self, reason: str) -> InvalidRequestError:
        """The error of a conversation that the vendor would refuse."""
        return InvalidRequestError(reason, provider=self.provider)

    def _results(self, message: Message) -> Iterator[tuple[int, str]]:
        if isinstance(message, ToolMessage):
            yield -1, self.wire_id(message.tool_call_id)
        elif not isinstance(message, AIMessage):
            for at, block in enumerate(message.blocks):
                if isinstance(block, NonStandardBlock):
                    call_id = self.native_result(block.value)
                    if call_id is not None:
                        yield at, self.wire_id(call_id)


@dataclass(slots=True)
class _Call:
    at: CallPosition
    name: str
    id: str
    is_cut: bool
    needs_result: bool = True
    result: CallPosition | None = None


class _Calls:
    def __init__(self, rules: CallIds, *, vendor_holds_turns: bool) -> None:
        self._rules = rules
        self._vendor_holds_turns = vendor_holds_turns
        self._calls: list[_Call] = []
        self._by_id: dict[str, list[_Call]] = {}
        self._unsent: set[str] = set()
        self._stored: dict[CallPosition, str] = {}

    def add_answer(self, number: int, message: AIMessage) -> None:
        native = self._rules.is_native(message)
        for at, block in enumerate(message.blocks):
            call = self._call((number, at), block, native=native)
            if call is not None:
                call.needs_result = not (call.is_cut or is_cut_off(message))
                self._calls.append(call)
                self._by_id.setdefault(call.id, []).append(call)
            elif isinstance(block, ServerToolCall | NonStandardBlock):
                self._unsent.update(map(self._rules.wire_id, _ids_of(block)))

    def add_result(self, at: CallPosition, result_id: str) -> None:
        known = self._by_id.get(result_id, ())
        still_open = [call for call in known if call.result is None]
        if still_open:
            chosen = next((call for call in still_open if not call.is_cut), still_open[0])
            chosen.result = at
        elif self._vendor_holds_turns:
            self._stored[at] = result_id
        elif known:
            raise self._rules.refused(
                f"Message {at[0]} is a second result of tool call {result_id!r};"
                f" {self._rules.vendor} takes one result for each call."
            )
        elif result_id not in self._unsent:
            raise self._rules.refused(
                f"Message {at[0]} is the result of tool call {result_id!r}, which no message before"
                " it made. Keep the AIMessage that asked for the tool, before its ToolMessage."
            )

    def ids(self) -> dict[CallPosition, str]:
        """See ``CallIds.match``."""
        found = dict(self._stored)
        taken: set[str] = set()
        open_calls: list[str] = []
        for call in self._calls:
            if call.result is not None:
                found[call.at] = found[call.result] = self._free(call.id, taken)
            elif call.needs_result:
                open_calls.append(f"{call.name} ({call.id}) of message {call.at[0]}")
        if open_calls:
            raise self._rules.refused(
                f"These tool calls have no result in the messages: {', '.join(open_calls)}."
                f" {self._rules.vendor} wants a ToolMessage for each call before the conversation"
                " goes on."
            )
        return found

    def _free(self, call_id: str, taken: set[str]) -> str:
        """``call_id``, or an id made from it if a call before has it; adds it to ``taken``."""
        chosen, uses = call_id, 1
        while chosen in taken:
            chosen = self._rules.wire_id(f"{call_id}\n{uses}")
            uses += 1
        taken.add(chosen)
        return chosen

    def _call(self, at: CallPosition, block: Block, *, native: bool) -> _Call | None:
        wire_id = self._rules.wire_id
        if isinstance(block, ToolCall | InvalidToolCall):
            is_cut = isinstance(block, InvalidToolCall)
            if not block.id and not is_cut:
                raise self._rules.refused(
                    f"The call of tool {block.name!r} in message {at[0]} has no id;"
                    f" {self._rules.vendor} needs one to match it with its ToolMessage."
                )
            return _Call(at, block.name or "", wire_id(block.id), is_cut) if block.id else None
        found = None
        if native and isinstance(block, NonStandardBlock):
            found = self._rules.native_call(block.value)
        return _Call(at, found[0], wire_id(found[1]), is_cut=False) if found else None


def _ids_of(block: ServerToolCall | NonStandardBlock) -> Iterator[str]:
    """The ids by which a result may name a call that is no call of ours."""
    named: Any = block.id if isinstance(block, ServerToolCall) else block.value.get("id")
    also = block.value.get("call_id") if isinstance(block, NonStandardBlock) else None
    return (value for value in (named, also) if isinstance(value, str))
