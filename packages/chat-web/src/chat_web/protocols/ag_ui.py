"""``AGUIEncoder``: an answer as events of AG-UI, the Agent-User Interaction protocol, version 1.0.

What its clients (``HttpAgent`` with ``verifyEvents``) hold a stream to:

- ``RUN_STARTED`` comes first; ``RUN_FINISHED`` or ``RUN_ERROR`` comes last, once.
- Messages, reasoning, calls and steps are started before they go on and ended before
  ``RUN_FINISHED``, under one id that nothing else of their kind has at that time.
- An id of a message or of a call means the same in the whole conversation, so ids that the request
  has are not used again (``AGUIEncoder.for_request``).

One call of a model is one assistant message: its text and its calls share the message's id. Text
is ended before a call starts, and started again under the same id where more of it comes. Facts of
ours (``facts.py``) are in ``metadata``. The protocol's answers have no place for files that a model
made. They are activities, which a page shows and does not send back; so each is in the metadata of
its answer too, under a name of its own (``chat-file-1``), because later metadata replaces what has
the same name. A custom event named ``STATE_SNAPSHOT`` or ``STATE_DELTA`` becomes the event of that
name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chat_core import ChatError, Citation, StreamEvent

from ..sse import frame
from . import parts
from .ag_ui_content import write_part
from .answer_parts import AnswerParts
from .encoder_use import StartOnce, id_text
from .facts import KEY, block_facts, call_facts, part_facts
from .json_values import json_text, text_of
from .own_blocks import block_as_json
from .tool_output import only_text
from .usage import total_usage, usage_by_model

if TYPE_CHECKING:
    from .ag_ui_request import AGUIRequest

__all__ = ["AGUIEncoder"]

Wire = dict[str, Any]

PROTOCOL_VERSION = "1.0"


class AGUIEncoder:
    """The ``Encoder`` of AG-UI; it belongs to one run.

    Args:
        thread_id: the conversation's id, as the request has it.
        run_id: the run's id, as the request has it.
        parent_run_id: the run that asked for this one, if one did.
        used_ids: ids of messages and calls that the conversation has already.
        reasoning: whether reasoning is sent.
        media_in_history: whether files of the model are sent a second time, in the metadata of
            their answer, so that a page sends them back with the conversation.
    """

    headers: Mapping[str, str] = {}

    def __init__(
        self,
        thread_id: str,
        run_id: str,
        *,
        parent_run_id: str | None = None,
        used_ids: frozenset[str] = frozenset(),
        reasoning: bool = True,
        media_in_history: bool = True,
    ) -> None:
        self._use = StartOnce()
        self._run: Wire = {
            "threadId": id_text("thread_id", thread_id),
            "runId": id_text("run_id", run_id),
        }
        self._parent: Wire = {}
        if parent_run_id is not None:
            self._parent = {"parentRunId": id_text("parent_run_id", parent_run_id)}
        self._parts = AnswerParts(used_ids)
        self._writer = _EventWriter(
            run_id, used_ids, reasoning=reasoning, keeps_media=media_in_history
        )

    @classmethod
    def for_request(
        cls, request: AGUIRequest, *, reasoning: bool = True, media_in_history: bool = True
    ) -> AGUIEncoder:
        """The encoder of the run that ``request`` asks for."""
        return cls(
            request.thread_id,
            request.run_id,
            parent_run_id=request.parent_run_id,
            used_ids=request.used_ids,
            reasoning=reasoning,
            media_in_history=media_in_history,
        )

    def start(self) -> list[bytes]:
        """The event ``RUN_STARTED``."""
        self._use.start()
        version = {"protocolVersion": PROTOCOL_VERSION}
        return [_frame({"type": "RUN_STARTED", **self._run, **version, **self._parent})]

    def feed(self, event: StreamEvent) -> list[bytes]:
        """The protocol's events of one event."""
        return [
            _frame(wire) for part in self._parts.feed(event) for wire in self._writer.write(part)
        ]

    def finish(self) -> list[bytes]:
        """What ends the answer, and ``RUN_FINISHED``. Calls without a result are named in it."""
        last = self._close(is_whole=True)
        outcome: Wire = {"type": "success"}
        pending = self._parts.pending_calls()
        if pending:
            outcome["pendingToolCallIds"] = pending
        return [*map(_frame, [*last, self._finished(outcome)])]

    def error(self, error: ChatError) -> list[bytes]:
        """What ends the answer, and ``RUN_ERROR``; its code is the name of the error's class."""
        wire: Wire = {"type": "RUN_ERROR", "message": error.message, "code": type(error).__name__}
        return [*map(_frame, [*self._close(is_whole=False), wire | self._usage()])]

    def abort(self, text: str) -> list[bytes]:
        """What ends the answer, and ``RUN_FINISHED`` with the outcome ``cancelled``."""
        last = self._close(is_whole=False)
        return [*map(_frame, [*last, self._finished({"type": "cancelled"}, reason=text)])]

    def _close(self, *, is_whole: bool) -> list[Wire]:
        return [
            wire
            for part in self._parts.close(is_whole=is_whole)
            for wire in self._writer.write(part)
        ]

    def _usage(self) -> Wire:
        entries = usage_by_model(self._parts.usage)
        return {"usage": entries} if entries else {}

    def _finished(self, outcome: Wire, **facts: Any) -> Wire:
        if self._parts.finish_reason:
            facts["finishReason"] = self._parts.finish_reason
        total = total_usage(self._parts.usage)
        if "cost" in total:
            facts["cost"] = total["cost"]
        wire = {"type": "RUN_FINISHED", **self._run, "outcome": outcome}
        return _with_facts(wire | self._usage(), facts)


