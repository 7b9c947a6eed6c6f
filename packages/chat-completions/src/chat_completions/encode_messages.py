"""Messages to the ``messages`` of a Chat Completions request.

Rules:

- A message of one plain text is a string, anything else a list of parts. ``additional_kwargs`` are
  fields of the wire message that have no block (``prefix``), merged in last.
- A message's ``name`` is a field where the dialect takes it, else it stands before the text.
- An answer of another provider keeps its text, refusal, transcript and tool calls. What only its
  vendor understands (extras, server tools, unknown blocks) is left out. Its images, where the
  vendor takes images, stand in the user's next turn.
- Reasoning goes back if the dialect has it so, in the field that it came in.
- An assistant turn without text and calls is left out: an answer that was cut off while the model
  was reasoning, for example. Vendors refuse reasoning alone.
- The arguments of a broken call are ``{}``: servers parse them as a JSON object. The name of a call
  of another vendor's tool is written in the characters that this vendor takes.
- Which calls are sent, with which ids, and where their results stand: ``history.py``.
- Media of tool results that the vendor takes from users alone follow in a user message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidRequestError,
    InvalidToolCall,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    RefusalBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import images_to_user, name_in_text, parse_arguments, write_arguments

from .encode_media import encode_image, encode_part
from .history import function_of, is_custom_call, read_history
from .reasoning import LISTS, REASONING_PARTS

if TYPE_CHECKING:
    from .dialect import Dialect

__all__ = ["encode_messages", "holds_something"]

_REPLAYED = ("extra_content", "provider_specific_fields", "signature", "thought_signature")
"""Fields beside a call of an answer that its vendor wants back: they hold signatures. Of a call
that the caller wrote every field is sent."""

_ODD_CHARACTERS = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64

_INSTEAD_OF_TEXT = ("tool_calls", "function_call", "refusal", "audio")
"""Fields beside which ``content`` may be ``null``."""


def encode_messages(
    messages: Sequence[Message], model: str, dialect: Dialect
) -> list[dict[str, Any]]:
    """The wire's ``messages``.

    Raises ``InvalidParameterError`` for what the wire has no form for, and ``InvalidRequestError``
    for a conversation that the vendor would refuse.
    """
    turns = dialect.encode_turns(_Conversation(messages, model, dialect).encode())
    if messages and not turns:
        raise InvalidRequestError(
            f"Message {len(messages) - 1} has neither text nor calls, and nothing stands before it:"
            " there is nothing to send. Add a HumanMessage."
        )
    return turns


class _Conversation:
    """The conversation being encoded."""

    def __init__(self, messages: Sequence[Message], model: str, dialect: Dialect) -> None:
        self._model = model
        self._dialect = dialect
        named = images_to_user([_named(m, dialect) for m in messages], self._is_moved)
        self._history = read_history(named, dialect.call_id)
        self._legacy: dict[str, str] = {}
        """The names of calls made by ``function_call``, by their ids on the wire."""

    def _is_moved(self, message: AIMessage, image: ImageBlock) -> bool:
        """Whether an image of an answer goes into the user's next turn."""
        provider = message.response_metadata.get("model_provider")
        is_sent = self._dialect.replays_images or "content" in message.additional_kwargs
        if provider == self._dialect.provider or (provider is None and is_sent):
            return False
        form = "url" if image.url is not None else "base64"
        return image.file_id is None and f"image:{form}" in self._dialect.media

    def encode(self) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        """Media parts of tool results, until the last result of the turn is encoded."""
        for number, message in self._history.messages:
            if waiting and not isinstance(message, ToolMessage):
                turns.append({"role": "user", "content": waiting})
                waiting = []
            if isinstance(message, ToolMessage):
                turns.append(self._tool(number, message, waiting))
            elif isinstance(message, AIMessage):
                turn = self._assistant(number, message)
                turns += [turn] if holds_something(turn) else []
            else:
                turns.append(self._plain(message))
        if waiting:
            turns.append({"role": "user", "content": waiting})
        return turns

    def _plain(self, message: SystemMessage | HumanMessage) -> dict[str, Any]:
        is_system = isinstance(message, SystemMessage)
        wire = {
            "role": self._dialect.system_role(self._model) if is_system else "user",
            "content": self._content(message.blocks),
        }
        return _with_name(wire, message)

    def _content(self, blocks: Sequence[Block]) -> str | list[dict[str, Any]]:
        filled = [b for b in blocks if not (isinstance(b, TextBlock) and not b.text)]
        if not filled:
            return ""
        first = filled[0]
        if len(filled) == 1 and isinstance(first, TextBlock) and not first.extras:
            return first.text
        return [encode_part(block, self._dialect) for block in filled]

    # --- tool results

    def _tool(
        self, number: int, message: ToolMessage, waiting: list[dict[str, Any]]
    ) -> dict[str, Any]:
        call_id = self._history.result_ids.get(number)
        if call_id is None:
            call_id = self._dialect.call_id(message.tool_call_id)
        blocks: Sequence[Block] = message.blocks
        media = [block for block in blocks if not isinstance(block, TextBlock)]
        if media and self._dialect.tool_media == "user":
            blocks = [block for block in blocks if isinstance(block, TextBlock)]
            blocks = blocks or [TextBlock("The result is in the user message that follows.")]
            waiting.append({"type": "text", "text": f"From the result of tool call {call_id}:"})
            waiting += [encode_part(block, self._dialect) for block in media]
        content = self._content(blocks)
        name = self._legacy.get(call_id)
        if name is not None:
            return {"role": "function", "name": name, "content": content}
        wire = {
            "role": "tool",
            "tool_call_id": call_id,
            "content": content,
        }
        return {**wire, **message.additional_kwargs}

    # --- answers

    def _assistant(self, number: int, message: AIMessage) -> dict[str, Any]:
        provider = message.response_metadata.get("model_provider")
        is_native = provider is None or provider == self._dialect.provider
        keeps_refusal = is_native and self._dialect.takes_refusals
        wire: dict[str, Any] = {
            "role": "assistant",
            "content": _answer(message, is_native, keeps_refusal=keeps_refusal),
        }
        calls = self._calls(number, message, is_native, wire)
        if calls:
            wire["tool_calls"] = calls
        if is_native:
            self._add_native(message, wire)
        if self._dialect.replays_reasoning:
            self._add_reasoning(message, is_native, wire)
        if wire["content"] is None and not any(wire.get(name) for name in _INSTEAD_OF_TEXT):
            wire["content"] = ""
        return _with_name(wire, message, kwargs=is_native)

    def _calls(
        self, number: int, message: AIMessage, is_native: bool, wire: dict[str, Any]
    ) -> list[dict[str, Any]]:
        is_own = message.response_metadata.get("model_provider") is None
        places = [(number, position) for position in range(len(message.blocks))]
        is_alone = sum(place in self._history.call_ids for place in places) == 1
        calls: list[dict[str, Any]] = []
        for position, block in enumerate(message.blocks):
            call_id = self._history.call_ids.get(places[position])
            if call_id is None:
                continue
            if isinstance(block, NonStandardBlock):
                if is_native and is_custom_call(block):
                    calls.append({**block.value, "id": call_id})
                    continue
                function = function_of(block.value)
                calls.append({"id": call_id, "type": "function", "function": function})
            elif isinstance(block, ToolCall | InvalidToolCall):
                function = self._function(block)
                call: dict[str, Any] = {"id": call_id, "type": "function", "function": function}
                if is_native and block.extras.get("legacy") and is_alone:
                    self._legacy[call_id] = call["function"]["name"]
                    wire["function_call"] = call["function"]
                    continue
                names = block.extras if is_own else _REPLAYED if is_native else ()
                call.update({n: block.extras[n] for n in names if n in block.extras})
                calls.append(call)
        return calls

    def _function(self, block: ToolCall | InvalidToolCall) -> dict[str, Any]:
        name = block.name or "unknown"
        if self._dialect.plain_names:
            name = _ODD_CHARACTERS.sub("_", name)[:_LONGEST_NAME]
        return {"name": name, "arguments": self._arguments(block)}

    def _arguments(self, block: ToolCall | InvalidToolCall) -> str:
        if isinstance(block, ToolCall):
            return write_arguments(block)
        try:
            parse_arguments(block.args)
        except ValueError:
            return "{}"
        return block.args or "{}"

    def _add_native(self, message: AIMessage, wire: dict[str, Any]) -> None:
        """What only the vendor understands whose answer it is."""
        if message.refusal and self._dialect.takes_refusals:
            wire["refusal"] = message.refusal
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for block in message.blocks:
            if isinstance(block, AudioBlock) and block.extras.get("id"):
                wire["audio"] = {"id": block.extras["id"]}
            elif isinstance(block, ImageBlock) and self._dialect.replays_images:
                images.append(encode_image(block))
            elif isinstance(block, TextBlock) and self._dialect.replays_images:
                annotations += [
                    citation.extras["annotation"]
                    for citation in block.citations
                    if "annotation" in citation.extras
                ]
        if images:
            wire["images"] = images
        if annotations:
            wire["annotations"] = annotations

    def _add_reasoning(self, message: AIMessage, is_native: bool, wire: dict[str, Any]) -> None:
        for block in message.blocks:
            if not isinstance(block, ReasoningBlock):
                continue
            extras = block.extras if is_native else {}
            lists = [name for name in LISTS if name in extras]
            for name in lists:
                wire[name] = extras[name] if name != "content" else _with_parts(extras[name], wire)
            if "field" in extras and "reasoning_details" not in lists:
                wire[extras["field"]] = wire.get(extras["field"], "") + block.text
            elif not lists and block.text:
                field = self._dialect.reasoning_fields[0]
                wire[field] = wire.get(field, "") + block.text


