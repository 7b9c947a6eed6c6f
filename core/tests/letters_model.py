"""A chat model on the core's tiny test wire, for tests that need a socket beneath a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from chat_conformance.http_answers import Answer, Stall, sse
from chat_core.models.wire_model import WireModel
from letters import LettersDecoder, LettersTransport, error_from_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat_core.errors import APIError
    from chat_core.messages.message import Message
    from chat_core.tools.spec import CallOptions
    from chat_core.wire.decoder import Decoder
    from chat_core.wire.transport import Transport

__all__ = ["LettersModel", "letters", "stalling"]


class LettersModel(WireModel):
    """Asks ``base_url`` for letters."""

    provider: ClassVar[str] = "letters"

    model: str = "letters"
    max_retries: int = 0

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        return {"text": messages[-1].content, "stream": stream}

    def _decoder(self) -> Decoder:
        return LettersDecoder()

    def _make_transport(self) -> Transport:
        return LettersTransport(self.base_url or "")

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body)


def letters(*texts: str) -> Answer:
    """A whole streamed answer."""
    return sse([*({"t": text} for text in texts), {"end": "stop"}])


def stalling(*texts: str) -> Answer:
    """The beginning of an answer, and then nothing for ever."""
    return sse([*({"t": text} for text in texts), Stall()])