def _frame(wire: Wire) -> bytes:
    return frame(json_text(wire))


@dataclass(slots=True)
class _Message:
    """The assistant message of one answer: its id, and what is known of its text so far."""

    id: str
    length: int = 0
    block_start: int = 0
    facts: Wire = field(default_factory=dict)
    pieces: list[Wire] = field(default_factory=list)

    def all_facts(self) -> Wire:
        """What is known of the text, and of each of its pieces where that differs."""
        if len(self.pieces) > 1 and any(piece.keys() > {"length"} for piece in self.pieces):
            return self.facts | {"pieces": self.pieces}
        return self.facts

    def add_facts(self, part: parts.PartClosed) -> None:
        """Add those of one text; offsets of its citations count from the message's start."""
        self.pieces.append({"length": self.length - self.block_start, **part_facts(part)})
        moved = [_moved(each, self.block_start) for each in part.citations]
        facts = part_facts(part._replace(citations=tuple(moved)))
        for name, value in facts.items():
            known = self.facts.get(name)
            if isinstance(known, dict):
                self.facts[name] = known | value
            else:
                self.facts[name] = known + value if isinstance(known, list) else value


class _EventWriter:
    """Writes each part as the protocol's events."""

    def __init__(
        self, run_id: str, used_ids: frozenset[str], *, reasoning: bool, keeps_media: bool
    ) -> None:
        self._run_id = run_id
        self._keeps_media = keeps_media
        self._used = set(used_ids)
        self._shows_reasoning = reasoning
        self._messages: dict[int, _Message] = {}
        self._places: dict[str, int] = {}  # the length of the text before each open call
        self._writers: dict[type, Callable[[Any], Iterator[Wire]]] = {
            parts.StepStarted: lambda part: _step("STEP_STARTED", part.number),
            parts.StepEnded: lambda part: _step("STEP_FINISHED", part.number),
            parts.AnswerStarted: self._begin,
            parts.PartOpened: self._open,
            parts.PartDelta: self._delta,
            parts.PartClosed: self._close,
            parts.CallOpened: self._open_call,
            parts.CallDelta: _call_delta,
            parts.CallClosed: self._close_call,
            parts.CallAnswered: self._answer_call,
            parts.MediaArrived: self._media,
            parts.BlockArrived: self._block,
            parts.CustomArrived: _custom,
        }

    def write(self, part: parts.Part) -> Iterator[Wire]:
        """The protocol's events of ``part``."""
        return self._writers[part.__class__](part)

    def _begin(self, part: parts.AnswerStarted) -> Iterator[Wire]:
        made = f"{self._run_id}-answer-{part.answer}"
        chosen = part.id if part.id and part.id not in self._used else made
        while chosen in self._used:
            chosen += "-again"
        self._used.add(chosen)
        self._messages[part.answer] = _Message(chosen)
        return iter(())

    # --- text and reasoning

    def _open(self, part: parts.PartOpened) -> Iterator[Wire]:
        message = self._messages[part.answer]
        message_id, message.block_start = message.id, message.length
        if part.kind != "reasoning":
            yield {"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"}
        elif self._shows_reasoning:
            about = {"messageId": f"{message_id}-{part.id}"}
            yield {"type": "REASONING_START", **about}
            yield {"type": "REASONING_MESSAGE_START", **about, "role": "reasoning"}

    def _delta(self, part: parts.PartDelta) -> Iterator[Wire]:
        message = self._messages[part.answer]
        if part.kind != "reasoning":
            message.length += len(part.text)
            yield {"type": "TEXT_MESSAGE_CONTENT", "messageId": message.id, "delta": part.text}
        elif self._shows_reasoning:
            about = {"messageId": f"{message.id}-{part.id}", "delta": part.text}
            yield {"type": "REASONING_MESSAGE_CONTENT", **about}

    def _close(self, part: parts.PartClosed) -> Iterator[Wire]:
        message = self._messages[part.answer]
        if part.kind != "reasoning":
            message.add_facts(part)
            wire = {"type": "TEXT_MESSAGE_END", "messageId": message.id}
            yield _with_facts(wire, message.all_facts())
        elif self._shows_reasoning:
            about = {"messageId": f"{message.id}-{part.id}"}
            yield _with_facts({"type": "REASONING_MESSAGE_END", **about}, part_facts(part))
            yield {"type": "REASONING_END", **about}

    # --- calls

    def _open_call(self, part: parts.CallOpened) -> Iterator[Wire]:
        wire = {"type": "TOOL_CALL_START", "toolCallId": part.id, "toolCallName": part.name}
        message = self._messages.get(part.answer)
        self._places[part.id] = 0 if message is None else message.length
        yield wire | ({} if message is None else {"parentMessageId": message.id})

    def _close_call(self, part: parts.CallClosed) -> Iterator[Wire]:
        facts, at = call_facts(part), self._places.pop(part.id, 0)
        if part.is_server and at:
            facts["at"] = at
        yield _with_facts({"type": "TOOL_CALL_END", "toolCallId": part.id}, facts)
        if part.error is not None:
            yield _result(part.id, f"Not run: {part.error}.", {"status": "error"})

    def _answer_call(self, part: parts.CallAnswered) -> Iterator[Wire]:
        content: Any = text_of(part.content)
        if not only_text(part.blocks):
            content = [write_part(block) for block in part.blocks]
        yield _result(part.id, content, call_facts(part))

    # --- the rest

    def _media(self, part: parts.MediaArrived) -> Iterator[Wire]:
        shown = write_part(part.block)
        for name in ("transcript", "name"):
            if value := getattr(part.block, name, None):
                shown[name] = value
        yield self._activity(part, "file", shown)
        if self._keeps_media:
            yield from self._keep(part)

    def _block(self, part: parts.BlockArrived) -> Iterator[Wire]:
        yield self._activity(part, "block", block_as_json(part.block))
        yield from self._keep(part)

    def _activity(
        self, part: parts.MediaArrived | parts.BlockArrived, kind: str, content: Wire
    ) -> Wire:
        message_id = f"{self._messages[part.answer].id}-{part.id}"
        about = {"messageId": message_id, "activityType": kind}
        return {"type": "ACTIVITY_SNAPSHOT", **about, "content": content}

    def _keep(self, part: parts.MediaArrived | parts.BlockArrived) -> Iterator[Wire]:
        """The block in the metadata of its answer, in which no text is open now."""
        message = self._messages[part.answer]
        facts = {f"{KEY}-{part.id}": block_facts(part, message.length)}
        about = {"messageId": message.id}
        yield {"type": "TEXT_MESSAGE_START", **about, "role": "assistant"}
        yield {"type": "TEXT_MESSAGE_END", **about, "metadata": facts}


