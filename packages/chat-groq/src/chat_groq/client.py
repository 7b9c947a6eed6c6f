"""Groq's SDK in, bytes out: the one file of this package that touches the SDK and HTTP."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from chat_core.sdk_transport import SDKTransport

__all__ = ["GroqTransport"]


class GroqTransport(SDKTransport):
    """Sends Chat Completions requests; takes the arguments of ``groq.Groq``."""

    client_classes = ("Groq", "AsyncGroq")
    resource = "chat"

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import groq

        return groq

    def open(self, client: Any, body: dict[str, Any], timeout: float) -> Any:
        """The raw-response door. What it insists on is in the body too, which wins over it."""
        return client.chat.completions.with_streaming_response.create(
            model=body["model"], messages=[], extra_body=body, timeout=timeout
        )
