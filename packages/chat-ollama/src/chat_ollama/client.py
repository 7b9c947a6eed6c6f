"""The head of a request to Ollama, equal to what Ollama's client sends; the one file with I/O."""

from __future__ import annotations

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url

__all__ = ["OllamaTransport"]


class OllamaTransport(HTTPTransport):
    """Sends chat requests to an Ollama server.

    Args:
        base_url: the server's address.
        api_key: the key; most servers have none.
    """

    distribution = "chat-ollama"
    advice = (
        "Is Ollama running? Start its app, or `ollama serve`. A server elsewhere is named by"
        " base_url= or OLLAMA_HOST."
    )

    def __init__(self, *, base_url: str, api_key: str = "") -> None:
        super().__init__()
        self._base_url = base_url
        self._url = join_url(base_url, "api/chat")
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return RequestHead(self._url, self._headers)

    def base_head(self) -> RequestHead:
        """See ``HTTPTransport``."""
        return RequestHead(self._base_url, self._headers)
