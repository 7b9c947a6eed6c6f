"""Wire objects of generateContent in a few letters, and what they decode to."""

from __future__ import annotations

import json
from typing import Any

from chat_core import AIMessage, AIMessageChunk, HumanMessage, Message, ToolMessage
from chat_core.provider import CallOptions, MessageBuilder, StreamReader, decode_reply, settle
from chat_google_genai.contents import encode_messages
from chat_google_genai.decode import GeminiDecoder
from chat_google_genai.dialect import GEMINI_API
from chat_google_genai.encode import RequestSettings, encode_request

Wire = dict[str, Any]
MODEL = "gemini-3-flash-preview"
STOP = {"candidates": [{"finishReason": "STOP"}]}


def wire_of(*parts: Wire, finish: str | None = None, **more: Any) -> Wire:
    """One object of an answer; ``more`` stands beside the candidates."""
    candidate: Wire = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": MODEL, **more}


def text(words: str, finish: str | None = None, **more: Any) -> Wire:
    """An object with one part of text."""
    return wire_of({"text": words}, finish=finish, **more)


def call(name: str | None, finish: str | None = None, **fields: Any) -> Wire:
    """An object with one function call."""
    known = {"name": name} if name is not None else {}
    return wire_of({"functionCall": {**known, **fields}}, finish=finish)


def sse(*objects: Wire) -> bytes:
    """The objects as Google frames them."""
    return b"".join(b"data: " + json.dumps(wire).encode() + b"\r\n\r\n" for wire in objects)


def decoder(provider: str = "google-genai") -> GeminiDecoder:
    return GeminiDecoder(provider, MODEL)


def chunks_of(*objects: Wire) -> list[AIMessageChunk]:
    """The chunks of a stream, its end included. Raises what the stream raises."""
    return chunks_of_bytes(sse(*objects))


def chunks_of_bytes(body: bytes, size: int | None = None) -> list[AIMessageChunk]:
    reader = StreamReader(decoder())
    chunks: list[AIMessageChunk] = []
    for at in range(0, len(body), size or len(body)):
        chunks += reader.feed(body[at : at + (size or len(body))])
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    if reader.failure is not None:
        raise reader.failure
    return chunks


def streamed(*objects: Wire) -> AIMessage:
    """The message that a stream of ``objects`` merges to."""
    builder = MessageBuilder()
    for chunk in chunks_of(*objects):
        builder.add(chunk)
    return builder.message()


def partial(*objects: Wire) -> AIMessage:
    """What had arrived when the stream broke off after ``objects``."""
    reader, builder = StreamReader(decoder()), MessageBuilder()
    for chunk in reader.feed(sse(*objects)) + reader.finish():
        builder.add(chunk)
    assert reader.failure is not None
    return builder.message()


def whole(wire: Any) -> AIMessage:
    """The message of an unstreamed answer."""
    return settle(decode_reply(decoder(), json.dumps(wire).encode()))


def contents(*messages: Message, model: str = MODEL) -> list[Wire]:
    """The contents that ``messages`` become."""
    return list(encode_messages(messages, dialect=GEMINI_API, model=model)["contents"])


def parts_of(message: AIMessage, model: str = MODEL) -> list[Wire]:
    """The parts that an answer goes back as, once its calls have results."""
    results = [ToolMessage("r", call.id or "") for call in message.tool_calls]
    asked, answered, *_ = contents(HumanMessage("Q"), message, *results, model=model)
    assert asked["role"] == "user"
    assert answered["role"] == "model"
    return list(answered["parts"])


def request(*messages: Message, settings: Wire | None = None, **options: Any) -> Wire:
    """The body for ``messages`` with call options."""
    return encode_request(
        messages or (HumanMessage("Q"),),
        CallOptions(**options),
        RequestSettings(model=f"models/{MODEL}", **(settings or {})),
        GEMINI_API,
    )
