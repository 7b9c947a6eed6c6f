"""The simulator of Messages, Anthropic's wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..http_answers import Frame
from ..received_messages import anthropic_messages
from ..rulebooks import MESSAGES
from ..script import Call, ErrorReply, Reasoning, Reply, ServerToolRun, Text, pieces
from .server_tools import MESSAGES_BLOCKS
from .simulator import FILES, AnswerWriter, Simulator

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["MessagesSimulator"]

_TYPES = {
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "invalid_request": "invalid_request_error",
    "unprocessable": "invalid_request_error",
    "context_length": "invalid_request_error",
    "content_filter": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "quota": "rate_limit_error",
    "server_error": "api_error",
    "unavailable": "api_error",
    "overloaded": "overloaded_error",
}
_PROSE = {
    "context_length": "prompt is too long: 9 tokens > 8 maximum. ",
    "content_filter": "Output blocked by content filtering policy. ",
}
"""Errors that only the message distinguishes."""

_STOP = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "refusal": "refusal",
    "content_filter": "refusal",
}


class _MessagesWriter(AnswerWriter):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._index = -1
        self._in_text = False

    def opening(self) -> Iterator[Frame]:
        message = {**self._message(), "content": [], "stop_reason": None}
        message["usage"] = self._usage(output=1 if self.reply.tokens else None)
        yield {"type": "message_start", "message": message}
        yield {"type": "ping"}

    def text(self, part: Text) -> Iterator[Frame]:
        if not self._in_text:
            self._in_text = True
            yield self._start({"type": "text", "text": ""})
        for piece in pieces(part.text, self.reply.piece):
            yield self._delta({"type": "text_delta", "text": piece})
        for citation in _citations(part):
            yield self._delta({"type": "citations_delta", "citation": citation})

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        yield from self._end_text()
        yield self._start({"type": "thinking", "thinking": "", "signature": ""})
        for piece in pieces(part.text, self.reply.piece):
            yield self._delta({"type": "thinking_delta", "thinking": piece})
        if part.seal is not None:
            yield self._delta({"type": "signature_delta", "signature": part.seal})
        yield self._stop()

    def call(self, part: Call) -> Iterator[Frame]:
        yield from self._end_text()
        yield self._start({"type": "tool_use", "id": part.id, "name": part.name, "input": {}})
        yield self._delta({"type": "input_json_delta", "partial_json": ""})
        for piece in pieces(part.args, self.reply.piece):
            yield self._delta({"type": "input_json_delta", "partial_json": piece})
        yield self._stop()

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        yield from self._end_text()
        call, result = MESSAGES_BLOCKS[part.kind](part)
        yield self._start({**call, "input": {}})
        yield self._delta({"type": "input_json_delta", "partial_json": json.dumps(call["input"])})
        yield self._stop()
        yield self._start(result)
        yield self._stop()

    def closing(self) -> Iterator[Frame]:
        yield from self._end_text()
        end: dict[str, Any] = {"type": "message_delta", "delta": self._stopped()}
        if self.reply.tokens is not None:
            end["usage"] = self._usage(output=self.reply.tokens.output)
        yield end
        yield {"type": "message_stop"}

    def body(self) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        for part in self.reply.parts:
            match part:
                case Text(text) if content and content[-1]["type"] == "text":
                    content[-1]["text"] += text
                    content[-1]["citations"] += _citations(part)
                case Text(text):
                    content.append({"type": "text", "text": text, "citations": _citations(part)})
                case Reasoning(text, seal):
                    block = {"type": "thinking", "thinking": text, "signature": seal or ""}
                    content.append(block)
                case Call():
                    content.append(_tool_use(part))
                case ServerToolRun():
                    content += MESSAGES_BLOCKS[part.kind](part)
        tokens = self.reply.tokens
        usage = self._usage(output=tokens.output if tokens else None)
        return {**self._message(), "content": content, **self._stopped(), "usage": usage}

    # --- parts of both

    def _message(self) -> dict[str, Any]:
        reply = self.reply
        return {"id": reply.id, "type": "message", "role": "assistant", "model": reply.model}

    def _stopped(self) -> dict[str, Any]:
        return {"stop_reason": _STOP[self.reply.finish], "stop_sequence": None}

    def _usage(self, *, output: int | None) -> dict[str, Any] | None:
        tokens = self.reply.tokens
        if tokens is None:
            return None
        usage: dict[str, Any] = {
            # This vendor counts what was read from a cache apart.
            "input_tokens": tokens.input - (tokens.cached or 0),
            "cache_read_input_tokens": tokens.cached,
            "cache_creation_input_tokens": None,
            "output_tokens": output,
        }
        if tokens.reasoning is not None:
            usage["output_tokens_details"] = {"thinking_tokens": tokens.reasoning}
        return usage

    def _start(self, block: dict[str, Any]) -> dict[str, Any]:
        self._index += 1
        return {"type": "content_block_start", "index": self._index, "content_block": block}

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}

    def _stop(self) -> dict[str, Any]:
        return {"type": "content_block_stop", "index": self._index}

    def _end_text(self) -> Iterator[Frame]:
        if self._in_text:
            self._in_text = False
            yield self._stop()


class MessagesSimulator(Simulator):
    """``POST /v1/messages``."""

    paths: ClassVar[tuple[str, ...]] = (r"/messages$",)
    token_count = (r"/messages/count_tokens$", "input_tokens")
    keeps_files = FILES
    api = "messages"
    rulebook = MESSAGES
    server_tools = frozenset(MESSAGES_BLOCKS)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "streamed_arguments", "raw_arguments"),
            *("structured_output", "reasoning", "sealed_reasoning", "reasoning_tokens"),
            *("cached_tokens", "citations", "stop_sequences", "token_counting"),
        }
    )
    event_key = "type"
    request_id_header = "request-id"

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        return anthropic_messages(body)

    def writer(self, reply: Reply) -> AnswerWriter:
        return _MessagesWriter(reply)

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        error: dict[str, Any] = {
            "type": _TYPES[error_reply.kind],
            "message": _PROSE.get(error_reply.kind, "") + error_reply.message,
        }
        if error_reply.kind == "quota":
            error["details"] = {"error_code": "enforced_spend_limit_reached"}
        return {"type": "error", "error": error}


def _citations(part: Text) -> list[dict[str, Any]]:
    return [
        {
            "type": "web_search_result_location",
            "url": source.url,
            "title": source.title,
            "cited_text": source.words,
            "encrypted_index": "sealed",
        }
        for source in part.cited
    ]


def _tool_use(part: Call) -> dict[str, Any]:
    try:
        given = json.loads(part.args or "{}")
    except ValueError:
        given = part.args  # what a whole answer holds when the model wrote no JSON
    return {"type": "tool_use", "id": part.id, "name": part.name, "input": given}
