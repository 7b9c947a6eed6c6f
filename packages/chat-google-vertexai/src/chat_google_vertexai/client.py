"""Requests to Vertex AI: those of the Gemini API, with a token that is refreshed in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chat_google_genai.client import Access, GeminiTransport

from .endpoint import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .credentials import GoogleCredentials

__all__ = ["VertexTransport"]


class VertexTransport(GeminiTransport):
    """Sends requests with ``credentials``, refreshed in a thread where an event loop runs.

    ``location`` is the resource's location.
    """

    distribution = "chat-google-vertexai"

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        credentials: GoogleCredentials,
        location: str,
    ) -> None:
        super().__init__(base_url=base_url, headers=headers)
        self._credentials = credentials
        self._location = location

    def access(self, resource: str) -> Access:
        """See ``GeminiTransport``."""
        headers = self._credentials.headers()
        if resource.startswith("projects/"):
            return Access(resource, headers)
        return Access(path(resource, self._credentials.project(), self._location), headers)

    async def aaccess(self, resource: str) -> Access:
        """See ``GeminiTransport``."""
        if self._credentials.fresh:
            return self.access(resource)
        return await asyncio.to_thread(self.access, resource)
