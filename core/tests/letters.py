"""A tiny wire for the core's tests: ``{"t": text}``, ``{"end": reason}``, ``{"error": status}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.errors import APIError, StreamInterruptedError, class_for_status
from chat_core.messages.chunks import AIMessageChunk
from chat_core.rate_limits.headers import read_retry_after
from chat_core.wire.decoder import Decoder
from chat_core.wire.exchange import Exchange
from chat_core.wire.http_transport import HTTPTransport
from chat_core.wire.request_head import RequestHead
from chat_core.wire.transport import Request, Transport

OTHER_LIMIT = 30.0
"""Seconds of the time limits that a test does not set: none of them may be what ends a call."""


class LettersDecoder(Decoder):
    """Decodes the tiny wire; ``{"role": …}`` brings a chunk without output."""

    def __init__(self) -> None:
        self._reason: str | None = None

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        if "error" in wire:
            raise error_from_response(wire["error"], {}, b"")
        if "role" in wire:
            return AIMessageChunk(id="role")
        if "end" in wire:
            self._reason = wire["end"]
            return AIMessageChunk(response_metadata={"finish_reason": self._reason})
        return AIMessageChunk(wire["t"]) if "t" in wire else None

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        if not (self._reason or marker):
            raise StreamInterruptedError("The letters stopped without an end.")
        return None

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        if "error" in wire:
            raise error_from_response(wire["error"], {}, b"")
        return AIMessageChunk(wire["t"], response_metadata={"finish_reason": wire["end"]})


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    return class_for_status(status)("no", status=status, retry_after=read_retry_after(headers))


class LettersTransport(HTTPTransport):
    """Sends to one URL, without a key."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def build_head(self, request: Request) -> RequestHead:
        return RequestHead(self._url, {})


def exchange(
    transport: Transport,
    *,
    stream: bool = True,
    timeout: float = OTHER_LIMIT,
    idle_timeout: float = OTHER_LIMIT,
    answer_timeout: float = OTHER_LIMIT,
    max_retries: int = 0,
) -> Exchange:
    return Exchange(
        provider="letters",
        body={"stream": stream},
        stream=stream,
        transport=transport,
        decoder=LettersDecoder,
        error_from_response=error_from_response,
        timeout=timeout,
        idle_timeout=idle_timeout,
        answer_timeout=answer_timeout,
        max_retries=max_retries,
    )
