"""A wire of our own, small and complete, that the kit's broken models are broken versions of.

A stream's objects, which a whole answer lists under ``reply``:

    {"id", "model"}   {"text"}   {"think"}   {"seal"}   {"no"}   {"call": n, "name", "id"}
    {"picture": data, "kind"}   {"sound": piece, "kind"}   {"sound": "", "words"}
    {"ran": name, "id", "gave": result}
    {"call": n, "args": piece}   {"source": {…}}   {"used": {…}}   {"end": word}

An object of several candidates is ``{"each": [object, …]}``, each with its ``index``.
Only ``end`` proves that an answer is whole. An error is ``{"error": {"word", "text"}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import (
    AIMessage,
    AIMessageChunk,
    APIError,
    AudioBlock,
    AuthenticationError,
    Block,
    Citation,
    ContentFilterError,
    ContextLengthExceededError,
    ImageBlock,
    InputTokenDetails,
    InvalidParameterError,
    InvalidRequestError,
    InvalidToolCall,
    MalformedResponseError,
    Message,
    ModelNotFoundError,
    NonStandardBlock,
    OutputTokenDetails,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ReasoningBlock,
    RefusalBlock,
    ServerError,
    ServerToolCall,
    ServerToolResult,
    StreamInterruptedError,
    TextBlock,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    UsageMetadata,
    VideoBlock,
    merge_chunks,
)
from chat_core.provider import (
    CallOptions,
    Decoder,
    MediaBlock,
    TokenLogprob,
    ToolSpec,
    TopLogprob,
    class_for_status,
    parse_json,
    token_logprob,
)

PROVIDER = "plain"

FINISH = {
    "fin": "stop",
    "full": "length",
    "called": "tool_calls",
    "hushed": "content_filter",
    "declined": "refusal",
}

ERRORS: dict[str, tuple[type[APIError], int]] = {
    "authentication": (AuthenticationError, 401),
    "permission": (PermissionDeniedError, 403),
    "not_found": (ModelNotFoundError, 404),
    "invalid_request": (InvalidRequestError, 400),
    "unprocessable": (InvalidRequestError, 422),
    "context_length": (ContextLengthExceededError, 400),
    "content_filter": (ContentFilterError, 400),
    "rate_limit": (RateLimitError, 429),
    "quota": (QuotaExceededError, 429),
    "server_error": (ServerError, 500),
    "unavailable": (OverloadedError, 503),
    "overloaded": (OverloadedError, 529),
}

SETTINGS = ("temperature", "top_p", "max_tokens", "stop")


# --- requests


class PlainEncoder:
    """Messages and settings to a request."""

    def encode(
        self,
        messages: list[Message],
        options: CallOptions,
        *,
        model: str,
        settings: Mapping[str, Any],
        model_kwargs: Mapping[str, Any],
        stream: bool,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "stream": stream, "turns": self.turns(messages)}
        body.update({name: value for name, value in settings.items() if value is not None})
        body.update(self.options(options))
        return body | dict(model_kwargs)

    def options(self, options: CallOptions) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if options.tools:
            found["tools"] = [self.tool(tool) for tool in options.tools]
        if options.tool_choice is not None:
            found["choice"] = options.tool_choice
        if options.parallel_tool_calls is not None:
            found["several"] = options.parallel_tool_calls
        if options.response_schema is not None:
            found["shape"] = options.response_schema.schema
        return found

    def tool(self, tool: ToolSpec | dict[str, Any]) -> dict[str, Any]:
        if isinstance(tool, dict):
            return tool
        return {"name": tool.name, "about": tool.description, "takes": tool.parameters}

    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        return [self.turn(message) for message in messages]

    def turn(self, message: Message) -> dict[str, Any]:
        own = not (
            isinstance(message, AIMessage)
            and message.response_metadata.get("model_provider", PROVIDER) != PROVIDER
        )
        parts = [part for block in message.blocks for part in self.parts(block, own=own)]
        turn: dict[str, Any] = {"by": message.type, "parts": parts, **message.additional_kwargs}
        if message.name:
            turn["name"] = message.name
        if isinstance(message, ToolMessage):
            turn |= {"answers": message.tool_call_id, "failed": message.status == "error"}
        return turn

    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        if isinstance(block, TextBlock | RefusalBlock):
            return [{"text": block.text, **(block.extras if own else {})}]
        if isinstance(block, ReasoningBlock):
            return [{"think": block.text, "seal": block.extras.get("seal")}] if own else []
        if isinstance(block, ToolCall):
            call = {"call": block.name, "id": block.id, "args": block.args}
            return [{**call, **(block.extras if own else {})}]
        if isinstance(block, InvalidToolCall):
            return [{"call": block.name, "id": block.id, "args": block.args}]
        if isinstance(block, NonStandardBlock):
            return [block.value] if own else []
        if isinstance(block, MediaBlock):
            return [self.media(block)]
        return []

    def media(self, block: MediaBlock) -> dict[str, Any]:
        if isinstance(block, VideoBlock):
            raise InvalidParameterError(f"{PROVIDER} takes no VideoBlock.")
        place = {"url": block.url, "data": block.base64, "file": block.file_id}
        return {"media": type(block).__name__, "mime": block.mime_type, **place}


# --- answers


class PlainDecoder(Decoder):
    """Objects of one answer to chunks."""

    def __init__(self) -> None:
        self.index = -1
        self.kind: type[Block] | None = None
        self.over = False

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        if "error" in wire:
            raise self.error(wire["error"])
        (wire,) = wire.get("each", [wire])
        blocks = self.blocks(wire)
        chunk = AIMessageChunk(blocks)
        if "model" in wire:
            chunk.id = wire["id"]
            chunk.response_metadata = self.origin(wire)
        if "sure" in wire:
            chunk.response_metadata = {"logprobs": [self.logprob(wire)]}
        if "used" in wire:
            chunk.usage_metadata = self.used(wire["used"])
        if "end" in wire:
            self.over = self.ended = True
            chunk.response_metadata = self.end(wire["end"])
        reply = blocks or chunk.id or chunk.usage_metadata or chunk.response_metadata
        return chunk if reply else None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        if not self.over:
            raise StreamInterruptedError("The stream stopped before its end.", provider=PROVIDER)
        return None

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        if "error" in wire:
            raise self.error(wire["error"])
        (wire,) = wire.get("each", [wire])
        if "data" not in wire:
            raise MalformedResponseError(
                "The answer has no parts.", wire=str(wire), provider=PROVIDER
            )
        chunks = [self.feed(part) for part in (wire, *wire["data"])]
        return merge_chunks(chunk for chunk in chunks if chunk is not None)

    # --- the parts

    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        if "text" in wire:
            return (self.text(wire["text"]),)
        if "think" in wire:
            return (ReasoningBlock(wire["think"], index=self.place(ReasoningBlock)),)
        if "seal" in wire:
            index = self.place(ReasoningBlock)
            return (ReasoningBlock("", index=index, extras={"seal": wire["seal"]}),)
        if "no" in wire:
            return (RefusalBlock(wire["no"], index=self.place(RefusalBlock)),)
        if "picture" in wire:
            return (self.picture(wire),)
        if "sound" in wire:
            return (self.sound(wire),)
        if "call" in wire:
            return (self.call(wire),)
        if "ran" in wire:
            return self.ran(wire)
        if "source" in wire:
            return (self.source(wire["source"]),)
        return ()

    def text(self, text: str) -> Block:
        return TextBlock(text, index=self.place(TextBlock))

    def picture(self, wire: dict[str, Any]) -> Block:
        index = self.place(ImageBlock)
        return ImageBlock(base64=wire["picture"], mime_type=wire["kind"], index=index)

    def sound(self, wire: dict[str, Any]) -> Block:
        index = self.place(AudioBlock)
        return AudioBlock(
            base64=wire["sound"],
            mime_type=wire["kind"],
            transcript=wire.get("words"),
            index=index,
        )

    def call(self, wire: dict[str, Any]) -> Block:
        self.kind = None
        return ToolCallChunk(wire.get("name"), wire.get("args"), wire.get("id"), wire["call"])

    def ran(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        self.kind = None
        name, call_id = wire["ran"], wire["id"]
        return ServerToolCall(name, {}, call_id), ServerToolResult(wire["gave"], call_id, name)

    def source(self, wire: dict[str, Any]) -> Block:
        citation = Citation(
            url=wire["url"], title=wire["title"], start_index=wire["start"], end_index=wire["end"]
        )
        return TextBlock("", (citation,), index=self.place(TextBlock))

    def place(self, kind: type[Block]) -> int:
        if self.kind is not kind:
            self.kind = kind
            self.index += 1
        return self.index

    def logprob(self, wire: dict[str, Any]) -> TokenLogprob:
        likeliest: TopLogprob = {"token": wire["text"], "logprob": wire["sure"], "bytes": None}
        return token_logprob(wire["text"], wire["sure"], top=[likeliest])

    def origin(self, wire: dict[str, Any]) -> dict[str, Any]:
        return {"model_name": wire["model"], "model_provider": PROVIDER}

    def used(self, wire: dict[str, Any]) -> UsageMetadata:
        return UsageMetadata(
            input_tokens=wire["in"],
            output_tokens=wire["out"],
            input_token_details=InputTokenDetails(cache_read=wire["cached"]),
            output_token_details=OutputTokenDetails(reasoning=wire["thought"]),
        )

    def end(self, word: str) -> dict[str, Any]:
        return {"finish_reason": FINISH.get(word, "other"), "raw_finish_reason": word}

    def error(self, wire: Any) -> APIError:
        if not isinstance(wire, dict) or "word" not in wire:
            return ServerError(str(wire), provider=PROVIDER, status=500)
        kind, status = ERRORS.get(wire["word"], (ServerError, 500))
        return kind(wire["text"], provider=PROVIDER, status=status, code=wire["word"])


# --- errors


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """What a refusal means."""
    try:
        error = parse_json(body)["error"]
        word, text = error["word"], error["text"]
    except (ValueError, KeyError, TypeError):
        word, text = None, body.decode("utf-8", "replace")[:200]
    kind = ERRORS[word][0] if word in ERRORS else class_for_status(status)
    after = headers.get("retry-after")
    return kind(
        text,
        provider=PROVIDER,
        status=status,
        code=word,
        request_id=headers.get("x-request-id"),
        retry_after=None if after is None else float(after),
    )
