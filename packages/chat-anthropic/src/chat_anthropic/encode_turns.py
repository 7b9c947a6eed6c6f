"""Messages into ``system`` and ``messages``, in the order that Anthropic demands.

Rules, kept here so that a caller need not know them:

- System messages at the start are ``system``. A later one stands where the model takes that, right
  after the user's turn it belongs to; other models get it at the end of ``system``.
- Neighbours of one role are one turn.
- The results of a turn's tool calls are the first blocks of the very next user turn, wherever
  their messages stood (``call_ids.py``).
- No assistant turn ends in thinking, and none is thinking alone.
- The wire has no names of speakers: a message's ``name`` stands before its text.
- An image of an answer stands in the user's next turn: the wire takes images from users alone.
- Nothing is empty, and an answer begun for the model (a last assistant turn) does not end in white
  space.

https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chat_core import (
    AIMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    Message,
    SystemMessage,
    ToolMessage,
)
from chat_core.provider import CallPosition, images_to_user, name_in_text

from .call_ids import CALL_IDS
from .encode_blocks import Wire, encode_answer, encode_input, encode_tool_result
from .extra_keys import cache_mark, refuse_unknown_keys
from .families import has_system_turns
from .names import PROVIDER
from .server_calls import pair_server_calls

__all__ = ["encode_turns"]

_THINKING = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class _Turn:
    """One turn: of the assistant with the results of its calls, or of the user."""

    role: str
    content: list[Wire] = field(default_factory=list)
    results: list[Wire] = field(default_factory=list)
    system: list[Wire] = field(default_factory=list)


def encode_turns(
    messages: Sequence[Message], *, model: str, vendor_holds_turns: bool = False
) -> tuple[list[Wire], list[dict[str, Any]]]:
    """The blocks of ``system``, and the turns.

    Args:
        messages: the conversation.
        model: who is to answer.
        vendor_holds_turns: whether there are earlier turns that are not among ``messages``.

    Raises ``InvalidRequestError`` for a conversation that cannot be mended.
    """
    messages = images_to_user([name_in_text(message) for message in messages], _is_moved)
    ids = CALL_IDS.match(messages, vendor_holds_turns=vendor_holds_turns)
    conversation = _Conversation(ids, model=model)
    for number, message in enumerate(messages):
        try:
            refuse_unknown_keys(message, model=model)
            conversation.add(number, message)
        except InvalidParameterError as error:
            raise InvalidRequestError(f"Message {number}: {error}", provider=PROVIDER) from error
    turns = conversation.turns(vendor_holds_turns=vendor_holds_turns)
    return conversation.system, turns


def _is_moved(message: AIMessage, image: ImageBlock) -> bool:
    return image.file_id is None  # the id of a file means nothing to another vendor


class _Conversation:
    def __init__(self, ids: dict[CallPosition, str], *, model: str) -> None:
        self.system: list[Wire] = []
        self._model = model
        self._system_turns = has_system_turns(model)
        self._ids = ids
        self._turns: list[_Turn] = []
        self._callers: dict[str, _Turn] = {}
        self._waiting: list[Wire] = []

    def add(self, number: int, message: Message) -> None:
        if isinstance(message, SystemMessage):
            content = encode_input(message.blocks, owner="SystemMessage")
            at_start = not self._turns or not self._system_turns
            (self.system if at_start else self._waiting).extend(_marked(content, message))
        elif isinstance(message, AIMessage):
            found = {at: self._id(number, at) for at in range(len(message.blocks))}
            call_ids = {at: call_id for at, call_id in found.items() if call_id is not None}
            content = encode_answer(message, call_ids, model=self._model)
            self._add_answer(_marked(content, message))
        elif isinstance(message, ToolMessage):
            if result_id := self._id(number, -1):
                (result,) = _marked([encode_tool_result(message, result_id)], message)
                self._add_result(result)
        else:
            self._add_user(number, message)

    def _id(self, number: int, at: int) -> str | None:
        return self._ids.get((number, at))

    def _add_user(self, number: int, message: Message) -> None:
        content: list[Wire] = []
        for at, block in enumerate(message.blocks):
            for wire in encode_input([block], owner="HumanMessage"):
                if wire.get("type") != "tool_result":
                    content.append(wire)
                elif result_id := self._id(number, at):
                    self._add_result({**wire, "tool_use_id": result_id})
        self._extend("user", _marked(content, message))

    def _add_answer(self, content: list[Wire]) -> None:
        if content and self._waiting and self._turns[-1].role == "user":
            self._turns[-1].system, self._waiting = self._waiting, []
        turn = self._extend("assistant", content)
        for wire in content:
            if wire.get("type") == "tool_use" and turn is not None:
                self._callers[wire["id"]] = turn

    def _add_result(self, wire: Wire) -> None:
        caller = self._callers.get(wire["tool_use_id"])
        if caller is not None:
            caller.results.append(wire)
            # What follows belongs to the user's next turn, which may be empty so far.
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

    def turns(self, *, vendor_holds_turns: bool) -> list[dict[str, Any]]:
        """The turns on the wire. May add to ``system`` what found no place between them."""
        if self._waiting:
            in_place = self._turns[-1].role == "user"
            (self._turns[-1].system if in_place else self.system).extend(self._waiting)
        self._tidy_answers(vendor_holds_turns=vendor_holds_turns)
        results: list[Wire] = []
        for turn in self._turns:  # roles alternate, so results find their user turn
            turn.content = [*results, *turn.content]
            results = turn.results
        wires: list[dict[str, Any]] = []
        for turn in _merged(self._turns):
            wires.append({"role": turn.role, "content": turn.content})
            if turn.system:
                wires.append({"role": "system", "content": turn.system})
        _strip_end(wires)
        _check_start(wires, vendor_holds_turns=vendor_holds_turns)
        return wires

    def _tidy_answers(self, *, vendor_holds_turns: bool) -> None:
        answers = [turn for turn in self._turns if turn.role == "assistant"]
        if not answers:
            return
        contents = [turn.content for turn in answers]
        if not vendor_holds_turns:
            contents = pair_server_calls(contents, unfinished=self._unfinished())
        for turn, content in zip(answers, contents, strict=True):
            while content and content[-1].get("type") in _THINKING:
                content.pop()
            turn.content = content

    def _unfinished(self) -> int:
        """How many answers follow the user's last content that is no result of a call."""
        count = 0
        for turn in reversed(self._turns):
            if turn.role == "assistant":
                count += 1
            elif turn.content or turn.system:
                break
        return count


