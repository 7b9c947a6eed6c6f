"""Requests to Vertex AI: those of the Gemini API, with a token that is refreshed in time."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from chat_google_genai.client import Access, GeminiTransport

from .endpoint import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat_core.provider import Request, RequestHead

    from .credentials import GoogleCredentials

__all__ = ["VertexTransport", "storage_address"]

_STORAGE = "https://storage.googleapis.com"


def storage_address() -> str:
    """The address of Cloud Storage; another where ``STORAGE_EMULATOR_HOST`` names one."""
    given = (os.environ.get("STORAGE_EMULATOR_HOST") or _STORAGE).rstrip("/")
    return given if "://" in given else f"http://{given}"


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

    def operation_head(self, request: Request) -> RequestHead:
        """See ``HTTPTransport``. Cloud Storage, which has the rows of jobs, takes the token too."""
        return self._with_access(super().operation_head(request))

    async def aoperation_head(self, request: Request) -> RequestHead:
        """``operation_head`` on an event loop."""
        head = await super().aoperation_head(request)  # which has refreshed the token
        return self._with_access(head)

    def _with_access(self, head: RequestHead) -> RequestHead:
        if not head.url.startswith(f"{storage_address()}/"):
            return head
        return replace(head, headers={**head.headers, **self._credentials.headers()})

    async def aaccess(self, resource: str) -> Access:
        """See ``GeminiTransport``."""
        if self._credentials.fresh:
            return self.access(resource)
        return await asyncio.to_thread(self.access, resource)
