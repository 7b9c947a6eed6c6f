"""What every vendor demands of a conversation, checked before anything is sent.

``ChatModel`` checks the messages of each of its calls once; encoders need not check again.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidRequestError
from .blocks import Block, CachePoint, InvalidToolCall, NonStandardBlock, ServerToolCall, ToolCall
from .message import AIMessage, Message, ToolMessage

__all__ = ["check_conversation", "holds_cache_points"]


def check_conversation(messages: Sequence[Message]) -> None:
    """Raise ``InvalidRequestError`` for a conversation that no vendor accepts.

    It has at least one message, and each tool result follows the call that it answers.
    """
    if not messages:
        raise InvalidRequestError("There are no messages to send; give at least one.")
    called: set[str | None] = set()
    for position, message in enumerate(messages):
        if isinstance(message, AIMessage):
            called.update(map(_call_id, message.blocks))
        elif isinstance(message, ToolMessage) and message.tool_call_id not in called:
            known = ", ".join(repr(each) for each in called if each) or "none"
            raise InvalidRequestError(
                f"Message {position} is the result of tool call {message.tool_call_id!r}, which no"
                f" message before it made (calls so far: {known}). Keep the AIMessage that asked"
                " for the tool in the list, before its ToolMessage."
            )


def holds_cache_points(messages: Sequence[Message]) -> bool:
    """Whether any message has a ``CachePoint``; ``cache_points.py`` places them."""
    return any(isinstance(block, CachePoint) for message in messages for block in message.blocks)


def _call_id(block: Block) -> str | None:
    """The id that a tool result may answer: of a call, or of a vendor's own kind of call."""
    if isinstance(block, ToolCall | InvalidToolCall | ServerToolCall):
        return block.id
    if isinstance(block, NonStandardBlock):
        found = block.value.get("call_id") or block.value.get("id")
        return found if isinstance(found, str) else None
    return None
