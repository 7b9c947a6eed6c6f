"""``read_ag_ui_request``: a ``RunAgentInput`` of AG-UI, as messages and tools of ours.

Rules:

- Assistant messages that follow each other become one answer: some clients make one of each call.
- Reasoning goes into the answer that its id names, or else into the one that follows it.
- Calls of tools that the vendor ran stand, with their results, where our encoder says that they
  came (``text_places.py``), otherwise before the text. So do the files that a model made, which our
  encoder puts into the metadata of their answer.
- Messages of subagents and activities are for the page alone.
- Tools are those that the page runs: bind them, and the calls that the run leaves unanswered go to
  the page. ``context``, ``state`` and ``forwarded_props`` are for the server to use; none of them
  is put into the messages.
- The content type ``binary`` of versions before 1.0 is read too.
- The rest of the order is that of ``history.py``.

A browser sends whatever its user wants, answers and results of tools included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from chat_core.provider import ToolSpec, parse_arguments, parse_json

from .ag_ui_content import read_content
from .body import Place, read_body
from .facts import KEY, facts_of, origin_metadata, read_extras, read_texts
from .history import in_order
from .own_blocks import read_own_block
from .text_places import PlacedBlock, place_blocks, read_place

__all__ = ["AGUIRequest", "read_ag_ui_request"]


_KEPT = re.compile(rf"{KEY}-(?:file|block)-[0-9]{{1,9}}", re.ASCII)
"""The names under which our encoder keeps blocks in the metadata of an answer."""


@dataclass(frozen=True, slots=True)
class AGUIRequest:
    """What a client asks.

    ``messages`` and ``tools`` (for ``bind_tools``) go to the model. ``state`` and
    ``forwarded_props`` are JSON of any shape, ``context`` a list of objects with ``description``
    and ``value``, ``resume`` one of answers to interrupts. ``used_ids`` are the ids that the
    conversation has already; ``AGUIEncoder.for_request`` takes them.
    """

    thread_id: str
    run_id: str
    messages: list[Message]
    tools: list[ToolSpec]
    parent_run_id: str | None
    state: Any
    context: list[dict[str, Any]]
    forwarded_props: Any
    resume: list[dict[str, Any]]
    used_ids: frozenset[str]


def read_ag_ui_request(body: bytes | str | dict[str, Any]) -> AGUIRequest:
    """The request in ``body``: its bytes, its text, or the JSON object that it is.

    Raises ``InvalidParameterError`` that names the field which cannot be right.
    """
    place = read_body(body)
    conversation = _Conversation()
    for message in place.objects("messages"):
        conversation.add(message)
    messages = in_order(conversation.finished())
    if not messages:
        place.refuse("holds at least one message for the model", [], "messages")
    return AGUIRequest(
        _id(place, "threadId"),
        _id(place, "runId"),
        messages,
        _tools(place),
        place.text_or_none("parentRunId"),
        place.value.get("state"),
        [each.value for each in place.objects("context", optional=True)],
        place.value.get("forwardedProps"),
        [each.value for each in place.objects("resume", optional=True)],
        frozenset(conversation.used_ids),
    )


def _id(place: Place, name: str) -> str:
    return place.text(name) or place.refuse("is not empty", "", name)


def _tools(place: Place) -> list[ToolSpec]:
    """The tools of the page; of those with one name the last, as some pages repeat them."""
    found = [_tool(tool) for tool in place.objects("tools", optional=True)]
    return list({tool.name: tool for tool in found}.values())


def _tool(tool: Place) -> ToolSpec:
    spec = ToolSpec(tool.text("name"), tool.text_or_none("description") or "")
    if tool.value.get("parameters") in (None, {}):
        return spec
    return replace(spec, parameters=tool.object("parameters").value)


class _Conversation:
    """Collects the messages of a request."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.used_ids: set[str] = set()
        self._reasoning: list[Block] = []
        self._origin: dict[str, Any] = {}
        self._answers: dict[str, AIMessage] = {}
        self._server_calls: dict[str, AIMessage] = {}
        self._calls: set[str] = set()

    def add(self, message: Place) -> None:
        """Read one message. Raises ``InvalidParameterError`` for one that is not understood."""
        role, message_id = message.text("role"), message.text("id")
        self.used_ids.add(message_id)
        if role == "activity" or message.value.get("subagentRunId") is not None:
            return
        if role == "reasoning":
            self._add_reasoning(message)
        elif role == "assistant":
            self._add_answer(message)
        elif role == "tool":
            self._add_result(message)
        elif role in ("system", "developer", "user"):
            self._add_input(message, role)
        else:
            known = "developer, system, assistant, user, tool, activity, reasoning"
            message.refuse(f"is one of {known}", role, "role")

    def finished(self) -> list[Message]:
        """All messages."""
        self._keep_reasoning()
        return self.messages

    def _add_input(self, message: Place, role: str) -> None:
        self._keep_reasoning()
        blocks, name = read_content(message), message.text_or_none("name")
        if not blocks:
            return
        if role == "user":
            self.messages.append(HumanMessage(blocks, id=message.value["id"], name=name))
        else:
            self.messages.append(SystemMessage(blocks, id=message.value["id"], name=name))

    def _add_answer(self, message: Place) -> None:
        facts = facts_of(message.value.get("metadata"))
        blocks, origin = self._reasoning, self._origin | origin_metadata(facts)
        self._reasoning, self._origin = [], {}
        calls: list[Block] = []
        placed: list[PlacedBlock] = []
        for call in message.objects("toolCalls", optional=True):
            call_facts = facts_of(call.value.get("metadata"))
            origin |= origin_metadata(call_facts)
            block = _call(call, call_facts)
            if isinstance(block, ServerToolCall):
                placed.append(PlacedBlock(read_place(call_facts), block))
            else:
                calls.append(block)
            self._calls.add(call.text("id"))
        self.used_ids |= self._calls
        for kept in _kept_blocks(message):
            origin |= origin_metadata(kept.value)
            own = read_own_block(kept, "block")
            if own is not None:
                placed.append(PlacedBlock(read_place(kept.value), own))
        texts = read_texts(message.text_or_none("content") or "", facts)
        blocks = [*blocks, *place_blocks(texts, placed), *calls]
        if blocks:
            self._append_answer(blocks, message.value["id"], origin)

    def _append_answer(self, blocks: list[Block], answer_id: str, origin: dict[str, Any]) -> None:
        last = self.messages[-1] if self.messages else None
        if isinstance(last, AIMessage):
            last.blocks = (*last.blocks, *blocks)
        else:
            last = AIMessage(blocks, id=answer_id or None)
            self.messages.append(last)
        self._answers[answer_id] = last
        last.response_metadata.update(origin)
        if last.response_metadata:
            finish = "tool_calls" if last.tool_calls else "stop"
            last.response_metadata["finish_reason"] = finish
        for block in blocks:
            if isinstance(block, ServerToolCall) and block.id:
                self._server_calls[block.id] = last

    def _add_result(self, message: Place) -> None:
        call_id = message.text("toolCallId")
        if call_id not in self._calls:
            message.refuse("is the id of a call of a message before", call_id, "toolCallId")
        facts = facts_of(message.value.get("metadata"))
        error = message.text_or_none("error")
        failed = bool(error) or facts.get("status") == "error"
        status: Any = "error" if failed else "success"
        answer = self._server_calls.get(call_id)
        content = read_content(message)
        if answer is not None:
            value = _json(message.value.get("content"))
            result = ServerToolResult(value, call_id, status=status, extras=read_extras(facts))
            answer.blocks = tuple(_with_result(answer.blocks, result))
            return
        if not content and error:
            content = [TextBlock(error)]
        self.messages.append(ToolMessage(content, call_id, status, id=message.value["id"]))

    def _add_reasoning(self, message: Place) -> None:
        """Its id begins with that of its answer, which may have come already, with its calls."""
        facts = facts_of(message.value.get("metadata"))
        block = ReasoningBlock(message.text("content"), extras=read_extras(facts))
        answer = self._answers.get(message.text("id").rpartition("-reasoning-")[0])
        if answer is None:
            self._reasoning.append(block)
            self._origin |= origin_metadata(facts)
        else:
            calls = [b for b in answer.blocks if isinstance(b, ToolCall | InvalidToolCall)]
            others = [b for b in answer.blocks if not isinstance(b, ToolCall | InvalidToolCall)]
            answer.blocks = (*others, block, *calls)

    def _keep_reasoning(self) -> None:
        """Make an answer of reasoning that none follows: the run was stopped there."""
        if self._reasoning:
            self._append_answer(self._reasoning, "", self._origin)
            self._reasoning, self._origin = [], {}


