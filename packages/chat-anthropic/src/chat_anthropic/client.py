"""Anthropic's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The request body is ours, whole, because the SDK's signatures have dropped parameters that the API
takes.
"""

from __future__ import annotations

from collections.abc import Hashable
from types import ModuleType
from typing import Any

from chat_core.provider import SDKTransport

from .encode import HEADER_PARAMETERS

__all__ = ["AnthropicTransport"]


class AnthropicTransport(SDKTransport):
    """Sends Messages requests; takes the arguments of ``anthropic.Anthropic``."""

    client_class = "Anthropic"

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import anthropic

        return anthropic

    def call(self, client: Any, kind: Hashable) -> Any:
        """See ``SDKTransport``."""
        # The SDK warns of old models, at a line of its own and never the user's.
        return client.messages.create(model="", max_tokens=1, messages=[])

    def parts(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Some parameters travel as headers."""
        headers = {
            header: ",".join(value) if isinstance(value, list) else str(value)
            for name, header in HEADER_PARAMETERS.items()
            if (value := body.get(name)) is not None
        }
        return {k: v for k, v in body.items() if k not in HEADER_PARAMETERS}, headers
