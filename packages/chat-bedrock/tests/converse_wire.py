"""Converse's wire for tests: frames of a stream, and what a decoder makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chat_bedrock import ChatBedrock
from chat_bedrock.decode import ConverseDecoder
from chat_core import AIMessage, AIMessageChunk, Message
from chat_core.provider import (
    CallOptions,
    MessageBuilder,
    StreamReader,
    decode_reply,
    encode_binary_message,
    settle,
)

__all__ = [
    "MODEL",
    "chunks_of",
    "delta",
    "encoded",
    "exception",
    "frame",
    "frames",
    "read",
    "reply",
    "start",
    "stop",
    "text",
]

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def frame(name: str, body: Any) -> bytes:
    """One event as Bedrock sends it, with its padding ``p``."""
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    padded = {**body, "p": "abcdefghijkl"} if isinstance(body, dict) else body
    return encode_binary_message(headers, json.dumps(padded).encode())


def exception(name: str, body: dict[str, Any]) -> bytes:
    """An exception that the service declares."""
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode_binary_message(headers, json.dumps(body).encode())


def delta(index: int, **value: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": value, "contentBlockIndex": index}}


def text(words: str, index: int = 0) -> dict[str, Any]:
    """A delta of text."""
    return delta(index, text=words)


def start(index: int, **value: Any) -> dict[str, Any]:
    """The start of a block."""
    return {"contentBlockStart": {"start": value, "contentBlockIndex": index}}


def stop(index: int) -> dict[str, Any]:
    """The stop of a block."""
    return {"contentBlockStop": {"contentBlockIndex": index}}


def frames(*events: dict[str, Any]) -> bytes:
    """Events ``{name: body}`` as bytes."""
    return b"".join(frame(name, body) for event in events for name, body in event.items())


def read(body: bytes, decoder: ConverseDecoder | None = None) -> AIMessage:
    """The message of a stream. Raises what the stream ends in."""
    reader = StreamReader(decoder or ConverseDecoder(MODEL))
    builder = MessageBuilder()
    builder.extend(reader.feed(body))
    if not reader.ended and reader.failure is None:
        builder.extend(reader.finish())
    if reader.failure is not None:
        raise reader.failure
    return builder.message()


def chunks_of(body: bytes) -> list[AIMessageChunk]:
    reader = StreamReader(ConverseDecoder(MODEL))
    return [*reader.feed(body), *(() if reader.ended else reader.finish())]


def reply(wire: dict[str, Any]) -> AIMessage:
    """The message of a whole answer."""
    return settle(decode_reply(ConverseDecoder(MODEL), json.dumps(wire).encode()))


def encoded(
    messages: Iterable[Message], options: CallOptions | None = None, **given: Any
) -> dict[str, Any]:
    """The parameters of a request."""
    model = ChatBedrock(**{"model": MODEL, **given})
    return model._encode(list(messages), options or CallOptions(), stream=True)
