"""The head of a request to Fireworks: the one file of this package that does I/O.

Fireworks documents the ``openai`` SDK with its own address, so the head equals what that SDK sends
with every variable of the environment that is meant for OpenAI left out.
"""

from __future__ import annotations

from dataclasses import replace

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url

__all__ = ["FireworksTransport"]


class FireworksTransport(HTTPTransport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the address, ending in ``/v1``.
    """

    distribution = "chat-fireworks"

    def __init__(self, *, api_key: str, base_url: str) -> None:
        super().__init__()
        self._head = RequestHead(
            join_url(base_url, "chat/completions"), {"authorization": f"Bearer {api_key}"}
        )
        self._base = replace(self._head, url=base_url)

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._head

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return self._base
