"""Requests through a client of OpenAI's SDK that the user made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import StreamingClientTransport

__all__ = ["OpenAIClientTransport"]


class OpenAIClientTransport(StreamingClientTransport):
    """Sends with an ``openai.OpenAI`` and an ``openai.AsyncOpenAI``, or with subclasses."""

    sdk = "openai"
    clients = (
        "an openai.OpenAI or a subclass of it such as openai.AzureOpenAI",
        "an openai.AsyncOpenAI or a subclass of it such as openai.AsyncAzureOpenAI",
    )
    arguments = ("model", "messages", "input", "stream")

    def resource(self, client: Any, body: Mapping[str, Any]) -> Any:
        """See ``StreamingClientTransport``."""
        return client.chat.completions if "messages" in body else client.responses
