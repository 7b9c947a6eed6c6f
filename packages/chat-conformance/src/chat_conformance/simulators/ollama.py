"""The simulator of Ollama's own chat API: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..frame_formats import NDJSON, FrameFormat
from ..http_answers import Answer, Frame, json_answer
from ..received_messages import ollama_messages
from ..rulebooks import OLLAMA
from ..script import Call, ErrorReply, Reasoning, Reply, Text, pieces
from ..wire_connection import Request
from .completions import token, tokens
from .simulator import AnswerWriter, Simulator

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["OllamaSimulator"]

_CREATED = "2025-06-15T12:00:00.123456789Z"

_MESSAGES = {
    "context_length": "the input length exceeds the context length",
    "quota": "you have reached your weekly usage limit",
    "overloaded": "server busy, please try again",
}
"""What the server writes of errors that nothing but its words tell apart."""


_INSTALLED: dict[str, Any] = {
    "name": "qwen3:latest",
    "model": "qwen3:latest",
    "modified_at": "2025-06-01T08:00:00.5+02:00",
    "size": 5_225_388_164,
    "digest": "500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41",
    "details": {
        "format": "gguf",
        "family": "qwen3",
        "families": ["qwen3"],
        "parameter_size": "8.2B",
        "quantization_level": "Q4_K_M",
    },
}
"""A model on the server."""


class _OllamaWriter(AnswerWriter):
    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            logprob = part.logprob
            facts = {} if logprob is None else {"logprobs": [token(piece, logprob)]}
            yield self._object({"content": piece}, **facts)

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self._object({"content": "", "thinking": piece})

    def call(self, part: Call) -> Iterator[Frame]:
        yield self._object({"content": "", "tool_calls": [_call(part)]})

    def closing(self) -> Iterator[Frame]:
        yield self._object({"content": ""}, **self._ending())

    def body(self) -> dict[str, Any]:
        parts = self.reply.parts
        message: dict[str, Any] = {"content": self.reply.text}
        if thinking := "".join(part.text for part in parts if isinstance(part, Reasoning)):
            message["thinking"] = thinking
        if calls := [_call(part) for part in parts if isinstance(part, Call)]:
            message["tool_calls"] = calls
        facts = {"logprobs": found} if (found := tokens(self.reply)) else {}
        return self._object(message, **facts, **self._ending())

    def _object(self, message: dict[str, Any], **facts: Any) -> dict[str, Any]:
        return {
            "model": self.reply.model,
            "created_at": _CREATED,
            "message": {"role": "assistant", **message},
            "done": False,
            **facts,
        }

    def _ending(self) -> dict[str, Any]:
        reason = "length" if self.reply.finish == "length" else "stop"
        facts: dict[str, Any] = {"done": True, "done_reason": reason, "total_duration": 5_000_000}
        if self.reply.tokens is not None:
            facts["prompt_eval_count"] = self.reply.tokens.input
            facts["eval_count"] = self.reply.tokens.output
        return facts


class OllamaSimulator(Simulator):
    """``POST …/api/chat``, and ``GET …/api/tags``, which lists one model."""

    paths: ClassVar[tuple[str, ...]] = (r"/api/chat$", r"/api/tags$")
    listed_model = _INSTALLED["name"]
    api = "ollama-chat"
    rulebook = OLLAMA
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "structured_output", "reasoning"),
            "stop_sequences",
        }
    )
    lacks: ClassVar[frozenset[str]] = frozenset(
        {"answer_id", "content_filter", "error_code", "tool_choice"}
    )
    error_kinds: ClassVar[frozenset[str]] = frozenset(
        {
            *("authentication", "permission", "not_found", "invalid_request", "context_length"),
            *("rate_limit", "quota", "server_error", "unavailable", "overloaded"),
        }
    )
    stream_error_kinds: ClassVar[frozenset[str] | None] = frozenset(
        {"context_length", "server_error", "overloaded"}
    )
    request_id_header = None

    @property
    def format(self) -> FrameFormat:
        return NDJSON()

    def unscripted(self, request: Request) -> Answer | None:
        is_list = request.path.endswith("/api/tags")
        return json_answer({"models": [_INSTALLED]}) if is_list else None

    def wants_stream(self, request: Request) -> bool:
        """A stream is what the server sends unless ``stream`` is false."""
        return request.json.get("stream") is not False

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        return ollama_messages(body)

    def writer(self, reply: Reply) -> AnswerWriter:
        return _OllamaWriter(reply)

    def status(self, error_reply: ErrorReply) -> int:
        return 503 if error_reply.kind == "overloaded" else error_reply.status

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        words = _MESSAGES.get(error_reply.kind)
        return {"error": f"{words}: {error_reply.message}" if words else error_reply.message}


def _call(part: Call) -> dict[str, Any]:
    """A call with its arguments as an object; as text, as some servers send it, if it is none."""
    try:
        arguments = json.loads(part.args or "{}")
    except ValueError:
        arguments = part.args
    return {"id": part.id, "function": {"name": part.name, "arguments": arguments}}
