"""The simulator of Responses, OpenAI's second wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..http_answers import Frame
from ..received_messages import responses_messages
from ..rulebooks import COMPATIBLE_RESPONSES
from ..script import (
    Call,
    ErrorReply,
    Picture,
    Reasoning,
    Refusal,
    Reply,
    ServerToolRun,
    Text,
    Tokens,
    pieces,
)
from .completions import CREATED, CompletionsSimulator, token
from .server_tools import RESPONSES_ITEMS
from .simulator import FILES, AnswerWriter, Simulator

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["ResponsesSimulator"]

_IN_STREAM = {
    "rate_limit": "rate_limit_exceeded",
    "server_error": "server_error",
    "unavailable": "slow_down",
    "overloaded": "slow_down",
    "content_filter": "invalid_prompt",
    "context_length": "context_length_exceeded",
    "quota": "insufficient_quota",
}
"""The codes of error events."""

_ID_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "image_generation_call": "ig",
}
"""What the id of an item of each type starts with."""

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class _ResponsesWriter(AnswerWriter):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._items: list[dict[str, Any]] = []
        self._number = 0
        self._open: dict[str, Any] | None = None
        """The message that texts are still being added to."""

    # --- a stream

    def opening(self) -> Iterator[Frame]:
        yield self._event("response.created", response=self.response("in_progress"))
        yield self._event("response.in_progress", response=self.response("in_progress"))

    def text(self, part: Text) -> Iterator[Frame]:
        item = self._open
        if item is None:
            item = self._open = self._begin("message", role="assistant", content=[])
            yield self._item_event("added", item)
            content = {"type": "output_text", "text": "", "annotations": []}
            yield self._part_event("response.content_part.added", part=dict(content))
            item["content"].append(content)
        content = item["content"][0]
        for piece in pieces(part.text, self.reply.piece):
            found = [] if part.logprob is None else [token(piece, part.logprob)]
            logprobs = {"logprobs": found} if found else {}
            yield self._part_event("response.output_text.delta", delta=piece, **logprobs)
            if found:
                content.setdefault("logprobs", []).extend(found)
        for source in part.cited:
            cited = _annotation(source, part.text, len(content["text"]))
            number = len(content["annotations"])
            content["annotations"].append(cited)
            yield self._part_event(
                "response.output_text.annotation.added", annotation=cited, annotation_index=number
            )
        content["text"] += part.text

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        yield from self._end_message()
        item = self._begin("reasoning", summary=[])
        yield self._item_event("added", item)
        place = {"item_id": item["id"], "output_index": self._index, "summary_index": 0}
        for piece in pieces(part.text, self.reply.piece):
            yield self._event("response.reasoning_summary_text.delta", **place, delta=piece)
        if part.text:
            yield self._event("response.reasoning_summary_text.done", **place, text=part.text)
            item["summary"].append({"type": "summary_text", "text": part.text})
        if part.seal is not None:
            item["encrypted_content"] = part.seal
        yield self._item_event("done", item)

    def refusal(self, part: Refusal) -> Iterator[Frame]:
        yield from self._end_message()
        item = self._begin("message", role="assistant", content=[])
        yield self._item_event("added", item)
        for piece in pieces(part.text, self.reply.piece):
            yield self._part_event("response.refusal.delta", delta=piece)
        item["content"].append({"type": "refusal", "refusal": part.text})
        yield self._item_event("done", item)

    def call(self, part: Call) -> Iterator[Frame]:
        yield from self._end_message()
        item = self._begin("function_call", call_id=part.id, name=part.name, arguments="")
        yield self._item_event("added", item)
        place = {"item_id": item["id"], "output_index": self._index}
        for piece in pieces(part.args, self.reply.piece):
            yield self._event("response.function_call_arguments.delta", **place, delta=piece)
        item["arguments"] = part.args
        if self.reply.finish in _INCOMPLETE:
            return  # an answer that is cut off does not finish its last call
        yield self._event("response.function_call_arguments.done", **place, arguments=part.args)
        yield self._item_event("done", item)

    def picture(self, part: Picture) -> Iterator[Frame]:
        yield from self._end_message()
        item = self._begin("image_generation_call", result=None)
        yield self._item_event("added", item)
        item["result"] = part.base64
        item["output_format"] = part.mime_type.partition("/")[2]
        yield self._item_event("done", item)

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        yield from self._end_message()
        fields = RESPONSES_ITEMS[part.kind](part)
        item = self._begin(fields["type"])
        yield self._item_event("added", item)
        item.update(fields)
        yield self._item_event("done", item)

    def closing(self) -> Iterator[Frame]:
        yield from self._end_message()
        status = self._status()
        yield self._event(f"response.{status}", response=self.response(status))

    # --- a whole answer

    def body(self) -> dict[str, Any]:
        for _ in self.frames():
            pass
        return self.response(self._status())

    # --- parts of both

    @property
    def _index(self) -> int:
        return len(self._items) - 1

    def _begin(self, kind: str, **fields: Any) -> dict[str, Any]:
        number = len(self._items)
        item = {
            "id": f"{_ID_PREFIXES.get(kind, 'st')}_{number:04}",
            "type": kind,
            "status": "in_progress",
            **fields,
        }
        self._items.append(item)
        return item

    def _end_message(self) -> Iterator[Frame]:
        item, self._open = self._open, None
        if item is not None:
            text = item["content"][0]["text"]
            yield self._part_event("response.output_text.done", text=text)
            yield self._item_event("done", item)

    def _item_event(self, what: str, item: dict[str, Any]) -> dict[str, Any]:
        if what == "done":
            item["status"] = "completed"
        copied = {**item, "content": list(item["content"])} if "content" in item else dict(item)
        kind = f"response.output_item.{what}"
        return self._event(kind, output_index=self._index, item=copied)

    def _part_event(self, kind: str, **fields: Any) -> dict[str, Any]:
        place = {
            "item_id": self._items[-1]["id"],
            "output_index": self._index,
            "content_index": 0,
        }
        return self._event(kind, **place, **fields)

    def _event(self, kind: str, **fields: Any) -> dict[str, Any]:
        self._number += 1
        return {"type": kind, "sequence_number": self._number - 1, **fields}

    def _status(self) -> str:
        return "incomplete" if self.reply.finish in _INCOMPLETE else "completed"

    def response(self, status: str) -> dict[str, Any]:
        """The response object in one of its states."""
        reply = self.reply
        is_over = status != "in_progress"
        reason = _INCOMPLETE.get(reply.finish)
        return {
            "id": reply.id,
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if is_over and reason else None,
            "model": reply.model,
            "output": list(self._items) if is_over else [],
            "usage": _usage(reply.tokens) if is_over and reply.tokens is not None else None,
        }


class ResponsesSimulator(Simulator):
    """``POST …/responses``."""

    paths: ClassVar[tuple[str, ...]] = (r"/responses$",)
    token_count = (r"/responses/input_tokens$", "input_tokens")
    keeps_files = FILES
    api = "responses"
    rulebook = COMPATIBLE_RESPONSES
    server_tools = frozenset(RESPONSES_ITEMS)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "streamed_arguments", "raw_arguments"),
            *("structured_output", "reasoning", "sealed_reasoning", "reasoning_tokens"),
            *("cached_tokens", "refusal", "citations"),
        }
    )
    event_key = "type"

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        return responses_messages(body)

    def writer(self, reply: Reply) -> AnswerWriter:
        return _ResponsesWriter(reply)

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        return CompletionsSimulator().error(error_reply)

    def error_in_stream(self, error_reply: ErrorReply) -> dict[str, Any] | None:
        code = _IN_STREAM.get(error_reply.kind)
        if code is None:
            return None
        return {"type": "error", "code": code, "message": error_reply.message, "param": None}

    def error_in_body(self, error_reply: ErrorReply) -> dict[str, Any]:
        """A response that failed."""
        error = {"code": _IN_STREAM[error_reply.kind], "message": error_reply.message}
        failed = _ResponsesWriter(Reply(tokens=None)).response("failed")
        return {**failed, "error": error}


def _annotation(source: Any, text: str, offset: int) -> dict[str, Any]:
    start = offset + text.index(source.words)
    return {
        "type": "url_citation",
        "url": source.url,
        "title": source.title,
        "start_index": start,
        "end_index": start + len(source.words),
    }


def _usage(tokens: Tokens) -> dict[str, Any]:
    return {
        "input_tokens": tokens.input,
        "input_tokens_details": {"cached_tokens": tokens.cached},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
    }
