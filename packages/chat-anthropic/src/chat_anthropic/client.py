"""Anthropic's SDK in, bytes out: the one file of this package that touches the SDK and HTTP.

The request body is ours, whole, because the SDK's signatures have dropped parameters that the API
takes.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from chat_core.sdk_transport import SDKTransport

from .encode import HEADER_PARAMETERS

__all__ = ["AnthropicTransport"]


class AnthropicTransport(SDKTransport):
    """Sends Messages requests; takes the arguments of ``anthropic.Anthropic``."""

    client_classes = ("Anthropic", "AsyncAnthropic")
    resource = "messages"

    def sdk(self) -> ModuleType:
        """The SDK, imported here and not before."""
        import anthropic

        return anthropic

    def open(self, client: Any, body: dict[str, Any], timeout: float) -> Any:
        """The raw-response door, with the arguments it insists on and ours, which win over them."""
        headers = {
            header: ",".join(value) if isinstance(value, list) else str(value)
            for name, header in HEADER_PARAMETERS.items()
            if (value := body.get(name)) is not None
        }
        return client.messages.with_streaming_response.create(
            model="",  # the SDK warns of old models, at a line of its own and never the user's
            max_tokens=body["max_tokens"],
            messages=[],
            extra_body={k: v for k, v in body.items() if k not in HEADER_PARAMETERS},
            extra_headers=headers,
            timeout=timeout,
        )
