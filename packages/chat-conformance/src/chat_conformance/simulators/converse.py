"""The simulator of Converse, Amazon Bedrock's wire: binary frames, each named by its event."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core.provider import encode_binary_message

from ..frame_formats import BinaryFrames, FrameFormat, as_json
from ..http_answers import Frame
from ..received_messages import converse_messages
from ..rulebooks import CONVERSE
from ..script import STATUSES, Call, ErrorReply, Reasoning, Reply, ServerToolRun, Text, pieces
from .server_tools import CONVERSE_BLOCKS
from .simulator import AnswerWriter, Simulator

if TYPE_CHECKING:
    from chat_core import Message

    from ..wire_connection import Request

__all__ = ["ConverseSimulator"]

_EXCEPTIONS = {
    "authentication": "UnrecognizedClientException",
    "permission": "AccessDeniedException",
    "not_found": "ResourceNotFoundException",
    "invalid_request": "ValidationException",
    "context_length": "ValidationException",
    "content_filter": "ValidationException",
    "rate_limit": "ThrottlingException",
    "quota": "ThrottlingException",
    "server_error": "InternalServerException",
    "unavailable": "ServiceUnavailableException",
    "overloaded": "ModelNotReadyException",
}
_PROSE = {
    "context_length": "Input is too long for requested model. ",
    "content_filter": "Output blocked by content filtering policy. ",
    "quota": "Too many tokens per day, please wait before trying again. ",
}
"""Errors that only the message distinguishes."""

_STATUSES = {"authentication": 403, "overloaded": 429}
_IN_STREAM = {
    "invalid_request": "validationException",
    "rate_limit": "throttlingException",
    "server_error": "internalServerException",
    "unavailable": "serviceUnavailableException",
    "overloaded": "serviceUnavailableException",
}
"""The exceptions of the event stream in the service's model."""

_STOP = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "guardrail_intervened",
}


@dataclass(frozen=True)
class ConverseFrames(BinaryFrames):
    """``{"messageStop": {…}}`` as a message with the event's name and its object."""

    def event(self, wire: Mapping[str, Any]) -> bytes:
        name, *added = wire or [""]
        body = wire.get(name)
        if not isinstance(body, Mapping):
            return super().event(wire)  # a damaged one
        headers = {
            ":event-type": name,
            ":content-type": "application/json",
            ":message-type": "event",
        }
        fields = {**body, **{key: wire[key] for key in added}}
        return encode_binary_message(headers, as_json(fields))


class _ConverseWriter(AnswerWriter):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self._index = -1
        self._in_text = False

    def opening(self) -> Iterator[Frame]:
        yield {"messageStart": {"role": "assistant", "p": "abcd"}}

    def text(self, part: Text) -> Iterator[Frame]:
        if not self._in_text:
            self._in_text = True
            self._index += 1
        for piece in pieces(part.text, self.reply.piece):
            yield self._delta({"text": piece})
        for citation in _citations(part):
            yield self._delta({"citation": citation})

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        yield from self._end_text()
        self._index += 1
        for piece in pieces(part.text, self.reply.piece):
            yield self._delta({"reasoningContent": {"text": piece}})
        if part.seal is not None:
            yield self._delta({"reasoningContent": {"signature": part.seal}})
        yield self._stop()

    def call(self, part: Call) -> Iterator[Frame]:
        yield from self._end_text()
        self._index += 1
        start = {"toolUse": {"toolUseId": part.id, "name": part.name}}
        yield {"contentBlockStart": {"start": start, "contentBlockIndex": self._index}}
        for piece in pieces(part.args, self.reply.piece):
            yield self._delta({"toolUse": {"input": piece}})
        yield self._stop()

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        yield from self._end_text()
        call, result = CONVERSE_BLOCKS[part.kind](part)
        for kind, block, field in (("toolUse", call, "input"), ("toolResult", result, "content")):
            self._index += 1
            value = block[kind][field]
            start = {kind: {name: fact for name, fact in block[kind].items() if name != field}}
            yield {"contentBlockStart": {"start": start, "contentBlockIndex": self._index}}
            given = {"input": json.dumps(value)} if kind == "toolUse" else value
            yield self._delta({kind: given})
            yield self._stop()

    def closing(self) -> Iterator[Frame]:
        yield from self._end_text()
        yield {"messageStop": {"stopReason": _STOP[self.reply.finish]}}
        metadata: dict[str, Any] = {"metrics": {"latencyMs": 12}}
        if self.reply.tokens is not None:
            metadata["usage"] = self._usage()
        yield {"metadata": metadata}

    def body(self) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        for part in self.reply.parts:
            match part:
                case Text():
                    _add_text(content, part)
                case Reasoning(text, seal):
                    signed = {"signature": seal} if seal is not None else {}
                    inner = {"text": text, **signed}
                    content.append({"reasoningContent": {"reasoningText": inner}})
                case Call():
                    content.append({"toolUse": _tool_use(part)})
                case ServerToolRun():
                    content += CONVERSE_BLOCKS[part.kind](part)
        body: dict[str, Any] = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _STOP[self.reply.finish],
            "metrics": {"latencyMs": 12},
        }
        return {**body, "usage": self._usage()} if self.reply.tokens is not None else body

    # --- parts of both

    def _usage(self) -> dict[str, Any]:
        tokens = self.reply.tokens
        assert tokens is not None
        usage = {
            # This vendor counts what was read from a cache apart.
            "inputTokens": tokens.input - (tokens.cached or 0),
            "outputTokens": tokens.output,
            "totalTokens": tokens.input + tokens.output,
        }
        return usage if tokens.cached is None else {**usage, "cacheReadInputTokens": tokens.cached}

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"contentBlockDelta": {"delta": delta, "contentBlockIndex": self._index}}

    def _stop(self) -> dict[str, Any]:
        return {"contentBlockStop": {"contentBlockIndex": self._index}}

    def _end_text(self) -> Iterator[Frame]:
        if self._in_text:
            self._in_text = False
            yield self._stop()