def _moved(citation: Citation, characters: int) -> Citation:
    start, end = citation.start_index, citation.end_index
    return replace(
        citation,
        start_index=None if start is None else start + characters,
        end_index=None if end is None else end + characters,
    )


def _with_facts(wire: Wire, facts: Wire) -> Wire:
    return wire | {"metadata": {KEY: facts}} if facts else wire


def _step(kind: str, number: int) -> Iterator[Wire]:
    yield {"type": kind, "stepName": f"step-{number}"}


def _call_delta(part: parts.CallDelta) -> Iterator[Wire]:
    yield {"type": "TOOL_CALL_ARGS", "toolCallId": part.id, "delta": part.text}


def _result(call_id: str, content: Any, facts: Wire) -> Wire:
    about = {"messageId": f"{call_id}-result", "toolCallId": call_id, "role": "tool"}
    return _with_facts({"type": "TOOL_CALL_RESULT", **about, "content": content}, facts)


def _custom(part: parts.CustomArrived) -> Iterator[Wire]:
    if part.name == "STATE_SNAPSHOT":
        yield {"type": part.name, "snapshot": part.data}
    elif part.name == "STATE_DELTA" and _is_patch(part.data):
        yield {"type": part.name, "delta": part.data}
    else:
        yield {"type": "CUSTOM", "name": part.name, "value": part.data}


_NEEDS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from"}
"""The member that an operation of RFC 6902 needs beside ``op`` and ``path``."""
_POINTER = re.compile(r"(/([^/~]|~[01])*)*")


def _is_patch(data: Any) -> bool:
    """Whether ``data`` is a JSON Patch; a client fails the whole run over any other."""
    return isinstance(data, list) and all(
        isinstance(each, dict) and _is_step(each) for each in data
    )


def _is_step(operation: Wire) -> bool:
    kind = operation.get("op")
    pointers = [operation.get("path")]
    if kind in ("move", "copy"):
        pointers.append(operation.get("from"))
    return (kind == "remove" or (kind in _NEEDS and _NEEDS[kind] in operation)) and all(
        isinstance(p, str) and _POINTER.fullmatch(p) for p in pointers
    )
