"""The voice of Chat Completions: OpenAI's first wire, which half of all servers speak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from ..http_answers import Frame
from ..script import Call, Declined, Said, Text, Thought, Tokens, Trouble, is_step, pieces
from .simulator import Speaker, Voice

__all__ = ["CompletionsSpeaker", "CompletionsVoice"]

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
"""Type and code of each trouble, as OpenAI's error guide has them."""

_FINISH = {"refusal": "stop"}


class CompletionsSpeaker(Speaker):
    """Says one answer; the role comes first, usage last, then ``[DONE]``."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self._calls = 0

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """One object of the stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._envelope("chat.completion.chunk"), "choices": [choice]}

    def opening(self) -> Iterator[Frame]:
        yield self.chunk({"role": "assistant", "content": ""})

    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield self.chunk({"content": piece})
        if part.cited:
            yield self.chunk({"annotations": url_citations(part, self.text_before(part))})

    def thought(self, part: Thought) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield self.chunk({"reasoning_content": piece})

    def declined(self, part: Declined) -> Iterator[Frame]:
        for piece in pieces(part.text, self.said.piece):
            yield self.chunk({"refusal": piece})

    def call(self, part: Call) -> Iterator[Frame]:
        index = self._calls
        self._calls += 1
        head = {"index": index, **_call(part, args="")}
        yield self.chunk({"tool_calls": [head]})
        for piece in pieces(part.args, self.said.piece):
            yield self.chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def closing(self) -> Iterator[Frame]:
        yield self.chunk({}, self._finish())
        if self.said.tokens is not None:
            envelope = self._envelope("chat.completion.chunk")
            yield {**envelope, "choices": [], "usage": usage(self.said.tokens)}
        yield "[DONE]"

    def reply(self) -> dict[str, Any]:
        choice = {"index": 0, "message": self.message(), "finish_reason": self._finish()}
        reply = {**self._envelope("chat.completion"), "choices": [choice]}
        if self.said.tokens is not None:
            reply["usage"] = usage(self.said.tokens)
        return reply

    def message(self) -> dict[str, Any]:
        """The whole message of the assistant."""
        message: dict[str, Any] = {"role": "assistant", "content": self.said.text or None}
        for part in self.said.parts:
            match part:
                case Text(_, cited) if cited:
                    found = message.setdefault("annotations", [])
                    found += url_citations(part, self.text_before(part))
                case Thought(text):
                    message["reasoning_content"] = message.get("reasoning_content", "") + text
                case Declined(text):
                    message["refusal"] = message.get("refusal", "") + text
                case Call():
                    message.setdefault("tool_calls", []).append(_call(part, args=part.args))
        return message

    def text_before(self, part: Text) -> int:
        """How many characters of text come before ``part``."""
        before = 0
        for earlier in self.said.parts:
            if earlier is part:
                break
            if not is_step(earlier) and isinstance(earlier, Text):
                before += len(earlier.text)
        return before

    def _envelope(self, kind: str) -> dict[str, Any]:
        said = self.said
        return {"id": said.id, "object": kind, "created": CREATED, "model": said.model}

    def _finish(self) -> str:
        return _FINISH.get(self.said.finish, self.said.finish)


class CompletionsVoice(Voice):
    """``POST …/chat/completions``."""

    doors: ClassVar[tuple[str, ...]] = (r"/chat/completions$",)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "streamed_arguments", "raw_arguments"),
            *("structured_output", "reasoning", "reasoning_tokens", "cached_tokens"),
            *("refusal", "citations", "stop_sequences"),
        }
    )

    def speaker(self, said: Said) -> Speaker:
        return CompletionsSpeaker(said)

    def error(self, trouble: Trouble) -> dict[str, Any]:
        kind, code = _CODES[trouble.kind]
        error = {"message": trouble.message, "type": kind, "param": None, "code": code}
        return {"error": error}


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


def _call(part: Call, *, args: str) -> dict[str, Any]:
    function = {"name": part.name, "arguments": args}
    return {"id": part.id, "type": "function", "function": function}
