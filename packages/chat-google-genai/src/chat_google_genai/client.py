"""Requests to Google over httpx: the body's JSON in, the raw response out.

google-genai has no raw door for streams, so requests are sent here.
The key goes into a header and never into the URL, which proxies log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chat_core.provider import HTTPTransport, json_content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

__all__ = ["Access", "GeminiTransport", "api_key_header"]


def api_key_header(key: str) -> dict[str, str]:
    """The header that carries the key."""
    return {"x-goog-api-key": key}


class Access(NamedTuple):
    """Where a resource lies below the base URL, and the headers of this request alone."""

    path: str
    headers: dict[str, str]


class GeminiTransport(HTTPTransport):
    """Sends to ``{base_url}/{resource}:{method}``, the resource being ``body["model"]``.

    ``headers`` go with every request. A subclass whose access changes with time (Vertex AI) says in
    ``access`` where a resource lies below ``base_url`` and which headers open it.
    """

    def __init__(self, *, base_url: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._base_url = base_url
        self._headers = {"content-type": "application/json", **headers}

    def access(self, resource: str) -> Access:
        """How to reach ``resource`` now; may block."""
        return Access(resource, {})

    async def aaccess(self, resource: str) -> Access:
        """``access`` without blocking the event loop."""
        return self.access(resource)

    def library(self) -> ModuleType:
        """See ``HTTPTransport``."""
        import httpx

        return httpx

    def request(self, client: Any, body: dict[str, Any], *, stream: bool, within: float) -> Any:
        """See ``HTTPTransport``."""
        access = self.access(body["model"])
        return client.build_request(**self._parts(body, access, stream=stream), timeout=within)

    async def arequest(
        self, client: Any, body: dict[str, Any], *, stream: bool, within: float
    ) -> Any:
        """See ``HTTPTransport``."""
        access = await self.aaccess(body["model"])
        return client.build_request(**self._parts(body, access, stream=stream), timeout=within)

    def _parts(self, body: dict[str, Any], access: Access, *, stream: bool) -> dict[str, Any]:
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        content = {name: value for name, value in body.items() if name != "model"}
        return {
            "method": "POST",
            "url": f"{self._base_url}/{access.path}:{method}",
            "headers": self._headers | access.headers,
            "content": json_content(content),
        }
