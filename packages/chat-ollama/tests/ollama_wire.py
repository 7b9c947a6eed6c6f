"""Objects of Ollama's wire, and what our codec makes of them, for the tests of this package."""

from __future__ import annotations

import json
from typing import Any

from chat_core import AIMessage, AIMessageChunk, APIError, Message, merge_chunks
from chat_core.provider import CallOptions, StreamReader, decode_reply
from chat_ollama import ChatOllama
from chat_ollama.decode import OllamaDecoder

__all__ = ["body", "done", "failure", "lines", "message", "piece", "read", "whole"]

TIME = "2026-02-03T04:05:06.789Z"


def piece(**message: Any) -> dict[str, Any]:
    """An object in mid-stream with these fields of the message."""
    return {
        "model": "minnow:1b",
        "created_at": TIME,
        "message": {"role": "assistant", "content": "", **message},
        "done": False,
    }


def done(reason: str | None = "stop", **facts: Any) -> dict[str, Any]:
    """The last object."""
    ending = {} if reason is None else {"done_reason": reason}
    return {**piece(), "done": True, **ending, **facts}


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def read(*objects: dict[str, Any]) -> tuple[list[AIMessageChunk], Exception | None]:
    """The chunks of a streamed answer, and what it ends in."""
    reader = StreamReader(OllamaDecoder("asked:1b"))
    chunks = reader.feed(lines(*objects))
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    return chunks, reader.failure


def message(*objects: dict[str, Any]) -> AIMessage:
    """The message of a streamed answer, which is whole."""
    chunks, error = read(*objects)
    assert error is None, error
    return merge_chunks(chunks).to_message()


def failure(*objects: dict[str, Any]) -> APIError:
    """What a streamed answer ends in."""
    _, error = read(*objects)
    assert isinstance(error, APIError)
    return error


def whole(wire: dict[str, Any]) -> AIMessage:
    """The message of an answer that is not streamed."""
    return decode_reply(OllamaDecoder("asked:1b"), json.dumps(wire).encode()).to_message()


def body(
    *messages: Message,
    asked: CallOptions | None = None,
    stream: bool = False,
    **settings: Any,
) -> dict[str, Any]:
    """The body of a request."""
    model = ChatOllama(model="minnow:1b", **settings)
    return model._encode(list(messages), asked or CallOptions(), stream=stream)
