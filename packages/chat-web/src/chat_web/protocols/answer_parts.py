"""The parts of an answer in the order in which a front end shows them, from stream events.

``AnswerParts`` is what the encoders of all protocols stand on: events in, parts out, which an
encoder renames. Rules that hold whatever the order of the events:

- A step is one call of a model and of the tools that it asked for. It ends when the next call of a
  model begins, or with the stream. Models that run side by side share one step.
- Each text, each reasoning and each call is opened once and closed once; its deltas come between.
  No id is given twice.
- Text and reasoning go out in the order in which they arrive. A part is closed when another block
  begins; more of the earlier block opens a new part.
- A call is closed when its answer ends, because only then is it known whether it may be run.
- A call has one result at most. A tool that runs without a model's call gets a call of its own.
- What runs beneath a tool is not part of the answer. Its tokens are counted.
- Text of a chain is shown where no model's events are in the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chat_core import AIMessage, AIMessageChunk, ChatError, StreamEvent, ToolMessage

from ..public_errors import error_text
from .answer_tracker import AnswerTracker, Call, Ids, Usage
from .json_values import as_json, json_text
from .parts import (
    AnswerStarted,
    CallAnswered,
    CallClosed,
    CallDelta,
    CallOpened,
    CustomArrived,
    Origin,
    Part,
    StepEnded,
    StepStarted,
)

__all__ = ["AnswerParts"]

_UNKNOWN_ERROR = error_text(Exception())
_TOOL_FAILED = "The tool failed."
"""The text of a tool's error about which nothing may be shown."""
_NO_RESULT = "The answer ended before the tool had given a result."