def _marked(content: list[Wire], message: Message) -> list[Wire]:
    """``content`` with the cache mark that was given for the whole message on its last block."""
    mark = cache_mark(message)
    if mark is None or not content or content[-1].get("type") in _THINKING:
        return content
    return [*content[:-1], {"cache_control": mark, **content[-1]}]


def _merged(turns: Sequence[_Turn]) -> list[_Turn]:
    """``turns`` without empty ones; the user's that then follow each other are one."""
    merged: list[_Turn] = []
    for turn in turns:
        if not turn.content:
            continue
        if merged and merged[-1].role == turn.role:
            merged[-1].content += turn.content
            merged[-1].system += turn.system
        else:
            merged.append(turn)
    return merged


def _check_start(wires: list[dict[str, Any]], *, vendor_holds_turns: bool) -> None:
    if not wires:
        raise InvalidRequestError(
            "There is nothing to send: Anthropic needs at least one message with content that is"
            " not a system message.",
            provider=PROVIDER,
        )
    if wires[0]["role"] != "user" and not vendor_holds_turns:
        raise InvalidRequestError(
            "The first message with content is an AIMessage; Anthropic wants the user's first. Put"
            " a HumanMessage before it.",
            provider=PROVIDER,
        )


def _strip_end(wires: list[dict[str, Any]]) -> None:
    if wires and wires[-1]["role"] == "assistant":
        last = wires[-1]["content"][-1]
        if last.get("type") == "text" and isinstance(last.get("text"), str):
            last["text"] = last["text"].rstrip()
