"""Groq's SDK in, bytes out: the one file of this package that touches the SDK and HTTP."""

from __future__ import annotations

from collections.abc import Hashable
from types import ModuleType
from typing import Any

from chat_core.provider import SDKTransport

__all__ = ["GroqTransport"]


class GroqTransport(SDKTransport):
    """Sends Chat Completions requests; takes the arguments of ``groq.Groq``."""

    client_class = "Groq"

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import groq

        return groq

    def call(self, client: Any, kind: Hashable) -> Any:
        """See ``SDKTransport``."""
        return client.chat.completions.create(model="any", messages=[])
