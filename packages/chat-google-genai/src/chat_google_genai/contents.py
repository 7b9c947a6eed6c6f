"""A conversation as ``systemInstruction`` and ``contents``.

Rules (Gemini API reference ``Content``; recorded requests that were accepted):

- Roles alternate: neighbours of one role become one content. Results of tools are the user's, in
  the order of the calls they answer.
- A result is ``{"output": …}`` or ``{"error": …}``. It echoes the call's id if Google gave one.
- An answer of another provider, the other Google API included, loses its signatures and thoughts.
  The first call of a step that this very model did not sign gets the sentinel (``names.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    SystemMessage,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
)
from chat_core.provider import MediaBlock, parse_json

from .dialect import Dialect, generation
from .names import SIGNATURE, SKIP_SIGNATURE, THOUGHT
from .parts import arguments, call_id, media_part, model_part, user_part

__all__ = ["encode_messages"]

Part = dict[str, Any]

_RESULT_MEDIA = frozenset("image/png image/jpeg image/webp application/pdf text/plain".split())
"""What Gemini 3 takes inside a function's response; everything else stands beside it."""


class _Call(NamedTuple):
    """A call that a result may answer: its place among all calls, its name, its id for Google."""

    place: int
    name: str
    wire_id: str | None


def encode_messages(messages: Sequence[Message], *, dialect: Dialect, model: str) -> dict[str, Any]:
    """``contents`` and, if there is any system message, ``systemInstruction``. Pure.

    Raises:
        InvalidRequestError: nothing to answer, or a tool result that answers no call.
        InvalidParameterError: a block that Google cannot take.
    """
    conversation = _Conversation(dialect, model)
    for message in messages:
        conversation.add(message)
    return conversation.wire()


class _Conversation:
    """The contents so far."""

    def __init__(self, dialect: Dialect, model: str) -> None:
        self._dialect = dialect
        self._model = model
        self._system: list[Part] = []
        self._contents: list[Part] = []
        self._calls: dict[str, _Call] = {}
        self._results: list[tuple[int, list[Part], list[Part]]] = []

    def add(self, message: Message) -> None:
        """One more message, in order."""
        if isinstance(message, ToolMessage):
            self._results.append(self._result(message))
            return
        self._flush_results()
        if isinstance(message, SystemMessage):
            self._system += self._user_parts(message.blocks)
        elif isinstance(message, HumanMessage):
            self._say("user", self._user_parts(message.blocks))
        else:
            self._say("model", list(self._model_parts(message)))

    def wire(self) -> dict[str, Any]:
        """What goes into the request."""
        self._flush_results()
        if not self._contents:
            seen = "only system messages" if self._system else "no messages"
            raise InvalidRequestError(
                f"{self._dialect.provider} needs at least one user message; got {seen}.",
                provider=self._dialect.provider,
            )
        wire: dict[str, Any] = {"contents": self._contents}
        if self._system:
            wire["systemInstruction"] = {"parts": self._system}
        return wire

    def _say(self, role: str, parts: list[Part]) -> None:
        if not parts:
            return
        if self._contents and self._contents[-1]["role"] == role:
            self._contents[-1]["parts"] += parts
        else:
            self._contents.append({"role": role, "parts": parts})

    def _user_parts(self, blocks: Sequence[Block]) -> list[Part]:
        parts = [user_part(block, self._dialect) for block in blocks]
        return [part for part in parts if part is not None]

    # --- answers

    def _model_parts(self, message: AIMessage) -> Iterator[Part]:
        origin = message.response_metadata.get("model_provider")
        native = origin in (None, self._dialect.provider)
        said_by = message.response_metadata.get("model_name")
        trusted = origin == self._dialect.provider and said_by == self._model.rpartition("/")[2]
        first_call = True
        for block in message.blocks:
            part = self._call_part(block) or model_part(block, self._dialect, native=native)
            if part is None:
                continue
            if "functionCall" in part:
                signature = block.extras.get(SIGNATURE) if native else None
                if first_call and not signature and not trusted:
                    signature = SKIP_SIGNATURE
                if signature:
                    part[SIGNATURE] = signature
                if native and block.extras.get(THOUGHT):
                    part[THOUGHT] = True
                first_call = False
            yield part

    def _call_part(self, block: Block) -> Part | None:
        if isinstance(block, ToolCall):
            args = block.args
        elif isinstance(block, InvalidToolCall | ToolCallChunk) and block.name:
            args = arguments(block.args or "")
        else:
            return None
        assert block.name is not None
        wire_id = call_id(block.id)
        if block.id:
            self._calls[block.id] = _Call(len(self._calls), block.name, wire_id)
        known = {"id": wire_id} if wire_id else {}
        return {"functionCall": {"name": block.name, "args": args, **known}}

    # --- results of tools

    def _flush_results(self) -> None:
        """The results that stand together: first all responses, in order of calls, then media."""
        results = sorted(self._results, key=lambda result: result[0])
        self._results = []
        self._say("user", [part for _, responses, _ in results for part in responses])
        self._say("user", [part for _, _, beside in results for part in beside])

    def _result(self, message: ToolMessage) -> tuple[int, list[Part], list[Part]]:
        call = self._calls.get(message.tool_call_id)
        if call is None:
            known = ", ".join(map(repr, self._calls)) or "none"
            raise InvalidRequestError(
                f"The tool result for {message.tool_call_id!r} answers no call of an earlier"
                f" message; calls so far: {known}. Keep the AIMessage that made the call.",
                provider=self._dialect.provider,
            )
        response: Part = {"name": call.name, "response": _response(message)}
        if call.wire_id:
            response["id"] = call.wire_id
        inside: list[Part] = []
        beside: list[Part] = []
        for block in message.blocks:
            if isinstance(block, MediaBlock):
                part = media_part(block, self._dialect)
                (inside if self._fits_inside(part) else beside).append(part)
        if inside:
            response["parts"] = inside
        return call.place, [{"functionResponse": response}], beside

    def _fits_inside(self, part: Part) -> bool:
        data = part.get("inlineData") or {}
        return generation(self._model) >= 3 and data.get("mimeType") in _RESULT_MEDIA


def _response(message: ToolMessage) -> Part:
    key = "error" if message.status == "error" else "output"
    text = message.content
    if text.lstrip()[:1] in ("{", "["):
        try:
            return {key: parse_json(text)}
        except ValueError:
            pass  # it only looked like JSON
    return {key: text}