def _with_parts(parts: list[dict[str, Any]], wire: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of ``wire`` as parts, after the signed ``parts`` of its reasoning."""
    content = wire["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return [*parts, *(content or ())]


def holds_something(wire: dict[str, Any]) -> bool:
    """Whether an assistant turn has more than reasoning, which vendors refuse alone."""
    content = wire.get("content")
    if isinstance(content, list):
        content = [part for part in content if part.get("type") not in REASONING_PARTS]
    return bool(content) or any(wire.get(n) for n in (*_INSTEAD_OF_TEXT, "images"))


def _answer(
    message: AIMessage, is_native: bool, *, keeps_refusal: bool
) -> str | list[dict[str, Any]] | None:
    """The ``content`` of an assistant message: text, or parts if they carry extras."""
    texts: list[TextBlock] = []
    for block in message.blocks:
        if isinstance(block, TextBlock):
            texts += [block] if block.text else []
        elif isinstance(block, RefusalBlock) and not keeps_refusal:
            texts.append(TextBlock(block.text))
        elif isinstance(block, AudioBlock) and block.transcript:
            goes_by_id = is_native and block.extras.get("id")
            if not goes_by_id:
                texts.append(TextBlock(block.transcript))
    if is_native and any(block.extras for block in texts):
        return [{"type": "text", "text": block.text, **block.extras} for block in texts]
    return "".join([block.text for block in texts]) or None


def _named(message: Message, dialect: Dialect) -> Message:
    takes_field = message.name is None or dialect.takes_name(message.name)
    return message if takes_field else name_in_text(message)


def _with_name(wire: dict[str, Any], message: Message, *, kwargs: bool = True) -> dict[str, Any]:
    if message.name:
        wire["name"] = message.name
    if kwargs:
        wire.update(message.additional_kwargs)
    return wire
