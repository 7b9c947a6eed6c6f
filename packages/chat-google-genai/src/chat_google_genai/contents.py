"""A conversation as ``systemInstruction`` and ``contents``.

Rules (Gemini API reference ``Content``; recorded requests that were accepted; reports of refused
ones, such as google-gemini/gemini-cli#5443 and NousResearch/hermes-agent#55427):

- The first content is the user's, then roles alternate: neighbours of one role become one content.
- Directly after a content with calls stand as many responses, in the order of the calls, whatever
  the order of the tool messages. A response has the name of its call, and its id if it has one.
  A call that was cut off and has no result is left out; any other call without one is refused.
- The wire has no names of speakers: a message's ``name`` stands before its text.
- No content is empty or holds thoughts alone: such an answer is left out.
- An answer of another provider, the other Google API included, loses its signatures and thoughts.
  The first call of an answer gets the sentinel (``names.py``) if it has no signature and this very
  model did not make it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    SystemMessage,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
)
from chat_core.provider import is_cut_off, name_in_text

from .dialect import Dialect
from .names import SIGNATURE, SKIP_SIGNATURE, THOUGHT
from .parts import arguments, call_id, model_part, user_part, with_extras
from .tool_names import wire_name
from .tool_results import ToolResult, encode_result

__all__ = ["encode_messages"]

Part = dict[str, Any]

_NAMELESS = "unknown"
"""The name on the wire of a call that came without one and has a result."""


@dataclass(slots=True)
class _Call:
    """A call of an answer; ``id`` is what tool messages name it by."""

    part: Part
    id: str | None
    is_whole: bool
    result: ToolResult | None = None

    @property
    def is_sent(self) -> bool:
        return self.is_whole or self.result is not None

    def response(self) -> Part:
        """Its result as a part."""
        assert self.result is not None
        call = self.part["functionCall"]
        known = {"id": call["id"]} if "id" in call else {}
        return {"functionResponse": {"name": call["name"], **known, **self.result.response}}


@dataclass(slots=True)
class _Turn:
    """What one message adds to the contents. ``number`` is its place in the list of messages."""

    number: int
    role: str
    parts: list[Part | _Call] = field(default_factory=list)
    is_trusted: bool = False
    """Whether this very model made the answer: a call that has no signature never had one."""

    def calls(self) -> list[_Call]:
        return [part for part in self.parts if isinstance(part, _Call)]


def encode_messages(messages: Sequence[Message], *, dialect: Dialect, model: str) -> dict[str, Any]:
    """Return ``contents`` and, if there is any system message, ``systemInstruction``. Pure.

    Raises:
        InvalidRequestError: no user message, an answer before the first one, a call without its
            result, or a result without its call.
        InvalidParameterError: a block that Google cannot take.
    """
    reader = _Reader(dialect, model)
    for number, message in enumerate(messages):
        try:
            reader.add(number, name_in_text(message))
        except InvalidParameterError as error:
            raise InvalidParameterError(f"Message {number}: {error}") from error
    return _Writer(dialect).write(reader.turns, reader.system)


class _Reader:
    """Reads messages into turns, each result at its call."""

    def __init__(self, dialect: Dialect, model: str) -> None:
        self._dialect = dialect
        self._model = model
        self._ids: dict[str, int] = {}
        self.system: list[Part] = []
        self.turns: list[_Turn] = []

    def add(self, number: int, message: Message) -> None:
        """Read one more message, in order."""
        if isinstance(message, ToolMessage):
            call = self._open_call(number, message.tool_call_id)
            call.result = encode_result(message, self._dialect, self._model)
        elif isinstance(message, SystemMessage):
            self.system += self._user_parts(message)
        elif isinstance(message, HumanMessage):
            self.turns.append(_Turn(number, "user", [*self._user_parts(message)]))
        else:
            self.turns.append(self._answer(number, message))

    def _user_parts(self, message: SystemMessage | HumanMessage) -> list[Part]:
        parts = [user_part(block, self._dialect) for block in message.blocks]
        return [part for part in parts if part is not None]

    def _answer(self, number: int, message: AIMessage) -> _Turn:
        provider = message.response_metadata.get("model_provider")
        model = message.response_metadata.get("model_name")
        is_native = provider in (None, self._dialect.provider)
        turn = _Turn(number, "model")
        turn.is_trusted = provider is not None and is_native and model == _name(self._model)
        cut_off = is_cut_off(message)
        for block in message.blocks:
            part = self._call(block, native=is_native, cut_off=cut_off) or model_part(
                block, self._dialect, native=is_native
            )
            if part is not None:
                turn.parts.append(part)
        return turn

    def _call(self, block: Block, *, native: bool, cut_off: bool) -> _Call | None:
        if isinstance(block, ToolCall):
            args = _checked(block)
        elif isinstance(block, InvalidToolCall | ToolCallChunk):
            args = arguments(block.args or "")
        else:
            return None
        name = block.name if block.name is not None else _NAMELESS
        wire_id = self._wire_id(block.id, native=native)
        known = {"id": wire_id} if wire_id else {}
        part: Part = {"functionCall": {"name": wire_name(name), "args": args, **known}}
        if native:
            with_extras(part, block, self._dialect)
        return _Call(part, block.id, is_whole=isinstance(block, ToolCall) and not cut_off)

    def _wire_id(self, given: str | None, *, native: bool) -> str | None:
        """The id for Google; of another vendor's ids, which may repeat, each one is made unique."""
        wire_id = call_id(given)
        if wire_id is None:
            return None
        count = self._ids[wire_id] = self._ids.get(wire_id, 0) + 1
        return wire_id if native or count == 1 else f"{wire_id}-{count}"

    def _open_call(self, number: int, wanted: str) -> _Call:
        """The call that a result answers: of the latest answer with such a call, the first."""
        calls = [turn.calls() for turn in reversed(self.turns)]
        known = [call for each in calls for call in each if call.id == wanted]
        for call in known:
            if call.result is None:
                return call
        if known:
            problem = f"a second result for the call {wanted!r}"
        else:
            ids = ", ".join(repr(call.id) for each in reversed(calls) for call in each) or "none"
            problem = (
                f"the result of the call {wanted!r}, which no answer before it made (calls so"
                f" far: {ids})"
            )
        raise InvalidRequestError(
            f"Message {number} is {problem}. {self._dialect.provider} takes one result for each"
            " call; keep the AIMessage that made the call, and one ToolMessage for it.",
            provider=self._dialect.provider,
        )