def _kept_blocks(message: Place) -> list[Place]:
    """The facts of the blocks that our encoder put into the metadata of an answer, in order."""
    if not isinstance(message.value.get("metadata"), dict):
        return []
    metadata = message.object("metadata")
    names = [name for name in metadata.value if _KEPT.fullmatch(name)]
    return [metadata.object(name) for name in sorted(names, key=_number)]


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])


def _call(call: Place, facts: dict[str, Any]) -> Block:
    function, call_id = call.object("function"), call.text("id")
    name, text, extras = function.text("name"), function.text("arguments"), read_extras(facts)
    try:
        args = parse_arguments(text)
    except ValueError as error:
        reason = f"the arguments are not a JSON object: {error}"
        return InvalidToolCall(name, text, call_id, reason, extras=extras)
    if facts.get("server") is True:
        return ServerToolCall(name, args, call_id, extras=extras)
    return ToolCall(name, args, call_id, extras=extras)


def _with_result(blocks: tuple[Block, ...], result: ServerToolResult) -> Iterator[Block]:
    """The blocks of an answer with a result behind its call."""
    for block in blocks:
        yield block
        if isinstance(block, ServerToolCall) and block.id == result.tool_call_id:
            yield replace(result, name=block.name)


def _json(content: object) -> Any:
    """The content of a vendor's tool, which was sent as the text of its JSON."""
    if not isinstance(content, str):
        return content
    try:
        return parse_json(content)
    except ValueError:
        return content
