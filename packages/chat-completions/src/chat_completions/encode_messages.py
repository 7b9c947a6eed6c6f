"""Messages to the ``messages`` of a Chat Completions request.

Rules:

- A message of one plain text is a string, anything else a list of parts. ``additional_kwargs`` are
  fields of the wire message that have no block (``prefix``), merged in last.
- An answer of another provider keeps its text, refusal, transcript and tool calls. What only its
  vendor understands (extras, server tools, unknown blocks) stays behind.
- Reasoning goes back if the dialect says so, in the field that it came in.
- A broken tool call is told only if a result answers it; an unanswered call would be refused.
- Media of tool results that the vendor takes from users alone follow in a user message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from chat_core import (
    AIMessage,
    AudioBlock,
    Block,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
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
from chat_core.provider import parse_arguments, write_arguments

from .encode_media import encode_image, encode_part

if TYPE_CHECKING:
    from .dialect import Dialect

__all__ = ["encode_messages"]


def encode_messages(
    messages: Sequence[Message], model: str, dialect: Dialect
) -> list[dict[str, Any]]:
    """The wire's ``messages``. Raises ``InvalidParameterError`` for what it cannot say."""
    return dialect.encode_turns(_Conversation(messages, model, dialect).encode())


class _Conversation:
    """The conversation being encoded: what earlier and later turns tell about one."""

    def __init__(self, messages: Sequence[Message], model: str, dialect: Dialect) -> None:
        self._messages = messages
        self._model = model
        self._dialect = dialect
        self._answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
        self._legacy: dict[str, str] = {}
        """The names of calls made by ``function_call``, by our ids of them."""

    def encode(self) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        """Media parts of tool results, until the last result of the turn is told."""
        for message in self._messages:
            if waiting and not isinstance(message, ToolMessage):
                turns.append({"role": "user", "content": waiting})
                waiting = []
            if isinstance(message, ToolMessage):
                turns.append(self._tool(message, waiting))
            elif isinstance(message, AIMessage):
                turns.append(self._assistant(message))
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
        if not blocks:
            return ""
        first = blocks[0]
        if len(blocks) == 1 and isinstance(first, TextBlock) and not first.extras:
            return first.text
        return [encode_part(block, self._dialect) for block in blocks]

    # --- tool results

    def _tool(self, message: ToolMessage, waiting: list[dict[str, Any]]) -> dict[str, Any]:
        blocks: Sequence[Block] = message.blocks
        media = [block for block in blocks if not isinstance(block, TextBlock)]
        if media and self._dialect.tool_media == "user":
            blocks = [block for block in blocks if isinstance(block, TextBlock)]
            blocks = blocks or [TextBlock("The result is in the user message that follows.")]
            waiting.append(
                {"type": "text", "text": f"From the result of tool call {message.tool_call_id}:"}
            )
            waiting += [encode_part(block, self._dialect) for block in media]
        content = self._content(blocks)
        name = self._legacy.get(message.tool_call_id)
        if name is not None:
            return {"role": "function", "name": name, "content": content}
        wire = {
            "role": "tool",
            "tool_call_id": self._dialect.call_id(message.tool_call_id),
            "content": content,
        }
        return {**wire, **message.additional_kwargs}

    # --- answers

    def _assistant(self, message: AIMessage) -> dict[str, Any]:
        provider = message.response_metadata.get("model_provider")
        is_native = provider is None or provider == self._dialect.provider
        wire: dict[str, Any] = {"role": "assistant", "content": _answer(message, is_native)}
        calls = self._calls(message, is_native, wire)
        if calls:
            wire["tool_calls"] = calls
        if is_native:
            self._add_native(message, wire)
        if self._dialect.replays_reasoning:
            self._add_reasoning(message, is_native, wire)
        if wire["content"] is None and len(wire) == 2:
            wire["content"] = ""
        return _with_name(wire, message, kwargs=is_native)

    def _calls(
        self, message: AIMessage, is_native: bool, wire: dict[str, Any]
    ) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        for block in message.blocks:
            if isinstance(block, InvalidToolCall) and block.id not in self._answered:
                continue
            if isinstance(block, ToolCall | InvalidToolCall):
                call = self._call(block, is_native)
                if is_native and block.extras.get("legacy"):
                    self._legacy[block.id or ""] = call["function"]["name"]
                    wire["function_call"] = call["function"]
                else:
                    calls.append(call)
            elif is_native and _is_custom_call(block):
                calls.append(block.value)
        return calls

    def _call(self, block: ToolCall | InvalidToolCall, is_native: bool) -> dict[str, Any]:
        if not block.id:
            raise InvalidParameterError(
                f"The call of tool {block.name!r} in an AIMessage has no id; give it one, and the"
                " same as tool_call_id to its ToolMessage."
            )
        call: dict[str, Any] = {
            "id": self._dialect.call_id(block.id),
            "type": "function",
            "function": {"name": block.name or "unknown", "arguments": self._arguments(block)},
        }
        if is_native and "extra_content" in block.extras:
            call["extra_content"] = block.extras["extra_content"]
        return call

    def _arguments(self, block: ToolCall | InvalidToolCall) -> str:
        if isinstance(block, ToolCall):
            return write_arguments(block)
        if self._dialect.takes_broken_arguments:
            return block.args
        try:
            parse_arguments(block.args)
        except ValueError:
            return "{}"
        return block.args or "{}"

    def _add_native(self, message: AIMessage, wire: dict[str, Any]) -> None:
        """What only the vendor that said it understands."""
        if message.refusal:
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
            if "reasoning_details" in extras:
                wire["reasoning_details"] = extras["reasoning_details"]
            elif block.text or extras:
                field = extras.get("field") or self._dialect.reasoning_fields[0]
                wire[field] = wire.get(field, "") + block.text


def _answer(message: AIMessage, is_native: bool) -> str | list[dict[str, Any]] | None:
    """The ``content`` of an assistant message: text, or parts if they carry extras."""
    texts: list[TextBlock] = []
    for block in message.blocks:
        if isinstance(block, TextBlock):
            texts.append(block)
        elif isinstance(block, RefusalBlock) and not is_native:
            texts.append(TextBlock(block.text))
        elif isinstance(block, AudioBlock) and block.transcript:
            goes_by_id = is_native and block.extras.get("id")
            if not goes_by_id:
                texts.append(TextBlock(block.transcript))
    if is_native and any(block.extras for block in texts):
        return [{"type": "text", "text": block.text, **block.extras} for block in texts]
    return "".join([block.text for block in texts]) or None


def _is_custom_call(block: Block) -> TypeGuard[NonStandardBlock]:
    return isinstance(block, NonStandardBlock) and block.value.get("type") == "custom"


def _with_name(wire: dict[str, Any], message: Message, *, kwargs: bool = True) -> dict[str, Any]:
    if message.name:
        wire["name"] = message.name
    if kwargs:
        wire.update(message.additional_kwargs)
    return wire