class ConverseSimulator(Simulator):
    """``POST /model/{modelId}/converse`` and ``…/converse-stream``."""

    paths: ClassVar[tuple[str, ...]] = (r"/model/[^/]+/converse(-stream)?$",)
    token_count = (r"/model/[^/]+/count-tokens$", "inputTokens")
    api = "converse"
    rulebook = CONVERSE
    server_tools = frozenset(CONVERSE_BLOCKS)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "streamed_arguments", "raw_arguments"),
            *("structured_output", "native_schema", "reasoning", "sealed_reasoning"),
            *("cached_tokens", "citations", "stop_sequences", "token_counting"),
        }
    )
    lacks: ClassVar[frozenset[str]] = frozenset({"answer_id", "model_name", "error_code"})
    error_kinds: ClassVar[frozenset[str]] = frozenset(_EXCEPTIONS)
    stream_error_kinds: ClassVar[frozenset[str] | None] = frozenset(_IN_STREAM)
    request_id_header = "x-amzn-requestid"

    @property
    def format(self) -> FrameFormat:
        return ConverseFrames()

    def wants_stream(self, request: Request) -> bool:
        return request.path.endswith("-stream")

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        return converse_messages(body)

    def writer(self, reply: Reply) -> AnswerWriter:
        return _ConverseWriter(reply)

    def status(self, error_reply: ErrorReply) -> int:
        return _STATUSES.get(error_reply.kind, STATUSES[error_reply.kind])

    def headers(self, error_reply: ErrorReply) -> dict[str, str]:
        name = f"{_EXCEPTIONS[error_reply.kind]}:http://internal.amazon.com/coral/"
        return {**super().headers(error_reply), "x-amzn-errortype": name}

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        return {"message": _PROSE.get(error_reply.kind, "") + error_reply.message}

    def error_in_stream(self, error_reply: ErrorReply) -> bytes | None:
        name = _IN_STREAM.get(error_reply.kind)
        if name is None:
            return None
        headers = {
            ":exception-type": name,
            ":content-type": "application/json",
            ":message-type": "exception",
        }
        return encode_binary_message(headers, as_json(self.error(error_reply)))

    def error_in_body(self, error_reply: ErrorReply) -> dict[str, Any]:
        name = f"com.amazon.coral.service#{_EXCEPTIONS[error_reply.kind]}"
        return {"__type": name, **self.error(error_reply)}


def _add_text(content: list[dict[str, Any]], part: Text) -> None:
    cited = _citations(part)
    if cited:
        value = {"content": [{"text": part.text}], "citations": cited}
        content.append({"citationsContent": value})
    elif content and "text" in content[-1]:
        content[-1]["text"] += part.text
    else:
        content.append({"text": part.text})


def _citations(part: Text) -> list[dict[str, Any]]:
    return [
        {
            "title": source.title,
            "sourceContent": [{"text": source.words}],
            "location": {"web": {"url": source.url, "domain": source.url.split("/")[2]}},
        }
        for source in part.cited
    ]


def _tool_use(part: Call) -> dict[str, Any]:
    try:
        given = json.loads(part.args or "{}")
    except ValueError:
        given = part.args  # what a whole answer holds when the model wrote no JSON
    return {"toolUseId": part.id, "name": part.name, "input": given}
