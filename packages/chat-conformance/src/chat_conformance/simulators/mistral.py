"""The simulator of Mistral: Chat Completions with thinking parts and Mistral's own error bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from ..http_answers import Frame
from ..rulebooks import MISTRAL
from ..script import ErrorReply, Reasoning, Reply, Text, pieces
from .completions import CompletionsSimulator, CompletionsWriter
from .simulator import AnswerWriter

__all__ = ["MistralSimulator"]

_CODES: dict[str, tuple[str, str]] = {
    "authentication": ("authentication_error", "1000"),
    "permission": ("tier_not_allowed", "1200"),
    "not_found": ("invalid_model", "1500"),
    "invalid_request": ("invalid_request_message_order", "3230"),
    "unprocessable": ("invalid_request_error", "3000"),
    "context_length": ("invalid_request_prompt", "3051"),
    "rate_limit": ("rate_limited", "1300"),
    "quota": ("rate_limited", "1300"),
    "server_error": ("internal_server_error", "3000"),
    "unavailable": ("unreachable_backend", "3100"),
    "overloaded": ("unreachable_backend", "3100"),
}
"""Type and code of each kind of error."""

_TOO_LONG = "The prompt is too large for model: it exceeds the maximum context length."


class _MistralWriter(CompletionsWriter):
    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self.chunk({"content": [_thinking(piece)]})

    def message(self) -> dict[str, Any]:
        message = super().message()
        message.pop("reasoning_content", None)
        parts = self.reply.parts
        if any(isinstance(part, Reasoning) for part in parts):
            message["content"] = [
                _thinking(part.text)
                if isinstance(part, Reasoning)
                else {"type": "text", "text": part.text}
                for part in parts
                if isinstance(part, Reasoning | Text)
            ]
        return message


class MistralSimulator(CompletionsSimulator):
    """``POST /v1/chat/completions`` at Mistral."""

    rulebook = MISTRAL
    offers: ClassVar[frozenset[str]] = CompletionsSimulator.offers - {"refusal", "citations"}
    error_kinds: ClassVar[frozenset[str]] = frozenset(_CODES)
    request_id_header = "mistral-correlation-id"

    def writer(self, reply: Reply) -> AnswerWriter:
        return _MistralWriter(reply)

    def headers(self, error_reply: ErrorReply) -> dict[str, str]:
        """A spent quota is distinguished only by the header of remaining tokens."""
        quota = {"x-ratelimit-remaining-tokens-month": "0"} if error_reply.kind == "quota" else {}
        return {**super().headers(error_reply), **quota}

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        kind, code = _CODES[error_reply.kind]
        message = error_reply.message
        if error_reply.kind == "context_length":
            message = f"{_TOO_LONG} {message}"  # its code alone does not tell
        return {
            "object": "error",
            "message": message,
            "type": kind,
            "param": None,
            "code": code,
            "raw_status_code": error_reply.status,
        }


def _thinking(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
