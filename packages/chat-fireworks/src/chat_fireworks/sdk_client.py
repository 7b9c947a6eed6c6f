"""Requests through a client of the OpenAI SDK that the user made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import StreamingClientTransport

__all__ = ["FireworksClientTransport"]


class FireworksClientTransport(StreamingClientTransport):
    """Sends with an ``openai.OpenAI`` and an ``openai.AsyncOpenAI`` that have Fireworks' address.

    Fireworks documents this SDK.
    """

    sdk = "openai"
    clients = (
        "an openai.OpenAI with Fireworks' base_url",
        "an openai.AsyncOpenAI with Fireworks' base_url",
    )

    def resource(self, client: Any, body: Mapping[str, Any]) -> Any:
        """See ``StreamingClientTransport``."""
        return client.chat.completions
