"""Which result belongs to which call of a conversation, and in which order turns are sent.

Vendors of this wire demand that the results of an assistant turn follow it directly, one for each
call, and that ids tell calls apart. So:

- Results move behind the turn with their calls, in the order of the calls.
- A call whose id is taken already gets another one, and so does its result. Of several calls with
  one id the results belong to them in order.
- A broken call without a result is left out, and so is every call without a result of an answer
  that was cut off: the vendor would refuse the conversation for ever.
- A call of a whole answer without a result, and a second result of one call, are refused by the
  message's number: the caller has lost a message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chat_core import (
    AIMessage,
    Block,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import is_cut_off, write_arguments

__all__ = ["History", "function_of", "is_custom_call", "read_history"]

_Place: TypeAlias = tuple[int, int]
"""The number of a message and of a block in it."""


@dataclass
class History:
    """The messages in the order in which they are sent, each with its number in the input.

    ``call_ids`` has the id on the wire of each call that is sent, ``result_ids`` that of each
    result by the number of its message.
    """

    messages: list[tuple[int, Message]] = field(default_factory=list)
    call_ids: dict[_Place, str] = field(default_factory=dict)
    result_ids: dict[int, str] = field(default_factory=dict)


def read_history(messages: Sequence[Message], call_id: Callable[[str], str]) -> History:
    """``messages`` by the rules above; ``call_id`` makes an id as the vendor takes it.

    Raises ``InvalidRequestError`` for a call without a result and a result without a call, and
    ``InvalidParameterError`` for a call without an id.
    """
    history = History()
    answers = _answers(messages)
    answered = set(answers.values())
    used: set[str] = set()
    for number, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            if number not in answered:
                history.messages.append((number, message))
            continue
        history.messages.append((number, message))
        if not isinstance(message, AIMessage):
            continue
        for position, block in enumerate(message.blocks):
            place = number, position
            if place in answers:
                wire_id = _unused(_id_of(block), used, call_id)
                history.call_ids[place] = history.result_ids[answers[place]] = wire_id
                history.messages.append((answers[place], messages[answers[place]]))
            else:
                _refuse_lost_result(number, message, block)
    return history


def is_custom_call(block: Block) -> bool:
    """Whether ``block`` is a call of a custom tool of this wire, whose input is free text."""
    return isinstance(block, NonStandardBlock) and block.value.get("type") == "custom"


def function_of(call: dict[str, Any]) -> dict[str, Any]:
    """A call of another wire, or of a custom tool, as the function of a call on this one."""
    custom: dict[str, Any] = call["custom"] if isinstance(call.get("custom"), dict) else call
    given = custom.get("input", custom.get("arguments"))
    args = given if isinstance(given, dict) else {"input": given or ""}
    name = str(custom.get("name") or "unknown")
    return {"name": name, "arguments": write_arguments(ToolCall(name, args))}


def _answers(messages: Sequence[Message]) -> dict[_Place, int]:
    """The calls that have a result, each with the number of the result's message."""
    called: dict[str, list[_Place]] = {}
    answers: dict[_Place, int] = {}
    for number, message in enumerate(messages):
        if isinstance(message, AIMessage):
            for position, block in enumerate(message.blocks):
                if _is_call(block):
                    called.setdefault(_id_of(block), []).append((number, position))
        if not isinstance(message, ToolMessage):
            continue
        mine = called.get(message.tool_call_id, [])
        free = [place for place in mine if place not in answers]
        if free:
            turn = max(place[0] for place in free)
            answers[next(place for place in free if place[0] == turn)] = number
        elif mine:
            raise InvalidRequestError(
                f"Message {number} is one result too many of tool call {message.tool_call_id!r};"
                " each call has one ToolMessage."
            )
    return answers


def _refuse_lost_result(number: int, message: AIMessage, block: Block) -> None:
    if not (isinstance(block, ToolCall) or is_custom_call(block)):
        return
    if isinstance(block, ToolCall) and not block.id:
        raise InvalidParameterError(
            f"Message {number}: the call of tool {block.name!r} has no id; give it one, and the"
            " same as tool_call_id to its ToolMessage."
        )
    if is_cut_off(message):
        return
    name = block.name if isinstance(block, ToolCall) else "a custom tool"
    raise InvalidRequestError(
        f"Message {number} calls {name!r} (id {_id_of(block)!r}), and no message holds the result."
        " Add a ToolMessage for each call, or remove the call from the message."
    )


def _unused(given: str, used: set[str], call_id: Callable[[str], str]) -> str:
    """An id as the vendor takes it: ``given``, or one made of it where it is empty or taken."""
    given = given or "call"
    wire_id, count = call_id(given), 1
    while wire_id in used:
        count += 1
        wire_id = call_id(f"{given}_{count}")
    used.add(wire_id)
    return wire_id


def _is_call(block: Block) -> bool:
    """Whether a result may answer ``block``; a ``NonStandardBlock`` may be a call of any wire."""
    return isinstance(block, ToolCall | InvalidToolCall | NonStandardBlock)


def _id_of(block: Block) -> str:
    if isinstance(block, NonStandardBlock):
        return str(block.value.get("call_id") or block.value.get("id") or "")
    return (block.id or "") if isinstance(block, ToolCall | InvalidToolCall) else ""
