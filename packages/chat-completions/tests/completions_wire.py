"""Wire objects of Chat Completions in a few letters, and what they decode to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chat_completions import CompletionsDecoder, Dialect
from chat_core import ContextLengthExceededError
from chat_core.provider import MessageBuilder, StreamReader, decode_reply

if TYPE_CHECKING:
    from chat_core import AIMessage, AIMessageChunk

OPENAI = Dialect()


class Gateway(Dialect):
    """A dialect as gateways to many vendors need it."""

    provider = "openai-compatible"
    tool_media = "inline"
    replays_reasoning = True
    replays_images = True
    error_prose = (("maximum context length", ContextLengthExceededError),)


class Nested(Dialect):
    """Usage in ``x_groq``, as Groq sends it."""

    provider = "groq"

    def usage(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any] | None:
        return super().usage(wire, choice) or (wire.get("x_groq") or {}).get("usage")


class Named(Dialect):
    """OpenAI's wire from another provider."""

    required_word = "any"

    def __init__(self, provider: str) -> None:
        self.provider = provider


GATEWAY = Gateway()
DIALECTS: dict[str, Dialect] = {
    "openai": OPENAI,
    "openai-compatible": GATEWAY,
    "fireworks": OPENAI,
    "groq": Nested(),
    "mistralai": Named("mistralai"),
}
"""A dialect for each provider whose recordings speak this wire."""


def event(
    delta: dict[str, Any] | None = None, *, finish: str | None = None, **top: Any
) -> dict[str, Any]:
    """One object of a stream."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "chatcmpl-1", "model": "m-1", "created": 1, "choices": [choice], **top}


def text(words: str) -> dict[str, Any]:
    """A text delta."""
    return event({"content": words})


def call(arguments: str | dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    """A tool-call delta; ``said`` may hold id, index and name."""
    name = said.pop("name", None)
    function = {"name": name} if name else {}
    if arguments is not None:
        function["arguments"] = arguments
    return event({"tool_calls": [{**said, "function": function}]})


def stop(word: str = "stop") -> dict[str, Any]:
    """The object with the finish reason."""
    return event(finish=word)


def body(*objects: dict[str, Any] | str, done: bool = True) -> bytes:
    """Objects as a stream's body."""
    frames = [o if isinstance(o, str) else json.dumps(o, ensure_ascii=False) for o in objects]
    return "".join(f"data: {frame}\n\n" for frame in [*frames, *(["[DONE]"] * done)]).encode()


def read(
    data: bytes, *, dialect: Dialect = OPENAI, piece: int | None = None, **made_with: Any
) -> list[AIMessageChunk]:
    """The chunks of a stream's body, cut into pieces; raises what it ends in, with ``partial``."""
    reader = StreamReader(CompletionsDecoder(dialect, **made_with))
    step = piece or len(data) or 1
    chunks = [c for at in range(0, len(data), step) for c in reader.feed(data[at : at + step])]
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    if reader.failure is not None:
        reader.failure.partial = merged(chunks)  # type: ignore[attr-defined]
        raise reader.failure
    return chunks


def merged(chunks: list[AIMessageChunk]) -> AIMessage:
    """Chunks as the message they make."""
    builder = MessageBuilder()
    for chunk in chunks:
        builder.add(chunk)
    return builder.message()


def answer(
    *objects: dict[str, Any] | str, done: bool = True, dialect: Dialect = OPENAI, **made_with: Any
) -> AIMessage:
    """The message that a stream of ``objects`` makes."""
    return merged(read(body(*objects, done=done), dialect=dialect, **made_with))


def reply(
    message: dict[str, Any],
    *,
    finish: str | None = "stop",
    dialect: Dialect = OPENAI,
    choice: dict[str, Any] | None = None,
    **top: Any,
) -> AIMessage:
    """The message that a whole answer makes."""
    said = {"index": 0, "message": message, "finish_reason": finish, **(choice or {})}
    wire = {"id": "chatcmpl-1", "model": "m-1", "created": 1, "choices": [said], **top}
    return reply_body(json.dumps(wire).encode(), dialect=dialect)


def reply_body(data: bytes, *, dialect: Dialect = OPENAI) -> AIMessage:
    """The message that a whole answer's body makes."""
    return decode_reply(CompletionsDecoder(dialect), data).to_message()
