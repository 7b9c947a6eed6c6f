"""Messages into ``system`` and ``messages``, in the order that Converse demands.

Rules, kept here so that a caller need not know them:

- System messages are ``system``, wherever they stood.
- Neighbours of one role are one turn.
- The results of a turn's tool calls are the first blocks of the very next user turn, wherever
  their messages stood (``call_ids.py``).
- No assistant turn is reasoning alone.
- The wire has no names of speakers: a message's ``name`` stands before its text.
- An image of an answer stands in the user's next turn: models take images from users alone.
- Nothing is empty, and an answer begun for the model (a last assistant turn) does not end in white
  space, nor in reasoning.
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
from .document_names import DocumentNames
from .encode_blocks import (
    CACHE_POINT,
    Wire,
    encode_answer,
    encode_input,
    encode_system,
    encode_tool_result,
)
from .extra_keys import cache_point, refuse_unknown_keys
from .names import PROVIDER

__all__ = ["encode_turns"]


@dataclass(slots=True)
class _Turn:
    """One turn: of the assistant with the results of its calls, or of the user."""

    role: str
    content: list[Wire] = field(default_factory=list)
    results: list[Wire] = field(default_factory=list)


def encode_turns(
    messages: Sequence[Message], *, model: str
) -> tuple[list[Wire], list[dict[str, Any]]]:
    """The blocks of ``system``, and the turns.

    Raises ``InvalidRequestError`` for a conversation that cannot be mended.
    """
    messages = images_to_user([name_in_text(message) for message in messages], _is_moved)
    conversation = _Conversation(CALL_IDS.match(messages), model=model)
    for number, message in enumerate(messages):
        try:
            refuse_unknown_keys(message)
            conversation.add(number, message)
        except InvalidParameterError as error:
            raise InvalidRequestError(f"Message {number}: {error}", provider=PROVIDER) from error
    return conversation.system, conversation.turns()


def _is_moved(message: AIMessage, image: ImageBlock) -> bool:
    return image.file_id is None  # the id of a file means nothing to another vendor


class _Conversation:
    def __init__(self, ids: dict[CallPosition, str], *, model: str) -> None:
        self.system: list[Wire] = []
        self._model = model
        self._ids = ids
        self._names = DocumentNames()
        self._turns: list[_Turn] = []
        self._callers: dict[str, _Turn] = {}

    def add(self, number: int, message: Message) -> None:
        if isinstance(message, SystemMessage):
            self.system += _marked(encode_system(message.blocks, self._names), message)
        elif isinstance(message, AIMessage):
            found = {at: self._ids.get((number, at)) for at in range(len(message.blocks))}
            call_ids = {at: call_id for at, call_id in found.items() if call_id is not None}
            content = encode_answer(message, call_ids, model=self._model)
            self._add_answer(_marked(content, message))
        elif isinstance(message, ToolMessage):
            if result_id := self._ids.get((number, -1)):
                content = encode_tool_result(message, result_id, self._names)
                self._add_result(result_id, _marked(content, message))
        else:
            self._add_user(number, message)

    def _add_user(self, number: int, message: Message) -> None:
        content: list[Wire] = []
        for at, block in enumerate(message.blocks):
            for wire in encode_input([block], self._names):
                result = wire.get("toolResult")
                if not isinstance(result, dict):
                    content.append(wire)
                elif result_id := self._ids.get((number, at)):
                    renamed = {"toolResult": {**result, "toolUseId": result_id}}
                    self._add_result(result_id, [renamed])
        self._extend("user", _marked(content, message))

    def _add_answer(self, content: list[Wire]) -> None:
        if all("reasoningContent" in wire for wire in content):
            return
        turn = self._extend("assistant", content)
        for wire in content:
            if "toolUse" in wire:
                self._callers[wire["toolUse"]["toolUseId"]] = turn

    def _add_result(self, result_id: str, wires: list[Wire]) -> None:
        caller = self._callers[result_id]
        caller.results += wires
        # What follows belongs to the user's next turn, which may be empty so far.
        if self._turns[-1] is caller:
            self._turns.append(_Turn("user"))

    def _extend(self, role: str, content: list[Wire]) -> _Turn:
        if not self._turns or (content and self._turns[-1].role != role):
            self._turns.append(_Turn(role))
        self._turns[-1].content += content
        return self._turns[-1]

    def turns(self) -> list[dict[str, Any]]:
        """The turns on the wire."""
        results: list[Wire] = []
        for turn in self._turns:  # roles alternate, so results find their user turn
            turn.content = [*results, *turn.content]
            results = turn.results
        merged: list[dict[str, Any]] = []
        for turn in self._turns:
            if merged and merged[-1]["role"] == turn.role:
                merged[-1]["content"] += turn.content
            elif turn.content:
                merged.append({"role": turn.role, "content": turn.content})
        _strip_end(merged)
        _check_start(merged)
        return merged


def _marked(content: list[Wire], message: Message) -> list[Wire]:
    """``content`` with the cache point that was given for the whole message at its end."""
    point = cache_point(message)
    return [*content, {CACHE_POINT: point}] if point is not None and content else content


def _check_start(turns: list[dict[str, Any]]) -> None:
    if not turns:
        raise InvalidRequestError(
            "There is nothing to send: Bedrock needs at least one message with content that is"
            " not a system message.",
            provider=PROVIDER,
        )
    if turns[0]["role"] != "user":
        raise InvalidRequestError(
            "The first message with content is an AIMessage; Bedrock wants the user's first. Put"
            " a HumanMessage before it.",
            provider=PROVIDER,
        )


def _strip_end(turns: list[dict[str, Any]]) -> None:
    if not turns or turns[-1]["role"] != "assistant":
        return
    content = turns[-1]["content"]
    while content and "reasoningContent" in content[-1]:
        content.pop()
    if content and isinstance(content[-1].get("text"), str):
        content[-1]["text"] = content[-1]["text"].rstrip()
    if not content:
        turns.pop()
