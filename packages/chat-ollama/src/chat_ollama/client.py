"""The head of a request to Ollama, equal to what Ollama's client sends; the one file with I/O."""

from __future__ import annotations

from typing import ClassVar

from chat_core.provider import HTTPTransport, Request, RequestHead, join_url

__all__ = ["OllamaTransport"]


class OllamaTransport(HTTPTransport):
    """Sends requests to one endpoint of an Ollama server.

    Args:
        base_url: the server's address.
        api_key: the key; most servers have none.
        path: the endpoint below ``base_url``.
        method: its HTTP method.
    """

    distribution = "chat-ollama"
    advice: ClassVar[str] = (
        "Is Ollama running? Start its app, or `ollama serve`. A server elsewhere is named by"
        " base_url= or OLLAMA_HOST."
    )

    def __init__(
        self, *, base_url: str, api_key: str = "", path: str = "api/chat", method: str = "POST"
    ) -> None:
        super().__init__()
        self._url = join_url(base_url, path)
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._method = method

    def build_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``."""
        return RequestHead(self._url, self._headers, method=self._method)
