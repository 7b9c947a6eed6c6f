"""The simulator of generateContent, the wire of the Gemini API and Vertex AI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core.provider import MISSING, PartialJSON

from ..http_answers import Answer, Frame, json_answer
from ..received_messages import gemini_messages
from ..rulebooks import GEMINI
from ..script import (
    MODEL_NAME,
    Call,
    ErrorReply,
    Picture,
    Reasoning,
    Reply,
    ServerToolRun,
    Sound,
    Text,
    Tokens,
    pieces,
)
from ..wire_connection import Request
from .server_tools import GEMINI_PARTS
from .simulator import AnswerWriter, Simulator

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["GeminiSimulator", "VertexSimulator"]

_STATUSES: dict[str, tuple[int, str]] = {
    "authentication": (400, "INVALID_ARGUMENT"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "invalid_request": (400, "INVALID_ARGUMENT"),
    "unprocessable": (400, "FAILED_PRECONDITION"),
    "context_length": (400, "INVALID_ARGUMENT"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "quota": (429, "RESOURCE_EXHAUSTED"),
    "server_error": (500, "INTERNAL"),
    "unavailable": (503, "UNAVAILABLE"),
    "overloaded": (503, "UNAVAILABLE"),
    "content_filter": (200, "PROHIBITED_CONTENT"),
}
"""HTTP status and status name of each kind of error; a blocked prompt has status 200."""

_TOO_LONG = "The input token count (9) exceeds the maximum number of tokens allowed (8). "

_FINISH = {
    "stop": "STOP",
    "tool_calls": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "refusal": "PROHIBITED_CONTENT",
}


_LIST = r"/v1(alpha|beta)\w*/models$"
"""The path of the list of models."""

_MODEL: dict[str, Any] = {
    "name": f"models/{MODEL_NAME}",
    "displayName": "Model that answered",
    "inputTokenLimit": 1_048_576,
    "supportedGenerationMethods": ["generateContent", "countTokens"],
}
"""A model of the list."""


class _GeminiWriter(AnswerWriter):
    def text(self, part: Text) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            frame = self._object([{"text": piece}])
            if part.logprob is not None:
                frame["candidates"][0]["logprobsResult"] = _logprobs([(piece, part.logprob)])
            yield frame

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self._object([{"text": piece, "thought": True}])
        if part.seal is not None:
            yield self._object([{"text": "", "thoughtSignature": part.seal}])

    def call(self, part: Call) -> Iterator[Frame]:
        yield self._object(_call_parts(part))

    def picture(self, part: Picture) -> Iterator[Frame]:
        yield self._object([_inline(part.mime_type, part.base64)])

    def sound(self, part: Sound) -> Iterator[Frame]:
        for piece in pieces(part.base64, self.reply.piece):
            yield self._object([_inline(part.mime_type, piece)])

    def server_tool(self, part: ServerToolRun) -> Iterator[Frame]:
        for wire in GEMINI_PARTS[part.kind](part):
            yield self._object([wire])

    def closing(self) -> Iterator[Frame]:
        end = self._object([{"text": ""}], finish=True)
        if grounding := _grounding(self.reply):
            end["candidates"][0]["groundingMetadata"] = grounding
        yield end

    def body(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        for part in self.reply.parts:
            match part:
                case Text(text) if found and found[-1].keys() == {"text"}:
                    found[-1]["text"] += text
                case Text(text):
                    found.append({"text": text})
                case Reasoning(text, seal):
                    found.append({"text": text, "thought": True})
                    if seal is not None:
                        found.append({"text": "", "thoughtSignature": seal})
                case Picture(data, mime_type) | Sound(data, mime_type):
                    found.append(_inline(mime_type, data))
                case Call():
                    found += _call_parts(part)
                case ServerToolRun():
                    found += GEMINI_PARTS[part.kind](part)
        whole = self._object(found, finish=True)
        texts = [part for part in self.reply.parts if isinstance(part, Text)]
        if tokens := [
            (piece, part.logprob)
            for part in texts
            if part.logprob is not None
            for piece in pieces(part.text, self.reply.piece)
        ]:
            whole["candidates"][0]["logprobsResult"] = _logprobs(tokens)
        if grounding := _grounding(self.reply):
            whole["candidates"][0]["groundingMetadata"] = grounding
        return whole

    def _object(self, found: list[dict[str, Any]], *, finish: bool = False) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": found}, "index": 0}
        if finish:
            candidate["finishReason"] = _FINISH[self.reply.finish]
        wire: dict[str, Any] = {"candidates": [candidate]}
        if self.reply.tokens is not None:
            wire["usageMetadata"] = _usage(self.reply.tokens)
        return {**wire, "modelVersion": self.reply.model, "responseId": self.reply.id}


class GeminiSimulator(Simulator):
    """``POST …/models/M:streamGenerateContent``, ``:generateContent`` and ``GET …/models``."""

    paths: ClassVar[tuple[str, ...]] = (r":(streamG|g)enerateContent$", _LIST)
    token_count = (r":countTokens$", "totalTokens")
    keeps_files = r"(/upload/v1(alpha|beta)\w*/files|/v1(alpha|beta)\w*/files/[^/]+)$"
    kept_file = "files/kept-7"
    lacks: ClassVar[frozenset[str]] = frozenset({"transcript"})
    candidates_in = "candidates"
    api = "generate-content"
    rulebook = GEMINI
    server_tools = frozenset(GEMINI_PARTS)
    offers: ClassVar[frozenset[str]] = frozenset(
        {
            *("streaming", "tools", "parallel_calls", "structured_output", "reasoning"),
            *("sealed_reasoning", "reasoning_tokens", "cached_tokens", "citations"),
            *("stop_sequences", "token_counting"),
        }
    )
    line_end = "\r\n"
    request_id_header = None

    def unscripted(self, request: Request) -> Answer | None:
        if re.search(_LIST, request.path):
            return json_answer({"models": [_MODEL]})
        return super().unscripted(request)

    def file_answer(self, request: Request) -> Answer:
        """An upload is begun, which names an address; then the file arrives there."""
        if request.headers.get("x-goog-upload-command") == "start":
            address = f"https://generativelanguage.googleapis.com{request.path}"
            return json_answer({}, headers={"x-goog-upload-url": address})
        file = {"name": self.kept_file, "state": "ACTIVE"}
        return json_answer({} if request.method == "DELETE" else {"file": file})

    def wants_stream(self, request: Request) -> bool:
        return "stream" in request.path

    def read_messages(self, body: Mapping[str, Any]) -> list[Message]:
        return gemini_messages(body)

    def writer(self, reply: Reply) -> AnswerWriter:
        return _GeminiWriter(reply)

    def status(self, error_reply: ErrorReply) -> int:
        return _STATUSES[error_reply.kind][0]

    def headers(self, error_reply: ErrorReply) -> dict[str, str]:
        return {}  # how long to wait stands in the body

    def error(self, error_reply: ErrorReply) -> dict[str, Any]:
        status, name = _STATUSES[error_reply.kind]
        message = error_reply.message
        details: list[dict[str, Any]] = []
        if error_reply.kind == "context_length":
            message = _TOO_LONG + message
        if error_reply.kind == "authentication":
            details.append(_detail("ErrorInfo", reason="API_KEY_INVALID"))
        if error_reply.kind == "quota":
            violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}
            details.append(_detail("QuotaFailure", violations=[violation]))
        if error_reply.retry_after is not None:
            details.append(_detail("RetryInfo", retryDelay=f"{error_reply.retry_after:g}s"))
        error = {"code": status, "message": message, "status": name, "details": details}
        return {"error": error}

    def error_answer(self, error_reply: ErrorReply, request: Request) -> Answer:
        if error_reply.kind != "content_filter":
            return super().error_answer(error_reply, request)
        feedback = {
            "blockReason": _STATUSES[error_reply.kind][1],
            "blockReasonMessage": error_reply.message,
        }
        blocked = {"promptFeedback": feedback}
        if self.wants_stream(request):
            return self.streamed(blocked)
        return json_answer(blocked)


class VertexSimulator(GeminiSimulator):
    """generateContent on Vertex AI, whose answers show no call of a tool but code."""

    server_tools = frozenset({"code_execution"})


def _call_parts(part: Call) -> list[dict[str, Any]]:
    """A call with its arguments as an object; with those that are no JSON, as far as they go."""
    try:
        args = json.loads(part.args or "{}")
    except ValueError:
        partial = _partial_args(part.args)
        call = {"name": part.name, "id": part.id, "partialArgs": partial, "willContinue": True}
        return [{"functionCall": call}]
    return [{"functionCall": {"name": part.name, "args": args, "id": part.id}}]


def _inline(mime_type: str, data: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime_type, "data": data}}


def _partial_args(text: str) -> list[dict[str, Any]]:
    reader = PartialJSON()
    reader.feed(text)
    value = reader.value()
    found = {} if value is MISSING or not isinstance(value, dict) else value
    return [
        {"jsonPath": f"$.{name}", "stringValue": str(value), "willContinue": True}
        for name, value in found.items()
    ]


def _grounding(reply: Reply) -> dict[str, Any]:
    """Sources of all texts; places are counted in bytes of UTF-8, as this vendor does."""
    texts = [part for part in reply.parts if isinstance(part, Text)]
    whole = "".join(part.text for part in texts)
    sources = [source for part in texts for source in part.cited]
    if not sources:
        return {}
    supports = []
    for number, source in enumerate(sources):
        start = len(whole[: whole.index(source.words)].encode())
        segment = {
            "startIndex": start,
            "endIndex": start + len(source.words.encode()),
            "text": source.words,
        }
        supports.append({"segment": segment, "groundingChunkIndices": [number]})
    chunks = [{"web": {"uri": source.url, "title": source.title}} for source in sources]
    return {"groundingChunks": chunks, "groundingSupports": supports}


def _logprobs(tokens: list[tuple[str, float]]) -> dict[str, Any]:
    """Tokens with their log probabilities; the likeliest ones at each place are itself alone."""
    chosen = [{"token": token, "logProbability": logprob} for token, logprob in tokens]
    return {"chosenCandidates": chosen, "topCandidates": [{"candidates": [c]} for c in chosen]}


def _usage(tokens: Tokens) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "promptTokenCount": tokens.input,
        # This vendor counts thoughts apart.
        "candidatesTokenCount": tokens.output - (tokens.reasoning or 0),
        "totalTokenCount": tokens.input + tokens.output,
    }
    if tokens.cached is not None:
        usage["cachedContentTokenCount"] = tokens.cached
    if tokens.reasoning is not None:
        usage["thoughtsTokenCount"] = tokens.reasoning
    return usage


def _detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}
