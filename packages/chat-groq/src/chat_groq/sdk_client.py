"""Requests through a client of Groq's SDK that the user made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import StreamingClientTransport

__all__ = ["GroqClientTransport"]


class GroqClientTransport(StreamingClientTransport):
    """Sends with a ``groq.Groq`` and a ``groq.AsyncGroq``."""

    sdk = "groq"
    clients = ("a groq.Groq", "a groq.AsyncGroq")

    def resource(self, client: Any, body: Mapping[str, Any]) -> Any:
        """See ``StreamingClientTransport``."""
        return client.chat.completions
