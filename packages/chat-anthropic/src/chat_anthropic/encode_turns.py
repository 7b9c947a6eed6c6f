"""Messages into ``system`` and ``messages``, in the order that Anthropic demands.

Rules, kept here so that a caller need not know them:

- System messages at the start are ``system``. A later one stands where the model takes that, right
  after the user's turn it belongs to; other models get it at the end of ``system``.
- Neighbours of one role are one turn.
- The results of a turn's tool calls are the first blocks of the very next user turn, wherever
  their messages stood. Each call has a result, each result its call.
- Nothing is empty, and an answer begun for the model (a last assistant turn) does not end in white
  space.

https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chat_core import (
    AIMessage,
    InvalidRequestError,
    Message,
    NonStandardBlock,
    SystemMessage,
    ToolMessage,
)

from .encode_blocks import Wire, encode_answer, encode_input, encode_tool_result, wire_id
from .names import PROVIDER

__all__ = ["encode_turns"]


@dataclass(slots=True)
class _Turn:
    """One turn: of the assistant with the results of its calls, or of the user."""

    role: str
    content: list[Wire] = field(default_factory=list)
    results: list[Wire] = field(default_factory=list)
    system: list[Wire] = field(default_factory=list)


def encode_turns(
    messages: Sequence[Message], *, system_turns: bool
) -> tuple[list[Wire], list[dict[str, Any]]]:
    """The blocks of ``system``, and the turns.

    Args:
        messages: the conversation.
        system_turns: whether the model takes system messages between turns.

    Raises ``InvalidRequestError`` for a conversation that cannot be mended.
    """
    conversation = _Conversation(messages, system_turns=system_turns)
    for message in messages:
        conversation.add(message)
    turns = conversation.turns()
    return conversation.system, turns


class _Conversation:
    def __init__(self, messages: Sequence[Message], *, system_turns: bool) -> None:
        self.system: list[Wire] = []
        self._system_turns = system_turns
        self._turns: list[_Turn] = []
        self._callers: dict[str, _Turn] = {}
        self._waiting: list[Wire] = []
        self._answered = frozenset(_answered_ids(messages))

    def add(self, message: Message) -> None:
        if isinstance(message, SystemMessage):
            content = encode_input(message.blocks, owner="SystemMessage")
            at_start = not self._turns or not self._system_turns
            (self.system if at_start else self._waiting).extend(content)
        elif isinstance(message, AIMessage):
            self._add_answer(encode_answer(message, answered=self._answered))
        elif isinstance(message, ToolMessage):
            self._add_result(encode_tool_result(message))
        else:
            content = encode_input(message.blocks, owner="HumanMessage")
            for wire in content:
                if wire.get("type") == "tool_result":
                    self._add_result(wire)
            self._extend("user", [w for w in content if w.get("type") != "tool_result"])

    def _add_answer(self, content: list[Wire]) -> None:
        if content and self._waiting and self._turns[-1].role == "user":
            self._turns[-1].system, self._waiting = self._waiting, []
        turn = self._extend("assistant", content)
        for wire in content:
            if wire.get("type") == "tool_use" and turn is not None:
                self._callers[wire["id"]] = turn

    def _add_result(self, wire: Wire) -> None:
        call_id = wire["tool_use_id"]
        caller = self._callers.get(call_id)
        if caller is not None:
            caller.results.append(wire)
            # What follows belongs to the user's next turn, even if nothing of it was said yet.
            if self._turns[-1] is caller:
                self._turns.append(_Turn("user"))
        else:
            self._extend("user", [wire])

    def _extend(self, role: str, content: list[Wire]) -> _Turn | None:
        if not content:
            return None
        if not self._turns or self._turns[-1].role != role:
            self._turns.append(_Turn(role))
        self._turns[-1].content.extend(content)
        return self._turns[-1]

    def turns(self) -> list[dict[str, Any]]:
        """The turns on the wire. May add to ``system`` what found no place between them."""
        if self._waiting:
            in_place = self._turns[-1].role == "user"
            (self._turns[-1].system if in_place else self.system).extend(self._waiting)
        self._check_answered()
        wires: list[dict[str, Any]] = []
        results: list[Wire] = []
        for turn in self._turns:  # roles alternate, so results find their user turn
            content = [*results, *turn.content]
            results = turn.results
            wires.append({"role": turn.role, "content": content})
            if turn.system:
                wires.append({"role": "system", "content": turn.system})
        _strip_end(wires)
        if not wires:
            raise InvalidRequestError(
                "There is nothing to send: Anthropic needs at least one message with content that"
                " is not a system message.",
                provider=PROVIDER,
            )
        return wires

    def _check_answered(self) -> None:
        for turn in self._turns:
            told = {wire["tool_use_id"] for wire in turn.results}
            open_calls = [
                f"{wire['name']} ({wire['id']})"
                for wire in turn.content
                if wire.get("type") == "tool_use" and wire["id"] not in told
            ]
            if open_calls:
                raise InvalidRequestError(
                    f"These tool calls have no result in the messages: {', '.join(open_calls)}."
                    " Anthropic wants a ToolMessage for each call before the conversation goes on.",
                    provider=PROVIDER,
                )


def _answered_ids(messages: Iterable[Message]) -> Iterable[str]:
    for message in messages:
        if isinstance(message, ToolMessage):
            yield message.tool_call_id
        for block in message.blocks:
            if isinstance(block, NonStandardBlock) and block.value.get("type") == "tool_result":
                yield wire_id(str(block.value.get("tool_use_id")))


def _strip_end(wires: list[dict[str, Any]]) -> None:
    if wires and wires[-1]["role"] == "assistant":
        last = wires[-1]["content"][-1]
        if last.get("type") == "text":
            last["text"] = last["text"].rstrip()
