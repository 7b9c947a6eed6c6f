"""The simulator of Chat Completions, the wire of OpenAI and of most compatible servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from ..http_answers import Answer, Frame, json_answer
from ..rulebooks import COMPATIBLE
from ..script import (
    MODEL_NAME,
    Call,
    ErrorReply,
    Picture,
    Reasoning,
    Refusal,
    Reply,
    ServerToolRun,
    Sound,
    Text,
    Tokens,
    is_step,
    pieces,
)
from ..wire_connection import Request
from .server_tools import EXECUTED_TOOLS
from .simulator import FILES, AnswerWriter, Simulator

__all__ = ["CompletionsSimulator", "CompletionsWriter", "token", "tokens"]

AUDIO_ID = "audio_0001"
"""The id of the sound in an answer, by which it goes back."""

CREATED = 1_750_000_000

_CODES: dict[str, tuple[str, str | None]] = {
    "authentication": ("invalid_request_error", "invalid_api_key"),
    "permission": ("permission_error", None),
    "not_found": ("invalid_request_error", "model_not_found"),
    "invalid_request": ("invalid_request_error", None),
    "unprocessable": ("invalid_request_error", None),
    "context_length": ("invalid_request_error", "context_length_exceeded"),
    "content_filter": ("invalid_request_error", "content_filter"),
    "rate_limit": ("requests", "rate_limit_exceeded"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "server_error": ("server_error", None),
    "unavailable": ("service_unavailable", None),
    "overloaded": ("overloaded_error", None),
}
"""Type and code of each kind of error, as in OpenAI's error guide."""

_LIST = r"(?<!beta)(?<!alpha)/models$"
"""The path of the list of models; Gemini's has a version before it."""

_MODELS: dict[str, Any] = {
    "object": "list",
    "data": [
        {
            "id": MODEL_NAME,
            "object": "model",
            "created": CREATED,
            "owned_by": "vendor",
            "type": "model",
            "display_name": "Model that answered",
        }
    ],
    "has_more": False,
    "first_id": MODEL_NAME,
    "last_id": MODEL_NAME,
}
"""The list of models. Anthropic's is at the same path: its fields stand beside those of OpenAI."""

_FINISH = {"refusal": "stop"}


class CompletionsWriter(AnswerWriter):
    """Writes the role first, usage last, then ``[DONE]``."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._calls = 0
        self._runs = 0

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """One object of the stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._envelope("chat.completion.chunk"), "choices": [choice]}

    def opening(self) -> Iterator[Frame]:
        yield self.chunk({"role": "assistant", "content": ""})

    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            frame = self.chunk({"content": piece})
            if part.logprob is not None:
                frame["choices"][0]["logprobs"] = {"content": [token(piece, part.logprob)]}
            yield frame
        if part.cited:
            yield self.chunk({"annotations": url_citations(part, self.text_before(part))})

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self.chunk({"reasoning_content": piece})

    def refusal(self, part: Refusal) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self.chunk({"refusal": piece})

    def call(self, part: Call) -> Iterator[Frame]:
        index = self._calls
        self._calls += 1
        head = {"index": index, **_call(part, args="")}
        yield self.chunk({"tool_calls": [head]})
        for piece in pieces(part.args, self.reply.piece):
            yield self.chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def picture(self, part: Picture) -> Iterator[Frame]:
        yield self.chunk({"images": [_image(part)]})

    def sound(self, part: Sound) -> Iterator[Frame]:
        yield self.chunk({"audio": {"id": AUDIO_ID}})
        for piece in pieces(part.transcript, self.reply.piece):
            yield self.chunk({"audio": {"transcript": piece}})
        for piece in pieces(part.base64, self.reply.piece):
            yield self.chunk({"audio": {"data": piece}})

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        """Groq's way, the only one of this wire."""
        run = {"index": self._runs, **EXECUTED_TOOLS[part.kind](part)}
        self._runs += 1
        begun = {name: run[name] for name in ("index", "type", "arguments")}
        yield self.chunk({"executed_tools": [begun]})
        yield self.chunk({"executed_tools": [run]})

    def closing(self) -> Iterator[Frame]:
        yield self.chunk({}, self._finish())
        if self.reply.tokens is not None:
            envelope = self._envelope("chat.completion.chunk")
            yield {**envelope, "choices": [], "usage": usage(self.reply.tokens)}
        yield "[DONE]"

    def body(self) -> dict[str, Any]:
        choice = {"index": 0, "message": self.message(), "finish_reason": self._finish()}
        if found := tokens(self.reply):
            choice["logprobs"] = {"content": found}
        body = {**self._envelope("chat.completion"), "choices": [choice]}
        if self.reply.tokens is not None:
            body["usage"] = usage(self.reply.tokens)
        return body

    def message(self) -> dict[str, Any]:
        """The whole message of the assistant."""
        message: dict[str, Any] = {"role": "assistant", "content": self.reply.text or None}
        for part in self.reply.parts:
            match part:
                case Text(_, cited) if cited:
                    found = message.setdefault("annotations", [])
                    found += url_citations(part, self.text_before(part))
                case Reasoning(text):
                    message["reasoning_content"] = message.get("reasoning_content", "") + text
                case Refusal(text):
                    message["refusal"] = message.get("refusal", "") + text
                case Picture():
                    message.setdefault("images", []).append(_image(part))
                case Sound(data, _, transcript):
                    message["audio"] = {"id": AUDIO_ID, "data": data, "transcript": transcript}
                case Call():
                    message.setdefault("tool_calls", []).append(_call(part, args=part.args))
                case ServerToolRun():
                    runs = message.setdefault("executed_tools", [])
                    runs.append({"index": len(runs), **EXECUTED_TOOLS[part.kind](part)})
        return message

    def text_before(self, part: Text) -> int:
        """How many characters of text come before ``part``."""
        before = 0
        for earlier in self.reply.parts:
            if earlier is part:
                break
            if not is_step(earlier) and isinstance(earlier, Text):
                before += len(earlier.text)
        return before

    def _envelope(self, kind: str) -> dict[str, Any]:
        reply = self.reply
        return {"id": reply.id, "object": kind, "created": CREATED, "model": reply.model}

    def _finish(self) -> str:
        return _FINISH.get(self.reply.finish, self.reply.finish)


