"""A conversation as a front end sends it, put in the order that vendors take.

- A result stands right behind the latest answer before it that made its call; results stand in the
  order of the calls. One that answers no call, or a call that has a result, is left out.
- A call without a result, after which the conversation went on, must not be run any more. It
  becomes an ``InvalidToolCall``, which vendors are not sent. In the last answer it stays as it is,
  so that the server can run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chat_core import AIMessage, Block, InvalidToolCall, Message, ToolCall, ToolMessage

from .json_values import json_text

__all__ = ["in_order"]

_UNANSWERED = "the call was not answered before the conversation went on"


@dataclass(slots=True)
class _Turn:
    message: Message
    results: dict[str, ToolMessage] = field(default_factory=dict)

    def call_ids(self) -> list[str]:
        calls = [b for b in self.message.blocks if isinstance(b, ToolCall | InvalidToolCall)]
        return [call.id for call in calls if call.id]


def in_order(messages: Sequence[Message]) -> list[Message]:
    """``messages`` in the order of the module's rules; answers among them are changed."""
    turns: list[_Turn] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            _add_result(turns, message)
        else:
            turns.append(_Turn(message))
    for turn in turns[:-1]:
        turn.message.blocks = tuple(_settled(block, turn) for block in turn.message.blocks)
    return [message for turn in turns for message in (turn.message, *_sorted_results(turn))]


def _add_result(turns: Sequence[_Turn], result: ToolMessage) -> None:
    for turn in reversed(turns):
        if isinstance(turn.message, AIMessage) and result.tool_call_id in turn.call_ids():
            turn.results.setdefault(result.tool_call_id, result)
            return


def _sorted_results(turn: _Turn) -> list[ToolMessage]:
    return [turn.results[call_id] for call_id in turn.call_ids() if call_id in turn.results]


def _settled(block: Block, turn: _Turn) -> Block:
    if not isinstance(block, ToolCall) or (block.id and block.id in turn.results):
        return block
    return InvalidToolCall(
        block.name, json_text(block.args), block.id, _UNANSWERED, extras=block.extras
    )