class _Writer:
    """Writes turns as contents."""

    def __init__(self, dialect: Dialect) -> None:
        self._provider = dialect.provider
        self._contents: list[Part] = []

    def write(self, turns: list[_Turn], system: list[Part]) -> dict[str, Any]:
        """Return what goes into the request."""
        for turn in turns:
            if turn.role == "user":
                self._add("user", [part for part in turn.parts if isinstance(part, dict)])
            else:
                self._add_answer(turn)
        if not self._contents:
            seen = "only system messages" if system else "no messages"
            raise self._refused(f"{self._provider} needs at least one user message; got {seen}.")
        wire: dict[str, Any] = {"contents": self._contents}
        if system:
            wire["systemInstruction"] = {"parts": system}
        return wire

    def _add_answer(self, turn: _Turn) -> None:
        parts = self._answer_parts(turn)
        if all(part.get(THOUGHT) and "functionCall" not in part for part in parts):
            return
        if not self._contents:
            raise self._refused(
                f"Message {turn.number} is an answer before the first user message;"
                f" {self._provider} takes a conversation that begins with the user. Put the"
                " user's message before it, or its text into the system message."
            )
        self._add("model", parts)
        results = [(call.response(), call.result.beside) for call in turn.calls() if call.result]
        self._add("user", [response for response, _ in results])
        self._add("user", [part for _, beside in results for part in beside])

    def _answer_parts(self, turn: _Turn) -> list[Part]:
        parts: list[Part] = []
        wants_signature = not turn.is_trusted or any(not call.is_sent for call in turn.calls())
        for part in turn.parts:
            if isinstance(part, dict):
                parts.append(part)
                continue
            if not part.is_sent:
                continue
            if part.result is None:
                raise self._refused(
                    f"Message {turn.number} makes the call {part.id!r}"
                    f" ({part.part['functionCall']['name']}), which has no result;"
                    f" {self._provider} takes as many results as calls. Add a ToolMessage for it."
                )
            if wants_signature:
                part.part.setdefault(SIGNATURE, SKIP_SIGNATURE)
            wants_signature = False
            parts.append(part.part)
        return parts

    def _add(self, role: str, parts: list[Part]) -> None:
        if not parts:
            return
        if self._contents and self._contents[-1]["role"] == role:
            self._contents[-1]["parts"] += parts
        else:
            self._contents.append({"role": role, "parts": parts})

    def _refused(self, message: str) -> InvalidRequestError:
        return InvalidRequestError(message, provider=self._provider)


def _checked(call: ToolCall) -> dict[str, Any]:
    """The arguments of ``call``. Raises ``InvalidParameterError`` for what JSON cannot hold."""
    try:
        json.dumps(call.args, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterError(
            f"the arguments of the call {call.id!r} ({call.name}) are no JSON: {error}."
        ) from error
    return call.args


def _name(resource: str) -> str:
    """The model's name at the end of its resource."""
    return resource.rpartition("/")[2]