class AnswerParts:
    """Takes the events of one answer and gives its parts.

    Args:
        used_ids: ids of calls that the conversation has already; new calls get others.
    """

    def __init__(self, used_ids: frozenset[str] = frozenset()) -> None:
        self.usage: list[Usage] = []
        self.finish_reason: str | None = None
        self._ids = Ids(used_ids)
        self._answers: dict[str, AnswerTracker] = {}
        self._calls: list[Call] = []
        self._tools: dict[str, Call] = {}
        self._beneath: set[str] = set()
        self._count = 0
        self._step = 0
        self._in_step = False
        self._has_models = False
        self._handlers: dict[str, Callable[[StreamEvent], Iterator[Part]]] = {
            "on_chat_model_start": self._start_answer,
            "on_chat_model_stream": self._feed_answer,
            "on_chat_model_end": self._end_answer,
            "on_chat_model_error": self._close_answer,
            "on_tool_start": self._start_tool,
            "on_tool_end": self._end_tool,
            "on_tool_error": self._fail_tool,
            "on_custom_event": self._custom,
            "on_chain_stream": self._chain_text,
        }

    def feed(self, event: StreamEvent) -> Iterator[Part]:
        """The parts that ``event`` brings. The iterator is to be read to its end."""
        handler = self._handlers.get(event["event"])
        return iter(()) if handler is None else handler(event)

    def close(self, *, is_whole: bool) -> Iterator[Part]:
        """Close whatever is open; calls of answers that are not whole are closed as invalid.

        A tool that began and gave no result has failed. In an answer that is not whole so has every
        call without a result: a page would show it as running for ever.
        """
        for run_id in list(self._answers):
            yield from self._finish_answer(run_id)
        for call in self._calls:
            is_over = call.is_claimed or not is_whole
            if is_over and call.args is not None and not call.is_answered:
                yield self._answer_call(call, _NO_RESULT, (), is_error=True)
        if self._in_step:
            self._in_step = False
            yield StepEnded(self._step)

    def pending_calls(self) -> list[str]:
        """The ids of the calls that may be run and have no result, in order."""
        return [
            call.id
            for call in self._calls
            if call.args is not None and not (call.is_server or call.is_answered)
        ]

    # --- models

    def _start_answer(self, event: StreamEvent) -> Iterator[Part]:
        if self._is_beneath_tool(event):
            return
        self._has_models = True
        facts = event["metadata"]
        yield from self._add_answer(
            event["run_id"], facts.get("ls_provider"), facts.get("ls_model_name")
        )

    def _add_answer(
        self, run_id: str, provider: str | None = None, model: str | None = None
    ) -> Iterator[Part]:
        yield from self._finish_answer(run_id)
        if not self._answers:
            yield from self._begin_step()
        self._count += 1
        self._answers[run_id] = AnswerTracker(self._count, self._ids, provider, model)

    def _feed_answer(self, event: StreamEvent) -> Iterator[Part]:
        answer = self._answers.get(event["run_id"])
        chunk = event["data"].get("chunk")
        if answer is None or _is_of_next_answer(answer, chunk):
            if self._is_beneath_tool(event):
                return
            yield from self._start_answer(event)
            answer = self._answers[event["run_id"]]
        if isinstance(chunk, AIMessageChunk):
            yield from answer.feed(chunk)

    def _end_answer(self, event: StreamEvent) -> Iterator[Part]:
        output = event["data"].get("output")
        is_message = isinstance(output, AIMessage | AIMessageChunk)
        if event["run_id"] in self._beneath:
            if is_message and output.usage_metadata is not None:
                self.usage.append(Usage(_origin(event, output), output.usage_metadata))
            return
        answer = self._answers.get(event["run_id"])
        if answer is not None and is_message and not answer.has_blocks:
            yield from answer.feed(output)
        yield from self._finish_answer(event["run_id"])

    def _close_answer(self, event: StreamEvent) -> Iterator[Part]:
        return self._finish_answer(event["run_id"])

    def _finish_answer(self, run_id: str) -> Iterator[Part]:
        answer = self._answers.pop(run_id, None)
        if answer is None:
            return
        yield from answer.close()
        self._calls += answer.calls
        self.finish_reason = answer.finish_reason
        usage = answer.usage()
        if usage is not None:
            self.usage.append(usage)

    def _begin_step(self) -> Iterator[Part]:
        if self._in_step:
            yield StepEnded(self._step)
        self._in_step = True
        self._step += 1
        yield StepStarted(self._step)

    def _is_beneath_tool(self, event: StreamEvent) -> bool:
        if self._tools.keys().isdisjoint(event["parent_ids"]):
            return False
        self._beneath.add(event["run_id"])
        return True

    # --- tools

    def _start_tool(self, event: StreamEvent) -> Iterator[Part]:
        if self._is_beneath_tool(event):
            return
        args = event["data"].get("input")
        call = self._find_call(
            lambda c: c.name == event["name"] and c.args == args and not c.is_claimed
        )
        if call is None:
            if not self._in_step:
                yield from self._begin_step()
            self._count += 1
            call = Call(self._count, None, event["name"], None, is_server=False)
            call.id = self._ids.free(None, "call")
            call.args = args if isinstance(args, dict) else {"input": as_json(args)}
            self._calls.append(call)
            yield AnswerStarted(self._count, None)
            yield from _whole_call(call)
        call.is_claimed = True
        self._tools[event["run_id"]] = call

    def _end_tool(self, event: StreamEvent) -> Iterator[Part]:
        if event["run_id"] in self._beneath:
            return
        claimed = self._tools.pop(event["run_id"], None)
        output = event["data"].get("output")
        call_id = output.tool_call_id if isinstance(output, ToolMessage) else None
        call = self._answered_by(call_id, claimed)
        if call is None:
            return
        if isinstance(output, ToolMessage):
            is_error = output.status == "error"
            yield self._answer_call(call, output.content, output.blocks, is_error=is_error)
        else:
            yield self._answer_call(call, output, (), is_error=False)

    def _fail_tool(self, event: StreamEvent) -> Iterator[Part]:
        if event["run_id"] in self._beneath:
            return
        claimed = self._tools.pop(event["run_id"], None)
        call = self._answered_by(event["data"].get("tool_call_id"), claimed)
        error = event["data"].get("error")
        if call is not None:
            is_known = isinstance(error, ChatError) and error.message != _UNKNOWN_ERROR
            text = error.message if is_known else _TOOL_FAILED
            yield self._answer_call(call, text, (), is_error=True)

    def _answered_by(self, our_id: str | None, claimed: Call | None) -> Call | None:
        """The call that a result answers: the one with its id, else the one that the run began."""
        call = None
        if our_id:
            call = self._find_call(lambda c: c.our_id == our_id)
        if call is None and claimed is not None and not claimed.is_answered:
            call = claimed
        return call

    def _find_call(self, is_it: Callable[[Call], bool]) -> Call | None:
        """The first call that is to be answered here and of which ``is_it`` is true."""
        return next(
            (c for c in self._calls if not (c.is_server or c.is_answered) and is_it(c)), None
        )

    def _answer_call(
        self, call: Call, content: Any, blocks: tuple[Any, ...], *, is_error: bool
    ) -> Part:
        call.is_answered = True
        return CallAnswered(
            call.id,
            call.name or "",
            content,
            blocks,
            is_error,
            call.is_server,
            extras={},
            origin=Origin(),
        )

    # --- the rest

    def _custom(self, event: StreamEvent) -> Iterator[Part]:
        yield CustomArrived(event["name"], as_json(event["data"]))

    def _chain_text(self, event: StreamEvent) -> Iterator[Part]:
        text = event["data"].get("chunk")
        if self._has_models or event["parent_ids"] or not isinstance(text, str):
            return
        if event["run_id"] not in self._answers:
            yield from self._add_answer(event["run_id"])
        yield from self._answers[event["run_id"]].feed(AIMessageChunk(text))


def _is_of_next_answer(answer: AnswerTracker, chunk: Any) -> bool:
    """Whether a stream of chunks has gone on to another answer of the model."""
    return bool(
        answer.finish_reason
        and isinstance(chunk, AIMessageChunk)
        and chunk.blocks
        and chunk.id
        and answer.id
        and chunk.id != answer.id
    )


def _origin(event: StreamEvent, message: AIMessage | AIMessageChunk) -> Origin:
    facts, settings = message.response_metadata, event["metadata"]
    return Origin(
        facts.get("model_provider") or settings.get("ls_provider"),
        facts.get("model_name") or settings.get("ls_model_name"),
    )


def _whole_call(call: Call) -> Iterator[Part]:
    text = json_text(call.args)
    yield CallOpened(call.answer, call.id, call.name or "", False)
    yield CallDelta(call.id, text)
    yield CallClosed(call.id, call.name or "", call.args, text, None, False, {}, Origin())
