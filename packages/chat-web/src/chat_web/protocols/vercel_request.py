"""``read_vercel_request``: what ``useChat`` of Vercel's AI SDK sends, as messages of ours.

The body is that of ``DefaultChatTransport``: ``id``, ``messages``, ``trigger``, ``messageId``, and
what the page adds. Rules:

- A user's ``text`` and ``file`` parts become blocks; a file's ``data:`` URL its data.
- An assistant's message is cut at its ``step-start`` parts. Each step becomes an answer, and a
  ``ToolMessage`` for each of its calls that has an output, an error, or was denied.
- Calls of tools that the vendor ran (``providerExecuted``) stay in the answer with their results.
- A call whose input is still streaming was cut off and is left out.
- What a vendor wants back with a file of its own stands in the part ``data-chat-file`` behind it.
- Other ``data-…``, ``source-…``, ``custom`` and ``reasoning-file`` parts are for the page alone.
- The rest of the order is that of ``history.py``.

A browser sends whatever its user wants, answers and results of tools included. A server that must
trust the history keeps it by itself and takes the last message alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    InvalidToolCall,
    Message,
    ReasoningBlock,
    ServerToolCall,
    ServerToolResult,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import parse_json

from .body import Place, read_body
from .facts import add_media_facts, facts_of, origin_metadata, read_extras, read_text
from .history import in_order
from .media import MEDIA_KINDS, Media, file_by_id, read_media
from .own_blocks import read_own_block
from .tool_output import output_as_text
from .vercel import DATA_BLOCK, DATA_FILE

__all__ = ["VercelRequest", "read_vercel_request"]

_OWN_FIELDS = frozenset({"id", "messages", "trigger", "messageId"})
_TRIGGERS = ("submit-message", "regenerate-message")


@dataclass(frozen=True, slots=True)
class VercelRequest:
    """What a page asks.

    ``messages`` go to the model. ``chat_id`` names the conversation. ``trigger`` is
    ``"submit-message"`` or ``"regenerate-message"``, ``message_id`` the message that it is about.
    ``answer_id`` is the id of the answer that is to be continued, if the last message is one: give
    it to ``VercelEncoder(message_id=…)``. ``fields`` holds whatever else the page sent.
    """

    messages: list[Message]
    chat_id: str | None
    trigger: str
    message_id: str | None
    answer_id: str | None
    fields: dict[str, Any]


def read_vercel_request(body: bytes | str | dict[str, Any]) -> VercelRequest:
    """The request in ``body``: its bytes, its text, or the JSON object that it is.

    Raises ``InvalidParameterError`` that names the field which cannot be right.
    """
    place = read_body(body)
    messages: list[Message] = []
    answer_id = None
    for message in place.objects("messages"):
        messages += _read_message(message)
        is_answer = message.value["role"] == "assistant"
        answer_id = message.text_or_none("id") if is_answer else None
    if not messages:
        place.refuse("holds at least one message", place.value["messages"], "messages")
    trigger = place.text_or_none("trigger") or _TRIGGERS[0]
    if trigger not in _TRIGGERS:
        place.refuse(f"is one of {', '.join(_TRIGGERS)}", trigger, "trigger")
    return VercelRequest(
        in_order(messages),
        place.text_or_none("id"),
        trigger,
        place.text_or_none("messageId"),
        answer_id,
        {name: value for name, value in place.value.items() if name not in _OWN_FIELDS},
    )


def _read_message(message: Place) -> list[Message]:
    role = message.text("role")
    if role == "system":
        texts = [part.text("text") for part in message.objects("parts") if _kind(part) == "text"]
        return [SystemMessage("".join(texts))] if any(texts) else []
    if role == "user":
        blocks = [block for part in message.objects("parts") for block in _user_blocks(part)]
        return [HumanMessage(blocks, id=message.text_or_none("id"))] if blocks else []
    if role != "assistant":
        message.refuse("is one of system, user, assistant", role, "role")
    reader = _AnswerReader()
    for part in message.objects("parts"):
        reader.read(part)
    return reader.messages()


def _kind(part: Place) -> str:
    kind = part.text("type")
    return "data" if kind.startswith("data-") else kind


def _user_blocks(part: Place) -> list[Block]:
    kind = _kind(part)
    if kind == "text":
        text = part.text("text")
        return [TextBlock(text)] if text else []
    if kind == "file":
        return [_read_file(part)]
    if kind != "data":
        part.refuse("is one of text, file, data-… in a user's message", kind, "type")
    return []


def _read_file(part: Place) -> Media:
    """A file by its address, or by the id that a vendor gave it, which AI SDK 7 has too."""
    ids = part.value.get("providerReference")
    if not isinstance(ids, dict) or not ids:
        return read_media(part, part.text("url"), "url", _media_type(part), _media_kind(part))
    file_id = part.object("providerReference").text(next(iter(ids)))
    return file_by_id(file_id, _media_type(part), _media_kind(part) or "file")


def _media_type(part: Place) -> str | None:
    """The MIME type; ``None`` for a kind alone (``image``, ``image/*``), which is none."""
    found = part.text_or_none("mediaType")
    return None if found is None or "/" not in found or found.endswith("/*") else found


def _media_kind(part: Place) -> str | None:
    """``image`` and the like, by the first half of the MIME type; ``None`` for other types."""
    kind = (part.text_or_none("mediaType") or "").partition("/")[0].lower()
    return kind if kind in MEDIA_KINDS else None


class _AnswerReader:
    """Reads the parts of one message of the assistant, step by step."""

    _FOR_THE_PAGE = frozenset({"data", "source-url", "source-document", "custom", "reasoning-file"})

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._blocks: list[Block] = []
        self._results: list[ToolMessage] = []
        self._facts: dict[str, Any] = {}

    def messages(self) -> list[Message]:
        """The messages of all parts."""
        self._end_step()
        return self._messages

    def read(self, part: Place) -> None:
        """Read one part. Raises ``InvalidParameterError`` for one that is not understood."""
        kind = part.text("type")
        facts = facts_of(part.value.get("providerMetadata"))
        if kind == "text":
            self._add(read_text(part.text("text"), facts), facts)
        elif kind == "reasoning":
            self._add(ReasoningBlock(part.text("text"), extras=read_extras(facts)), facts)
        elif kind == "file":
            self._add(_read_file(part), {})
        elif kind == "step-start":
            self._end_step()
        elif kind == "steering-message":
            self._end_step()
            blocks = [b for each in part.objects("parts") for b in _user_blocks(each)]
            self._messages.append(HumanMessage(blocks))
        elif kind == "dynamic-tool":
            self._read_tool(part, part.text("toolName"))
        elif kind.startswith("tool-"):
            self._read_tool(part, kind.removeprefix("tool-"))
        elif kind == DATA_FILE:
            self._read_facts_of_file(part)
        elif kind == DATA_BLOCK:
            block = read_own_block(part, "data")
            if block is not None:
                self._add(block, {})
        elif _kind(part) not in self._FOR_THE_PAGE:
            part.refuse("is no type of part of the AI SDK", kind, "type")

    def _add(self, block: Block, facts: dict[str, Any]) -> None:
        self._blocks.append(block)
        self._facts = origin_metadata(facts) or self._facts

    def _read_facts_of_file(self, part: Place) -> None:
        facts = part.object("data").value
        if self._blocks and isinstance(self._blocks[-1], Media):
            add_media_facts(self._blocks[-1], facts)
            self._facts = origin_metadata(facts) or self._facts

    def _end_step(self) -> None:
        if self._blocks:
            has_calls = any(isinstance(block, ToolCall) for block in self._blocks)
            facts = dict(self._facts)
            if facts:
                facts["finish_reason"] = "tool_calls" if has_calls else "stop"
            self._messages.append(AIMessage(self._blocks, response_metadata=facts))
        self._messages += self._results
        self._blocks, self._results, self._facts = [], [], {}

    # --- tools

    def _read_tool(self, part: Place, name: str) -> None:
        state, call_id = part.text("state"), part.text("toolCallId")
        if state not in _STATES:
            part.refuse(f"is one of {', '.join(_STATES)}", state, "state")
        if state == "input-streaming":
            return
        facts = facts_of(part.value.get("callProviderMetadata"))
        extras = read_extras(facts)
        args = part.value.get("input")
        if state == "output-error" and args is None:
            args = part.value.get("rawInput")
        if part.value.get("providerExecuted") is True:
            args = args if isinstance(args, dict) else {}
            facts["server"] = True
            self._add(ServerToolCall(name, args, call_id, extras=extras), facts)
            self._read_server_result(part, name, call_id)
        elif isinstance(args, dict):
            self._add(ToolCall(name, args, call_id, extras=extras), facts)
            self._read_result(part, name, call_id)
        else:
            error = part.text_or_none("errorText") or "the input is not an object"
            text = output_as_text(args) if args is not None else ""
            self._add(InvalidToolCall(name, text, call_id, error, extras=extras), facts)

    def _read_server_result(self, part: Place, name: str, call_id: str) -> None:
        state = part.value["state"]
        if state not in ("output-available", "output-error"):
            return
        failed = state == "output-error"
        facts = facts_of(part.value.get("resultProviderMetadata"))
        content = _read_error(part) if failed else part.value.get("output")
        result = ServerToolResult(
            content,
            call_id,
            name,
            "error" if failed else "success",
            extras=read_extras(facts),
        )
        self._add(result, facts)

    def _read_result(self, part: Place, name: str, call_id: str) -> None:
        state = part.value["state"]
        if state == "output-available":
            content = _read_output(part)
            self._results.append(ToolMessage(content, call_id, name=name))
        elif state == "output-error":
            self._add_failure(part.text("errorText"), call_id, name)
        elif state in ("output-denied", "approval-responded"):
            approval = part.object("approval") if state == "approval-responded" else None
            if approval is None or approval.value.get("approved") is False:
                self._add_failure(_read_denial(part), call_id, name)

    def _add_failure(self, text: str, call_id: str, name: str) -> None:
        self._results.append(ToolMessage(text, call_id, "error", name=name))


_STATES = (
    "input-streaming",
    "input-available",
    "approval-requested",
    "approval-responded",
    "output-available",
    "output-error",
    "output-denied",
)


def _read_error(part: Place) -> Any:
    """The content of a failed server tool, which was sent as text."""
    text = part.text("errorText")
    try:
        return parse_json(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text


def _read_denial(part: Place) -> str:
    approval = part.value.get("approval")
    reason = approval.get("reason") if isinstance(approval, dict) else None
    return f"The user denied this call: {reason}" if reason else "The user denied this call."


def _read_output(part: Place) -> str | list[Block]:
    """A result: blocks where it was sent as ``{"type": "content", "value": […]}``, else text."""
    output = part.value.get("output")
    if isinstance(output, dict) and output.keys() == {"type", "value"}:
        is_list = isinstance(output["value"], list)
        if output["type"] == "content" and is_list:
            content = part.object("output")
            return [block for each in content.objects("value") for block in _user_blocks(each)]
    return output_as_text(output)
