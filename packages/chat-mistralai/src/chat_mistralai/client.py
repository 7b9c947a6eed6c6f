"""The head of a request to Mistral, equal to what Mistral's SDK sends; the one file with I/O."""

from __future__ import annotations

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url

__all__ = ["MistralTransport"]

_BASE_URL = "https://api.mistral.ai"


class MistralTransport(HTTPTransport):
    """Sends Chat Completions requests.

    Args:
        api_key: the key.
        base_url: the host; ``None`` for Mistral's own.
    """

    distribution = "chat-mistralai"

    def __init__(self, *, api_key: str, base_url: str | None) -> None:
        super().__init__()
        self._url = join_url(base_url or _BASE_URL, "v1/chat/completions")
        self._authorization = f"Bearer {api_key}"

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        accept = "text/event-stream" if request.stream else "application/json"
        return RequestHead(self._url, {"accept": accept, "authorization": self._authorization})
