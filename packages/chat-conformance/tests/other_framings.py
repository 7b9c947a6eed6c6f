"""Two toy providers whose streams are no server-sent events: lines of JSON, and binary frames.

They speak the plain wire in another framing. The binary one is poorer besides: answers have neither
id nor model, errors no code, and an error within a stream is an exception frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from chat_conformance.frame_formats import NDJSON, BinaryFrames, FrameFormat
from chat_conformance.http_answers import Frame
from chat_conformance.script import ErrorReply, Reply
from chat_conformance.simulators import AnswerWriter
from chat_core import AIMessageChunk, APIError
from chat_core.provider import (
    BinaryFraming,
    CallOptions,
    Framing,
    NDJSONFraming,
    encode_binary_message,
)
from plain_model import PlainConformance, PlainModel
from plain_simulator import PlainSimulator, PlainWriter
from plain_wire import PROVIDER, PlainDecoder, PlainEncoder, error_from_response

__all__ = ["BinaryConformance", "LinesConformance"]

# --- lines of JSON


class LinesDecoder(PlainDecoder):
    framing: ClassVar[type[Framing]] = NDJSONFraming

    def __init__(self) -> None:
        super().__init__()
        self._is_whole = False

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        if "data" in wire and not self._is_whole:  # a whole answer is one line too
            return self.reply(wire)
        return super().feed(wire, event)

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        self._is_whole = True
        return super().reply(wire)


class LinesModel(PlainModel):
    decoder: ClassVar[type[PlainDecoder]] = LinesDecoder


class LinesSimulator(PlainSimulator):
    @property
    def format(self) -> FrameFormat:
        return NDJSON()


class LinesConformance(PlainConformance):
    model_class: ClassVar[type[PlainModel]] = LinesModel
    simulator = LinesSimulator()


# --- binary frames


class BinaryDecoder(PlainDecoder):
    framing: ClassVar[type[Framing]] = BinaryFraming

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        if event is not None and event.startswith("exception:"):
            raise self.error({"word": event.partition(":")[2], "text": wire["message"]})
        return super().feed(wire, event)

    def origin(self, wire: dict[str, Any]) -> dict[str, Any]:
        return {"model_provider": PROVIDER}

    def error(self, wire: Any) -> APIError:
        error = super().error(wire)
        error.code = None
        return error


class BinaryEncoder(PlainEncoder):
    def options(self, options: CallOptions) -> dict[str, Any]:
        return {name: value for name, value in super().options(options).items() if name != "choice"}


class BinaryModel(PlainModel):
    decoder: ClassVar[type[PlainDecoder]] = BinaryDecoder
    encoder: ClassVar[type[PlainEncoder]] = BinaryEncoder

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        error = error_from_response(status, headers, body)
        error.code = None
        return error


_NAMELESS = {"id": None, "model": None}


class BinaryWriter(PlainWriter):
    def opening(self) -> Iterator[Frame]:
        for frame in super().opening():
            yield _NAMELESS if isinstance(frame, dict) and "id" in frame else frame

    def body(self) -> dict[str, Any]:
        return {**super().body(), **_NAMELESS}


class BinarySimulator(PlainSimulator):
    lacks: ClassVar[frozenset[str]] = frozenset(
        {"answer_id", "model_name", "error_code", "tool_choice"}
    )
    stream_error_kinds: ClassVar[frozenset[str] | None] = frozenset({"rate_limit", "server_error"})

    @property
    def format(self) -> FrameFormat:
        return BinaryFrames()

    def writer(self, reply: Reply) -> AnswerWriter:
        return BinaryWriter(reply)

    def error_in_stream(self, error_reply: ErrorReply) -> bytes:
        headers = {":message-type": "exception", ":exception-type": error_reply.kind}
        return encode_binary_message(headers, json.dumps({"message": error_reply.message}).encode())


class BinaryConformance(PlainConformance):
    model_class: ClassVar[type[PlainModel]] = BinaryModel
    simulator = BinarySimulator()