class CompletionsSimulator(Simulator):
    """``POST …/chat/completions`` and ``GET …/models``."""

    paths: ClassVar[tuple[str, ...]] = (r"/chat/completions$", _LIST)
    keeps_files = FILES
    candidates_in = "choices"
    api = "chat-completions"
    rulebook = COMPATIBLE
    server_tools = frozenset(EXECUTED_TOOLS)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "streamed_arguments", "raw_arguments"),
            *("structured_output", "reasoning", "reasoning_tokens", "cached_tokens"),
            *("refusal", "citations", "stop_sequences"),
        }
    )

    def writer(self, reply: Reply) -> AnswerWriter:
        return CompletionsWriter(reply)

    def unscripted(self, request: Request) -> Answer | None:
        if re.search(_LIST, request.path):
            return json_answer(_MODELS)
        return super().unscripted(request)

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        kind, code = _CODES[error_reply.kind]
        error = {"message": error_reply.message, "type": kind, "param": None, "code": code}
        return {"error": error}


def token(text: str, logprob: float) -> dict[str, Any]:
    """A token with its log probability; the likeliest ones at its place are itself alone."""
    facts = {"token": text, "logprob": logprob, "bytes": [*text.encode()]}
    return {**facts, "top_logprobs": [facts]}


def tokens(reply: Reply) -> list[dict[str, Any]]:
    """The tokens of all texts that have log probabilities."""
    return [
        token(piece, part.logprob)
        for part in reply.parts
        if isinstance(part, Text) and part.logprob is not None
        for piece in pieces(part.text, reply.piece)
    ]


def usage(tokens: Tokens) -> dict[str, Any]:
    """The ``usage`` object."""
    wire: dict[str, Any] = {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
    }
    if tokens.cached is not None:
        wire["prompt_tokens_details"] = {"cached_tokens": tokens.cached}
    if tokens.reasoning is not None:
        wire["completion_tokens_details"] = {"reasoning_tokens": tokens.reasoning}
    return wire


def url_citations(part: Text, offset: int) -> list[dict[str, Any]]:
    """The sources of a text, with offsets in the whole text."""
    found = []
    for source in part.cited:
        start = offset + part.text.index(source.words)
        facts = {
            "url": source.url,
            "title": source.title,
            "start_index": start,
            "end_index": start + len(source.words),
        }
        found.append({"type": "url_citation", "url_citation": facts})
    return found


def _image(part: Picture) -> dict[str, Any]:
    url = f"data:{part.mime_type};base64,{part.base64}"
    return {"type": "image_url", "image_url": {"url": url}}


def _call(part: Call, *, args: str) -> dict[str, Any]:
    function = {"name": part.name, "arguments": args}
    return {"id": part.id, "type": "function", "function": function}
