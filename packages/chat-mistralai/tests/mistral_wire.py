"""Mistral's wire objects in a few letters, and what they decode to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chat_core import APIError
from chat_core.provider import CallOptions, MessageBuilder, StreamReader, decode_reply, settle
from chat_mistralai.decode import MistralDecoder
from chat_mistralai.encode import encode_request

if TYPE_CHECKING:
    from chat_core import AIMessage, AIMessageChunk, Message

Wire = dict[str, Any]


def event(delta: Wire | None = None, *, finish: str | None = None, **top: Any) -> Wire:
    """One object of a stream."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "cmpl-1", "model": "m-1", "created": 1, "choices": [choice], **top}


def content_event(content: str | list[Wire]) -> Wire:
    """A delta of content: a string, or parts."""
    return event({"content": content})


def thinking(text: str, **more: Any) -> Wire:
    """A part of thinking."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **more}


def text(words: str) -> Wire:
    """A part of text."""
    return {"type": "text", "text": words}


def reference(*ids: int | str) -> Wire:
    """A part that says where the text before it comes from."""
    return {"type": "reference", "reference_ids": list(ids)}


def call(id: str | None, name: str | None, arguments: str, **more: Any) -> Wire:
    """An entry of ``tool_calls``."""
    return {"id": id, "function": {"name": name, "arguments": arguments}, **more}


def stop(word: str = "stop", **top: Any) -> Wire:
    """The object with the finish reason."""
    return event({"content": ""}, finish=word, **top)


def body(*objects: Wire, done: bool = True) -> bytes:
    """Objects as a stream's body."""
    frames = [json.dumps(wire, ensure_ascii=False) for wire in objects] + ["[DONE]"] * done
    return "".join(f"data: {frame}\n\n" for frame in frames).encode()


def merged(chunks: list[AIMessageChunk]) -> AIMessage:
    """Chunks as the message that they make."""
    builder = MessageBuilder()
    for chunk in chunks:
        builder.add(chunk)
    return builder.message()


def read(data: bytes, piece: int | None = None) -> list[AIMessageChunk]:
    """The chunks of a stream's body, cut into pieces; raises what it ends in, with ``partial``."""
    reader = StreamReader(MistralDecoder())
    step = piece or len(data) or 1
    chunks = [c for at in range(0, len(data), step) for c in reader.feed(data[at : at + step])]
    if not reader.ended and reader.failure is None:
        chunks += reader.finish()
    if reader.failure is not None:
        if isinstance(reader.failure, APIError):
            reader.failure.partial = merged(chunks)
        raise reader.failure
    return chunks


def answer(*objects: Wire, done: bool = True) -> AIMessage:
    """The message that a stream of ``objects`` makes."""
    return merged(read(body(*objects, done=done)))


def reply(content: Any, *calls: Wire, finish: str = "stop", **top: Any) -> AIMessage:
    """The message that a whole answer makes."""
    message = {"role": "assistant", "content": content, "tool_calls": list(calls) or None}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return replied({"id": "cmpl-1", "model": "m-1", "choices": [choice], **top})


def replied(wire: Wire) -> AIMessage:
    """The message that a whole answer's JSON makes."""
    return settle(decode_reply(MistralDecoder(), json.dumps(wire).encode()))


def request(*messages: Message, stream: bool = False, **given: Any) -> Wire:
    """The body of a request; ``given`` are settings, and options of a call."""
    options = {k: given.pop(k) for k in CallOptions.__dataclass_fields__ if k in given}
    return encode_request(
        messages,
        CallOptions(**options),
        model="m-1",
        settings=given,
        model_kwargs=given.pop("model_kwargs", {}),
        stream=stream,
    )


def turns(*messages: Message) -> list[Wire]:
    """The messages of a request."""
    told: list[Wire] = request(*messages)["messages"]
    return told
